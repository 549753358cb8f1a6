"""Read Hub ids from the other forms in which boards write them: page addresses and clone addresses. Pure."""

from collections.abc import Callable

import polars as pl

_ADDRESS = r"(?i)^\s*(?:git\+)?(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(?:models/)?"
_ID = r"([A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*?)"
_PAGE = rf"{_ADDRESS}{_ID}(?:\.git)?(?:/(?:tree|blob|resolve|raw|discussions|commits?)(?:/.*)?)?/*(?:[?#].*)?\s*$"
"""Matches the address of a repository or of one of its pages."""

_PLAIN = rf"^\s*{_ID}(?:\.git)?/*(?:[?#].*)?\s*$"

_OTHER_KINDS = r"^(?i:datasets|spaces|papers|collections|docs|blog|posts|organizations)/"
"""First parts of Hub addresses that lead to no model."""


def id_in_address(text: pl.Expr) -> pl.Expr:
    """Return the id in the address of a model's page on the Hub; null for any other text."""
    found = text.str.extract(_PAGE, 1)
    return pl.when(~found.str.contains(_OTHER_KINDS)).then(found)


def plain_id(text: pl.Expr) -> pl.Expr:
    """Return an id without its address, `.git`, a query, slashes and spaces around it; any other text unchanged."""
    return pl.coalesce(id_in_address(text), text.str.extract(_PLAIN, 1), text)


_MARKS = (":", "?", "#", " ", ".git", "hf.co/", "huggingface.co/")
"""Texts of which every address has one, and a plain id none."""


def with_plain_ids(names: pl.DataFrame) -> pl.DataFrame:
    """Return `names` (schema NAMES) with plain ids in `hf_id` and `link`; `written_id` keeps what the row has.

    A raw name that is the address of a model's page states the id too.
    """
    addresses = _read(names["raw_name"], id_in_address).drop_nulls()
    stated = pl.when(pl.col("raw_name").is_in(addresses["text"].implode())).then("raw_name")
    names = names.with_columns(hf_id=pl.coalesce("hf_id", stated)).with_columns(written_id="hf_id")
    return names.with_columns(
        pl.col(column).replace(found["text"], found["plain"])
        for column in ("hf_id", "link")
        for found in [_read(names[column], plain_id)]
    )


def _read(texts: pl.Series, read: Callable[[pl.Expr], pl.Expr]) -> pl.DataFrame:
    """Return `(text, plain)` of the distinct texts that can be an address."""
    marked = texts.filter(texts.str.contains_any(list(_MARKS)) | texts.str.ends_with("/")).drop_nulls().unique()
    return pl.DataFrame({"text": marked}).with_columns(plain=read(pl.col("text")))
