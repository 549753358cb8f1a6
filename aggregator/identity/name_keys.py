"""Compute the key and the likely publisher of every name without an id."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import polars as pl

from aggregator.identity.curated import Rules, organization_key
from aggregator.identity.mode_words import NO_THINKING, THINKING
from aggregator.identity.read_name import ReadName

UNKNOWN_PUBLISHER = "?"
"""Prefix of the domain of names whose publisher is unknown; the origin of the source follows."""

CHAT = "chat"
"""The kind of rows on boards that rank chat models: a name there may leave out `instruct` or `chat`."""

STATED_SETTINGS = ("effort", "thinking", "thinking_budget")
"""Columns in which a source states how the model was run; they win over the words of the name."""

_ROW_COLUMNS = (
    *("row", "source", "raw_name", "organization", "license", "open_weights", "kind", "released_on"),
    *("first_seen_on", "last_seen_on", "best_rank"),
)

PARTS = ("words", "version", "plus", "size", "scale", "stage", "date", "mode", "precision")
"""The columns with the parts of a key, in the order of the key; a part that the name lacks is empty."""

BARE = PARTS[:6]
"""The parts of a name without date, modes and precision."""

_READ_COLUMNS = (*PARTS, "tail", "prefix", "word_id", "family_id", "is_combination", "table_note")


CHUNK = 1024
"""Names that are turned into columns at once."""


def build_name_keys(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the rows without an id (schema NAMES and `row`) with the columns that match rules compare.

    PARTS: the parts of the name. `key`: the parts in a fixed order. `bare`: the key without date, modes and precision.
    `tail`: the name without namespaces and hosts. `organization_id`: the organization that the row itself names (in the
    name's prefix, the organization column or a word of the name). `vendor_id`: the same, else the one that other rows
    with this key state, else the owner of the family words. `origin`: the first part of the source id. `domain`: inside
    one domain, equal keys mean one model. `is_chat`: whether the board ranks chat models only.
    """
    keyed = (
        rows.select(*_ROW_COLUMNS, "host", *STATED_SETTINGS)
        .join(
            _read_names(rows, rules),
            on=["raw_name", *STATED_SETTINGS],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        .drop(STATED_SETTINGS)
        .join(
            _organization_ids(rows["organization"], rules, "organization", "column_id"),
            on="organization",
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
    )
    keyed = keyed.join(
        _organization_ids(keyed["prefix"], rules, "prefix", "prefix_id"), on="prefix", how="left", maintain_order="left"
    )
    is_host = organization_text(pl.col("prefix")) == organization_text(pl.col("host"))
    keyed = keyed.with_columns(
        prefix_id=pl.when(~is_host.fill_null(value=False)).then("prefix_id"),
        origin=pl.col("source").str.extract(r"^([^_]+)"),
        key=join_parts(*PARTS),
        bare=join_parts(*BARE),
        is_chat=_is_chat(),
    )
    is_known = pl.col("prefix_id").is_in(list(rules.organization_by_id))
    stated = pl.coalesce("column_id", pl.when(is_known).then("prefix_id"), "word_id")
    return (
        keyed.with_columns(organization_id=pl.coalesce("prefix_id", "column_id", "word_id"), stated_id=stated)
        .with_columns(named_ids=pl.col("stated_id").drop_nulls().unique().implode().over("origin", "key"))
        .with_columns(only_named_id=pl.when(pl.col("named_ids").list.len() == 1).then(pl.col("named_ids").list.first()))
        .with_columns(vendor_id=pl.coalesce("organization_id", "only_named_id", "family_id"))
        .with_columns(domain=pl.coalesce("vendor_id", pl.lit(UNKNOWN_PUBLISHER) + pl.col("origin")))
        .drop("stated_id", "named_ids", "prefix", "host")
    )


def organization_text(column: pl.Expr) -> pl.Expr:
    """Return the letters and digits of a text in lower case (`organization_key`)."""
    return column.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")


def _read_names(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the parts of the distinct names; what a source states replaces what the name says."""
    distinct = rows.select("raw_name", *STATED_SETTINGS).unique(maintain_order=True)
    read = rules.reader.read
    if distinct.select(STATED_SETTINGS).null_count().sum_horizontal().item() == len(distinct) * len(STATED_SETTINGS):
        parts = (_parts(read(name)) for name in distinct["raw_name"])
    else:
        parts = (_parts(_with_stated(read(name), rules, *stated)) for name, *stated in distinct.iter_rows())
    return pl.concat([distinct, _frame(parts)], how="horizontal")


def _frame(parts: Iterable[tuple[Any, ...]]) -> pl.DataFrame:
    columns: list[list[Any]] = [[] for _ in _READ_COLUMNS]
    rest = iter(parts)
    # Few tuples at a time: many that live long are slow to collect as garbage.
    while chunk := tuple(islice(rest, CHUNK)):
        for column, values in zip(columns, zip(*chunk, strict=True), strict=True):
            column.extend(values)
    return pl.DataFrame(
        [
            pl.Series(name, values, dtype=pl.Boolean if name.startswith("is_") else pl.String)
            for name, values in zip(_READ_COLUMNS, columns, strict=True)
        ]
    )


def _parts(name: ReadName) -> tuple[Any, ...]:
    parsed = name.parsed
    return (
        " ".join(sorted(parsed.words)),
        " ".join(parsed.version),
        "plus" if parsed.plus else "",
        " ".join(parsed.size),
        " ".join((*parsed.active, *parsed.context)),
        " ".join(parsed.stage),
        parsed.date,
        " ".join(parsed.mode),
        " ".join(parsed.precision),
        name.tail,
        name.namespace or None,
        name.word_id,
        name.family_id,
        name.is_combination,
        name.api_name.reason if name.api_name else None,
    )


def join_parts(*columns: str) -> pl.Expr:
    """Join the columns that are not empty with a space."""
    return pl.concat_str(
        [pl.when(pl.col(column) != "").then(column) for column in columns], separator=" ", ignore_nulls=True
    )


def _is_chat() -> pl.Expr:
    """Return whether the source ranks chat models only: its rows are of kind `chat`, and no name of it is a base model."""
    return (pl.col("kind") == CHAT) & ~pl.col("stage").str.contains(r"\bbase\b").any().over("source")


def _with_stated(
    name: ReadName, rules: Rules, effort: str | None, thinking: bool | None, budget: int | None
) -> ReadName:
    """Return the name with the settings that the source states."""
    parsed = name.parsed
    if effort is not None:
        parsed = parsed._replace(effort=effort)
    if thinking is not None:
        parsed = parsed._replace(thinking=THINKING if thinking else NO_THINKING)
    if budget is not None:
        parsed = parsed._replace(thinking=THINKING, budget=f"{budget // 1000}k")
    return name._replace(parsed=rules.reader.in_notation(parsed, name))


def _organization_ids(spellings: pl.Series, rules: Rules, column: str, found: str) -> pl.DataFrame:
    """Return `(column, found)` for distinct spellings of organizations."""
    distinct = spellings.unique()
    ids = [_organization_id(text, rules) if text else None for text in distinct]
    return pl.DataFrame({column: distinct, found: ids}, schema={column: pl.String, found: pl.String})


def _organization_id(text: str, rules: Rules) -> str | None:
    """Return the id of a curated organization, else the organization key: unknown, but able to contradict others.

    A host is no organization.
    """
    key = organization_key(text)
    known = rules.organization_by_name.get(key)
    return known or (key or None if text.lower() not in rules.host_names else None)
