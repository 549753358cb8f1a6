"""`score`: abilities on a frozen calibration, each model from its own scores alone."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking.ability_tails import Measured, calibrated_tails, tail_factors
from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.board_blocks import board_coverage, is_evidence, measurement_blocks
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.copied_benchmarks import calibrated_copies, without_copies
from aggregator.ranking.coverage_priors import pattern_positions
from aggregator.ranking.domain_balance import BoardValues, balanced_posterior, calibrated_effects
from aggregator.ranking.draw_posteriors import draw_posteriors
from aggregator.ranking.draws import Draw
from aggregator.ranking.latent_model import BoardBlock, Parameters
from aggregator.ranking.normal import QUANTILE_95
from aggregator.ranking.own_deviates import own_deviates
from aggregator.ranking.scales import Scales
from aggregator.ranking.score_matrix import ScoreMatrix, clean_scores, score_matrix
from aggregator.ranking.uncertainty import UncertainAbilities, shared_axes, split_uncertainty

DISPLAY_MEAN, DISPLAY_DEVIATION = 1000.0, 100.0
"""Mean and standard deviation of the displayed abilities of the reference cohort."""

TYPICAL_LEVELS = (-2.0, 0.0, 2.0, 4.0)
"""Abilities, in standard deviations, of the typical models from which the shared errors are computed."""


def display_unit(draw: Draw) -> float:
    """Return how many displayed points one unit of θ is."""
    return DISPLAY_DEVIATION / draw.reference_deviation


@dataclass(frozen=True)
class Abilities:
    """Displayed abilities (reference cohort: mean 1000, standard deviation 100) with their uncertainty."""

    models: tuple[str, ...]
    uncertain: UncertainAbilities
    """Posterior mean of each model's ability under the point parameters, with its shared and own uncertainty."""
    draw_means: Floats
    """Models × draws: the posterior mean under each draw of the parameters."""
    draws: Floats
    """Models × draws: `draw_means` plus a deviate of each model's own; their spread is the total uncertainty."""
    coverage: Floats
    """Share of the calibration's benchmarks that have a score of the model."""
    evidence: tuple[str, ...]
    """Grade A, B or C, see `score`."""
    prior_factor: Floats
    """Factor on the variance of each model's prior (`ability_tails`)."""

    @property
    def point(self) -> Floats:
        """Posterior mean of each model's ability."""
        return self.uncertain.mean

    @property
    def shared(self) -> Floats:
        """Models × components: the loadings of each model on the errors that models share."""
        return self.uncertain.shared

    @property
    def deviation(self) -> Floats:
        """Standard deviation of each model's own error."""
        return self.uncertain.deviation

    def probability_better(self, first: Index, second: Index) -> Floats:
        """Return the probability that the model at each position of `first` is better than the one in `second`."""
        return self.uncertain.probability_better(first, second)

    def table(self) -> pl.DataFrame:
        """Return `model_id, ability, ability_low, ability_high, evidence`, with 90 % credible intervals."""
        reach = QUANTILE_95 * self.uncertain.total_deviation
        return pl.DataFrame(
            {
                "model_id": pl.Series(self.models, dtype=pl.String),
                "ability": self.point,
                "ability_low": self.point - reach,
                "ability_high": self.point + reach,
                "evidence": pl.Series(self.evidence, dtype=pl.String),
            }
        )


@dataclass(frozen=True)
class CalibratedScores:
    """The scores that count on a calibration, on its scales."""

    matrix: ScoreMatrix
    """Models × benchmarks of the calibration."""
    y: Floats
    """Transformed scores, models × benchmarks; NaN where missing."""
    known_variance: Floats
    """Variance of their known errors."""
    board_of: tuple[int, ...]
    """Position of the board of each benchmark."""
    blocks: tuple[BoardBlock, ...]
    """What each board measures: its overall score where it has one, else its benchmarks."""
    coverage: Floats
    """Models × boards: the share of each board's benchmarks that have a score of the model."""

    def own_variance(self, scales: Scales, parameters: Parameters) -> Floats:
        """Return models × boards: by how much the known variance of an overall score exceeds the typical one."""
        excess = np.zeros(self.coverage.shape)
        for column in np.flatnonzero(scales.is_overall):
            board = self.board_of[column]
            more = (self.known_variance[:, column] - scales.typical_variance[column]) / parameters.slope[column] ** 2
            excess[:, board] = np.where(np.isnan(self.y[:, column]), 0.0, more)
        return excess

    @property
    def seen(self) -> Bools:
        """Models × boards: whether the board has a score of the model."""
        return self.coverage > 0


def calibrated_scores(scores: pl.DataFrame, calibration: Calibration) -> CalibratedScores:
    """Transform the scores on benchmarks of the calibration; other rows are left out.

    Raises `UsageError` when no row is left.
    """
    known = calibration.counting(clean_scores(scores))
    if known.is_empty():
        raise UsageError(
            "none of these benchmarks is in the calibration",
            hint=f"Its boards are {', '.join(calibration.boards)}.",
        )
    matrix = without_copies(aligned_matrix(score_matrix(known), calibration), calibrated_copies(calibration))
    y, known_variance = calibration.scales.transform(matrix.score, matrix.standard_error)
    extra, count = calibration.is_extra, len(calibration.boards)
    weighing = calibration.scales.weighing_variance(known_variance)
    blocks = measurement_blocks(y, weighing, extra, calibration.board_of, count)
    coverage = board_coverage(matrix.present[:, ~extra], calibration.board_of_benchmarks, count)
    return CalibratedScores(matrix, y, known_variance, calibration.board_of, blocks, coverage)


def abilities(scores: pl.DataFrame, calibration: Calibration) -> Abilities:
    """Return abilities with all draws; raises `UsageError` as `calibrated_scores`."""
    return abilities_of(calibrated_scores(scores, calibration), calibration)


def abilities_of(scored: CalibratedScores, calibration: Calibration) -> Abilities:
    """Return abilities with all draws."""
    matrix, blocks = scored.matrix, scored.blocks
    seen, patterns, display = scored.seen, calibration.patterns, (DISPLAY_MEAN, DISPLAY_DEVIATION)
    mean, deviation, prior_factor = _balanced(scored, calibration)
    point = draw_posteriors(blocks, (calibration.point,), seen, patterns, display, prior_factor=prior_factor)
    drawn = draw_posteriors(blocks, calibration.draws, seen, patterns, display, prior_factor=prior_factor)
    # Each draw differs from the point as it does without the balance of domains.
    draw_means = np.ascontiguousarray((drawn.mean + mean - point.mean).T)
    draw_deviations = (drawn.deviation * (deviation / point.deviation)).T
    draws = draw_means + draw_deviations * own_deviates(matrix.models, len(calibration.draws))
    uncertain = split_uncertainty(mean, deviation, draw_means, _axes(calibration))
    evidence = _evidence(is_evidence(scored.coverage, calibration.board_of_benchmarks))
    coverage = calibration.coverage(matrix.present)
    return Abilities(matrix.models, uncertain, draw_means, draws, coverage, evidence, prior_factor)


def _axes(calibration: Calibration) -> Floats:
    """Return the shared axes of typical models: some levels of ability on each common set of boards (else each board).

    They depend on the calibration alone.
    """
    parameters, boards = calibration.point.parameters, np.array(calibration.board_of)
    listed = calibration.patterns or tuple((board,) for board in range(len(calibration.boards)))
    seen = np.zeros((len(listed), len(calibration.boards)), dtype=np.bool_)
    for row, pattern in enumerate(listed):
        seen[row, list(pattern)] = True
    seen = np.repeat(seen, len(TYPICAL_LEVELS), axis=0)
    level = np.tile(TYPICAL_LEVELS, len(listed))
    y = np.where(seen[:, boards], parameters.intercept + parameters.slope * level[:, None], np.nan)
    blocks = measurement_blocks(y, np.zeros_like(y), calibration.is_extra, calibration.board_of, seen.shape[1])
    drawn = draw_posteriors(blocks, calibration.draws, seen, calibration.patterns, (DISPLAY_MEAN, DISPLAY_DEVIATION))
    return shared_axes(drawn.mean.T)


def _balanced(scored: CalibratedScores, calibration: Calibration) -> tuple[Floats, Floats, Floats]:
    """Return the displayed posterior mean and deviation of each model, and the factor on the variance of its prior.

    Domains have fair weights (`domain_balance`), the prior has the tails of the calibration (`ability_tails`).
    """
    draw, seen = calibration.point, scored.seen
    parameters, _ = draw.with_priors(pattern_positions(seen, calibration.patterns), seen)
    boards = BoardValues.of(scored.blocks, parameters, seen.shape)
    prior_mean, prior_variance, effects = (
        parameters.prior_mean,
        parameters.prior_variance,
        calibrated_effects(calibration),
    )
    plain = balanced_posterior(boards, prior_mean, prior_variance, effects)
    measured = Measured.of(plain.mean, plain.variance, prior_mean, prior_variance)
    factors = tail_factors(measured, calibrated_tails(calibration))
    found = balanced_posterior(boards, prior_mean, prior_variance * factors.prior, effects)
    unit = display_unit(draw)
    own = scored.own_variance(calibration.scales, parameters)
    deviation = factors.deviation * np.sqrt(found.variance + (found.weight**2 * own).sum(axis=1))
    return DISPLAY_MEAN + unit * (found.mean - draw.reference_mean), unit * deviation, factors.prior


def aligned_matrix(matrix: ScoreMatrix, calibration: Calibration) -> ScoreMatrix:
    """Put the columns into the calibration's order; a benchmark without scores becomes a column of missing values."""
    position_of = {name: position for position, name in enumerate(matrix.benchmarks)}
    score = np.full((len(matrix.models), len(calibration.benchmarks)), np.nan)
    standard_error = np.zeros_like(score)
    for column, name in enumerate(calibration.benchmarks):
        if name in position_of:
            score[:, column] = matrix.score[:, position_of[name]]
            standard_error[:, column] = matrix.standard_error[:, position_of[name]]
    boards = tuple(calibration.boards[position] for position in calibration.board_of)
    return ScoreMatrix(matrix.models, calibration.benchmarks, boards, score, standard_error, calibration.scales.sign)


def _evidence(boards_with_enough: Bools) -> tuple[str, ...]:
    """Grade each model by its number of boards with enough of their benchmarks: A two or more, B one, C none."""
    boards = boards_with_enough.sum(axis=1)
    return tuple(np.array(["C", "B", "A"], dtype=object)[np.minimum(boards, 2)].tolist())


def score(scores: pl.DataFrame, calibration: Calibration) -> pl.DataFrame:
    """Return abilities on a calibration: `model_id, ability, ability_low, ability_high, evidence`, best first.

    Closed form, each model from its own rows only: adding or removing other models changes nothing. The interval is
    the 90 % credible interval. Evidence is A with two boards that each have scores of the model on half of their
    benchmarks or more (or on three that are 15 % of them), B with one, C with none (extrapolated).
    Raises `UsageError` when the frame has no benchmark of the calibration.
    """
    return abilities(scores, calibration).table().sort("ability", "model_id", descending=[True, False])
