"""Rank models: a common ability scale with uncertainty, other ranking methods, and comparisons of leaderboards.

What belongs here: pure functions from frames of scores to frames of results, with polars, NumPy and SciPy. What does
not: files (except a saved calibration), the network, SQL, and the matching of names (`aggregator.identity`).
"""

from aggregator.ranking.ability import score
from aggregator.ranking.agreement import agreement, agreement_over_time
from aggregator.ranking.calibrate import calibrate
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.compare import PairComparison, compare
from aggregator.ranking.connectivity import UnlinkedError, UnlinkedWarning, linked_groups
from aggregator.ranking.estimates import Estimates, arena_estimates
from aggregator.ranking.families import families, organizations
from aggregator.ranking.gems import gems
from aggregator.ranking.link_shift import link_shifts
from aggregator.ranking.method_agreement import method_agreement
from aggregator.ranking.methods import METHODS, Method, rank
from aggregator.ranking.outliers import outliers
from aggregator.ranking.predict import predict
from aggregator.ranking.predictor import fit_predictor
from aggregator.ranking.standings import standings

__all__ = [
    "METHODS",
    "Calibration",
    "Estimates",
    "Method",
    "PairComparison",
    "UnlinkedError",
    "UnlinkedWarning",
    "agreement",
    "agreement_over_time",
    "arena_estimates",
    "calibrate",
    "compare",
    "families",
    "fit_predictor",
    "gems",
    "link_shifts",
    "linked_groups",
    "method_agreement",
    "organizations",
    "outliers",
    "predict",
    "rank",
    "score",
    "standings",
]

# `rank.compare` is where a reader of the documentation looks for it: beside the function that ranks the same frame.
rank.compare = compare  # type: ignore[attr-defined] # mypy knows no attributes of functions
