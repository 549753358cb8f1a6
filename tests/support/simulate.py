"""Simulated boards with known abilities, and missing scores that depend on ability.

A model has a true ability; a board adds an effect that its benchmarks share, a benchmark its difficulty, slope and
noise. Scores are missing by one of `MECHANISMS`. All but `at_random` are missing not at random (Rubin 1976), which
biases every rule that averages the scores that are there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from aggregator.ranking.arrays import Bools, Floats, Index

DRAWS = 60
"""Bootstrap draws of a calibration in tests."""


@dataclass(frozen=True)
class SimulatedBoards:
    scores: pl.DataFrame
    """Long frame as for `aggregator.rank`."""
    ability: dict[str, float]
    """True ability of each model."""
    slope: Floats
    difficulty: Floats
    """Both of each benchmark, in the order of their names."""


def near_ability(theta: Floats, difficulty: Floats, _board: Index, rng: np.random.Generator) -> Bools:
    """Strong models skip easy tasks, weak ones skip hard ones."""
    distance = np.abs(theta[:, None] - 1.5 * difficulty)
    return rng.random(distance.shape) < 1 / (1 + np.exp(2.5 * (distance - 1.4)))


def newer_board(theta: Floats, _difficulty: Floats, board: Index, rng: np.random.Generator) -> Bools:
    """Weak models are on the first board, strong ones on the last, a tenth on all."""
    last = board.max()
    own_board = np.clip(np.round((theta + 1.5) / 3 * last + rng.normal(0, 0.35, theta.size)), 0, last)
    on_all = rng.random(theta.size) < 0.1
    seen: Bools = (board == own_board[:, None]) | on_all[:, None]
    return seen


def strong_skip_easy(theta: Floats, difficulty: Floats, _board: Index, rng: np.random.Generator) -> Bools:
    """The better a model, the fewer easy tasks it has; weak models have all easy tasks and few others."""
    logit = 1.2 * theta[:, None] * difficulty + 0.2
    return rng.random(logit.shape) < 1 / (1 + np.exp(-logit))


def at_random(theta: Floats, difficulty: Floats, _board: Index, rng: np.random.Generator) -> Bools:
    """Half of all scores are there, whatever the model (missing completely at random)."""
    return rng.random((theta.size, difficulty.size)) < 0.5


Mechanism = Callable[[Floats, Floats, Index, np.random.Generator], Bools]
MECHANISMS: dict[str, Mechanism] = {
    "near_ability": near_ability,
    "newer_board": newer_board,
    "strong_skip_easy": strong_skip_easy,
    "at_random": at_random,
}


def simulated_boards(
    mechanism: str,
    seed: int,
    *,
    models: int = 200,
    boards: int = 3,
    benchmarks: int = 5,
    board_effect: float = 0.25,
    noise: float = 0.5,
    shares: bool = True,
) -> SimulatedBoards:
    """Draw scores of `boards` boards with `benchmarks` benchmarks each; shares from 0 to 1, or else on a linear scale."""
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal(models)
    board_of = np.repeat(np.arange(boards), benchmarks)
    difficulty = rng.normal(0, 1, board_of.size)
    slope = np.exp(rng.normal(0, 0.25, board_of.size))
    local = theta[:, None] + board_effect * rng.standard_normal((models, boards))[:, board_of]
    raw = slope * (local - difficulty) + noise * rng.standard_normal((models, board_of.size))
    value = 1 / (1 + np.exp(-raw)) if shares else 40 + 12 * raw
    row, column = np.nonzero(MECHANISMS[mechanism](theta, difficulty, board_of, rng))
    names = np.array([f"m{m:04}" for m in range(models)])
    scores = pl.DataFrame(
        {
            "model_id": names[row],
            "board": [f"board_{board_of[c]}" for c in column],
            "benchmark": [f"b{c:02}" for c in column],
            "score": value[row, column],
        }
    )
    return SimulatedBoards(scores, dict(zip(names.tolist(), theta.tolist(), strict=True)), slope, difficulty)


def shares_and_ratings() -> pl.DataFrame:
    """Return scores of a board of shares linked with a board of ratings whose categories count the same votes."""
    rng = np.random.default_rng(0)
    rows: list[tuple[str, str, str, float, float | None]] = []
    for m, theta in enumerate(rng.standard_normal(150)):
        if m % 3 != 1:
            rows += [
                (f"m{m}", "tests", f"t{b}", 1 / (1 + np.exp(-theta + b / 2 + rng.normal(0, 0.3))), None)
                for b in range(4)
            ]
        if m % 3 != 2:
            rating = 1100 + 90 * theta + rng.normal(0, 15)
            rows += [(f"m{m}", "votes", part, rating + rng.normal(0, 2), 5.0) for part in ("overall", "coding", "math")]
    return pl.DataFrame(rows, schema=["model_id", "board", "benchmark", "score", "standard_error"], orient="row")


def scores_by_size(n_models: int = 400, seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return scores and facts of chat models whose score follows their size in billions of parameters."""
    rng = np.random.default_rng(seed)
    size = np.exp(rng.uniform(0, 4, n_models))
    score = 0.2 + 0.1 * np.log(size) + rng.normal(0, 0.03, n_models)
    names = [f"m{m:03}" for m in range(n_models)]
    scores = pl.DataFrame({"model_id": names, "board": "open_llm_v2", "benchmark": "open_llm_v2/math", "score": score})
    facts = pl.DataFrame({"model_id": names, "kind": "chat", "params_b": size, "likes": rng.integers(0, 100, n_models)})
    return scores, facts
