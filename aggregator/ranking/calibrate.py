"""`calibrate`: fit the ability scale of one track, once, with its uncertainty."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.special import ndtri

from aggregator.errors import UsageError
from aggregator.ranking import fit, scales
from aggregator.ranking.blocks import WELL_COVERED, blocks_of, shares_of, without_parts
from aggregator.ranking.calibration import Calibration, Draw, narrowed, pattern_positions
from aggregator.ranking.connectivity import require_one_scale
from aggregator.ranking.latent import Index, Parameters, posterior
from aggregator.ranking.score_matrix import Bools, Cells, Floats, cells, tidy

DRAWS = 500
ROUNDS = 400
"""Rounds of the first fit at most."""
SETTLED = 1e-4
"""The first fit ends when no parameter moves by more than this share of its slope in a round."""
WARM_ROUNDS = 12
"""Rounds of each draw, which starts from the fit."""
OWN_PATTERN = 5
"""Fewest models for a coverage pattern to keep a prior of its own."""
MOST_PATTERNS = 64


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
    scale = scales.choose(table, scales.metadata(tidy(scores), table.benchmarks))
    problem = problem_of(table, scale)
    at = converge(problem, np.ones(len(table.models)))
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


@dataclass(frozen=True)
class Problem:
    """A table as the fit reads it, and how its coverage patterns are named in the calibration."""

    frame: fit.Frame
    boards: tuple[str, ...]
    board_of: tuple[int, ...]
    patterns: tuple[tuple[int, ...], ...]
    count: Floats
    kept: Index


def problem_of(table: Cells, scale: scales.Scales) -> Problem:
    """Lay a table out for the fit."""
    boards = tuple(dict.fromkeys(table.boards))
    board_of = tuple(boards.index(board) for board in table.boards)
    y, known = scale.apply(table.score, table.error)
    share = shares_of(table.present, board_of, len(boards))
    kinds, which, count = np.unique(share > 0, axis=0, return_inverse=True, return_counts=True)
    anchor: Bools = np.any(share >= WELL_COVERED, axis=1)
    spread = np.maximum(np.nan_to_num(np.nanstd(y, axis=0)), 1e-6)
    frame = fit.Frame(
        blocks=blocks_of(y, known, board_of, len(boards)),
        pattern=which.reshape(-1),
        boards=kinds,
        anchor=anchor if np.count_nonzero(anchor) >= 3 else np.ones(anchor.size, dtype=np.bool_),
        slope_prior=spread,
        several=(share > 0).sum(axis=1) > 1,
        least_noise=_least_share(board_of) * spread**2,
    )
    often = np.argsort(-count, kind="stable")[:MOST_PATTERNS]
    kept = often[count[often] >= OWN_PATTERN]
    patterns = tuple(tuple(np.flatnonzero(kinds[position]).tolist()) for position in kept)
    return Problem(frame, boards, board_of, patterns, count.astype(np.float64), kept)


def _least_share(board_of: tuple[int, ...]) -> Floats:
    """Least noise of each benchmark as a share of its variance; a column that is alone on its board has no twin."""
    size = np.bincount(np.array(board_of))
    share: Floats = np.where(size[np.array(board_of)] > 1, fit.LEAST_NOISE, fit.LEAST_NOISE_ALONE)
    return share


def converge(problem: Problem, weight: Floats) -> Parameters:
    """Fit from the start until nothing moves; `weight` counts each model that many times."""
    at = fit.start(problem.frame, len(problem.board_of), len(problem.boards))
    for _ in range(ROUNDS):
        at, moved = fit.step(problem.frame, at, weight)
        if moved < SETTLED:
            break
    return at


def _redraw(problem: Problem, at: Parameters, stream: np.random.SeedSequence) -> Parameters:
    weight = np.random.default_rng(stream).standard_exponential(problem.frame.pattern.size)
    for _ in range(WARM_ROUNDS):
        at, _ = fit.step(problem.frame, at, weight)
    return at


def _finish(problem: Problem, at: Parameters) -> Draw:
    """Keep the priors that scoring may need, and anchor the display by scoring the cohort as scoring will."""
    frame = problem.frame
    expected = fit.additive(frame.boards, at.mean, fit.PATTERN_DEVIATION + at.variance / problem.count)
    common = float(problem.count @ at.variance / problem.count.sum())
    kept = replace(at, mean=at.mean[problem.kept], variance=at.variance[problem.kept])
    draw = Draw(kept, expected.base, expected.steps, common + fit.PATTERN_DEVIATION, centre=0.0, spread=1.0)
    seen = frame.boards[frame.pattern]
    now = posterior(frame.blocks, *draw.with_priors(pattern_positions(seen, problem.patterns), seen))
    held = now.mean[frame.anchor]
    return replace(draw, centre=float(held.mean()), spread=fit.spread_of(held))
