"""Format numbers, names and JSON values as text that is safe to print in a terminal."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

MAYBE_UNSAFE = re.compile(r"[^ -~]")


def visible(text: object) -> str:
    """Return `text` on one line with control, format and unassigned characters, and spaces other than U+0020, written as escapes."""
    return MAYBE_UNSAFE.sub(lambda found: _escaped(found[0]), str(text))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def number(value: object) -> str:
    """Return a number with three decimals up to 1, two below 1,000 and none above; integers have none, None is empty."""
    match value:
        case None:
            return ""
        case bool() | str():
            return str(value)
        case int():
            return f"{value:,}"
        case float() | Decimal():
            return _rounded(float(value))
        case _:
            return str(value)


def _rounded(value: float) -> str:
    size = abs(value)
    return f"{value:.3f}" if size <= 1 else f"{value:.2f}" if size < 1000 else f"{value:,.0f}"


def billions(value: object) -> str:
    """Return a number of parameters, given in billions: `0.6B`, `70B`, `1,000B`."""
    if not isinstance(value, int | float):
        return ""
    return f"{value:,.3g}B" if value < 1000 else f"{value:,.0f}B"


def counted(count: object, noun: str) -> str:
    """Return `1 date` or `2 dates`."""
    return f"{number(count)} {noun}" + ("" if count == 1 else "s")


def jsonable(value: object) -> object:
    """Return `value` in JSON's own types; a time without a zone is UTC, as in the DuckDB file. NaN and infinity are null."""
    match value:
        case Mapping():
            return {str(key): jsonable(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [jsonable(item) for item in value]
        case None | bool() | int() | str():
            return value
        case float() | Decimal():
            return float(value) if math.isfinite(value) else None
        case _:
            return _as_text(value)


def _as_text(value: object) -> str:
    match value:
        case datetime():
            return (value.replace(tzinfo=UTC) if value.tzinfo is None else value).isoformat()
        case date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)
