"""Build text columns from templates."""

from collections.abc import Iterator
from itertools import zip_longest

import polars as pl


def fill_in(template: str, *columns: str | pl.Expr | pl.Series) -> pl.Expr:
    """Return `template` with the text of one column in each `{}`; null where a column is null.

    This is `polars.format`, which panics on a column whose first chunk is empty, as a filter can leave it
    (pola-rs/polars#25525).
    """
    return pl.concat_str(list(_parts(template.split("{}"), columns)))


def _parts(texts: list[str], columns: tuple[str | pl.Expr | pl.Series, ...]) -> Iterator[pl.Expr]:
    if len(texts) != len(columns) + 1:
        raise ValueError(f"{len(columns)} columns for {len(texts) - 1} places")
    for text, column in zip_longest(texts, columns):
        if text:
            yield pl.lit(text)
        if column is not None:
            yield _expression(column).cast(pl.String)


def _expression(column: str | pl.Expr | pl.Series) -> pl.Expr:
    if isinstance(column, str):
        return pl.col(column)
    return column if isinstance(column, pl.Expr) else pl.lit(column)
