"""Boards whose truth is known, with holes that depend on ability.

A model has a true ability; a board adds an effect that its benchmarks share, a benchmark its
difficulty, slope and noise. Holes follow one of `MECHANISMS`; each is harmful to rules that
average what is there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Truth:
    scores: pl.DataFrame
    ability: dict[str, float]
    slope: Floats
    difficulty: Floats
    """Of each benchmark, in the order of their names."""


def easy_and_hard(theta: Floats, difficulty: Floats, _board: npt.NDArray[np.intp], rng: np.random.Generator) -> Bools:
    """Strong models skip easy tasks, weak ones skip hard ones."""
    fit = np.abs(theta[:, None] - 1.5 * difficulty)
    return rng.random(fit.shape) < 1 / (1 + np.exp(2.5 * (fit - 1.4)))


def newer_board(theta: Floats, _difficulty: Floats, board: npt.NDArray[np.intp], rng: np.random.Generator) -> Bools:
    """Weak models are on the first board, strong ones on the last, a tenth on all."""
    last = board.max()
    place = np.clip(np.round((theta + 1.5) / 3 * last + rng.normal(0, 0.35, theta.size)), 0, last)
    everywhere = rng.random(theta.size) < 0.1
    seen: Bools = (board == place[:, None]) | everywhere[:, None]
    return seen


def shy(theta: Floats, difficulty: Floats, _board: npt.NDArray[np.intp], rng: np.random.Generator) -> Bools:
    """The better a model, the fewer easy tasks it is run on; weak models are run on everything easy and little else."""
    wish = 1.2 * theta[:, None] * difficulty
    return rng.random(wish.shape) < 1 / (1 + np.exp(-(wish + 0.2)))


def at_random(theta: Floats, difficulty: Floats, _board: npt.NDArray[np.intp], rng: np.random.Generator) -> Bools:
    """Half of all cells, whoever the model is: the mechanism that does no harm."""
    return rng.random((theta.size, difficulty.size)) < 0.5


Mechanism = Callable[[Floats, Floats, npt.NDArray[np.intp], np.random.Generator], Bools]
MECHANISMS: dict[str, Mechanism] = {
    "easy_and_hard": easy_and_hard,
    "newer_board": newer_board,
    "shy": shy,
    "at_random": at_random,
}


def board(
    mechanism: str,
    seed: int,
    *,
    models: int = 200,
    boards: int = 3,
    benchmarks: int = 5,
    effect: float = 0.25,
    noise: float = 0.5,
    shares: bool = True,
) -> Truth:
    """Draw a table; with `shares` scores are between 0 and 1, else on a free linear scale."""
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal(models)
    place = np.repeat(np.arange(boards), benchmarks)
    difficulty = rng.normal(0, 1, place.size)
    slope = np.exp(rng.normal(0, 0.25, place.size))
    local = theta[:, None] + effect * rng.standard_normal((models, boards))[:, place]
    raw = slope * (local - difficulty) + noise * rng.standard_normal((models, place.size))
    value = 1 / (1 + np.exp(-raw)) if shares else 40 + 12 * raw
    seen = MECHANISMS[mechanism](theta, difficulty, place, rng)
    row, column = np.nonzero(seen)
    names = np.array([f"m{m:04}" for m in range(models)])
    scores = pl.DataFrame(
        {
            "model_id": names[row],
            "board": [f"board_{place[c]}" for c in column],
            "benchmark": [f"b{c:02}" for c in column],
            "score": value[row, column],
        }
    )
    return Truth(scores, dict(zip(names.tolist(), theta.tolist(), strict=True)), slope, difficulty)
