"""`score`: read models off a calibration, each from its own rows alone."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking.blocks import WELL_COVERED, blocks_of, shares_of
from aggregator.ranking.bootstrap import score_intervals
from aggregator.ranking.calibration import Calibration, Draw, pattern_positions
from aggregator.ranking.latent import posterior
from aggregator.ranking.score_matrix import Cells, Floats, cells, tidy

MEAN, SPREAD = 1000.0, 100.0
"""Displayed abilities of the reference cohort."""


@dataclass(frozen=True)
class Abilities:
    """Displayed abilities (reference cohort: mean 1000, standard deviation 100) with all that is uncertain in them."""

    models: tuple[str, ...]
    point: Floats
    deviation: Floats
    """Standard deviation of a model's ability given the point parameters."""
    middle: Floats
    """Models × draws: what each draw of the parameters makes of the model."""
    drawn: Floats
    """Models × draws: `middle` with the scatter of the model itself."""
    coverage: Floats
    """Share of the calibration's benchmarks that saw the model."""
    evidence: tuple[str, ...]


def abilities(scores: pl.DataFrame, calibration: Calibration) -> Abilities:
    """Return abilities with all draws; rows on benchmarks that the calibration does not know are left out.

    Raises `UsageError` when no row is left.
    """
    known = tidy(scores).filter(pl.col("benchmark").is_in(list(calibration.benchmarks)))
    if known.is_empty():
        raise UsageError(
            "none of these benchmarks is in the calibration",
            hint=f"It knows the boards {', '.join(calibration.boards)}.",
        )
    table = _aligned(cells(known), calibration)
    y, variance = calibration.scales.apply(table.score, table.error)
    blocks = blocks_of(y, variance, calibration.board_of, len(calibration.boards))
    share = shares_of(table.present, calibration.board_of, len(calibration.boards))
    pattern = pattern_positions(share > 0, calibration.patterns)

    def displayed(draw: Draw) -> tuple[Floats, Floats]:
        now = posterior(blocks, *draw.with_priors(pattern, share > 0))
        unit = SPREAD / draw.spread
        return MEAN + unit * (now.mean - draw.centre), unit * np.sqrt(now.variance)

    point, deviation = displayed(calibration.point)
    middle = np.empty((len(table.models), len(calibration.draws)))
    drawn = np.empty_like(middle)
    for column, (draw, deviate) in enumerate(zip(calibration.draws, calibration.deviates, strict=True)):
        middle[:, column], scatter = displayed(draw)
        drawn[:, column] = middle[:, column] + scatter * deviate
    return Abilities(table.models, point, deviation, middle, drawn, table.coverage, _evidence(share))


def _aligned(table: Cells, calibration: Calibration) -> Cells:
    """Put the columns into the calibration's order; benchmarks that the frame lacks become holes."""
    place = {name: position for position, name in enumerate(table.benchmarks)}
    score = np.full((len(table.models), len(calibration.benchmarks)), np.nan)
    error = np.zeros_like(score)
    for column, name in enumerate(calibration.benchmarks):
        if name in place:
            score[:, column] = table.score[:, place[name]]
            error[:, column] = table.error[:, place[name]]
    boards = tuple(calibration.boards[position] for position in calibration.board_of)
    return Cells(table.models, calibration.benchmarks, boards, score, error, calibration.scales.sign)


def _evidence(share: Floats) -> tuple[str, ...]:
    """Grade each model: A with two boards that each saw half of their benchmarks or more, B with one, C with none."""
    boards = (share >= WELL_COVERED).sum(axis=1)
    return tuple(np.array(["C", "B", "A"], dtype=object)[np.minimum(boards, 2)].tolist())


def score(scores: pl.DataFrame, calibration: Calibration) -> pl.DataFrame:
    """Read models off a calibration: `model_id, ability, ability_low, ability_high, evidence`, best first.

    Closed form, and each model from its own rows only: adding or removing other models changes
    nothing. The interval holds 90 % of the draws. Evidence is A with two boards that each have half
    of their benchmarks or more, B with one, C with none (extrapolated).
    Raises `UsageError` when the frame has no benchmark of the calibration.
    """
    found = abilities(scores, calibration)
    ability = score_intervals(found.point, found.drawn)
    return pl.DataFrame(
        {
            "model_id": pl.Series(found.models, dtype=pl.String),
            "ability": ability.point,
            "ability_low": ability.low,
            "ability_high": ability.high,
            "evidence": pl.Series(found.evidence, dtype=pl.String),
        }
    ).sort("ability", "model_id", descending=[True, False])
