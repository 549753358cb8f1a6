"""One order of models from many boards: abilities, intervals, and what the boards say of each other."""

from aggregator.ranking.linkage import UnlinkedError, UnlinkedWarning, linked_groups
from aggregator.ranking.methods import METHODS, Method, rank

__all__ = ["METHODS", "Method", "UnlinkedError", "UnlinkedWarning", "linked_groups", "rank"]
