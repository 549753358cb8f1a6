"""Decide which of many standardised distances are unusual: tails measured on the data, false discoveries controlled."""

import numpy as np
from scipy.stats import t as student_t

from aggregator.ranking.arrays import Floats

FALSE_DISCOVERY_RATE = 0.05
"""Expected share of the listed scores that are not unusual (Benjamini & Hochberg 1995), per benchmark."""
MIN_MEASURED = 200
"""Fewest distances from which the tail is measured."""
FEWEST, MOST = 5.0, 30.0
"""Limits of the degrees of freedom; the first also stands where there are too few distances."""
_TABLE = np.array([FEWEST, 6.0, 7.0, 8.0, 10.0, 15.0, MOST])
_RATIO: Floats = np.asarray(student_t.ppf(0.95, _TABLE) / student_t.ppf(0.75, _TABLE))


def tail_degrees_of_freedom(distances: Floats) -> float:
    """Return the degrees of freedom of the t distribution that has the shape of the upper half of `distances`.

    They follow from (q95 - q50) / (q75 - q50), so the most unusual 5 % do not count. Nor does the lower half, which has
    the failed evaluations. Scores of models have heavier tails than a normal distribution.
    """
    if distances.size < MIN_MEASURED:
        return FEWEST
    middle, upper, far = np.quantile(distances, [0.5, 0.75, 0.95])
    if upper <= middle:
        return FEWEST
    # The ratio falls with the degrees of freedom.
    return float(np.interp((far - middle) / (upper - middle), _RATIO[::-1], _TABLE[::-1]))


def false_discovery_q_values(p_values: Floats) -> Floats:
    """Return Benjamini-Hochberg q-values; NaN stays NaN and does not count.

    `scipy.stats.false_discovery_control` takes no NaN and rounds differently in the last digit.
    """
    found = np.full(p_values.size, np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    if order.size:
        raw = p_values[order] * order.size / np.arange(1, order.size + 1)
        found[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return found
