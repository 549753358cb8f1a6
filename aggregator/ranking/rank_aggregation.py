"""Rank aggregation: mean win rate and Borda counts, as leaderboards publish them.

Each rule turns the ranks within the columns into `Points`: the points of every cell, and how they add up to the score of a
model. Intervals come from the bootstrap over benchmarks (see `aggregator.ranking.bootstrap`).

Sources of the formulas:

* mean win rate: Liang et al., *Holistic Evaluation of Language Models* (HELM), 2022.
* Borda count as MTEB applies it: Colombo et al., *What are the best systems?*, NeurIPS 2022, and the `mteb` package.
* expected Borda count with missing scores: Himmi et al., *Towards More Robust NLP System Evaluation: Handling
  Missing Scores in Benchmarks*, 2023.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aggregator.errors import UsageError
from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.score_matrix import ScoreMatrix


@dataclass(frozen=True)
class Points:
    """Points of each cell; a model's score is the weighted mean of its points, or their sum with `is_sum`."""

    value: Floats
    """Models × benchmarks: points times weight."""
    weight: Floats
    """Models × benchmarks, 0 where the rule leaves the cell out."""
    is_sum: bool

    def score(self, counts: Floats) -> Floats:
        """Return models × draws: the score with benchmark b counted `counts[b, draw]` times; NaN without points."""
        points = self.value @ counts
        if self.is_sum:
            return points
        weight = self.weight @ counts
        with np.errstate(invalid="ignore", divide="ignore"):
            score: Floats = np.where(weight > 0, points / weight, np.nan)
        return score

    def total(self) -> Floats:
        """Return the score of each model with every benchmark counted once."""
        return self.score(np.ones((self.value.shape[1], 1)))[:, 0]


@dataclass(frozen=True)
class ColumnRanks:
    """The place of every score in its column: the input of all rules."""

    rank: Floats
    """Models × benchmarks, best first; ties share their mean rank; NaN where missing."""
    seen: Floats
    """Number of models of each benchmark."""
    n_models: int
    """Number of models of the whole table."""
    rows: Index
    """Positions of the models of `rank` in the whole table."""

    @classmethod
    def of(cls, oriented: Floats) -> "ColumnRanks":
        """Rank the columns of a table (models × benchmarks, higher is better)."""
        rank = average_ranks(oriented)
        seen = (~np.isnan(rank)).sum(axis=0).astype(np.float64)
        return cls(rank, seen, oriented.shape[0], np.arange(oriented.shape[0]))


def average_ranks(oriented: Floats) -> Floats:
    """Rank each column, best first; ties share their mean rank; NaN stays NaN."""
    ranks = np.full(oriented.shape, np.nan)
    for column in range(oriented.shape[1]):
        seen = np.flatnonzero(~np.isnan(oriented[:, column]))
        ranks[seen, column] = mean_ranks(-oriented[seen, column])
    return ranks


def mean_ranks(values: Floats) -> Floats:
    """Rank values without NaN, least first; ties share their mean rank. `scipy.stats.rankdata` is slow on short ones."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: values.size])
    last = np.r_[first[1:], values.size][: first.size]
    ranks = np.empty(values.size)
    ranks[order] = np.repeat((first + 1 + last) / 2, last - first)
    return ranks


def win_rates(ranks: ColumnRanks) -> Floats:
    """Return the share of a column's other models that a model beats, ties half; NaN where there is no other model."""
    with np.errstate(invalid="ignore", divide="ignore"):
        rates: Floats = np.where(ranks.seen > 1, (ranks.seen - ranks.rank) / (ranks.seen - 1), np.nan)
    return rates


def mean_win_rate(ranks: ColumnRanks) -> Points:
    """Return the points of HELM: the share of models beaten, averaged over the columns with a score of the model."""
    rates = win_rates(ranks)
    missing = np.isnan(rates)
    return Points(np.where(missing, 0.0, rates), (~missing).astype(np.float64), is_sum=False)


def mteb_borda(ranks: ColumnRanks) -> Points:
    """Return the points of MTEB: `n_models - rank` per task, ties averaged, 0 for a missing task; summed."""
    value = np.where(np.isnan(ranks.rank), 0.0, ranks.n_models - ranks.rank)
    return Points(value, np.ones_like(value), is_sum=True)


def expected_borda(ranks: ColumnRanks) -> Points:
    """Return the points of Himmi et al.: the mean Borda count over all completions of the partial orders.

    A model of rank r among the k models of a column has the expected rank r(n+1)/(k+1) among all n; a model without a
    score there has (n+1)/2. Its points are n minus that. Without missing scores the rule is `mteb_borda`.
    """
    n_models = ranks.n_models
    expected = np.where(np.isnan(ranks.rank), (n_models + 1) / 2, ranks.rank * ((n_models + 1) / (ranks.seen + 1)))
    return Points(n_models - expected, np.ones_like(expected), is_sum=True)


def weighted_win_rate(ranks: ColumnRanks, cell_weights: Floats) -> Points:
    """Return the win rates with the weights of `spread_weights` (models × benchmarks), averaged per model."""
    rates = win_rates(ranks)
    missing = np.isnan(rates)
    weight = np.where(missing, 0.0, cell_weights[ranks.rows])
    return Points(np.where(missing, 0.0, rates) * weight, weight, is_sum=False)


def spread_weights(matrix: ScoreMatrix, weights: Mapping[str, float] | None) -> Floats:
    """Spread weights of boards and benchmarks over the cells, models × benchmarks.

    A key is a benchmark (`open_llm_v2/ifeval`), a board (`open_llm_v2`) or the beginning of board names (`open_llm`); a
    benchmark belongs to its most exact key. The columns of a key with a score of the model share its weight equally,
    so the number of a board's columns does not matter. Without weights every board has weight 1. Raises `UsageError`
    for a key that matches nothing and for weights that are negative, not finite or all 0.
    """
    chosen = dict(weights) if weights is not None else dict.fromkeys(matrix.boards, 1.0)
    key_of = [
        _key_of(benchmark, board, chosen) for benchmark, board in zip(matrix.benchmarks, matrix.boards, strict=True)
    ]
    _check_weights(matrix, chosen, key_of)
    spread = np.zeros(matrix.score.shape)
    present = matrix.present & (matrix.present.sum(axis=0) > 1)
    for key, weight in chosen.items():
        mine: Bools = np.array([name == key for name in key_of])
        share = present[:, mine]
        spread[:, mine] = weight * share / np.maximum(share.sum(axis=1, keepdims=True), 1)
    return spread


def _key_of(benchmark: str, board: str, keys: Mapping[str, float]) -> str | None:
    """Return the most exact key of a benchmark, None where no key matches."""
    for name in (benchmark, board):
        if name in keys:
            return name
    prefixes = [key for key in keys if board.startswith(f"{key}_")]
    return max(prefixes, key=len, default=None)


def _check_weights(matrix: ScoreMatrix, chosen: Mapping[str, float], key_of: list[str | None]) -> None:
    unknown = sorted(set(chosen) - set(key_of))
    if unknown:
        raise UsageError(
            f"weight for `{unknown[0]}`, which is no board or benchmark of this frame",
            hint=f"Boards here: {', '.join(sorted(set(matrix.boards)))}.",
        )
    values = list(chosen.values())
    if not values or any(not np.isfinite(weight) or weight < 0 for weight in values) or sum(values) <= 0:
        raise UsageError("weights must be finite, not negative, and not all 0")
