"""`calibrate`: fit the ability scale of one track, with its uncertainty by the Bayesian bootstrap."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking import ability_tails, copied_benchmarks
from aggregator.ranking.ability_tails import Measured, fit_tails, tail_factors
from aggregator.ranking.arrays import Bools, Floats
from aggregator.ranking.board_variance import expected_variance_factors
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.connectivity import require_one_scale
from aggregator.ranking.coverage_priors import PATTERN_VARIANCE, fit_additive_prior, pattern_positions
from aggregator.ranking.draws import Draw
from aggregator.ranking.expectation_maximization import em_step, initial_parameters, standard_deviation
from aggregator.ranking.fit_data import FitData, board_positions, prepare_fit
from aggregator.ranking.health import saturation_weights
from aggregator.ranking.latent_model import Parameters, posterior
from aggregator.ranking.overall_scores import Columns, ReplacedBenchmarks, replaced_benchmarks
from aggregator.ranking.scales import Scales, benchmark_metadata, choose_scales
from aggregator.ranking.score_matrix import ScoreMatrix, clean_scores, score_matrix

DRAWS = 500
MIN_MODELS = 3
MAX_ITERATIONS = 400
"""EM iterations of the first fit at most."""
TOLERANCE = 1e-4
"""The first fit ends when no intercept and slope move by more than this share of the slope in an iteration."""
LINE_ITERATIONS, DRAW_LINE_ITERATIONS = 25, 6
"""The same for the lines of benchmarks that an overall score replaces, in the first fit and in each draw."""
DRAW_ITERATIONS = 12
"""EM iterations of each draw, which starts from the first fit."""


def calibrate(
    scores: pl.DataFrame, *, draws: int = DRAWS, seed: int = 0, name: str = "", dated: str = ""
) -> Calibration:
    """Fit the ability scale of one track.

    `scores` is `(model_id, board, benchmark, score)` with, if known, `standard_error, higher_is_better, scale_low,
    scale_high, chance, n_items`. Each draw weights the models by standard exponential variates (Bayesian bootstrap,
    Rubin 1981), fits again from the first fit, and fixes the scale by the same reference cohort: every model with
    half of the benchmarks of a board. Saturated benchmarks lose weight (`aggregator.ranking.health`). `name` and
    `dated`, the date of the scores, are stored with the calibration.

    Raises `UnlinkedError` when no model links two groups of benchmarks and `UsageError` for a frame that cannot be
    fitted.
    """
    whole, all_scales = matrix_and_scales(scores)
    columns = Columns.of(whole, all_scales)
    whole = whole.with_models(np.any(whole.present[:, columns.measured], axis=1))
    matrix, scales = whole.columns(columns.measured), all_scales.select(columns.measured)
    require_one_scale(matrix.present, matrix.benchmarks)
    if len(matrix.models) < MIN_MODELS:
        raise UsageError("a scale needs three models or more")
    equal = np.ones(len(matrix.models))
    matrix, data, fitted, copies = _fit_once_each(matrix, scales, _seen(whole, matrix))
    replaced = replaced_benchmarks(data, matrix, whole.columns(columns.replaced), all_scales.select(columns.replaced))
    abilities = posterior(data.blocks, fitted, data.pattern)
    lines = replaced.fit(replaced.initial(abilities), abilities, equal, LINE_ITERATIONS)
    weights = Weights.of(data, replaced, fitted, lines)
    expected = partial(_with_expected_variances, expected_variance_factors(data, fitted))
    measured = _measured(data, _draw(data, replaced, expected(fitted), lines, weights)[1])
    tails = fit_tails(measured)
    prior_factor = tail_factors(measured, tails).prior

    def displayed(fitted: Parameters, lines: Parameters) -> Draw:
        return _displayed(data, *_draw(data, replaced, expected(fitted), lines, weights), prior_factor)

    streams = np.random.SeedSequence(seed).spawn(draws)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        refits = list(pool.map(lambda stream: _refit(data, replaced, fitted, lines, stream), streams))
    boards, board_of = board_positions(matrix.boards)
    whole, scales = whole.columns(columns.kept), all_scales.select(columns.kept)
    return Calibration(
        boards=boards,
        benchmarks=whole.benchmarks,
        board_of=(*board_of, *replaced.data.board_of),
        scales=scales,
        patterns=_own_patterns(data),
        point=displayed(fitted, lines),
        draws=tuple(displayed(*refit).rounded() for refit in refits),
        cohort=tuple(np.array(matrix.models, dtype=object)[data.is_reference].tolist()),
        reference_scores=whole.score[np.ix_(data.is_reference, scales.linear_positions)],
        n_models=len(matrix.models),
        data_hash=data_hash(scores),
        weights=(*weights.measured, *weights.replaced),
        name=name,
        dated=dated,
        optional={**copied_benchmarks.named(copies, matrix.benchmarks), **ability_tails.named(tails)},
    )


def matrix_and_scales(scores: pl.DataFrame) -> tuple[ScoreMatrix, Scales]:
    """Return the score matrix that is fitted, without categories of an overall column, and its scales."""
    matrix = score_matrix(scores).without_categories()
    return matrix, choose_scales(matrix, benchmark_metadata(clean_scores(scores), matrix.benchmarks))


def data_hash(scores: pl.DataFrame) -> str:
    """Return the SHA-256 of the scores in a fixed order."""
    rows = clean_scores(scores).sort("model_id", "benchmark", "score")
    text = rows.select("model_id", "benchmark", "score", "standard_error").write_csv()
    return hashlib.sha256(text.encode()).hexdigest()


def fit_to_convergence(data: FitData, weight: Floats) -> Parameters:
    """Iterate EM from the initial parameters until nothing moves; `weight` is how many times each model counts."""
    parameters = initial_parameters(data)
    for _ in range(MAX_ITERATIONS):
        parameters, moved = em_step(data, parameters, weight)
        if moved < TOLERANCE:
            break
    return parameters


def _fit_once_each(
    matrix: ScoreMatrix, scales: Scales, seen: Bools | None
) -> tuple[ScoreMatrix, FitData, Parameters, tuple[tuple[int, int], ...]]:
    """Fit, and fit again without scores that repeat others; return what was fitted and the pairs of `copied_benchmarks`."""
    equal, data = np.ones(len(matrix.models)), prepare_fit(matrix, scales, seen)
    fitted = fit_to_convergence(data, equal)
    y, _ = scales.transform(matrix.score, matrix.standard_error)
    copies = copied_benchmarks.copied_benchmarks(y, fitted, data.board_of)
    if not copies:
        return matrix, data, fitted, copies
    matrix = copied_benchmarks.without_copies(matrix, copies)
    data = prepare_fit(matrix, scales, seen)
    return matrix, data, fit_to_convergence(data, equal), copies


def _seen(whole: ScoreMatrix, matrix: ScoreMatrix) -> Bools | None:
    """Return models × boards of the fit: whether a board has a score of the model; None where all scores are fitted.

    A model without an overall score is measured by benchmarks that the fit does not read.
    """
    if len(whole.benchmarks) == len(matrix.benchmarks):
        return None
    boards, _ = board_positions(matrix.boards)
    return np.column_stack([whole.present[:, whole.columns_of(board)].any(axis=1) for board in boards])


def _with_expected_variances(factor: Floats, fitted: Parameters) -> Parameters:
    """Return the parameters with the expected variance of each board (`board_variance`)."""
    return replace(fitted, board_variance=fitted.board_variance * factor)


def _refit(
    data: FitData, replaced: ReplacedBenchmarks, fitted: Parameters, lines: Parameters, stream: np.random.SeedSequence
) -> tuple[Parameters, Parameters]:
    """Return the parameters of the fit and of the replaced benchmarks in one draw of the Bayesian bootstrap over models."""
    weight = np.random.default_rng(stream).standard_exponential(data.pattern.size)
    parameters = fitted
    for _ in range(DRAW_ITERATIONS):
        parameters, _ = em_step(data, parameters, weight)
    expected = posterior(data.blocks, parameters, data.pattern)
    return parameters, replaced.fit(lines, expected, weight, DRAW_LINE_ITERATIONS)


@dataclass(frozen=True)
class Weights:
    """Factors on the precision of the measured columns and of the replaced benchmarks (`saturation_weights`)."""

    measured: tuple[float, ...]
    replaced: tuple[float, ...]

    @classmethod
    def of(cls, data: FitData, replaced: ReplacedBenchmarks, fitted: Parameters, lines: Parameters) -> "Weights":
        """Return the weights under the parameters of the first fit."""
        count = fitted.slope.size
        measured = saturation_weights(data.blocks, fitted, data.pattern)
        alone = saturation_weights(replaced.benchmark_blocks(count), replaced.append(fitted, lines), data.pattern)
        return cls(measured, alone[count:])


def _own_patterns(data: FitData) -> tuple[tuple[int, ...], ...]:
    """Return the patterns with a prior of their own as positions of boards."""
    return tuple(tuple(np.flatnonzero(boards).tolist()) for boards in data.pattern_boards[data.common_patterns()])


def _draw(
    data: FitData, replaced: ReplacedBenchmarks, fitted: Parameters, lines: Parameters, weights: Weights
) -> tuple[Draw, Parameters]:
    """Return the parameters with the priors that scoring needs, and those of the fit with one prior per model."""
    fitted = replace(fitted, noise_variance=fitted.noise_variance / np.array(weights.measured))
    lines = replace(lines, noise_variance=lines.noise_variance / np.array(weights.replaced))
    common, count = data.common_patterns(), data.pattern_count
    error = PATTERN_VARIANCE + fitted.prior_variance / count
    draw = Draw(
        parameters=replace(
            replaced.append(fitted, lines),
            prior_mean=fitted.prior_mean[common],
            prior_variance=fitted.prior_variance[common],
        ),
        additive_prior=fit_additive_prior(data.pattern_boards, fitted.prior_mean, error),
        unseen_variance=float(count @ fitted.prior_variance / count.sum()) + PATTERN_VARIANCE,
        reference_mean=0.0,
        reference_deviation=1.0,
    )
    seen = data.pattern_boards[data.pattern]
    parameters, _ = draw.with_priors(pattern_positions(seen, _own_patterns(data)), seen)
    return draw, replace(fitted, prior_mean=parameters.prior_mean, prior_variance=parameters.prior_variance)


def _measured(data: FitData, parameters: Parameters) -> Measured:
    """Return what the scores state of each model's ability; `parameters` have one prior per model."""
    found = posterior(data.blocks, parameters, np.arange(data.pattern.size))
    return Measured.of(found.mean, found.variance, parameters.prior_mean, parameters.prior_variance)


def _displayed(data: FitData, draw: Draw, parameters: Parameters, prior_factor: Floats) -> Draw:
    """Return the draw with the mean and unit of displayed abilities.

    They come from scores of the reference cohort, computed as `score` computes them.
    """
    tailed = replace(parameters, prior_variance=parameters.prior_variance * prior_factor)
    reference = posterior(data.blocks, tailed, np.arange(data.pattern.size)).mean[data.is_reference]
    return replace(draw, reference_mean=float(reference.mean()), reference_deviation=standard_deviation(reference))
