"""Columns of a host's table that only decorate: no score, name or date needs them.

A missing, empty or retyped one costs itself and a warning, not the leaderboard. A value that breaks the rules of its
column is left out, not its row. `DECORATIVE` marks such a column in a wire schema.
"""

from collections.abc import Callable, Mapping
from typing import Any

import dataframely as dy
import polars as pl

DECORATIVE: dict[str, Any] = {"is_decorative": True}
"""The `metadata` of a decorative column."""
OTHER_TYPE = pl.Binary()
"""The type of a column whose values have not the declared type, where the file itself states no types."""


def is_decorative(rule: dy.Column) -> bool:
    """Return whether a table may lack the column."""
    return bool((rule.metadata or {}).get("is_decorative"))


def required(declared: Mapping[str, dy.Column]) -> list[str]:
    """Return the columns without which the table is refused."""
    return [column for column, rule in declared.items() if not is_decorative(rule)]


def with_decoration(
    table: pl.DataFrame,
    declared: Mapping[str, dy.Column],
    has_same_meaning: Callable[[pl.DataType, pl.DataType], bool],
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return `table` with every decorative column in its declared type, and a sentence for each that lost values."""
    columns, sentences = [], []
    for column, rule in declared.items():
        if not is_decorative(rule):
            continue
        if column not in table.columns:
            sentences.append(f"`{column}` is missing; it is empty in this edition")
            columns.append(pl.lit(None, dtype=rule.dtype).alias(column))
        elif table.schema[column] != rule.dtype and not has_same_meaning(table.schema[column], rule.dtype):
            sentences.append(f"`{column}` has another type than {rule.dtype}; it is empty in this edition")
            columns.append(pl.lit(None, dtype=rule.dtype).alias(column))
        else:
            columns.append(pl.col(column).cast(rule.dtype, strict=False))
    filled = table.with_columns(columns)
    rules = {
        column: pl.all_horizontal(checks)
        for column, rule in declared.items()
        if is_decorative(rule) and (checks := list(rule.validation_rules(pl.col(column)).values()))
    }
    possible = filled.select(is_possible.fill_null(value=True).alias(column) for column, is_possible in rules.items())
    wrong = {column: count for column in rules if (count := int((~possible[column]).sum()))}
    sentences += [f"{count:,} values of `{column}` are impossible and were left out" for column, count in wrong.items()]
    emptied = [pl.when(possible[column]).then(pl.col(column)).alias(column) for column in wrong]
    return filled.with_columns(emptied), tuple(sentences)
