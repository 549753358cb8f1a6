"""Models of similar size, and of a similar date where that is known, as the comparison group of one model."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aggregator.ranking.arrays import Bools, Floats, Index

HALF_WIDTHS = tuple(float(np.log(factor)) for factor in (1.15, 1.3, 1.6, 2.0))
"""Half widths of the window in log size: the first with enough models is taken."""
MIN_MODELS = 30
"""Fewest models of a window."""
DAYS = 91
"""Models whose dates are in one period of so many days have one window."""
PERIODS = 2
"""A window by date has the models of the own period and of so many periods before and after it."""


@dataclass(frozen=True)
class DatedWindow:
    """The comparison group of some models of one size and period."""

    mine: Index
    compared: Index
    """By size."""
    by_date: bool
    """Whether all compared models are of about the same date; false where too few of them are dated."""


def size_windows(sizes: Floats) -> Iterator[tuple[Index, Index]]:
    """Yield, for each distinct size (billions of parameters), the models of that size and those of its window by size.

    Unknown and non-positive sizes are left out, as are sizes whose widest window has fewer than `MIN_MODELS` models.
    """
    by_size = _by_size(sizes, np.ones(sizes.size, dtype=bool))
    logs = np.log(sizes[by_size])
    distinct = np.unique(logs)
    begin, end = np.searchsorted(logs, distinct, "left"), np.searchsorted(logs, distinct, "right")
    low, high = _narrowest(logs, distinct)
    for position in np.flatnonzero(high > low):
        yield by_size[begin[position] : end[position]], by_size[low[position] : high[position]]


def dated_windows(sizes: Floats, days: Floats) -> Iterator[DatedWindow]:
    """Yield the windows of `size_windows` split by date: a dated model is compared with models of about its date.

    `days` is the date of each model in days since any day, NaN where unknown. A model without a date, and one whose
    window by date would have fewer than `MIN_MODELS` models, is compared with the models of any date.
    """
    period = np.floor(days / DAYS)
    of_period = {
        float(one): _by_size(sizes, np.abs(period - one) <= PERIODS) for one in np.unique(period[~np.isnan(period)])
    }
    for mine, window in size_windows(sizes):
        undated = np.isnan(period[mine])
        if undated.any():
            yield DatedWindow(mine[undated], window, by_date=False)
        for one in set(period[mine[~undated]].tolist()):
            near = of_period[one]
            low, high = _narrowest(np.log(sizes[near]), np.log(sizes[mine[:1]]))
            compared, by_date = (near[low[0] : high[0]], True) if high[0] > low[0] else (window, False)
            yield DatedWindow(mine[period[mine] == one], compared, by_date)


def _by_size(sizes: Floats, keep: Bools) -> Index:
    """Return the positions of some models with a known size, smallest first."""
    usable = np.flatnonzero(keep & np.isfinite(sizes) & (sizes > 0))
    return usable[np.argsort(sizes[usable], kind="stable")]


def _narrowest(logs: Floats, of: Floats) -> tuple[Index, Index]:
    """Return the begin and end in the sorted `logs` of the narrowest window with enough models around each of `of`.

    Both are 0 where no window has enough.
    """
    reach = np.array(HALF_WIDTHS)[:, None]
    low, high = np.searchsorted(logs, of - reach, "left"), np.searchsorted(logs, of + reach, "right")
    enough = high - low >= MIN_MODELS
    width, position = enough.argmax(axis=0), np.arange(of.size)
    some = enough.any(axis=0)
    return np.where(some, low[width, position], 0), np.where(some, high[width, position], 0)
