"""Rules that rank models by their places in each column, as boards publish them.

Each rule turns the matrix of scores into `Points`: what every cell earns, and how the points of a
model are put together. Intervals come from drawing the benchmarks of each board again
(see `aggregator.ranking.bootstrap`).

Sources of the formulas:

* mean win rate: Liang et al., *Holistic Evaluation of Language Models*, 2022 (TMLR 2023).
* Borda count as MTEB applies it: Colombo et al., *What are the best systems?*, NeurIPS 2022, and the `mteb` package.
* expected Borda count under holes: Himmi et al., *Towards More Robust NLP System Evaluation: Handling
  Missing Scores in Benchmarks*, 2023.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aggregator.errors import UsageError
from aggregator.ranking.score_matrix import Bools, Cells, Floats


@dataclass(frozen=True)
class Points:
    """What each cell earns; a model's score is the sum of its points over the sum of its weights.

    Both are models × benchmarks. `weight` is 0 where the rule leaves the cell out. With `total`
    the score is the sum of points alone.
    """

    value: Floats
    weight: Floats
    total: bool

    def score(self, times: Floats) -> Floats:
        """Return models × draws: the score when benchmark b is counted `times[b, draw]` times; NaN without points."""
        points = self.value @ times
        if self.total:
            return points
        weight = self.weight @ times
        with np.errstate(invalid="ignore", divide="ignore"):
            score: Floats = np.where(weight > 0, points / weight, np.nan)
        return score


def average_ranks(oriented: Floats) -> Floats:
    """Rank each column, best first, ties share their mean rank; NaN stays NaN."""
    ranks = np.full(oriented.shape, np.nan)
    for column in range(oriented.shape[1]):
        seen = np.flatnonzero(~np.isnan(oriented[:, column]))
        ordered = np.sort(-oriented[seen, column])
        above = np.searchsorted(ordered, -oriented[seen, column], side="left")
        upto = np.searchsorted(ordered, -oriented[seen, column], side="right")
        ranks[seen, column] = (above + 1 + upto) / 2
    return ranks


def win_rates(oriented: Floats) -> Floats:
    """Share of the other models of a column that a model beats, ties half; NaN where there is no other model."""
    ranks = average_ranks(oriented)
    seen = (~np.isnan(ranks)).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rates: Floats = np.where(seen > 1, (seen - ranks) / (seen - 1), np.nan)
    return rates


def mean_win_rate(oriented: Floats) -> Points:
    """HELM: the mean, over the columns that saw the model, of the share of models it beats."""
    rates = win_rates(oriented)
    there = ~np.isnan(rates)
    return Points(np.nan_to_num(rates), there.astype(np.float64), total=False)


def mteb_borda(oriented: Floats) -> Points:
    """MTEB: `n_models - rank` per task, ties averaged; a missing task earns nothing; summed."""
    ranks = average_ranks(oriented)
    value = np.where(np.isnan(ranks), 0.0, oriented.shape[0] - ranks)
    return Points(value, np.ones_like(value), total=True)


def expected_borda(oriented: Floats) -> Points:
    """Himmi et al.: the mean Borda count over all completions of the partial orders.

    A model of rank r among the k of a column has expected rank r(n+1)/(k+1) among all n, a model
    that the column did not see (n+1)/2; it earns n minus that. On a table without holes this is
    `mteb_borda`.
    """
    ranks = average_ranks(oriented)
    n_models = oriented.shape[0]
    seen = (~np.isnan(ranks)).sum(axis=0)
    expected = np.where(np.isnan(ranks), (n_models + 1) / 2, ranks * (n_models + 1) / (seen + 1))
    return Points(n_models - expected, np.ones_like(expected), total=True)


def weighted(oriented: Floats, column_weight: Floats) -> Points:
    """Weigh the win rates by the user's weights: their weighted mean over the columns that saw the model.

    `column_weight` is models × benchmarks, from `column_weights`.
    """
    rates = win_rates(oriented)
    weight = np.where(np.isnan(rates), 0.0, column_weight)
    return Points(np.nan_to_num(rates) * weight, weight, total=False)


def column_weights(cells: Cells, weights: Mapping[str, float] | None) -> Floats:
    """Spread the user's weights over cells, models × benchmarks.

    A key is a benchmark (`open_llm_v2/ifeval`), a board (`open_llm_v2`) or the beginning of board
    names (`open_llm`); a benchmark goes to its most exact key. The weight of a key is shared
    equally by its columns that saw the model, so a board with many columns weighs no more than
    its key says. Without weights every board weighs 1. Raises `UsageError` for a key that matches
    nothing and for weights that are negative, not finite or all 0.
    """
    chosen = dict(weights) if weights is not None else dict.fromkeys(cells.boards, 1.0)
    owner = [_owner(benchmark, board, chosen) for benchmark, board in zip(cells.benchmarks, cells.boards, strict=True)]
    _check_weights(cells, chosen, owner)
    spread = np.zeros(cells.score.shape)
    present = ~np.isnan(win_rates(cells.oriented))
    for key, weight in chosen.items():
        mine: Bools = np.array([name == key for name in owner])
        share = present[:, mine]
        spread[:, mine] = weight * share / np.maximum(share.sum(axis=1, keepdims=True), 1)
    return spread


def _owner(benchmark: str, board: str, keys: Mapping[str, float]) -> str | None:
    for name in (benchmark, board):
        if name in keys:
            return name
    prefixes = [key for key in keys if board.startswith(f"{key}_")]
    return max(prefixes, key=len, default=None)


def _check_weights(cells: Cells, chosen: Mapping[str, float], owner: list[str | None]) -> None:
    unknown = sorted(set(chosen) - set(owner))
    if unknown:
        raise UsageError(
            f"weight for `{unknown[0]}`, which is no board or benchmark of this frame",
            hint=f"Boards here: {', '.join(sorted(set(cells.boards)))}.",
        )
    values = list(chosen.values())
    if not values or any(not np.isfinite(weight) or weight < 0 for weight in values) or sum(values) <= 0:
        raise UsageError("weights must be finite, not negative, and not all 0")
