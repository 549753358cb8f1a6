"""Turn the text of CSV, Markdown and JSON cells into the numbers that a wire schema declares."""

import polars as pl

from aggregator.errors import WrongType
from aggregator.sources import wire
from aggregator.sources.decoration import is_decorative

NO_INTEGER = -(2**63)
"""Stands for text that is no whole number; every declared integer has a smallest value above it."""
NO_VALUE = ("", "-", "–", "N/A", "n/a", "NaN", "nan", "null", "None")
"""Texts of an empty cell."""
NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"


def with_numbers(source: str, file: str, table: pl.DataFrame, schema: type[wire.Wire]) -> pl.DataFrame:
    """Return `table` with the text of every numeric and Boolean column of `schema` as values.

    A number may end in `%`, which is removed: `4.1 %` is 4.1. Text that is no number becomes NaN, and a row with NaN is
    quarantined by the schema. Columns that are not text are left as they are. Raises `WrongType` for a column with
    several texts of which none is a number, unless it only decorates.
    """
    declared = schema.columns()
    written = [
        name
        for name, dtype in table.schema.items()
        if dtype == pl.String and name in declared and declared[name].dtype != pl.String
    ]
    read = table.with_columns(_value(name, declared[name].dtype) for name in written)
    for name in written:
        found, rule = read[name].drop_nulls(), declared[name]
        is_text = read.schema[name] == pl.Boolean and found.is_empty()
        if is_text and not table[name].drop_nulls().is_in(NO_VALUE).all():
            if not is_decorative(rule):
                raise WrongType(source, file, name, str(rule.dtype), "text")
            read = read.with_columns(table[name])  # a retyped column that only decorates is reported and left empty
        no_number = found.dtype.is_numeric() and ((found == NO_INTEGER) | found.is_nan()).all()
        if found.len() > 1 and no_number and not is_decorative(rule):
            raise WrongType(source, file, name, str(rule.dtype), "text")
    return read


def _value(column: str, dtype: pl.DataType) -> pl.Expr:
    text = pl.col(column).str.strip_chars()
    is_empty = text.is_null() | text.is_in(NO_VALUE)
    if dtype == pl.Boolean:
        known = text.str.to_lowercase().replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
        )
        return known.alias(column)
    plain = text.str.strip_suffix("%").str.strip_chars_end()
    number = pl.when(plain.str.contains(NUMBER)).then(plain).cast(pl.Float64, strict=False)
    if dtype == pl.Int64:
        whole = pl.when(number == number.round()).then(number).cast(pl.Int64, strict=False)
        return pl.when(~is_empty).then(whole.fill_null(NO_INTEGER)).alias(column)
    return pl.when(~is_empty).then(number.fill_null(float("nan"))).alias(column)


def highest_with_error(column: str) -> tuple[pl.Expr, pl.Expr]:
    """Return the highest number that a text gives with an error, and its error: 0.85 and 0.05 of `a:0.8±0.1,b:0.85±0.05`."""
    number = r"[+-]?\d+(?:\.\d*)?"
    value = f"^({number})"
    pairs = pl.col(column).str.extract_all(f"{number}±{number}")
    highest = pairs.list.eval(pl.element().sort_by(pl.element().str.extract(value).cast(pl.Float64))).list.last()
    return highest.str.extract(value).cast(pl.Float64), highest.str.extract(f"±({number})$").cast(pl.Float64)
