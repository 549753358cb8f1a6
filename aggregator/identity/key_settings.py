"""Read settings and dates from the keys of names, column by column: much faster than one name at a time.

A key ends with its stages, its date, its modes and its precision (`ParsedName.key`).
"""

import polars as pl

from aggregator.identity.mode_words import EFFORTS, KEY_NO_THINKING, KEY_THINKING

_MODES = rf"\b(?:{KEY_THINKING}(?: [0-9.]+k)?|{KEY_NO_THINKING}|(?:{'|'.join(EFFORTS)})effort)\b"
_DATE = r"\b(?:[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?|[0-9]{2}-[0-9]{2})\b"


def without_modes(key: pl.Expr) -> pl.Expr:
    """Return keys without thinking, budget and effort."""
    return _without(key, _MODES)


def without_builds(key: pl.Expr) -> pl.Expr:
    """Return keys without date and without the stage `latest`."""
    return _without(_without(key, _DATE), r"\blatest\b")


def effort(key: pl.Expr) -> pl.Expr:
    """Return the effort in keys, else null."""
    return key.str.extract(rf"\b({'|'.join(EFFORTS)})effort\b")


def thinking(key: pl.Expr) -> pl.Expr:
    """Return whether keys state thinking (true), no thinking (false) or neither (null)."""
    return (
        pl.when(key.str.contains(rf"\b{KEY_THINKING}\b"))
        .then(True)
        .when(key.str.contains(rf"\b{KEY_NO_THINKING}\b"))
        .then(False)
    )


def thinking_budget(key: pl.Expr) -> pl.Expr:
    """Return the budget for thinking in keys, in tokens, else null."""
    thousands = key.str.extract(rf"\b{KEY_THINKING} ([0-9.]+)k\b").cast(pl.Float64)
    return (thousands * 1000).cast(pl.Int64)


def date(key: pl.Expr) -> pl.Expr:
    """Return the date in keys as text, else null."""
    return key.str.extract(rf"({_DATE})")


def _without(key: pl.Expr, pattern: str) -> pl.Expr:
    return key.str.replace_all(pattern, "").str.replace_all("  +", " ").str.strip_chars()


_ENDINGS = (
    (
        rf"\b(?:{KEY_THINKING}|{KEY_NO_THINKING})\b",
        r"-(?:(?:no|non|without)-?)?(?:thinking|think|reasoning)(?:-[0-9]+k)?$",
    ),
    (rf"\b(?:{'|'.join(EFFORTS)})effort\b", rf"-(?:{'|'.join(EFFORTS)})$"),
    (r"\blatest\b", r"-latest$"),
    (_DATE, r"-(?:20[0-9]{2}-?[01][0-9](?:-?[0-3][0-9])?|[0-9]{4}|[0-9]{2}-[0-9]{2})$"),
)
"""What a key has, and how most API names end that have it."""


def without_endings(ids: pl.Expr, key: pl.Expr) -> pl.Expr:
    """Return ids without the endings for the settings and the date that their keys have, in any order."""
    for has, ending in _ENDINGS * 2:
        ids = pl.when(key.str.contains(has)).then(ids.str.replace(ending, "")).otherwise(ids)
    return ids
