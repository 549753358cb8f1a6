"""Interval of one number per model."""

from dataclasses import dataclass

import numpy as np

from aggregator.ranking.arrays import Floats

LEVEL = 0.90
"""Probability with which an interval holds its value."""


@dataclass(frozen=True)
class Interval:
    """Points and intervals; arrays with one entry per model."""

    point: Floats
    low: Floats
    high: Floats

    @classmethod
    def around(cls, point: Floats, low: Floats, high: Floats) -> "Interval":
        """Return the interval, widened where it does not hold its point."""
        return cls(point, np.minimum(low, point), np.maximum(high, point))
