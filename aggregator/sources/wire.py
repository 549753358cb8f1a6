"""From untrusted bytes to declared rows: what every source shares.

A source declares the columns that it uses as a `Wire` schema. Reading then has four outcomes, and
no other: the file is not the table (`SourceError`), a column is missing or of another type
(`MissingColumn`, `WrongType`), a row breaks a rule (held out, with the rule's name), or a row is
good. Columns that nobody declared are reported, so that a new one is noticed the night it appears.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl
import pyarrow.parquet as pq

from aggregator import schema
from aggregator.errors import MissingColumn, SourceError, WrongType

MAX_NAME = 256
NO_CONTROL_CHARACTERS = r"^[^\x00-\x1f\x7f]*$"

CELLS_A_BYTE, MOST_CELLS = 16, 1_000_000
"""The real files hold less than one cell a byte."""
BYTES_A_BYTE, MOST_BYTES = 64, 16 * 1024 * 1024
"""The real files unpack to less than seven bytes a byte."""


class Wire(dy.Schema):
    """Base of all wire schemas: `row` is the 0-based position in the file."""

    row = dy.Int64()


@dataclass(frozen=True)
class Sheet:
    """One file, read: the good rows, the rows held out, and the columns that nobody declared."""

    rows: pl.DataFrame
    quarantined: pl.DataFrame
    read: int
    unknown_columns: tuple[str, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence a person can read for each thing that is new."""
        if not self.unknown_columns:
            return ()
        return (f"new columns, not used: {', '.join(f'`{name}`' for name in self.unknown_columns)}",)


def name_column(alias: str | None = None) -> dy.String:
    """Return the column of a model's name: never empty, never longer than a name can be."""
    return dy.String(alias=alias, min_length=1, max_length=MAX_NAME, regex=NO_CONTROL_CHARACTERS)


def text(alias: str | None = None) -> dy.String:
    """Return a column of optional text."""
    return dy.String(alias=alias, nullable=True, max_length=4096)


def read_parquet(
    source: str, file: str, content: bytes, wire: type[Wire], *, name: str, ignored: Sequence[str] = ()
) -> Sheet:
    """Read Parquet `content` as `wire`.

    `name` is the column that names the model, `ignored` the known columns that are not used.
    Raises `SourceError` when the bytes are not Parquet, `MissingColumn`, `WrongType`.
    """
    return read_table(source, file, parquet_table(source, file, content), wire, name=name, ignored=ignored)


def parquet_table(source: str, file: str, content: bytes) -> pl.DataFrame:
    """Return all columns of Parquet `content`; raises `SourceError` when the bytes are not Parquet, or a bomb."""
    try:
        _refuse_bombs(content)
        return pl.read_parquet(io.BytesIO(content))
    except (Exception, pl.exceptions.PanicException) as cause:  # the readers' errors have no common base
        reason = f"not a readable Parquet file ({len(content)} bytes): {_first_line(cause)}"
        raise SourceError(source, file, reason) from cause


def _refuse_bombs(content: bytes) -> None:
    """Raise `ValueError` for a file that its footer says to unpack to more than any board of its size.

    A column of one value costs next to nothing in the file and the whole machine in memory.
    """
    footer = pq.read_metadata(io.BytesIO(content))
    cells = footer.num_rows * footer.num_columns
    size = sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups))
    if cells > MOST_CELLS + CELLS_A_BYTE * len(content) or size > MOST_BYTES + BYTES_A_BYTE * len(content):
        raise ValueError(f"it would unpack to {footer.num_rows} rows of {footer.num_columns} columns, {size} bytes")


def read_table(
    source: str, file: str, table: pl.DataFrame, wire: type[Wire], *, name: str, ignored: Sequence[str] = ()
) -> Sheet:
    """Hold `table` against `wire`: refuse it whole, or hold out the rows that break a rule."""
    declared = {column: dtype for column, dtype in wire.columns().items() if column != "row"}
    missing = [column for column in declared if column not in table.columns]
    if missing:
        raise MissingColumn(source, file, missing, table.columns)
    typed = _typed(source, file, table.select(list(declared)), declared).with_row_index("row").cast({"row": pl.Int64})
    good, failure = wire.filter(typed)
    return Sheet(
        rows=good,
        quarantined=_reasons(source, file, failure.details(), name),
        read=table.height,
        unknown_columns=tuple(c for c in table.columns if c not in declared and c not in ignored),
    )


def read_json(source: str, file: str, content: bytes) -> Any:  # noqa: ANN401 - JSON is any value until it is held against a schema
    """Parse JSON strictly: no NaN or Infinity, no duplicate keys, bounded depth; raises `SourceError`."""
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError) as cause:
        raise SourceError(source, file, f"not readable JSON: {_first_line(cause)}") from cause


JSON_TYPES: dict[type[pl.DataType], set[type]] = {
    pl.Int64: {int},
    pl.Float64: {int, float},
    pl.Boolean: {bool},
    pl.String: {str},
    pl.List: {list},
}


def json_column(source: str, file: str, field: str, values: Sequence[object], dtype: pl.DataType) -> pl.Series:
    """Return the values of one field of a JSON file as a column; nulls are let through.

    Polars turns values of other types into the wanted one in silence, so types are compared first.
    Raises `WrongType`, or `SourceError` for a number or a text that no column can hold.
    """
    wrong = {type(value) for value in values if value is not None} - JSON_TYPES[type(dtype)]
    if not wrong and isinstance(dtype, pl.List):
        inner = [item for value in values if isinstance(value, list) for item in value]
        wrong = {type(item) for item in inner if item is not None} - JSON_TYPES[type(_dtype(dtype))]
    if wrong:
        raise WrongType(source, file, field, str(dtype), ", ".join(sorted(found.__name__ for found in wrong)))
    try:
        return pl.Series(field, values, dtype=dtype, strict=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as cause:
        raise SourceError(source, file, f"`{field}` holds what no column can: {_first_line(cause)}") from cause


def blank_to_null(*columns: str) -> list[pl.Expr]:
    """Return expressions that turn `''` and blanks into null: the boards write both."""
    return [pl.col(column).str.strip_chars().replace("", None) for column in columns]


def day(column: str) -> pl.Expr:
    """Return the calendar day at the head of an ISO date or timestamp, else null."""
    return pl.col(column).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def count_by_name(*columns: pl.Series) -> pl.DataFrame:
    """Return `(raw_name, rows)`: how many accepted rows each name had in the files."""
    names = pl.concat([column.alias("raw_name") for column in columns])
    return names.to_frame().group_by("raw_name").agg(pl.len().cast(pl.Int64).alias("rows")).sort("raw_name")


def require_rows(source: str, file: str, sheet: Sheet, least: int) -> None:
    """Raise `SourceError` when fewer than `least` rows are good, or fewer than are held out.

    An empty table is a fault, not a board; and where most rows break a rule, the few that happen to
    keep it are no more to be believed.
    """
    if sheet.rows.height >= max(least, sheet.quarantined.height):
        return
    held_out = sheet.quarantined["reason"].value_counts(sort=True).head(1).rows()
    because = f"; {sheet.quarantined.height} held out, most often: {held_out[0][0]}" if held_out else ""
    few = f"fewer than the {least} that make a board" if sheet.rows.height < least else "fewer than were held out"
    raise SourceError(source, file, f"{sheet.rows.height} usable rows of {sheet.read}, {few}{because}")


def _typed(source: str, file: str, table: pl.DataFrame, declared: Mapping[str, dy.Column]) -> pl.DataFrame:
    """Widen physical types that mean the same (Int32, dictionary strings), refuse the others."""
    casts: dict[str, pl.DataType] = {}
    for column, rule in declared.items():
        found, expected = table.schema[column], rule.dtype
        if found == expected:
            continue
        if not _same_meaning(found, expected):
            raise WrongType(source, file, column, str(expected), str(found))
        casts[column] = expected
    try:
        return table.cast(casts)  # type: ignore[arg-type] # polars types the keys of this mapping invariantly
    except pl.exceptions.PolarsError as cause:
        raise SourceError(source, file, f"values that their column cannot hold: {_first_line(cause)}") from cause


def _same_meaning(found: pl.DataType, expected: pl.DataType) -> bool:
    if found == pl.Null:
        return True
    if expected == pl.String:
        return isinstance(found, (pl.Categorical, pl.Enum))
    if expected == pl.Float64:
        return found.is_numeric()
    if expected == pl.Int64:
        return found.is_integer()
    if isinstance(expected, pl.List) and isinstance(found, pl.List):
        return found.inner == expected.inner or _same_meaning(_dtype(found), _dtype(expected))
    return False


def _dtype(nested: pl.List) -> pl.DataType:
    inner = nested.inner
    return inner if isinstance(inner, pl.DataType) else inner()


def _reasons(source: str, file: str, details: pl.DataFrame, name: str) -> pl.DataFrame:
    """Name the rules that each held-out row breaks: `score|max` becomes "score above the largest possible"."""
    if details.is_empty():
        return schema.frame(schema.QUARANTINED)
    rules = [column for column, dtype in details.schema.items() if isinstance(dtype, pl.Enum)]
    broken = pl.concat_str(
        [pl.when(pl.col(rule) == "invalid").then(pl.lit(_sentence(rule))) for rule in rules],
        separator="; ",
        ignore_nulls=True,
    )
    return schema.frame(
        schema.QUARANTINED,
        details.select(
            source=pl.lit(source), file=pl.lit(file), row="row", raw_name=pl.col(name).cast(pl.String), reason=broken
        ),
    )


SENTENCES = {
    "nullability": "empty",
    "min": "below the smallest possible value",
    "max": "above the largest possible value",
    "inf": "infinite",
    "nan": "not a number",
    "min_length": "empty",
    "max_length": "longer than any real value",
    "regex": "holds characters that it cannot have",
}


def _sentence(rule: str) -> str:
    column, _, broken = rule.partition("|")
    return f"`{column}` {SENTENCES.get(broken, broken)}" if broken else column.replace("_", " ")


def _first_line(cause: BaseException) -> str:
    return (str(cause).splitlines() or [type(cause).__name__])[0][:200]


def _refuse_constant(constant: str) -> float:
    raise ValueError(f"{constant} is not a JSON number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        repeated = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value] # `add` returns None, which reads as "not seen"
        raise ValueError(f"the key {repeated!r} occurs twice in one object")
    return found
