"""`calibrate` fits the ability scale once; `score` reads models off it, each from its own rows alone."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.special import ndtri

from aggregator.errors import UsageError
from aggregator.ranking import fit, scales
from aggregator.ranking.calibration import Calibration, Draw, narrowed, pattern_positions
from aggregator.ranking.frames import Bools, Cells, Floats, cells, tidy
from aggregator.ranking.latent import Block, Index, Parameters, posterior
from aggregator.ranking.linkage import require_one_scale
from aggregator.ranking.resampling import score_intervals

DRAWS = 500
MEAN, SPREAD = 1000.0, 100.0
"""Displayed abilities of the reference cohort."""
ROUNDS = 400
"""Rounds of the first fit at most."""
SETTLED = 1e-4
"""The first fit ends when no parameter moves by more than this share of its slope in a round."""
WARM_ROUNDS = 12
"""Rounds of each draw, which starts from the fit."""
OWN_PATTERN = 5
"""Fewest models for a coverage pattern to keep a prior of its own."""
MOST_PATTERNS = 64
WELL_COVERED = 0.5
"""Share of a board's benchmarks that a model needs for the board to count as evidence."""


def without_parts(table: Cells) -> Cells:
    """Leave out the parts of boards that have an `overall` column: they count the same votes again."""
    whole = {name.rsplit("/", 1)[0] for name in table.benchmarks if name.endswith("/overall")}
    keep = np.array([board not in whole or name == f"{board}/overall" for name, board in zip(table.benchmarks, table.boards, strict=True)])
    return select(table, keep)


def select(table: Cells, keep: Bools) -> Cells:
    """Keep some benchmarks, and the models that still have a score."""
    some = table.present[:, keep].any(axis=1)
    return Cells(
        models=tuple(np.array(table.models, dtype=object)[some].tolist()),
        benchmarks=tuple(np.array(table.benchmarks, dtype=object)[keep].tolist()),
        boards=tuple(np.array(table.boards, dtype=object)[keep].tolist()),
        score=table.score[np.ix_(some, keep)],
        error=table.error[np.ix_(some, keep)],
        sign=table.sign[keep],
    )


def calibrate(scores: pl.DataFrame, *, draws: int = DRAWS, seed: int = 0) -> Calibration:
    """Fit the ability scale of one track.

    `scores` is `(model_id, board, benchmark, score)` with, if known, `standard_error,
    higher_is_better, scale_low, scale_high, chance, n_items`. Each draw counts every model a
    random number of times (Rubin's Bayesian bootstrap, 1981), fits again from the point fit and
    holds the cohort in place. The reference cohort is every model that has half of the benchmarks of a board.

    Raises `UnlinkedError` when no model links two groups of benchmarks and `UsageError` for a
    frame that cannot be fitted.
    """
    table = without_parts(cells(scores))
    require_one_scale(table.present, table.benchmarks)
    if len(table.models) < 3:
        raise UsageError("a scale needs three models or more")
    scale = scales.choose(table, scales.metadata(tidy_metadata(scores), table.benchmarks))
    problem = _problem(table, scale)
    at = _converge(problem)
    streams = np.random.SeedSequence(seed).spawn(draws + 1)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        drawn = list(pool.map(lambda stream: _redraw(problem, at, stream), streams[1:]))
    order = np.random.default_rng(streams[0]).permutation(draws)
    linear = np.flatnonzero(np.array(scale.kind) == scales.LINEAR)
    return Calibration(
        boards=problem.boards,
        benchmarks=table.benchmarks,
        board_of=problem.board_of,
        scales=scale,
        patterns=problem.patterns,
        point=_finish(problem, at),
        draws=tuple(narrowed(_finish(problem, one)) for one in drawn),
        deviates=ndtri((order + 0.5) / draws),
        cohort=tuple(np.array(table.models, dtype=object)[problem.frame.anchor].tolist()),
        reference=table.score[np.ix_(problem.frame.anchor, linear)],
        n_models=len(table.models),
        data_hash=data_hash(scores),
    )


def data_hash(scores: pl.DataFrame) -> str:
    """Sha256 over the scores in a fixed order."""
    rows = tidy(scores).sort("model_id", "benchmark", "score")
    text = rows.select("model_id", "benchmark", "score", "standard_error").write_csv()
    return hashlib.sha256(text.encode()).hexdigest()


def tidy_metadata(scores: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with qualified benchmark names and whatever metadata columns it has."""
    extra = [name for name in scales.METADATA if name in scores.columns]
    if not extra:
        return tidy(scores)
    names = tidy(scores.with_columns(pl.lit(0.0).alias("score")))
    return names.select("benchmark").with_columns(scores.filter(pl.col("model_id").is_not_null() & pl.col("benchmark").is_not_null()).select(extra))


@dataclass(frozen=True)
class _Problem:
    frame: fit.Frame
    boards: tuple[str, ...]
    board_of: tuple[int, ...]
    patterns: tuple[tuple[int, ...], ...]
    count: Floats
    kept: Floats


def _blocks(y: Floats, known: Floats, board_of: tuple[int, ...], n_boards: int) -> tuple[Block, ...]:
    blocks = []
    for board in range(n_boards):
        columns = np.flatnonzero(np.array(board_of) == board)
        hole = np.isnan(y[:, columns])
        rows = np.flatnonzero(~hole.all(axis=1))
        if rows.size:
            mine = np.ix_(rows, columns)
            blocks.append(Block(board, rows, columns, np.nan_to_num(y[mine]), known[mine], hole[rows].astype(np.float64)))
    return tuple(blocks)


def _problem(table: Cells, scale: scales.Scales) -> _Problem:
    boards = tuple(dict.fromkeys(table.boards))
    board_of = tuple(boards.index(board) for board in table.boards)
    y, known = scale.apply(table.score, table.error)
    share = _shares(table.present, board_of, len(boards))
    kinds, which, count = np.unique(share > 0, axis=0, return_inverse=True, return_counts=True)
    anchor = (share >= WELL_COVERED).any(axis=1)
    spread = np.maximum(np.nan_to_num(np.nanstd(y, axis=0)), 1e-6)
    frame = fit.Frame(
        blocks=_blocks(y, known, board_of, len(boards)),
        pattern=which.reshape(-1),
        boards=kinds,
        anchor=anchor if anchor.sum() >= 3 else np.ones_like(anchor),
        slope_prior=spread,
        several=(share > 0).sum(axis=1) > 1,
        least_noise=_least_share(board_of) * spread**2,
    )
    often = np.argsort(-count, kind="stable")[:MOST_PATTERNS]
    kept = often[count[often] >= OWN_PATTERN]
    patterns = tuple(tuple(np.flatnonzero(kinds[position]).tolist()) for position in kept)
    return _Problem(frame, boards, board_of, patterns, count.astype(np.float64), kept)


def _least_share(board_of: tuple[int, ...]) -> Floats:
    """Least noise of each benchmark as a share of its variance; a column that is alone on its board has no twin."""
    size = np.bincount(np.array(board_of))
    share: Floats = np.where(size[np.array(board_of)] > 1, fit.LEAST_NOISE, fit.LEAST_NOISE_ALONE)
    return share


def _shares(present: Bools, board_of: tuple[int, ...], n_boards: int) -> Floats:
    """Models × boards: the share of each board's benchmarks that saw the model."""
    position = np.array(board_of)
    return np.column_stack([present[:, position == board].mean(axis=1) for board in range(n_boards)])


def _converge(problem: _Problem) -> Parameters:
    at = fit.start(problem.frame, len(problem.board_of), len(problem.boards))
    weight = np.ones(problem.frame.pattern.size)
    for _ in range(ROUNDS):
        at, moved = fit.step(problem.frame, at, weight)
        if moved < SETTLED:
            break
    return at


def _redraw(problem: _Problem, at: Parameters, stream: np.random.SeedSequence) -> Parameters:
    weight = np.random.default_rng(stream).standard_exponential(problem.frame.pattern.size)
    for _ in range(WARM_ROUNDS):
        at, _ = fit.step(problem.frame, at, weight)
    return at


def _finish(problem: _Problem, at: Parameters) -> Draw:
    """Anchor the display and keep the priors that scoring may need."""
    frame = problem.frame
    expected = fit.additive(frame.boards, at.mean, fit.PATTERN_DEVIATION + at.variance / problem.count)
    common = float(problem.count @ at.variance / problem.count.sum())
    held = posterior(frame.blocks, at, frame.pattern).mean[frame.anchor]
    kept = replace(at, mean=at.mean[problem.kept], variance=at.variance[problem.kept])
    return Draw(
        at=kept,
        base=expected.base,
        steps=expected.steps,
        spare=common + fit.PATTERN_DEVIATION,
        centre=float(held.mean()),
        spread=float(held.std()) or 1.0,
    )


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
    blocks = _blocks(y, variance, calibration.board_of, len(calibration.boards))
    share = _shares(table.present, calibration.board_of, len(calibration.boards))
    pattern = pattern_positions(share > 0, calibration.patterns)

    def displayed(draw: Draw) -> tuple[Floats, Floats]:
        now = posterior(blocks, *_priors(draw, pattern, share > 0))
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


def _priors(draw: Draw, pattern: Index, seen: Bools) -> tuple[Parameters, Index]:
    """Give every model its own prior: its pattern's, or for a pattern never seen the additive and wider one."""
    unseen = pattern < 0
    mean = np.where(unseen, draw.base + seen @ draw.steps, draw.at.mean[pattern] if draw.at.mean.size else 0.0)
    variance = np.where(unseen, draw.spare, draw.at.variance[pattern] if draw.at.variance.size else 1.0)
    return replace(draw.at, mean=mean, variance=variance), np.arange(pattern.size)


def _evidence(share: Floats) -> tuple[str, ...]:
    """A: two boards that each saw half of their benchmarks or more; B: one; C: none."""
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
