"""Models of similar size, as the comparison group of one model."""

from collections.abc import Iterator

import numpy as np

from aggregator.ranking.arrays import Floats, Index

HALF_WIDTHS = tuple(float(np.log(factor)) for factor in (1.15, 1.3, 1.6, 2.0))
"""Half widths of the window in log size: the first with enough models is taken."""
MIN_MODELS = 30
"""Fewest models of a window."""


def size_windows(sizes: Floats) -> Iterator[tuple[Index, Index]]:
    """Yield, for each distinct size (billions of parameters), the models of that size and the models of its window.

    Unknown and non-positive sizes are left out, as are sizes whose widest window has fewer than `MIN_MODELS` models.
    """
    usable = np.flatnonzero(np.isfinite(sizes) & (sizes > 0))
    usable = usable[np.argsort(sizes[usable], kind="stable")]
    logs = np.log(sizes[usable])
    for size in np.unique(logs):
        mine = usable[np.searchsorted(logs, size, "left") : np.searchsorted(logs, size, "right")]
        for half in HALF_WIDTHS:
            inside = usable[np.searchsorted(logs, size - half, "left") : np.searchsorted(logs, size + half, "right")]
            if inside.size >= MIN_MODELS:
                yield mine, inside
                break
