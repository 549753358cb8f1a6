"""`score`: abilities on a frozen calibration, each model from its own scores alone."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking.arrays import Bools, Floats
from aggregator.ranking.board_blocks import board_coverage, is_evidence, split_by_board
from aggregator.ranking.bootstrap import score_intervals
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.draw_posteriors import draw_posteriors
from aggregator.ranking.score_matrix import ScoreMatrix, clean_scores, score_matrix

DISPLAY_MEAN, DISPLAY_DEVIATION = 1000.0, 100.0
"""Mean and standard deviation of the displayed abilities of the reference cohort."""


@dataclass(frozen=True)
class Abilities:
    """Displayed abilities (reference cohort: mean 1000, standard deviation 100) with their uncertainty."""

    models: tuple[str, ...]
    point: Floats
    """Posterior mean of each model's ability under the point parameters."""
    deviation: Floats
    """Posterior standard deviation under the point parameters."""
    draw_means: Floats
    """Models × draws: the posterior mean under each draw of the parameters."""
    draws: Floats
    """Models × draws: `draw_means` plus one deviate of the posterior; their spread is the total uncertainty."""
    coverage: Floats
    """Share of the calibration's benchmarks that have a score of the model."""
    evidence: tuple[str, ...]
    """Grade A, B or C, see `score`."""

    def table(self) -> pl.DataFrame:
        """Return `model_id, ability, ability_low, ability_high, evidence`, with 90 % credible intervals."""
        ability = score_intervals(self.point, self.draws)
        return pl.DataFrame(
            {
                "model_id": pl.Series(self.models, dtype=pl.String),
                "ability": ability.point,
                "ability_low": ability.low,
                "ability_high": ability.high,
                "evidence": pl.Series(self.evidence, dtype=pl.String),
            }
        )


def abilities(scores: pl.DataFrame, calibration: Calibration) -> Abilities:
    """Return abilities with all draws; rows on benchmarks outside the calibration are left out.

    Raises `UsageError` when no row is left.
    """
    known = clean_scores(scores).filter(pl.col("benchmark").is_in(list(calibration.benchmarks)))
    if known.is_empty():
        raise UsageError(
            "none of these benchmarks is in the calibration",
            hint=f"Its boards are {', '.join(calibration.boards)}.",
        )
    matrix = _aligned(score_matrix(known), calibration)
    y, known_variance = calibration.scales.transform(matrix.score, matrix.standard_error)
    blocks = split_by_board(y, known_variance, calibration.board_of, len(calibration.boards))
    coverage = board_coverage(matrix.present, calibration.board_of, len(calibration.boards))
    seen, patterns, display = coverage > 0, calibration.patterns, (DISPLAY_MEAN, DISPLAY_DEVIATION)
    point = draw_posteriors(blocks, (calibration.point,), seen, patterns, display)
    drawn = draw_posteriors(blocks, calibration.draws, seen, patterns, display)
    draws = drawn.mean + drawn.deviation * calibration.normal_deviates[:, None]
    evidence = _evidence(is_evidence(coverage, calibration.board_of))
    return Abilities(matrix.models, point.mean[0], point.deviation[0], drawn.mean.T, draws.T, matrix.coverage, evidence)


def _aligned(matrix: ScoreMatrix, calibration: Calibration) -> ScoreMatrix:
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
