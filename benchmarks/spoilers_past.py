"""Spoilers of dates and of history: moved dates, an older edition dated today, and changed earlier editions."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from benchmarks.spoiled_board import Board
from benchmarks.spoiled_roles import Roles
from benchmarks.spoilers import kind

Generator = np.random.Generator


def _later(column: pl.Series, days: int) -> pl.Series:
    """Return the ISO dates of a column so many days later; other texts stay."""
    texts = column.cast(pl.String).str
    moved = texts.slice(0, 10).str.to_date(strict=False).dt.offset_by(f"{days}d").cast(pl.String) + texts.slice(10)
    return pl.select(pl.coalesce(moved, column.cast(pl.String)).alias(column.name)).to_series()


def _dates_moved(board: Board, days: int) -> Board | None:
    def change(frame: pl.DataFrame, roles: Roles) -> pl.DataFrame:
        columns = [name for name in (*roles.dates, roles.day) if name and name in frame.columns]
        return frame.with_columns(_later(frame[name], days) for name in columns)

    moved = board.edit(change)
    return moved if any(table.roles.dates or table.roles.day for table in board.tables) else None


@kind("dates", "dates: +1 day")
def one_day_later(board: Board, rng: Generator) -> Board | None:
    del rng
    return _dates_moved(board, 1)


@kind("dates", "dates: +20 to +340 days")
def days_later(board: Board, rng: Generator) -> Board | None:
    return _dates_moved(board, int(rng.integers(20, 340)))


@kind("dates", "dates: +2000 days")
def years_later(board: Board, rng: Generator) -> Board | None:
    del rng
    return _dates_moved(board, 2000)


@kind("dates", "dates: -30 to -400 days")
def days_earlier(board: Board, rng: Generator) -> Board | None:
    return _dates_moved(board, -int(rng.integers(30, 400)))


@kind("dates", "older: an earlier edition dated today")
def older_edition(board: Board, rng: Generator) -> Board | None:
    """Serve the ratings of an earlier date of the Arena, or an earlier table of LiveBench, as today's."""
    tables = {table.file: table for table in board.tables}
    if "full" in tables:
        full = tables["full"]
        day, of_category = full.roles.day, full.roles.benchmark
        sizes = full.sheet.frame.group_by(day).agg(pl.col(of_category).n_unique()).sort(day)
        same = sizes.filter(pl.col(of_category) == sizes[of_category][-1])[day].to_list()[:-1]
        if not same:
            return None
        chosen = str(rng.choice(same[-3:]))
        old = full.sheet.frame.filter(pl.col(day) == chosen).with_columns(pl.lit(board.newest_day).alias(day))
        others = full.sheet.frame.filter(pl.col(day) != board.newest_day)
        return board.with_frames({"latest": old, "full": pl.concat([others, old])})
    return None


def _past(board: Board, change: Callable[[pl.DataFrame, Roles], pl.DataFrame]) -> Board | None:
    """Change the rows of past editions: the dates of `full`, or the older tables of LiveBench."""
    if board.source.id == "livebench":
        current = max(table.file for table in board.tables)
        return replace(
            board,
            tables=tuple(
                table
                if table.file == current
                else table._replace(sheet=table.sheet.with_frame(change(table.sheet.frame, table.roles)))
                for table in board.tables
            ),
        )
    full = next((table for table in board.tables if table.file == "full"), None)
    if full is None:
        return None
    is_past = pl.col(full.roles.day) < board.newest_day
    frame = full.sheet.frame
    return board.with_frames({"full": pl.concat([change(frame.filter(is_past), full.roles), frame.filter(~is_past)])})


def _scores_changed(frame: pl.DataFrame, roles: Roles, step: Callable[[pl.DataFrame, str], pl.Expr]) -> pl.DataFrame:
    """Add a step to the scores and the ends of their interval, clipped to the range of scores."""
    for column in roles.score_columns(frame):
        value = pl.col(column).cast(pl.Float64, strict=False)
        new = (value + step(frame, column)).clip(*roles.range)
        ends = [pl.col(end) + (new - value) for end in (roles.low, roles.high) if end]
        is_text = frame.schema[column] == pl.String
        frame = frame.with_columns(new.round(6).cast(pl.String) if is_text else new, *ends)
    return frame


@kind("history", "history: one past date +100 points")
def past_date_raised(board: Board, rng: Generator) -> Board | None:
    """Raise the scores of one date, by 100 rating points or by 20 of 100."""

    def change(frame: pl.DataFrame, roles: Roles) -> pl.DataFrame:
        if not roles.day:
            return (
                _scores_changed(frame, roles, lambda *_: pl.lit(20.0))
                if chosen is not None and frame.equals(chosen)
                else frame
            )
        day = str(rng.choice(frame[roles.day].unique().sort().to_list()[-30:]))
        return _scores_changed(frame, roles, lambda *_: pl.when(pl.col(roles.day) == day).then(100.0).otherwise(0.0))

    if not board.tables or not board.tables[0].roles.score:
        return None
    past = sorted(board.tables, key=lambda table: table.file)[:-1]
    chosen = past[int(rng.integers(len(past)))].sheet.frame if past else None
    return _past(board, change)


@kind("history", "history: 2 % of past scores with a flipped bit")
def past_bits(board: Board, rng: Generator) -> Board | None:
    """Change 2 % of the earlier scores by up to a tenth of their range, as a flipped bit does."""

    def step(frame: pl.DataFrame, column: str) -> pl.Expr:
        del column
        here = rng.random(frame.height) < 0.02
        sign = rng.choice([-1.0, 1.0], frame.height)
        return pl.lit(pl.Series(np.where(here, sign * size, 0.0)))

    size = 128.0 if board.source.id.startswith("arena") else 16.0
    return _past(board, lambda frame, roles: _scores_changed(frame, roles, step))


@kind("history", "history: the older half lost")
def past_lost(board: Board, rng: Generator) -> Board | None:
    del rng

    def change(frame: pl.DataFrame, roles: Roles) -> pl.DataFrame:
        if not roles.day:
            return frame.head(frame.height // 2)
        days = frame[roles.day].unique().sort()
        return frame.filter(pl.col(roles.day) >= days[days.len() // 2])

    return _past(board, change)


@kind("history", "history: the models of a past date permuted")
def past_permuted(board: Board, rng: Generator) -> Board | None:
    def change(frame: pl.DataFrame, roles: Roles) -> pl.DataFrame:
        days = frame[roles.day].unique().sort().to_list()[-20:] if roles.day else []
        day = str(rng.choice(days)) if days else ""
        here = frame[roles.day] == day if roles.day else pl.Series([True] * frame.height)
        places = here.arg_true()
        names = frame[roles.name].gather(places)
        return frame.with_columns(frame[roles.name].scatter(places, names.gather(rng.permutation(names.len()))))

    return _past(board, change)
