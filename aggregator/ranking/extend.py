"""`extend`: add boards or benchmarks to a frozen calibration without moving any model that it already measures."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking.added_board import (
    BoardParameters,
    BoardScores,
    KnownAbilities,
    estimate,
    fit_board,
)
from aggregator.ranking.added_priors import PatternPriors, fit_board_terms, fit_pattern_priors
from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.coverage_priors import PATTERN_VARIANCE
from aggregator.ranking.draws import Draw
from aggregator.ranking.latent_model import Parameters
from aggregator.ranking.overall_scores import MIN_OWN_NOISE, Columns
from aggregator.ranking.scales import Scales, benchmark_metadata, choose_scales
from aggregator.ranking.score_matrix import ScoreMatrix, clean_scores, score_matrix
from aggregator.ranking.shared_abilities import SharedAbilities, shared_abilities

MIN_SHARED = 10
"""Fewest models with an ability and a score on an added board."""
MIN_BENCHMARK_MODELS = 5
"""Fewest of them with a score on an added benchmark; a benchmark with fewer is left out."""


class TooFewSharedError(UsageError):
    """An added board has too few models in common with the calibrated boards."""

    def __init__(self, board: str, shared: int) -> None:
        super().__init__(
            f"{board} shares {shared} models with the calibrated leaderboards; at least {MIN_SHARED} are needed",
            hint="Add it when it lists more of their models, or fit everything anew with `metaboard calibrate --name NAME`.",
        )
        self.board = board
        self.shared = shared


def extend(
    calibration: Calibration, scores: pl.DataFrame, *, boards: Collection[str] | None = None, seed: int = 0
) -> Calibration:
    """Return the calibration with the benchmarks of `scores` that it does not have; `boards` names the wanted ones.

    `scores` is a frame as for `calibrate`, with the scores of all boards. Intercepts, slopes, noise, the board's
    variance and its prior are fitted under every draw, from the models that an added board shares with the calibrated
    ones; everything else stays. The added benchmarks then count only for models without a score on a calibrated one
    (`Calibration.counting`), so the ability of every other model stays as it is, to the last digit.

    A benchmark that is added to a calibrated board shares the effect of that board. Returns `calibration` itself when
    there is nothing to add. Raises `TooFewSharedError` for a board that shares fewer than `MIN_SHARED` models.
    """
    added = _added_benchmarks(calibration, scores, boards)
    if added is None:
        return calibration
    matrix, scales = added
    known = shared_abilities(calibration, scores, matrix, seed)
    for board in dict.fromkeys(matrix.boards):
        shared = np.count_nonzero(known.is_shared & matrix.present[:, matrix.columns_of(board)].any(axis=1))
        if shared < MIN_SHARED:
            raise TooFewSharedError(board, int(shared))
    groups = _groups(calibration, matrix, scales, known.is_shared)
    return _Addition(calibration, matrix, scales, known, groups).extended() if groups else calibration


def shared_models(calibration: Calibration, scores: pl.DataFrame) -> dict[str, int]:
    """Return each board with benchmarks outside the calibration, and how many models it shares with the calibrated ones."""
    added = _added_benchmarks(calibration, scores, None)
    if added is None:
        return {}
    matrix, _ = added
    measured = calibration.counting(clean_scores(scores))["model_id"].unique()
    is_shared = np.isin(np.array(matrix.models), measured.to_numpy())
    return {
        board: int(np.count_nonzero(is_shared & matrix.present[:, matrix.columns_of(board)].any(axis=1)))
        for board in dict.fromkeys(matrix.boards)
    }


def _added_benchmarks(
    calibration: Calibration, scores: pl.DataFrame, boards: Collection[str] | None
) -> tuple[ScoreMatrix, Scales] | None:
    """Return the matrix and the scales of the benchmarks outside the calibration, None when there are none."""
    matrix = score_matrix(scores).without_categories()
    names = np.array(matrix.boards)
    new = ~np.isin(np.array(matrix.benchmarks), calibration.benchmarks)
    if boards is not None:
        new &= np.isin(names, list(boards))
    if not new.any():
        return None
    some = matrix.select_benchmarks(new)
    scales = choose_scales(some, benchmark_metadata(clean_scores(scores), some.benchmarks))
    # The effect of a calibrated board is that of its benchmarks; another overall score would need an effect of its own.
    is_known = np.isin(np.array(some.boards), calibration.boards)
    kept = np.flatnonzero(~(scales.is_overall & is_known))
    return (some.columns(kept), scales.select(kept)) if kept.size else None


@dataclass(frozen=True)
class _Group:
    """The added benchmarks of one board, and where they come from in the added matrix."""

    board: str
    name: str
    """Name of the board in the calibration: benchmarks that are added to a calibrated board have a place of their own,
    because they never count together with the others."""
    columns: Index
    """Positions of its benchmarks."""
    overall: Index
    """Position of its overall score, in an array of none or one; these models are measured by it alone."""

    @property
    def all(self) -> Index:
        """All positions, in the order of the parameters."""
        return np.concatenate([self.columns, self.overall])


@dataclass(frozen=True)
class _Addition:
    """One addition: the calibration, the added matrix with its scales, and the benchmarks that are added."""

    calibration: Calibration
    matrix: ScoreMatrix
    scales: Scales
    known: SharedAbilities
    groups: tuple[_Group, ...]

    def extended(self) -> Calibration:
        """Return the extended calibration."""
        old, count = self.calibration, len(self.calibration.boards)
        fitted = [self._fit(group) for group in self.groups]
        draws, priors = self._with_priors(fitted)
        columns = np.concatenate([group.all for group in self.groups])
        board_of = np.repeat(count + np.arange(len(self.groups)), [group.all.size for group in self.groups])
        patterns = [tuple((count + np.flatnonzero(row)).tolist()) for row in priors.boards]
        layer = int(old.layer_of.max()) + 1
        return replace(
            old,
            boards=(*old.boards, *(group.name for group in self.groups)),
            benchmarks=(*old.benchmarks, *(self.matrix.benchmarks[column] for column in columns)),
            board_of=(*old.board_of, *board_of.tolist()),
            scales=old.scales.followed_by(self.scales.select(columns)),
            patterns=(*old.patterns, *patterns),
            point=draws[0],
            draws=tuple(draw.rounded() for draw in draws[1:]),
            reference_scores=np.column_stack([old.reference_scores, self._cohort_scores(columns)]),
            layers=(*old.layer_of.tolist(), *[layer] * columns.size),
        )

    def _scores(self, columns: Index, rows: Bools) -> BoardScores:
        y, known_variance = self.scales.transform(self.matrix.score, self.matrix.standard_error)
        cells = np.ix_(rows, columns)
        return BoardScores(y[cells], self.scales.weighing_variance(known_variance)[cells])

    def _has(self, columns: Index) -> Bools:
        """Return the models with a score on some of the benchmarks."""
        some: Bools = np.any(self.matrix.present[:, columns], axis=1)
        return some

    def _fit(self, group: _Group) -> BoardParameters:
        """Fit one group to the models that it shares with the calibrated boards, in the order of `_Group.all`."""
        known = self.known
        if group.board in self.calibration.boards:
            own = self.calibration.boards.index(group.board)
            found = self._lines(group.columns, known.local(own), has_effect=False)
            return replace(found, board_variance=np.array([d.parameters.board_variance[own] for d in known.draws]))
        abilities = KnownAbilities(known.mean, known.variance, known.weight)
        found = self._lines(group.columns, abilities, has_effect=True)
        if not group.overall.size:
            return found
        # As in the fit: the noise of an overall score contains the effect of its board.
        whole = self._lines(group.overall, abilities, has_effect=False)
        square = whole.slope[:, 0] ** 2
        effect = np.minimum(found.board_variance, (1 - MIN_OWN_NOISE) * whole.noise_variance[:, 0] / square)
        whole = replace(whole, noise_variance=whole.noise_variance - (square * effect)[:, None])
        return replace(found.beside(whole), board_variance=effect)

    def _lines(self, columns: Index, known: KnownAbilities, *, has_effect: bool) -> BoardParameters:
        rows = self.known.is_shared & self._has(columns)
        of_rows = KnownAbilities(known.mean[:, rows], known.variance[:, rows], known.weight[:, rows])
        return fit_board(self._scores(columns, rows), of_rows, has_effect=has_effect)

    def _with_priors(self, fitted: list[BoardParameters]) -> tuple[list[Draw], PatternPriors]:
        """Return the draws with the added parameters and priors, and the priors."""
        known = self.known
        seen = np.column_stack([self._has(group.all) for group in self.groups])
        shared, alone = known.is_shared & seen.any(axis=1), ~known.is_shared & seen.any(axis=1)
        common = np.array([draw.unseen_variance for draw in known.draws]) - PATTERN_VARIANCE
        excess = known.mean[:, shared] - known.prior[:, shared]
        terms = fit_board_terms(seen[shared], excess, float(common[0]))
        base = np.array([draw.additive_prior.base for draw in known.draws])[:, None]
        value, precision = self._measured(fitted, alone)
        priors = fit_pattern_priors(seen[alone], value, precision, base + terms @ seen[alone].T, common)
        draws = [draw.followed_by(_parameters(fitted, priors, d), terms[d]) for d, draw in enumerate(known.draws)]
        return draws, priors

    def _measured(self, fitted: list[BoardParameters], rows: Bools) -> tuple[Floats, Floats]:
        """Return the abilities that the added boards measure together, and their precision; draws × models."""
        total = np.zeros((len(self.known.draws), int(rows.sum())))
        precision = np.zeros_like(total)
        for group, parameters in zip(self.groups, fitted, strict=True):
            scores, count = self._scores(group.all, rows), group.columns.size
            whole = ~np.isnan(scores.y[:, count:]).all(axis=1)
            scores.y[whole, :count] = np.nan
            value, own = estimate(scores, parameters)
            share = own / (parameters.board_variance[:, None] * own + 1)
            precision += share
            total += share * value
        return total / np.maximum(precision, 1e-12), precision

    def _cohort_scores(self, columns: Index) -> Floats:
        """Return the scores of the cohort on the linear ones of the added benchmarks."""
        linear = columns[self.scales.is_linear[columns]]
        position = {name: row for row, name in enumerate(self.matrix.models)}
        added = np.full((len(self.calibration.cohort), linear.size), np.nan)
        for row, name in enumerate(self.calibration.cohort):
            if name in position:
                added[row] = self.matrix.score[position[name], linear]
        return added


def _groups(calibration: Calibration, matrix: ScoreMatrix, scales: Scales, is_shared: Bools) -> tuple[_Group, ...]:
    """Return the benchmarks that enough shared models have, by board; an overall score only beside benchmarks."""
    enough = matrix.present[is_shared].sum(axis=0) >= MIN_BENCHMARK_MODELS
    shared = matrix.with_models(is_shared)
    kept = Columns.of(shared, scales)
    found, names, layer = [], np.array(matrix.boards), int(calibration.layer_of.max()) + 1
    for board in dict.fromkeys(matrix.boards):
        measured, replaced = (part[(names[part] == board) & enough[part]] for part in (kept.measured, kept.replaced))
        columns, overall = (replaced, measured) if replaced.size else (measured, replaced)
        name = f"{board}+{layer}" if board in calibration.boards else board
        if columns.size:
            found.append(_Group(board, name, columns, overall))
    return tuple(found)


def _parameters(fitted: list[BoardParameters], priors: PatternPriors, draw: int) -> Parameters:
    """Return the parameters of all groups under one draw."""
    parts = [parameters.part(slice(draw, draw + 1)) for parameters in fitted]
    names = ("intercept", "slope", "noise_variance", "board_variance")
    joined = {name: np.concatenate([getattr(part, name).ravel() for part in parts]) for name in names}
    return Parameters(**joined, prior_mean=priors.mean[draw], prior_variance=priors.variance[draw])
