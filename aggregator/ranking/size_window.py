"""Models of about the same size, to hold one model against."""

from collections.abc import Iterator

import numpy as np

from aggregator.ranking.latent import Index
from aggregator.ranking.score_matrix import Floats

HALF_WIDTHS = tuple(float(np.log(factor)) for factor in (1.15, 1.3, 1.6, 2.0))
"""Half widths of the window in log size: the first that holds enough models is taken."""
ENOUGH = 30
"""Fewest models in a window for a verdict."""


def same_size(sizes: Floats) -> Iterator[tuple[Index, Index]]:
    """Yield, for each distinct size (billions of parameters), the models of it and the models of its window.

    Sizes whose widest window has fewer than `ENOUGH` models are left out, as are sizes that are unknown or not positive.
    """
    usable = np.flatnonzero(np.isfinite(sizes) & (sizes > 0))
    usable = usable[np.argsort(sizes[usable], kind="stable")]
    logs = np.log(sizes[usable])
    for size in np.unique(logs):
        mine = usable[np.searchsorted(logs, size, "left") : np.searchsorted(logs, size, "right")]
        for half in HALF_WIDTHS:
            inside = usable[np.searchsorted(logs, size - half, "left") : np.searchsorted(logs, size + half, "right")]
            if inside.size >= ENOUGH:
                yield mine, inside
                break
