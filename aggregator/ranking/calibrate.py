"""`calibrate`: fit the ability scale of one track, with its uncertainty by the Bayesian bootstrap."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import polars as pl
from scipy.special import ndtri

from aggregator.errors import UsageError
from aggregator.ranking.arrays import Floats
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.connectivity import require_one_scale
from aggregator.ranking.coverage_priors import PATTERN_VARIANCE, fit_additive_prior, pattern_positions
from aggregator.ranking.draws import Draw
from aggregator.ranking.expectation_maximization import em_step, initial_parameters, standard_deviation
from aggregator.ranking.fit_data import FitData, board_positions, prepare_fit
from aggregator.ranking.latent_model import Parameters, posterior
from aggregator.ranking.scales import Scales, benchmark_metadata, choose_scales
from aggregator.ranking.score_matrix import ScoreMatrix, clean_scores, score_matrix

DRAWS = 500
MIN_MODELS = 3
MAX_ITERATIONS = 400
"""EM iterations of the first fit at most."""
TOLERANCE = 1e-4
"""The first fit ends when no intercept and slope move by more than this share of the slope in an iteration."""
DRAW_ITERATIONS = 12
"""EM iterations of each draw, which starts from the first fit."""


def calibrate(scores: pl.DataFrame, *, draws: int = DRAWS, seed: int = 0) -> Calibration:
    """Fit the ability scale of one track.

    `scores` is `(model_id, board, benchmark, score)` with, if known, `standard_error, higher_is_better, scale_low,
    scale_high, chance, n_items`. Each draw weights the models by standard exponential variates (Bayesian bootstrap,
    Rubin 1981), fits again from the first fit, and fixes the scale by the same reference cohort: every model with
    half of the benchmarks of a board.

    Raises `UnlinkedError` when no model links two groups of benchmarks and `UsageError` for a frame that cannot be
    fitted.
    """
    matrix, scales = matrix_and_scales(scores)
    require_one_scale(matrix.present, matrix.benchmarks)
    if len(matrix.models) < MIN_MODELS:
        raise UsageError("a scale needs three models or more")
    data = prepare_fit(matrix, scales)
    fitted = fit_to_convergence(data, np.ones(len(matrix.models)))
    permutation, *streams = np.random.SeedSequence(seed).spawn(draws + 1)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        refits = list(pool.map(lambda stream: _refit(data, fitted, stream), streams))
    order = np.random.default_rng(permutation).permutation(draws)
    boards, board_of = board_positions(matrix.boards)
    return Calibration(
        boards=boards,
        benchmarks=matrix.benchmarks,
        board_of=board_of,
        scales=scales,
        patterns=_own_patterns(data),
        point=_displayed(data, fitted),
        draws=tuple(_displayed(data, refit).rounded() for refit in refits),
        normal_deviates=ndtri((order + 0.5) / draws),
        cohort=tuple(np.array(matrix.models, dtype=object)[data.is_reference].tolist()),
        reference_scores=matrix.score[np.ix_(data.is_reference, scales.linear_positions)],
        n_models=len(matrix.models),
        data_hash=data_hash(scores),
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


def _refit(data: FitData, fitted: Parameters, stream: np.random.SeedSequence) -> Parameters:
    """Return one draw of the Bayesian bootstrap over models."""
    weight = np.random.default_rng(stream).standard_exponential(data.pattern.size)
    parameters = fitted
    for _ in range(DRAW_ITERATIONS):
        parameters, _ = em_step(data, parameters, weight)
    return parameters


def _own_patterns(data: FitData) -> tuple[tuple[int, ...], ...]:
    """Return the patterns with a prior of their own as positions of boards."""
    return tuple(tuple(np.flatnonzero(boards).tolist()) for boards in data.pattern_boards[data.common_patterns()])


def _displayed(data: FitData, fitted: Parameters) -> Draw:
    """Return the parameters with the priors that scoring needs and the mean and unit of displayed abilities.

    Mean and unit come from scores of the reference cohort, computed as `score` computes them.
    """
    common, count = data.common_patterns(), data.pattern_count
    error = PATTERN_VARIANCE + fitted.prior_variance / count
    draw = Draw(
        parameters=replace(fitted, prior_mean=fitted.prior_mean[common], prior_variance=fitted.prior_variance[common]),
        additive_prior=fit_additive_prior(data.pattern_boards, fitted.prior_mean, error),
        unseen_variance=float(count @ fitted.prior_variance / count.sum()) + PATTERN_VARIANCE,
        reference_mean=0.0,
        reference_deviation=1.0,
    )
    seen = data.pattern_boards[data.pattern]
    own = pattern_positions(seen, _own_patterns(data))
    reference = posterior(data.blocks, *draw.with_priors(own, seen)).mean[data.is_reference]
    return replace(draw, reference_mean=float(reference.mean()), reference_deviation=standard_deviation(reference))
