"""Median of short arrays without the overhead of `numpy.median`."""

import numpy as np

from aggregator.ranking.arrays import Floats


def median(values: Floats) -> float:
    """Return the median of a one-dimensional array with one value or more and without NaN."""
    middle = values.size // 2
    if values.size % 2:
        return float(np.partition(values, middle)[middle])
    parted = np.partition(values, (middle - 1, middle))
    return float((parted[middle - 1] + parted[middle]) / 2)
