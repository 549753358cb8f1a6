"""Spoilers of scores: one benchmark, all of them, some models, and groups of models."""

from collections.abc import Callable

import numpy as np
import polars as pl

from benchmarks.spoiled_board import Board
from benchmarks.spoilers import deviation, kind, one_benchmark, these_cells

Generator = np.random.Generator


def _signs(cells: pl.DataFrame) -> pl.Series:
    """Return 1 for a cell of a benchmark where more is better, else -1."""
    return cells.select(pl.when("is_up").then(1.0).otherwise(-1.0)).to_series()


def _best_end(cells: pl.DataFrame) -> float:
    """Return nearly the best possible score of a benchmark: 99 of 100, or above the best rating."""
    low, high, is_up = cells["least"][0], cells["most"][0], cells["is_up"][0]
    if high > 1000:
        return float(cells["score"].max()) + 100  # type: ignore[arg-type] # a column of floats
    return float(high - 0.01 * (high - max(low, 0)) if is_up else low + 0.01 * (high - low))


@kind("scores", "constant: a benchmark at its mean")
def constant(board: Board, rng: Generator) -> Board | None:
    return one_benchmark(board, rng, lambda old: pl.Series([old.mean()] * old.len()))


@kind("scores", "constant: half of a benchmark at its median")
def half_constant(board: Board, rng: Generator) -> Board | None:
    return one_benchmark(
        board,
        rng,
        lambda old: pl.Series(np.where(rng.random(old.len()) < 0.5, float(old.median()), old.to_numpy())),  # type: ignore[arg-type]  # polars types it as any value
    )


@kind("scores", "scaled: a benchmark x0.5")
def halved(board: Board, rng: Generator) -> Board | None:
    return one_benchmark(board, rng, lambda old: old * 0.5)


@kind("scores", "scaled: a benchmark x0.6 to x0.9")
def scaled(board: Board, rng: Generator) -> Board | None:
    factor = rng.uniform(0.6, 0.9)
    return one_benchmark(board, rng, lambda old: old * factor)


@kind("scores", "scaled: all scores x0.5 to x0.9")
def all_scaled(board: Board, rng: Generator) -> Board | None:
    factor = rng.uniform(0.5, 0.9)
    return these_cells(board, board.cells["score"].is_not_null(), lambda old: old * factor)


@kind("scores", "shifted: a benchmark +0.5 to +1 deviations")
def raised(board: Board, rng: Generator) -> Board | None:
    step = rng.uniform(0.5, 1.0)
    return one_benchmark(board, rng, lambda old: old + step * deviation(old))


@kind("scores", "compressed: a benchmark to 0.3 of its spread")
def compressed(board: Board, rng: Generator) -> Board | None:
    factor = rng.uniform(0.2, 0.4)
    return one_benchmark(board, rng, lambda old: (old - float(old.mean())) * factor + float(old.mean()))  # type: ignore[arg-type]  # polars types it as any value


@kind("scores", "reversed: a benchmark upside down")
def upside_down(board: Board, rng: Generator) -> Board | None:
    return one_benchmark(board, rng, lambda old: float(old.max()) + float(old.min()) - old)  # type: ignore[arg-type]  # polars types it as any value


@kind("scores", "noise: a benchmark, 0.2 to 0.35 deviations")
def noisy(board: Board, rng: Generator) -> Board | None:
    width = rng.uniform(0.2, 0.35)
    return one_benchmark(board, rng, lambda old: old + rng.normal(0, width * deviation(old), old.len()))


@kind("scores", "noise: all benchmarks, 0.2 to 0.35 deviations")
def all_noisy(board: Board, rng: Generator) -> Board | None:
    width = rng.uniform(0.2, 0.35)
    spread = board.cells.select(pl.col("score").std().over("benchmark").fill_null(0)).to_series()
    step = pl.Series(rng.normal(0, width, spread.len())) * spread
    return these_cells(board, spread > 0, lambda old: old + step.filter(spread > 0))


@kind("scores", "noise: a quarter of the models, 0.5 to 1 deviations")
def some_noisy(board: Board, rng: Generator) -> Board | None:
    width = rng.uniform(0.5, 1.0)

    def change(old: pl.Series) -> pl.Series:
        here = rng.random(old.len()) < 0.25
        return old + here * rng.normal(0, width * deviation(old), old.len())

    return one_benchmark(board, rng, change)


@kind("scores", "tail: 5 % of a benchmark at 99 %")
def outer_tail(board: Board, rng: Generator) -> Board | None:
    return _some_at(board, rng, 0.05, _best_end)


@kind("scores", "tail: 4 % of a benchmark at its worst")
def lower_tail(board: Board, rng: Generator) -> Board | None:
    return _some_at(
        board,
        rng,
        0.04,
        lambda cells: cells["score"].min() if cells["is_up"][0] else cells["score"].max(),  # type: ignore[arg-type,return-value]  # polars types it as any value
    )


def _some_at(board: Board, rng: Generator, share: float, value: Callable[[pl.DataFrame], float]) -> Board | None:
    """Set a share of the scores of one benchmark to one value."""
    chosen = board.chosen_benchmark(rng)
    if chosen is None:
        return None
    here = board.cells["benchmark"] == chosen
    new = value(board.cells.filter(here))

    def change(old: pl.Series) -> pl.Series:
        places = rng.choice(old.len(), max(round(share * old.len()), 2), replace=False)
        return old.scatter(places, new)

    return these_cells(board, here, change)


@kind("scores", "tail: the best tenth of a benchmark pulled apart")
def stretched_tail(board: Board, rng: Generator) -> Board | None:
    def change(old: pl.Series) -> pl.Series:
        edge = float(old.quantile(0.9))  # type: ignore[arg-type]  # polars types it as any value
        return pl.Series(np.where(old > edge, edge + 3 * (old - edge) + 0.5 * deviation(old), old))

    return one_benchmark(board, rng, change)


@kind("scores", "exchange: two benchmarks of one range")
def exchanged(board: Board, rng: Generator) -> Board | None:
    if len(board.benchmarks) < 2:
        return None
    first = board.chosen_benchmark(rng)
    second = str(rng.choice([name for name in board.benchmarks if name != first]))
    cells = board.cells
    names = {first: second, second: first}
    swapped = (
        cells.filter(pl.col("benchmark").is_in([first, second]))
        .select(pl.col("benchmark").replace(names), "name", new="score")
        .unique(["benchmark", "name"], maintain_order=True)
    )
    both = cells.join(swapped, on=["benchmark", "name"], how="left", maintain_order="left")
    return board.with_cells(both.with_columns(score=pl.coalesce("new", "score")))


@kind("scores", "exchange: the overall scores are those of another category")
def other_category(board: Board, rng: Generator) -> Board | None:
    if "overall" not in board.benchmarks:
        return None
    other = str(rng.choice([name for name in board.benchmarks if name != "overall"]))
    cells = board.cells
    new = cells.filter(pl.col("benchmark") == other).select("name", new="score", benchmark=pl.lit("overall"))
    both = cells.join(new, on=["benchmark", "name"], how="left", maintain_order="left")
    return board.with_cells(both.with_columns(score=pl.coalesce("new", "score")))


def _permuted(board: Board, rng: Generator, count: int) -> Board | None:
    """Permute the names of `count` models in the newest edition, so that all their scores change places."""
    some = list(rng.choice(board.names, min(count, len(board.names)), replace=False))
    giver = dict(zip(some, [*some[1:], some[0]], strict=True))
    cells = board.cells
    given = cells.select("benchmark", "name", new="score").unique(["benchmark", "name"], maintain_order=True)
    both = (
        cells.with_columns(giver=pl.col("name").replace(giver))
        .join(given, left_on=["benchmark", "giver"], right_on=["benchmark", "name"], how="left", maintain_order="left")
        .with_columns(score=pl.coalesce("new", "score"))
    )
    return board.with_cells(both)


@kind("scores", "permuted: the scores of 2 of the best 20 models")
def two_permuted(board: Board, rng: Generator) -> Board | None:
    pair = [board.names[place] for place in sorted(rng.choice(min(20, len(board.names)), 2, replace=False))]
    cells = board.cells
    given = cells.select("benchmark", "name", new="score").unique(["benchmark", "name"], maintain_order=True)
    both = (
        cells.with_columns(giver=pl.col("name").replace(dict(zip(pair, reversed(pair), strict=True))))
        .join(given, left_on=["benchmark", "giver"], right_on=["benchmark", "name"], how="left", maintain_order="left")
        .with_columns(score=pl.coalesce("new", "score"))
    )
    return board.with_cells(both)


@kind("scores", "permuted: the scores of 6 models")
def six_permuted(board: Board, rng: Generator) -> Board | None:
    return _permuted(board, rng, 6)


@kind("scores", "permuted: the scores of 20 models")
def twenty_permuted(board: Board, rng: Generator) -> Board | None:
    return _permuted(board, rng, 20)


@kind("scores", "permuted: the scores of 60 models")
def sixty_permuted(board: Board, rng: Generator) -> Board | None:
    return _permuted(board, rng, 60)


@kind("scores", "permuted: a benchmark shifted by one row")
def shifted_row(board: Board, rng: Generator) -> Board | None:
    return one_benchmark(board, rng, lambda old: pl.concat([old.tail(1), old.head(-1)]))


@kind("scores", "copied: 5 % of the models have the best model's scores")
def copied_best(board: Board, rng: Generator) -> Board | None:
    best, others = board.names[0], board.names[5:]
    if len(others) < 10:
        return None
    lucky = list(rng.choice(others, max(round(0.05 * len(others)), 2), replace=False))
    new = board.cells.filter(pl.col("name") == best).unique("benchmark").select("benchmark", new="score")
    both = board.cells.join(new, on="benchmark", how="left", maintain_order="left")
    is_lucky = pl.col("name").is_in(lucky) & pl.col("new").is_not_null()
    return board.with_cells(both.with_columns(score=pl.when(is_lucky).then("new").otherwise("score")))


@kind("scores", "rounded: a benchmark to a tenth of its range")
def rounded(board: Board, rng: Generator) -> Board | None:
    def change(old: pl.Series) -> pl.Series:
        step = (float(old.max()) - float(old.min())) / 10 or 1.0  # type: ignore[arg-type]  # polars types it as any value
        return (old / step).round() * step

    return one_benchmark(board, rng, change)


def _group_raised(board: Board, names: set[str], points: float, deviations: float) -> Board | None:
    """Raise all scores of some models: by `points` where scores are ratings, else by standard deviations."""
    cells = board.cells
    here = cells["name"].is_in(sorted(names))
    if not names or here.all() or not here.any():
        return None
    spread = cells.select(pl.col("score").std().over("benchmark").fill_null(0)).to_series()
    step = pl.select(pl.when(cells["most"] > 1000).then(points).otherwise(deviations * spread)).to_series() * _signs(
        cells
    )
    return these_cells(board, here, lambda old: old + step.filter(here))


@kind("groups", "group: one organisation +60 points or 0.6 deviations")
def organization_raised(board: Board, rng: Generator) -> Board | None:
    groups: dict[str, set[str]] = {}
    for name in board.names:
        groups.setdefault(board.organization(name), set()).add(name)
    large = sorted((one for one, names in groups.items() if len(names) >= 4), key=lambda one: (-len(groups[one]), one))
    if not large:
        return None
    return _group_raised(board, groups[str(rng.choice(large[:8]))], 60, 0.6)


@kind("groups", "group: open models +50 points or 0.5 deviations")
def open_raised(board: Board, rng: Generator) -> Board | None:
    del rng
    return _group_raised(board, set(board.open_names), 50, 0.5)


@kind("groups", "group: closed models -50 points or 0.5 deviations")
def closed_lowered(board: Board, rng: Generator) -> Board | None:
    del rng
    closed = set(board.names) - board.open_names if board.open_names else set()
    return _group_raised(board, closed, -50, -0.5)


@kind("scores", "raised: 1 model +80 points or 1.2 deviations")
def one_raised(board: Board, rng: Generator) -> Board | None:
    return _group_raised(board, {str(rng.choice(board.names[5:] or board.names))}, 80, 1.2)


@kind("scores", "raised: a tenth of the models +10 to +80 points")
def tenth_raised(board: Board, rng: Generator) -> Board | None:
    some = set(map(str, rng.choice(board.names, max(round(len(board.names) / 10), 2), replace=False)))
    points = rng.uniform(30, 80)
    return _group_raised(board, some, points, points / 80)


@kind("scores", "raised: the best 20 models -40 points or 0.5 deviations")
def best_lowered(board: Board, rng: Generator) -> Board | None:
    del rng
    return _group_raised(board, set(board.names[:20]), -40, -0.5)


@kind("scores", "raised: ratings of all models +10 to +80 points at random")
def all_raised(board: Board, rng: Generator) -> Board | None:
    steps = pl.Series(rng.uniform(10, 80, board.cells.height))
    scale = board.cells.select(
        pl.when(pl.col("most") > 1000).then(1.0).otherwise(pl.col("score").std().over("benchmark").fill_null(0) / 100)
    ).to_series()
    return these_cells(board, board.cells["score"].is_not_null(), lambda old: old + steps * scale)
