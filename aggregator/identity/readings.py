"""The ways in which a name may read like an id, from certain to likely."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from aggregator.identity.name_keys import join_parts
from aggregator.identity.publishers import one_id_per_key

SIZE_TOLERANCE = 0.25
"""A size in a name agrees with a parameter count that differs by at most this share."""


def _always() -> pl.Expr:
    return pl.lit(value=True)


@dataclass(frozen=True)
class Reading:
    """One way of comparing names with ids."""

    confidence: float
    evidence: str
    """A sentence with the key of the name and the id."""
    names: Callable[[pl.DataFrame], pl.DataFrame]
    """Select names and add `reading`, the text that is compared."""
    ids: Callable[[pl.DataFrame], pl.DataFrame]
    """Select ids `(reading, organization_id, official_id)`."""
    agrees: Callable[[], pl.Expr] = _always
    """Whether a name and an id with equal readings agree in other facts."""


def _names(which: pl.Expr | None, *parts: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def select(names: pl.DataFrame) -> pl.DataFrame:
        return (names if which is None else names.filter(which)).with_columns(reading=join_parts(*parts))

    return select


def _ids(column: str, which: pl.Expr | None = None) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def select(officials: pl.DataFrame) -> pl.DataFrame:
        unique = one_id_per_key(officials, column).rename({"key": "reading"})
        return unique if which is None else unique.join(officials.filter(which), on="official_id", how="semi")

    return select


def _unsized_ids(officials: pl.DataFrame) -> pl.DataFrame:
    """Return the ids without a size in the name, with their parameter count."""
    facts = officials.select("official_id", "organization_id", "params_b").unique(["official_id", "organization_id"])
    return _ids("key", pl.col("sizeless") == "")(officials).join(facts, on=["official_id", "organization_id"])


def _size_in_name() -> pl.Expr:
    """Return the size in the name in billions of parameters, null where it is no plain number."""
    number = pl.col("size").str.extract(r"^([0-9.]+)[bm]$").cast(pl.Float64, strict=False)
    return pl.when(pl.col("size").str.ends_with("m")).then(number / 1000).otherwise(number)


def _size_agrees() -> pl.Expr:
    """Return whether the size in the name is the parameter count of the id; without a count it may be another model."""
    known = pl.col("params_b")
    return ((_size_in_name() - known).abs() <= SIZE_TOLERANCE * known).fill_null(value=False)


_SETTINGS = ("full_date", "mode")
_IS_CHAT = pl.col("is_chat") & pl.col("open_weights").fill_null(value=True) & (pl.col("stage") == "")
_HAS_SIZE = pl.col("size") != ""

READINGS = (
    Reading(
        0.97,
        "reads `{}`, like {} of its organisation and no other id of it",
        _names(None, "full_key"),
        _ids("key"),
    ),
    Reading(
        0.95,
        "reads `{}`, which leaves out the first version of {}",
        _names(None, "group"),
        _ids("versionless"),
    ),
    Reading(
        0.95,
        "reads `{}`, a quantized copy of {}",
        _names(pl.col("precision") != "", "group"),
        _ids("key"),
    ),
    Reading(
        0.95,
        "reads `{}`, whose size is that of {}, the only id with the rest",
        _names(_HAS_SIZE, "words", "version", "plus", "scale", "stage", *_SETTINGS),
        _unsized_ids,
        _size_agrees,
    ),
    Reading(
        0.95,
        "reads `{}`; {}, the only id with the rest, is the pretrained model",
        _names(pl.col("stage") == "base", "words", "version", "plus", "size", "scale", *_SETTINGS),
        _ids("key", pl.col("is_pretrained")),
    ),
    Reading(
        0.95,
        "reads `{}`, whose `1` is the first generation, {}",
        _names(_HAS_SIZE & (pl.col("version") == "v1"), "words", "plus", "size", "scale", "stage", *_SETTINGS),
        _ids("key"),
    ),
    Reading(
        0.9,
        "reads `{}`, which only the chat model {} of its organisation does",
        _names(_IS_CHAT, "group"),
        _ids("stageless"),
    ),
)
