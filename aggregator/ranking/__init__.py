"""One order of models from many boards: abilities, intervals, and what the boards say of each other."""

from aggregator.ranking.ability import calibrate, score
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.intervals import standings
from aggregator.ranking.linkage import UnlinkedError, UnlinkedWarning, linked_groups
from aggregator.ranking.methods import METHODS, Method, rank

__all__ = [
    "METHODS",
    "Calibration",
    "Method",
    "UnlinkedError",
    "UnlinkedWarning",
    "calibrate",
    "linked_groups",
    "rank",
    "score",
    "standings",
]
