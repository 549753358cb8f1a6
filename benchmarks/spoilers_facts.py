"""Spoilers of facts: flags, licences, organisations, kinds, base models, sizes, dates and ranks."""

from collections.abc import Callable

import numpy as np
import polars as pl

from benchmarks.spoiled_board import Board
from benchmarks.spoiled_roles import Roles
from benchmarks.spoiled_sheets import numbers, with_numbers
from benchmarks.spoilers import kind

Generator = np.random.Generator
Values = Callable[[pl.Series], pl.Series]


def _columns(board: Board, of: Callable[[Roles], tuple[str, ...]]) -> list[tuple[str, str]]:
    """Return `(file, column)` of the columns of one role that the files have with more than one value."""
    return [
        (table.file, column)
        for table in board.tables
        for column in of(table.roles)
        if column in table.sheet.frame.columns and table.sheet.frame[column].drop_nulls().n_unique() > 1
    ]


def _one_column(board: Board, rng: Generator, of: Callable[[Roles], tuple[str, ...]], change: Values) -> Board | None:
    """Change one column of a role, in every file that has it."""
    found = sorted({column for _, column in _columns(board, of)})
    if not found:
        return None
    column = str(rng.choice(found))

    def edit(frame: pl.DataFrame, roles: Roles) -> pl.DataFrame:
        del roles
        return frame.with_columns(change(frame[column]).alias(column)) if column in frame.columns else frame

    return board.edit(edit)


def _flags(roles: Roles) -> tuple[str, ...]:
    return roles.flags


def _shuffled(rng: Generator) -> Values:
    """Return a function that permutes the values that are not null."""

    def change(old: pl.Series) -> pl.Series:
        here = old.is_not_null().arg_true()
        return old.scatter(here, old.drop_nulls().gather(rng.permutation(here.len())))

    return change


@kind("facts", "flags: one inverted")
def inverted(board: Board, rng: Generator) -> Board | None:
    return _one_column(board, rng, _flags, lambda old: ~old.cast(pl.Boolean))


@kind("facts", "flags: one true for all")
def all_true(board: Board, rng: Generator) -> Board | None:
    return _one_column(board, rng, _flags, lambda old: pl.Series([True] * old.len()))


@kind("facts", "flags: one false for all")
def all_false(board: Board, rng: Generator) -> Board | None:
    return _one_column(board, rng, _flags, lambda old: pl.Series([False] * old.len()))


@kind("facts", "flags: one shuffled")
def flag_shuffled(board: Board, rng: Generator) -> Board | None:
    return _one_column(board, rng, _flags, _shuffled(rng))


@kind("facts", "texts: licences, organisations, kinds or base models shuffled")
def text_shuffled(board: Board, rng: Generator) -> Board | None:
    return _one_column(board, rng, lambda roles: roles.texts, _shuffled(rng))


@kind("facts", "texts: licences, organisations, kinds or base models all alike")
def text_constant(board: Board, rng: Generator) -> Board | None:
    return _one_column(
        board, rng, lambda roles: roles.texts, lambda old: pl.Series([old.drop_nulls().mode().sort()[0]] * old.len())
    )


@kind("facts", "texts: two values of a fact exchanged")
def text_exchanged(board: Board, rng: Generator) -> Board | None:
    def change(old: pl.Series) -> pl.Series:
        first, second = old.drop_nulls().value_counts(sort=True)[old.name].head(2).to_list()
        return old.replace({first: second, second: first})

    return _one_column(board, rng, lambda roles: roles.texts, change)


@kind("facts", "sizes: x4")
def sizes_times_4(board: Board, rng: Generator) -> Board | None:
    return _one_column(board, rng, lambda roles: roles.sizes, lambda old: with_numbers(old, numbers(old) * 4))


@kind("facts", "sizes: x1000 in a fifth")
def sizes_in_another_unit(board: Board, rng: Generator) -> Board | None:
    return _one_column(
        board,
        rng,
        lambda roles: roles.sizes,
        lambda old: with_numbers(old, numbers(old) * np.where(rng.random(old.len()) < 0.2, 1000, 1)),
    )


@kind("facts", "sizes: shuffled")
def sizes_shuffled(board: Board, rng: Generator) -> Board | None:
    return _one_column(board, rng, lambda roles: roles.sizes, _shuffled(rng))


@kind("facts", "dates: of the models, shuffled")
def dates_shuffled(board: Board, rng: Generator) -> Board | None:
    return _one_column(board, rng, lambda roles: roles.dates, _shuffled(rng))


def _ranks(board: Board, change: Values) -> Board | None:
    def edit(frame: pl.DataFrame, roles: Roles) -> pl.DataFrame:
        return frame.with_columns(change(frame[roles.rank]).cast(pl.Int64).alias(roles.rank)) if roles.rank else frame

    return board.edit(edit) if any(table.roles.rank for table in board.tables) else None


@kind("facts", "ranks: shuffled")
def ranks_shuffled(board: Board, rng: Generator) -> Board | None:
    return _ranks(board, _shuffled(rng))


@kind("facts", "ranks: x10")
def ranks_times_10(board: Board, rng: Generator) -> Board | None:
    del rng
    return _ranks(board, lambda old: old * 10)


@kind("facts", "ranks: off by one")
def ranks_off_by_one(board: Board, rng: Generator) -> Board | None:
    del rng
    return _ranks(board, lambda old: old + 1)


@kind("facts", "ranks: all 1")
def ranks_all_one(board: Board, rng: Generator) -> Board | None:
    del rng
    return _ranks(board, lambda old: old * 0 + 1)


@kind("facts", "ranks: reversed")
def ranks_reversed(board: Board, rng: Generator) -> Board | None:
    del rng
    return _ranks(board, lambda old: old * -1 + old.max() + 1)
