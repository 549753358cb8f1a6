"""Decode text files from hosts."""

import re
from datetime import date

import polars as pl

from aggregator.errors import SourceError
from aggregator.sources import wire


def read_text(source: str, file: str, content: bytes) -> str:
    """Return UTF-8 `content` as text, without a byte order mark; raises `SourceError` for other bytes and for NUL."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise SourceError(source, file, f"not readable text in UTF-8: {wire.first_line(cause)}") from cause
    if "\0" in text:
        raise SourceError(source, file, f"not text: it holds a NUL character at {text.index(chr(0))}")
    return text


def stated_day(text: str, pattern: str, form: str) -> date | None:
    """Return the day that the first group of `pattern` finds in `text`, or None; `form` is as in `str.to_date`."""
    found = re.search(pattern, text)
    if found is None:
        return None
    day: date | None = pl.Series([found.group(1)]).str.to_date(form, strict=False).item()
    return day
