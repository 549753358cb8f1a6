"""Interval of one number per model."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from aggregator.ranking.arrays import Floats

Number = TypeVar("Number", np.float64, np.int32)

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


def central_quantiles(drawn: npt.NDArray[Number]) -> tuple[npt.NDArray[Number], npt.NDArray[Number]]:
    """Return the ends of the central `LEVEL` of each row, as order statistics of the draws."""
    draws = drawn.shape[1]
    low = int(np.floor((1 - LEVEL) / 2 * (draws - 1)))
    high = draws - 1 - low
    sorted_rows = np.partition(drawn, (low, high), axis=1)
    return sorted_rows[:, low], sorted_rows[:, high]
