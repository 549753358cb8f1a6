"""Models of similar size, as the comparison group of one model."""

from collections.abc import Iterator

import numpy as np

from aggregator.ranking.arrays import Floats, Index

HALF_WIDTHS = tuple(float(np.log(factor)) for factor in (1.15, 1.3, 1.6, 2.0))
"""Half widths of the window in log size: the first with enough models is taken."""
MIN_MODELS = 30
"""Fewest models of a window."""


def size_windows(sizes: Floats) -> Iterator[tuple[Index, Index]]:
    """Yield, for each distinct size (billions of parameters), the models of that size and those of its window by size.

    Unknown and non-positive sizes are left out, as are sizes whose widest window has fewer than `MIN_MODELS` models.
    """
    usable = np.flatnonzero(np.isfinite(sizes) & (sizes > 0))
    usable = usable[np.argsort(sizes[usable], kind="stable")]
    logs = np.log(sizes[usable])
    distinct = np.unique(logs)
    begin, end = np.searchsorted(logs, distinct, "left"), np.searchsorted(logs, distinct, "right")
    reach = np.array(HALF_WIDTHS)[:, None]
    low, high = np.searchsorted(logs, distinct - reach, "left"), np.searchsorted(logs, distinct + reach, "right")
    enough = high - low >= MIN_MODELS
    narrowest = enough.argmax(axis=0)
    for position in np.flatnonzero(enough.any(axis=0)):
        width = narrowest[position]
        yield usable[begin[position] : end[position]], usable[low[width, position] : high[width, position]]
