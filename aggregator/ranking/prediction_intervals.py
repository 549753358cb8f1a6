"""Mixture of factor models with cross-validated weights and interval widths.

Each fold hides a share of the cells, fits without them and predicts them. The held-out errors choose whether names count,
weigh the numbers of factors (stacking; Breiman 1996), and scale the intervals: an interval reaches as many predicted
standard deviations as hold the wanted share of the held-out cells (cross-conformal prediction; Vovk 2015, with the
normalised residuals of Lei et al. 2018). A cell on a board that has no score of the model is predicted less well than
one on a board that has; such cells are hidden too, as whole boards of a model, and have weights and reaches of their own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from scipy.optimize import nnls
from scipy.special import ndtri

from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.factor_distance import FactorDistance, widening
from aggregator.ranking.factor_model import (
    NO_NAMES,
    FactorModel,
    NameStrength,
    Predicted,
    fit,
    mixture,
)
from aggregator.ranking.score_cells import Cells

NAMES = NameStrength(factor=6.0, cell=0.1)
NAMES_FACTORS, NAMES_FOLDS, NAMES_GAIN = 2, 2, 0.99
"""Names count when two factors with them have less than this share of the squared error without them, on two folds."""
POOLED_CELLS = 30.0
"""The reach of a benchmark is shrunk towards that of all cells as by this many cells."""
EQUAL_WEIGHT = 1.0
"""Strength with which the weights of the mixture are shrunk towards equal ones."""
BLOCK_SHARE = 0.5
"""Share of the boards of a model that are hidden as a whole; of the others, single cells are."""
MAX_HIDDEN = 2 / 3
"""Largest share of a benchmark's cells that a fold hides."""
MIN_ABSENT = 50
"""Fewest held-out cells on boards without a score of the model for weights and reaches of their own."""
SEED = 0


@dataclass(frozen=True)
class Effort:
    """How much is computed: numbers of factors in the mixture, folds, and iterations of each fit."""

    factors: tuple[int, ...] = (1, 2, 3, 4)
    folds: int = 5
    iterations: int = 40
    choose_names: bool = True
    """Whether the folds decide that names count; else they count."""


NewCellError: TypeAlias = Callable[[Floats, Index], Floats]
"""From the predicted value and the benchmark of new cells: the variance of their known errors. Their own errors are not
known before they are measured, so those of held-out cells are not used for their intervals either."""


@dataclass(frozen=True)
class HeldOut:
    """Predictions of cells by fits without them; one entry per cell."""

    model: Index
    benchmark: Index
    mean: Floats
    variance: Floats
    """Without the known error of the cell."""
    deviation: Floats
    """With the known error of a new cell."""
    error: Floats
    """Value minus mean."""
    fold: Index
    absent: Bools
    """Whether the board of the cell had no other score of the model."""

    @property
    def ratio(self) -> Floats:
        """The absolute error in predicted standard deviations."""
        found: Floats = np.abs(self.error) / self.deviation
        return found

    def select(self, cells: Bools) -> "HeldOut":
        """Return some cells."""
        return HeldOut(
            self.model[cells],
            self.benchmark[cells],
            self.mean[cells],
            self.variance[cells],
            self.deviation[cells],
            self.error[cells],
            self.fold[cells],
            self.absent[cells],
        )


@dataclass(frozen=True)
class Boards:
    """The boards of the benchmarks."""

    position: Index
    """The board of each benchmark."""

    def scored(self, present: Bools) -> Bools:
        """Return models × benchmarks: whether the board of the benchmark has a score of the model."""
        on_board = self._member.T @ present.T.astype(np.float64) > 0
        found: Bools = on_board.T[:, self.position]
        return found

    @property
    def _member(self) -> Floats:
        """Benchmarks × boards."""
        return np.eye(int(self.position.max()) + 1)[self.position]


@dataclass(frozen=True)
class Ensemble:
    """Fitted models with their weights, and how well such models predict held-out cells."""

    models: tuple[FactorModel, ...]
    weights: Floats
    """Of cells on a board with a score of the model (first row) and without one, × models."""
    held_out: HeldOut
    boards: Boards
    distance: FactorDistance
    """In the factors of the model with the most of them."""

    def predict(self, cells: Cells) -> Predicted:
        """Predict every cell of the models."""
        parts = [model.predict(cells) for model in self.models]
        on_board, absent = (mixture(parts, weights) for weights in self.weights)
        scored = self.boards.scored(cells.present)
        variance = np.where(scored, on_board.variance, absent.variance)
        return Predicted(
            np.where(scored, on_board.mean, absent.mean), variance * widening(self.distance.relative(cells)) ** 2
        )

    def reach(self, level: float) -> Floats:
        """Return how many predicted standard deviations an interval reaches to each side.

        The first row is of cells on a board with a score of the model, the second of cells on one without; × benchmarks.
        """
        return _reaches(self.held_out, level, self.boards.position.size)

    def held_out_reach(self, level: float) -> Floats:
        """Return the reach for each held-out cell, from the cells of the other folds."""
        cells = self.held_out
        found = np.zeros(cells.fold.size)
        for number in np.unique(cells.fold):
            mine = cells.fold == number
            reaches = _reaches(cells.select(~mine), level, self.boards.position.size)
            found[mine] = reaches[cells.absent[mine].astype(np.intp), cells.benchmark[mine]]
        return found


@dataclass(frozen=True)
class _Fold:
    """The hidden cells of one fold, and their predictions by each number of factors."""

    number: int
    hidden: Bools
    absent: Bools
    """Of each hidden cell: whether its board has no other score of the model."""
    widening: Floats
    parts: tuple[Predicted, ...]


def fit_ensemble(cells: Cells, boards: Boards, new_error: NewCellError, effort: Effort) -> Ensemble:
    """Fit the mixture; deterministic. Every benchmark needs two scores or more."""
    hidden = list(_hidden_cells(cells, boards, effort.folds))
    strength = _choose_strength(cells, hidden[:NAMES_FOLDS], effort) if effort.choose_names else NAMES
    fit_one = partial(fit, strength=strength, iterations=effort.iterations)
    folds = []
    for number, mask in enumerate(hidden):
        seen = cells.without(mask)
        fold_models = [fit_one(seen, count) for count in effort.factors]
        folds.append(_predict_fold(seen, boards, mask, number, fold_models))
    weights = _stacking_weights(cells, folds)
    models = tuple(fit_one(cells, count) for count in effort.factors)
    distance = FactorDistance.of(max(models, key=lambda model: model.n_factors), cells)
    return Ensemble(models, weights, _held_out(cells, folds, weights, new_error), boards, distance)


def _hidden_cells(cells: Cells, boards: Boards, count: int) -> Iterator[Bools]:
    """Yield the hidden cells of each fold; every cell is hidden once, some with all cells of the model on its board.

    The single cells of a benchmark are spread evenly over the folds. A benchmark keeps a third of its cells in each fold.
    """
    generator = np.random.default_rng(SEED)
    row, column = np.nonzero(cells.present)
    shuffled = generator.permutation(row.size)
    order = shuffled[np.argsort(column[shuffled], kind="stable")]
    fold = np.empty(row.size, dtype=np.intp)
    fold[order] = np.arange(row.size) % count
    n_models, n_boards = len(cells.present), int(boards.position.max()) + 1
    as_block, of_block = (
        generator.random((n_models, n_boards)) < BLOCK_SHARE,
        generator.integers(0, count, (n_models, n_boards)),
    )
    several = np.bincount(np.unique(row * n_boards + boards.position[column]) // n_boards, minlength=n_models) > 1
    in_block = as_block[row, boards.position[column]] & several[row]
    fold = np.where(in_block, of_block[row, boards.position[column]], fold)
    for number in range(count):
        hidden = np.zeros(cells.present.shape, dtype=np.bool_)
        hidden[row[fold == number], column[fold == number]] = True
        too_many = hidden.sum(axis=0) > MAX_HIDDEN * cells.present.sum(axis=0)
        hidden[:, too_many] = False
        yield hidden


def _choose_strength(cells: Cells, folds: Sequence[Bools], effort: Effort) -> NameStrength:
    """Return the strength of the names: none where they do not reduce the held-out error."""
    if not cells.groups:
        return NO_NAMES
    factors = min(NAMES_FACTORS, max(effort.factors))
    squared = dict.fromkeys((NO_NAMES, NAMES), 0.0)
    for strength in squared:
        for hidden in folds:
            seen = cells.without(hidden)
            found = fit(seen, factors, strength, effort.iterations).predict(seen)
            error = found.mean[hidden] - cells.value[hidden]
            squared[strength] += float(error @ error)
    return NAMES if squared[NAMES] < NAMES_GAIN * squared[NO_NAMES] else NO_NAMES


def _predict_fold(seen: Cells, boards: Boards, hidden: Bools, number: int, models: Sequence[FactorModel]) -> _Fold:
    """Predict the hidden cells of the models that keep a score, by the models fitted to the others."""
    has_score = seen.present.sum(axis=1, keepdims=True) > 0
    kept = hidden & has_score
    distance = FactorDistance.of(max(models, key=lambda model: model.n_factors), seen).relative(seen)
    whole = [model.predict(seen) for model in models]
    parts = tuple(Predicted(part.mean[kept], part.variance[kept]) for part in whole)
    return _Fold(number, kept, ~boards.scored(seen.present)[kept], widening(distance[kept]), parts)


def _stacking_weights(cells: Cells, folds: Sequence[_Fold]) -> Floats:
    """Return the weights of the numbers of factors, as in `Ensemble.weights`."""
    means = np.concatenate([np.stack([part.mean for part in fold.parts], axis=1) for fold in folds])
    values = np.concatenate([cells.value[fold.hidden] for fold in folds])
    absent = np.concatenate([fold.absent for fold in folds])
    if np.count_nonzero(absent) < MIN_ABSENT:
        return np.tile(_best_weights(means, values), (2, 1))
    return np.stack([_best_weights(means[chosen], values[chosen]) for chosen in (~absent, absent)])


def _best_weights(means: Floats, values: Floats) -> Floats:
    """Return non-negative weights with sum 1 and the least squared error; `means` is cells × parts."""
    n_parts = means.shape[1]
    equal = np.full(n_parts, 1 / n_parts)
    centre = means.mean(axis=1)
    around = means - centre[:, None]
    pull = np.sqrt(EQUAL_WEIGHT * (around**2).sum() / n_parts)
    if not pull > 0:
        return equal
    table = np.concatenate([around, pull * np.eye(n_parts)])
    found, _ = nnls(table, np.concatenate([values - centre, pull * equal]))
    total = float(found.sum())
    return np.asarray(found / total, dtype=np.float64) if total > 0 else equal


def _held_out(cells: Cells, folds: Sequence[_Fold], weights: Floats, new_error: NewCellError) -> HeldOut:
    columns = []
    for fold in folds:
        model, benchmark = np.nonzero(fold.hidden)
        on_board, away = (mixture(fold.parts, of_kind) for of_kind in weights)
        mean = np.where(fold.absent, away.mean, on_board.mean)
        variance = np.where(fold.absent, away.variance, on_board.variance) * fold.widening**2
        deviation = np.sqrt(variance + new_error(mean, benchmark))
        error = cells.value[fold.hidden] - mean
        number = np.full(model.size, fold.number)
        columns.append((model, benchmark, mean, variance, deviation, error, number, fold.absent))
    return HeldOut(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def _reaches(cells: HeldOut, level: float, n_benchmarks: int) -> Floats:
    """Return the reaches as in `Ensemble.reach`."""
    if np.count_nonzero(cells.absent) < MIN_ABSENT:
        return np.tile(_reach(cells, level, n_benchmarks), (2, 1))
    return np.stack([_reach(cells.select(chosen), level, n_benchmarks) for chosen in (~cells.absent, cells.absent)])


def _reach(cells: HeldOut, level: float, n_benchmarks: int) -> Floats:
    """Return per benchmark the quantile of the error ratio, shrunk towards that of all cells."""
    ratio = cells.ratio
    pooled = _quantile(ratio, level)
    reach = np.full(n_benchmarks, pooled)
    order = np.argsort(cells.benchmark, kind="stable")
    starts = np.searchsorted(cells.benchmark[order], np.arange(n_benchmarks + 1))
    for benchmark in range(n_benchmarks):
        own = ratio[order[starts[benchmark] : starts[benchmark + 1]]]
        if own.size:
            share = own.size / (own.size + POOLED_CELLS)
            reach[benchmark] = share * _quantile(own, level) + (1 - share) * pooled
    return reach


def _quantile(ratio: Floats, level: float) -> float:
    """Return the smallest ratio that is not exceeded with probability `level` by one more cell; the largest at most."""
    if not ratio.size:
        return float(ndtri((1 + level) / 2))
    position = min(int(np.ceil(level * (ratio.size + 1))), ratio.size) - 1
    return float(np.partition(ratio, position)[position])
