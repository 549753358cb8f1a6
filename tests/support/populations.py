"""Simulated leaderboards with known abilities, made by several mechanisms that the real ones show.

    score = slope × (ability + effect of the model on the board - difficulty) + noise

`MECHANISMS` names them. Each returns a `Population` of any number of models and seed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from aggregator.ranking.arrays import Bools, Floats, Index


@dataclass(frozen=True)
class Population:
    scores: pl.DataFrame
    """Long frame as for `aggregator.calibrate`."""
    ability: dict[str, float]
    """True ability of each model."""
    kind: dict[str, str]
    """What sort of row a model is, where the mechanism has several sorts."""


@dataclass(frozen=True)
class Design:
    """What the scores are made of; `theta` and `kind` have one entry per model."""

    theta: Floats
    sizes: tuple[int, ...]
    """Number of benchmarks of each board."""
    seen: Bools
    """Models × boards."""
    kind: tuple[str, ...] = ()
    board_effect: float = 0.35
    effect: Floats | None = None
    """Models × boards, standard deviation 1: the effects on the boards before `board_effect`."""
    noise: float = 0.5
    cells: Callable[[Floats, Floats, np.random.Generator], Bools] | None = None
    """Which benchmarks of its boards have a score of a model, from ability and difficulties."""
    ratings: tuple[int, ...] = ()
    """Boards of ratings, with a known error, instead of shares."""
    same_as: dict[int, int] = field(default_factory=dict)
    """Columns that publish the scores of another column again."""
    nearly: float = 0.0
    """Noise of such a column against the other one; 0 is the same number."""

    @property
    def board_of(self) -> Index:
        """The board of each benchmark."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)


RATING_ERROR = 0.15
"""Standard deviation of the known error of a rating, in units of ability."""


def publish(design: Design, rng: np.random.Generator) -> Population:
    """Draw the scores of a design."""
    board_of, models = design.board_of, design.theta.size
    difficulty, slope = rng.normal(0, 0.8, board_of.size), np.exp(rng.normal(0, 0.25, board_of.size))
    effect = rng.standard_normal(design.seen.shape) if design.effect is None else design.effect
    local = design.theta[:, None] + design.board_effect * effect[:, board_of]
    raw = slope * (local - difficulty) + design.noise * rng.standard_normal((models, board_of.size))
    is_rating = np.isin(board_of, design.ratings)
    raw += is_rating * slope * RATING_ERROR * rng.standard_normal(raw.shape)
    for copy, origin in design.same_as.items():
        raw[:, copy] = raw[:, origin] + design.nearly * rng.standard_normal(models)
    present = design.seen[:, board_of]
    if design.cells is not None:
        present &= design.cells(design.theta, difficulty, rng)
    names = np.array([f"m{m:05}" for m in range(models)])
    row, column = np.nonzero(present)
    value = np.where(is_rating, 1100 + 90 * raw, 1 / (1 + np.exp(-raw)))
    error = np.where(is_rating, 90 * slope * RATING_ERROR, np.nan)[column]
    scores = pl.DataFrame(
        {
            "model_id": names[row],
            "board": [f"board_{board_of[c]}" for c in column],
            "benchmark": [f"b{c:02}" for c in column],
            "score": value[row, column],
            "standard_error": error,
        }
    ).with_columns(pl.col("standard_error").fill_nan(None))
    listed = set(row.tolist())
    kinds = design.kind or ("all",) * models
    return Population(
        scores,
        {str(names[m]): float(design.theta[m]) for m in listed},
        {str(names[m]): kinds[m] for m in listed},
    )


def one_board_at_least(chance: Floats, rng: np.random.Generator) -> Bools:
    """Return models × boards: each board with its chance, and one of them where there would be none."""
    seen: Bools = rng.random(chance.shape) < chance
    without = np.flatnonzero(~seen.any(axis=1))
    seen[without, rng.integers(chance.shape[1], size=without.size)] = True
    return seen


def good_on_more(theta: Floats, boards: int, rng: np.random.Generator) -> Bools:
    """Most models are on the first board or on one other; the better a model, the more boards list it."""
    chance = 1 / (1 + np.exp(3.2 - 1.3 * theta))
    seen: Bools = rng.random((theta.size, boards)) < chance[:, None]
    first = rng.random(theta.size) < 0.75
    seen[np.arange(theta.size), np.where(first, 0, rng.integers(boards, size=theta.size))] = True
    return seen


def heavy_tailed(models: int, rng: np.random.Generator) -> Floats:
    """Return abilities with the tails of a t distribution of four degrees of freedom, and variance 1."""
    theta: Floats = rng.standard_t(4, models) / np.sqrt(2)
    return theta


def plain(models: int, rng: np.random.Generator) -> Design:
    """Five boards of five benchmarks; chance alone decides which boards list a model."""
    return Design(rng.standard_normal(models), (5,) * 5, one_board_at_least(np.full((models, 5), 0.35), rng))


def holes(models: int, rng: np.random.Generator) -> Design:
    """Models skip benchmarks far from their ability: strong ones the easy, weak ones the hard."""

    def near_ability(theta: Floats, difficulty: Floats, generator: np.random.Generator) -> Bools:
        distance = np.abs(theta[:, None] - 1.5 * difficulty)
        near: Bools = generator.random(distance.shape) < 1 / (1 + np.exp(2.0 * (distance - 1.6)))
        return near

    theta = rng.standard_normal(models)
    return Design(theta, (5,) * 5, one_board_at_least(np.full((models, 5), 0.5), rng), cells=near_ability)


def copies(models: int, rng: np.random.Generator) -> Design:
    """One board publishes three benchmarks of another again, next to two of its own."""
    base = plain(models, rng)
    return replace(base, same_as={20: 0, 21: 1, 22: 2})


def near_copies(models: int, rng: np.random.Generator) -> Design:
    """One board runs all benchmarks of another with a small difference."""
    return replace(plain(models, rng), same_as={20 + i: i for i in range(5)}, nearly=0.1)


def efforts(models: int, rng: np.random.Generator) -> Design:
    """Every third row is a model, the next two its low and high effort; boards list different settings of one model."""
    bases = -(-models // 3)
    base, base_effect = rng.standard_normal(bases), rng.standard_normal((bases, 5))
    kind = ("default", "low", "high") * bases
    shift = np.tile([0.0, -0.5, 0.4], bases) + rng.normal(0, 0.2, 3 * bases)
    theta = np.repeat(base, 3) + shift
    effect = np.sqrt(0.7) * np.repeat(base_effect, 3, axis=0) + np.sqrt(0.3) * rng.standard_normal((3 * bases, 5))
    chance = np.tile([[0.5, 0.5, 0.2, 0.1, 0.1], [0.05, 0.05, 0.3, 0.3, 0.0], [0.05, 0.05, 0.1, 0.2, 0.6]], (bases, 1))
    some = slice(models)
    return Design(theta[some], (5,) * 5, one_board_at_least(chance[some], rng), kind=kind[:models], effect=effect[some])


def heavy_tails(models: int, rng: np.random.Generator) -> Design:
    """Abilities and effects on boards have heavy tails."""
    seen = one_board_at_least(np.full((models, 5), 0.35), rng)
    return Design(heavy_tailed(models, rng), (5,) * 5, seen, effect=rng.standard_t(5, (models, 5)) / np.sqrt(5 / 3))


def single_benchmarks(models: int, rng: np.random.Generator) -> Design:
    """Five boards of one benchmark each, one of them of ratings, and two boards of five."""
    seen = one_board_at_least(np.full((models, 7), 0.35), rng)
    return Design(rng.standard_normal(models), (1, 1, 1, 1, 1, 5, 5), seen, ratings=(0,))


def thin(models: int, rng: np.random.Generator) -> Design:
    """As the real boards: most models are on one, good models on more, heavy tails, one board of ratings."""
    theta = heavy_tailed(models, rng)
    return Design(theta, (5, 5, 5, 1, 3), good_on_more(theta, 5, rng), ratings=(3,))


MECHANISMS: dict[str, Callable[[int, np.random.Generator], Design]] = {
    design.__name__: design
    for design in (plain, holes, copies, near_copies, efforts, heavy_tails, single_benchmarks, thin)
}


def population(mechanism: str, seed: int, *, models: int = 900) -> Population:
    """Return simulated boards of one of `MECHANISMS`."""
    rng = np.random.default_rng([seed, list(MECHANISMS).index(mechanism)])
    return publish(MECHANISMS[mechanism](models, rng), rng)
