"""How many pairs of models a hidden board orders as the other boards say, by the stated probability."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from scipy.special import ndtr

from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.calibrate import matrix_and_scales
from aggregator.ranking.normal import QUANTILE_95
from aggregator.ranking.uncertainty import UncertainAbilities

EDGES = np.array([0.5, 0.6, 0.7, 0.75, 0.85, 0.9, 0.95, 0.99, 1.0])
"""Ends of the bins of the stated probability."""


@dataclass(frozen=True)
class BoardOrder:
    """The scores of a hidden board, standardised within each benchmark; arrays are models × benchmarks."""

    models: tuple[str, ...]
    score: Floats
    """NaN where missing; higher is better."""
    variance: Floats
    """Variance of the known error of `score`, 0 where it is not known."""

    @classmethod
    def of(cls, scores: pl.DataFrame) -> "BoardOrder":
        """Standardise the scores of one board on the scales that a calibration would choose."""
        matrix, scales = matrix_and_scales(scores)
        y, known = scales.transform(matrix.score, matrix.standard_error)
        deviation = np.nanstd(y, axis=0)
        deviation = np.where(deviation > 0, deviation, 1.0)
        return cls(matrix.models, (y - np.nanmean(y, axis=0)) / deviation, known / deviation**2)

    def difference(self, first: Index, second: Index) -> tuple[Floats, Bools]:
        """Return the mean difference of pairs over the benchmarks that both have, 0 without any; and whether it is clear.

        Clear is more than 1.645 standard errors by the errors that the board itself states.
        """
        both = ~np.isnan(self.score[first]) & ~np.isnan(self.score[second])
        count = np.maximum(both.sum(axis=1), 1)
        mean = np.where(both, self.score[first] - self.score[second], 0.0).sum(axis=1) / count
        error = np.sqrt(np.where(both, self.variance[first] + self.variance[second], 0.0).sum(axis=1)) / count
        return mean, (error > 0) & (np.abs(mean) > QUANTILE_95 * error)

    def tau(self, value: Floats) -> float:
        """Return Kendall's tau of the board's pairs with `value`, one per model: right pairs minus wrong ones, over all.

        A pair with equal values counts as neither, and so does one with a missing value.
        """
        first, second = np.triu_indices(value.size, 1)
        observed, _ = self.difference(first, second)
        stated = np.nan_to_num(value[first] - value[second])
        ordered = observed != 0
        return float((np.sign(observed) * np.sign(stated))[ordered].mean()) if np.isfinite(value).any() else np.nan

    def places(self) -> Floats:
        """Return the place of each model: 1 plus the number of the others times the share of them that is ahead.

        Only models with a benchmark in common are compared, so a model with the easy ones gains nothing by it.
        """
        first, second = np.triu_indices(len(self.models), 1)
        observed, _ = self.difference(first, second)
        count = len(self.models)
        known = (~np.isnan(self.score[first]) & ~np.isnan(self.score[second])).any(axis=1).astype(np.float64)
        behind = np.bincount(first, observed < 0, count) + np.bincount(second, observed > 0, count)
        compared = np.bincount(first, known, count) + np.bincount(second, known, count)
        places: Floats = 1 + (count - 1) * behind / np.maximum(compared, 1)
        return places


@dataclass(frozen=True)
class Pairs:
    """Pairs of models of one hidden board, all that the board orders."""

    probability: Floats
    """Stated probability of the order that the other boards say, 0.5 to 1."""
    right: Bools
    """Whether the hidden board has the same order."""
    clear: Bools
    """Whether the pair is told apart by the errors of the hidden board."""


def pairs_of(uncertain: UncertainAbilities, positions: Index, order: BoardOrder, *, further: float = 0.0) -> Pairs:
    """Compare all pairs of models; `positions` are those in `uncertain` of the models of `order`.

    `further` is added to the variance of each model (`further_board_deviation`, squared).
    """
    first, second = np.triu_indices(positions.size, 1)
    observed, clear = order.difference(first, second)
    one, other = positions[first], positions[second]
    difference = uncertain.mean[one] - uncertain.mean[other]
    variance = ((uncertain.shared[one] - uncertain.shared[other]) ** 2).sum(axis=1)
    variance += uncertain.deviation[one] ** 2 + uncertain.deviation[other] ** 2 + 2 * further
    probability = ndtr(np.abs(difference) / np.sqrt(variance))
    ordered = (observed != 0) & (difference != 0)
    right = np.sign(observed) == np.sign(difference)
    return Pairs(probability[ordered], right[ordered], clear[ordered])


def calibration_rows(boards: Iterable[Pairs], *, clear_only: bool) -> list[dict[str, float]]:
    """Return one row per bin: the mean stated probability, the share that is right, and the share of all pairs.

    Every board has the same weight, whatever its number of pairs. With `clear_only`, only clear pairs count; a board
    without any stated error has none.
    """
    kept = [(pairs, pairs.clear if clear_only else np.ones_like(pairs.clear)) for pairs in boards]
    kept = [(pairs, mask) for pairs, mask in kept if mask.any()]
    probability = np.concatenate([pairs.probability[mask] for pairs, mask in kept])
    right = np.concatenate([pairs.right[mask] for pairs, mask in kept])
    weight = np.concatenate([np.full(mask.sum(), 1 / mask.sum() / len(kept)) for _, mask in kept])
    bin_of = np.clip(np.digitize(probability, EDGES) - 1, 0, EDGES.size - 2)
    rows = []
    for position, (low, high) in enumerate(pairwise(EDGES.tolist())):
        mine = bin_of == position
        if mine.any():
            total = weight[mine].sum()
            stated, share = (float((weight[mine] * values[mine]).sum() / total) for values in (probability, right))
            rows.append({"from": low, "to": high, "stated": stated, "right": share, "of_pairs": float(total)})
    return rows
