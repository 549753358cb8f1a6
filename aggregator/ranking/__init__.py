"""One order of models from many boards: abilities, intervals, and what the boards say of each other."""

from aggregator.ranking.ability import score
from aggregator.ranking.agreement import agreement, agreement_over_time
from aggregator.ranking.calibrate import calibrate
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.connectivity import UnlinkedError, UnlinkedWarning, linked_groups
from aggregator.ranking.estimates import Estimates, arena_estimates
from aggregator.ranking.families import families, organizations
from aggregator.ranking.gems import gems
from aggregator.ranking.intervals import standings
from aggregator.ranking.link_shift import link_shifts
from aggregator.ranking.method_agreement import method_agreement
from aggregator.ranking.methods import METHODS, Method, rank
from aggregator.ranking.outliers import outliers

__all__ = [
    "METHODS",
    "Calibration",
    "Estimates",
    "Method",
    "UnlinkedError",
    "UnlinkedWarning",
    "agreement",
    "agreement_over_time",
    "arena_estimates",
    "calibrate",
    "families",
    "gems",
    "link_shifts",
    "linked_groups",
    "method_agreement",
    "organizations",
    "outliers",
    "rank",
    "score",
    "standings",
]
