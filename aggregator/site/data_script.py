"""Data as script files: one file assigns one JSON document to one name that the page's own scripts read."""

import json
import math
from collections.abc import Sequence
from datetime import date, datetime

# What ends a single-quoted JavaScript string, and what ends a script element should the file ever be pasted into one.
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "<": "\\x3c", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def script(name: str, value: object) -> bytes:
    """Return a script that sets `metaboardData[name]`; text of a leaderboard stays inside one JSON string.

    The document is parsed by `JSON.parse`, so that a key `__proto__` is a key and nothing more.
    """
    document = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    key = json.dumps(name)
    return f"(globalThis.metaboardData??={{}})[{key}]=JSON.parse('{document.translate(_ESCAPES)}');\n".encode(
        "utf-8", "replace"
    )


def plain(value: object) -> object:
    """Return `value` as JSON knows it: dates become ISO 8601, numbers that are none become null."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return _short(value) if math.isfinite(value) else None
    if isinstance(value, date):
        return _moment(value)
    return value


def _moment(value: date) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds") + ("Z" if value.tzinfo is None else "")
    return value.isoformat()


def _short(value: float) -> float | int:
    """Return `value` to six significant digits, whole numbers without a point."""
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded.is_integer() else rounded


def packed(values: Sequence[object]) -> object:
    """Return one column for a script: repeated text becomes a list of words and a place in it for each row.

    Shapes: a plain list, or `{"words": [...], "at": [...]}` where `at` holds indexes into `words` or null.
    """
    texts = [value for value in values if isinstance(value, str)]
    words = list(dict.fromkeys(texts))
    if not texts or len(words) * 2 > len(texts):
        return [int(value) if isinstance(value, bool) else value for value in values]
    at = {word: place for place, word in enumerate(words)}
    return {"words": words, "at": [at[value] if isinstance(value, str) else None for value in values]}


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, object]:
    """Return rows as `{"rows": n, "columns": {name: packed column}}`."""
    return {
        "rows": len(rows),
        "columns": {name: packed([row[place] for row in rows]) for place, name in enumerate(columns)},
    }
