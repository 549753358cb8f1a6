"""Posteriors of ability under every draw of the calibration at once.

The formulas are those of `aggregator.ranking.latent_model`. Boards with few scores get many draws in one array, so the
time depends on the number of scores and not on the number of boards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aggregator.ranking.arrays import Bools, Floats, Index, distinct_rows
from aggregator.ranking.coverage_priors import pattern_positions
from aggregator.ranking.draws import Draw
from aggregator.ranking.latent_model import BoardBlock

CELLS = 1 << 16
"""Numbers in one array at most: they fit into the cache of a core."""
DRAWS_TOGETHER = 20
"""Draws whose posteriors are computed together, for the same reason."""


@dataclass(frozen=True)
class DrawPosteriors:
    """Posterior of each model's ability under each draw, in the displayed unit; arrays are draws × models."""

    mean: Floats
    deviation: Floats


def draw_posteriors(
    blocks: tuple[BoardBlock, ...],
    draws: Sequence[Draw],
    seen: Bools,
    patterns: tuple[tuple[int, ...], ...],
    display: tuple[float, float],
    *,
    prior_factor: Floats | float = 1.0,
) -> DrawPosteriors:
    """Return the posteriors under `draws`.

    `seen` is models × boards; `patterns` are those with a prior of their own; `display` is the mean and the standard
    deviation of the displayed abilities of the reference cohort. `prior_factor` multiplies the variance of the prior of
    each model (`ability_tails`).
    """
    found = DrawPosteriors(np.empty((len(draws), seen.shape[0])), np.empty((len(draws), seen.shape[0])))
    priors = _Priors.of(seen, patterns)
    boards = [_Board.of(block) for block in blocks]
    for begin in range(0, len(draws), DRAWS_TOGETHER):
        some = slice(begin, begin + DRAWS_TOGETHER)
        stack = _stacked(draws[some])
        precision, total = (each / prior_factor for each in priors.sums(stack))
        for board in boards:
            board.add(stack, precision, total)
        unit = display[1] / stack["spread"][:, None]
        found.mean[some] = display[0] + unit * (total / precision - stack["centre"][:, None])
        found.deviation[some] = unit / np.sqrt(precision)
    return found


def _stacked(draws: Sequence[Draw]) -> dict[str, Floats]:
    """Return the arrays of `Draw.to_arrays`, each with the draws as its first axis."""
    arrays = [draw.to_arrays() for draw in draws]
    return {name: np.array([values[name] for values in arrays], dtype=np.float64) for name in arrays[0]}


@dataclass(frozen=True)
class _Priors:
    """The priors of all models by their distinct sets of boards."""

    boards: Floats
    """Sets × boards, 1 or 0."""
    own: Index
    """The position of each set among the patterns with a prior of their own, -1 for any other."""
    of_model: Index
    """The set of each model."""

    @classmethod
    def of(cls, seen: Bools, patterns: tuple[tuple[int, ...], ...]) -> "_Priors":
        distinct, of_model = distinct_rows(seen)
        return cls(distinct.astype(np.float64), pattern_positions(distinct, patterns), of_model)

    def sums(self, stack: dict[str, Floats]) -> tuple[Floats, Floats]:
        """Return the precision of each model's prior, and precision times mean; both are draws × models."""
        mean = stack["base"][:, None] + stack["steps"] @ self.boards.T
        variance = np.repeat(stack["spare"][:, None], self.own.size, axis=1)
        known = self.own >= 0
        mean[:, known], variance[:, known] = stack["mean"][:, self.own[known]], stack["variance"][:, self.own[known]]
        return (1 / variance)[:, self.of_model], (mean / variance)[:, self.of_model]


@dataclass(frozen=True)
class _Board:
    """The scores of one board, with its benchmarks as the first axis."""

    block: BoardBlock
    present: Floats
    known_variance: Floats
    y: Floats

    @classmethod
    def of(cls, block: BoardBlock) -> "_Board":
        parts = (1 - block.missing, block.known_variance, block.y)
        return cls(block, *(np.ascontiguousarray(part.T) for part in parts))

    def add(self, stack: dict[str, Floats], precision: Floats, total: Floats) -> None:
        """Add what the board measures to `precision` and `total` (draws × models)."""
        columns, rows = self.block.columns, self.block.rows
        slope, noise, board = (
            stack["slope"][:, columns],
            stack["noise"][:, columns],
            stack["board"][:, self.block.board],
        )
        by_intercept = slope * stack["alpha"][:, columns]
        for part in _parts(slope.shape[0], self.present.size):
            weight = self.present / (noise[part, :, None] + self.known_variance)
            own = _weighted_sum(slope[part] ** 2, weight)
            expected = _weighted_sum(by_intercept[part], weight)
            weight *= self.y
            share = 1 / (board[part, None] + 1 / own)
            precision[part, rows] += share
            total[part, rows] += share * (_weighted_sum(slope[part], weight) - expected) / own


def _weighted_sum(of_benchmark: Floats, weight: Floats) -> Floats:
    """Return draws × models: the sum over benchmarks of draws × benchmarks times draws × benchmarks × models."""
    total: Floats = (of_benchmark[:, None, :] @ weight)[:, 0, :]
    return total


def _parts(draws: int, cells: int) -> Iterator[slice]:
    """Split the draws so that an array of `cells` numbers for each of them has about `CELLS` numbers."""
    step = max(1, CELLS // max(cells, 1))
    return (slice(begin, min(begin + step, draws)) for begin in range(0, draws, step))
