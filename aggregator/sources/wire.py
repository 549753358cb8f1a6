"""Check a table from a host against a declared schema; every source uses this.

A source declares the columns that it uses as a `Wire` schema. A missing column raises `MissingColumn`, a wrong type
raises `WrongType`, and a row that breaks a rule is quarantined with the name of the rule; a column that only decorates
costs itself (`decoration.py`). Undeclared columns are reported, so that a new column is noticed on its first day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import dataframely as dy
import polars as pl

from aggregator import schema
from aggregator.errors import MissingColumn, SourceError, WrongType
from aggregator.sources import decoration, unreliable_models
from aggregator.sources.decoration import DECORATIVE

MAX_NAME_LENGTH = 256
NO_CONTROL_CHARACTERS = r"^[^\x00-\x1f\x7f]*$"
NOT_PLAIN = r"^\s|\s$|[^\x20-\x7e]"
INVISIBLE = (
    r"[\p{Cf}\u{115f}\u{1160}\u{3164}\u{ffa0}\u{2800}--[\u{61c}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]]"
)
"""Characters without a shape. Those that change the direction of the text stay: without them it reads otherwise."""
MANY_NAMES = 0.5
"""When so many names of a table have compatibility or invisible characters, the host wrote them, and no impostor."""


class Wire(dy.Schema):
    """Base of all wire schemas: `row` is the position in the file, from 0."""

    row = dy.Int64()


@dataclass(frozen=True)
class Sheet:
    """One file after the check: good rows, quarantined rows, and undeclared columns."""

    file: str
    rows: pl.DataFrame
    quarantined: pl.DataFrame
    read: int
    """Number of rows in the file."""
    unknown_columns: tuple[str, ...]
    broken: pl.DataFrame
    """The quarantined rows with impossible numbers, with their columns (`unreliable_models.broken_rows`)."""
    about_models: tuple[str, ...] = ()
    """A sentence about the models that are quarantined whole."""
    about_columns: tuple[str, ...] = ()
    """A sentence for each decorative column that lost values."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about undeclared and decorative columns, and about the models that are quarantined whole."""
        found = (*self.about_models, *self.about_columns)
        if not self.unknown_columns:
            return found
        return (
            *found,
            f"new columns, not used: {', '.join(f'`{name}`' for name in self.unknown_columns)}",
        )


def name_column(alias: str | None = None) -> dy.String:
    """Declare the column of a model's name: not empty, of limited length, without control characters."""
    return dy.String(alias=alias, min_length=1, max_length=MAX_NAME_LENGTH, regex=NO_CONTROL_CHARACTERS)


def text(alias: str | None = None, *, decorative: bool = False) -> dy.String:
    """Declare a column of optional text."""
    return dy.String(alias=alias, nullable=True, max_length=4096, metadata=DECORATIVE if decorative else None)


def with_columns(base: type[Wire], columns: Mapping[str, dy.Column]) -> type[Wire]:
    """Return `base` with further columns, where a file states which columns it has."""
    return type(base.__name__, (base,), dict(columns))


def read_table(
    source: str,
    file: str,
    table: pl.DataFrame,
    wire: type[Wire],
    *,
    name: str,
    ignored: Sequence[str] = (),
    is_whole: bool = True,
) -> Sheet:
    """Check `table` against `wire`: raise for the whole table, or quarantine the rows that break a rule.

    `name` is the column with the model's name, which is read as `plain_names`; `ignored` are known columns that are not used. A model most of whose
    rows are quarantined is quarantined whole, where the table `is_whole`; of several shards, the caller does it for all
    together (`quarantine_unreliable_models`).
    Raises `MissingColumn`, `WrongType`, or `SourceError` for a value that its column cannot hold.
    """
    declared = {column: dtype for column, dtype in wire.columns().items() if column != "row"}
    missing = [column for column in decoration.required(declared) if column not in table.columns]
    if missing:
        raise MissingColumn(source, file, missing, table.columns)
    decorated, about_columns = decoration.with_decoration(table, declared, _same_meaning)
    cast = _cast(source, file, decorated.select(list(declared)), declared)
    typed = cast.with_columns(plain_names(cast[name])).with_row_index("row").cast({"row": pl.Int64})
    good, failure = wire.filter(typed)
    details = failure.details()
    sheet = Sheet(
        file=file,
        rows=good,
        quarantined=_quarantined(source, file, details, name),
        read=table.height,
        broken=unreliable_models.broken_rows(details),
        unknown_columns=tuple(c for c in table.columns if c not in declared and c not in ignored),
        about_columns=about_columns,
    )
    return quarantine_unreliable_models(source, [sheet], [name])[0] if is_whole else sheet


def plain_names(names: pl.Series) -> pl.Series:
    """Return names without blanks around them, with composed accents (NFC).

    Where most names of the table are written in full width or with invisible characters, all become plain (NFKC). A
    few such names can be impostors of others: they stay as they are, and identity quarantines them.
    """
    odd = names.filter(names.str.contains(NOT_PLAIN).fill_null(value=False)).unique()
    if odd.is_empty():
        return names
    composed = odd.str.strip_chars().str.normalize("NFC")
    plain = composed.str.replace_all(INVISIBLE, "").str.normalize("NFKC").str.strip_chars()
    is_many = int((plain != composed).sum()) >= MANY_NAMES * names.n_unique()
    return names.replace(odd, plain if is_many else composed)


def quarantine_unreliable_models(
    source: str, sheets: Sequence[Sheet], key: Sequence[str], *, unit: str | None = None
) -> list[Sheet]:
    """Return `sheets` without the models most of whose rows break a rule; all their rows are quarantined.

    The columns `key` name a model, its raw name first. With `unit`, a model is also left out when most values of that
    column, such as its tasks, have a row that breaks a rule.
    """
    columns = [*key] if unit is None else [*key, unit]
    broken = pl.concat([sheet.broken.select(*columns, unreliable_models.BROKEN) for sheet in sheets])
    if broken.is_empty():
        return list(sheets)
    suspects = broken[key[0]].unique().implode()
    good = pl.concat([sheet.rows.select(columns).filter(pl.col(key[0]).is_in(suspects)) for sheet in sheets])
    found = unreliable_models.find(good, broken, key, unit)
    if found.is_empty():
        return list(sheets)
    cleared = [_without_models(source, sheet, found, key) for sheet in sheets]
    about = (*cleared[0].about_models, *unreliable_models.warnings(found, key))
    return [replace(cleared[0], about_models=about), *cleared[1:]]


def _without_models(source: str, sheet: Sheet, found: pl.DataFrame, key: Sequence[str]) -> Sheet:
    """Return `sheet` with all rows of the `found` models in `quarantined`."""
    theirs = sheet.rows.join(found, on=key, how="semi", nulls_equal=True, maintain_order="left")
    moved = theirs.select(
        source=pl.lit(source),
        file=pl.lit(sheet.file),
        row="row",
        raw_name=key[0],
        reason=pl.lit(unreliable_models.REASON),
    )
    return replace(
        sheet,
        rows=sheet.rows.join(found, on=key, how="anti", nulls_equal=True, maintain_order="left"),
        quarantined=pl.concat([sheet.quarantined, schema.frame(schema.QUARANTINED, moved)]).sort("row"),
        broken=sheet.broken.join(found, on=key, how="anti", nulls_equal=True, maintain_order="left"),
    )


def blank_to_null(*columns: str) -> list[pl.Expr]:
    """Return expressions that turn empty and blank text into null: the boards write both."""
    return [pl.col(column).str.strip_chars().replace("", None) for column in columns]


def day(column: str) -> pl.Expr:
    """Return the calendar day at the start of an ISO date or timestamp, else null."""
    return pl.col(column).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def require_rows(source: str, file: str, sheet: Sheet, least: int) -> None:
    """Raise `SourceError` when fewer than `least` rows are good, or fewer than are quarantined.

    An empty table is a fault of the host. When most rows break a rule, the few others are not reliable either.
    """
    if sheet.read == 0:
        raise no_rows(source, file)
    if sheet.rows.height >= max(least, sheet.quarantined.height):
        return
    most = sheet.quarantined["reason"].value_counts(sort=True).head(1).rows()
    because = f"; {sheet.quarantined.height} quarantined, most often: {most[0][0]}" if most else ""
    few = f"fewer than the {least} of a real board" if sheet.rows.height < least else "fewer than are quarantined"
    raise SourceError(source, file, f"{sheet.rows.height} usable rows of {sheet.read}, {few}{because}")


def no_rows(source: str, file: str) -> SourceError:
    """Return the error for a file without rows: it has no fields either, so it is no change of the columns."""
    return SourceError(source, file, "the file has no rows")


def _cast(source: str, file: str, table: pl.DataFrame, declared: Mapping[str, dy.Column]) -> pl.DataFrame:
    """Cast types with the same meaning (Int32, dictionary strings) to the declared ones; raise for others."""
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
        raise SourceError(source, file, f"values that their column cannot hold: {first_line(cause)}") from cause


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
        return found.inner == expected.inner or _same_meaning(item_type(found), item_type(expected))
    return False


def item_type(nested: pl.List) -> pl.DataType:
    """Return the type of the items of a list type."""
    inner = nested.inner
    return inner if isinstance(inner, pl.DataType) else inner()


def first_line(cause: BaseException) -> str:
    """Return the first line of an error, at most 200 characters."""
    return (str(cause).splitlines() or [type(cause).__name__])[0][:200]


def _quarantined(source: str, file: str, details: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return QUARANTINED with a sentence for each broken rule: `score|max` is "above the largest possible value"."""
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
"""The text for each kind of rule; the column comes before it."""


def _sentence(rule: str) -> str:
    column, _, broken = rule.partition("|")
    return f"`{column}` {SENTENCES.get(broken, broken)}" if broken else column.replace("_", " ")
