"""Write data as script files, each of which assigns one JSON document to a global variable of the page."""

import json
import math
from collections.abc import Sequence
from datetime import date, datetime

# Characters that end a single-quoted JavaScript string, and `<`, which could end a script element.
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "<": "\\x3c", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


SPARSE_FROM = 100
"""Columns with fewer rows are always written in full."""


def render_script(name: str, value: object) -> bytes:
    """Return a script that sets `metaboardData[name]`; all text stays inside one JSON string.

    The page parses it with `JSON.parse`, which treats `__proto__` as an ordinary key.
    """
    document = json.dumps(to_json_value(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    key = json.dumps(name)
    return f"(globalThis.metaboardData??={{}})[{key}]=JSON.parse('{document.translate(_ESCAPES)}');\n".encode(
        "utf-8", "replace"
    )


def to_json_value(value: object) -> object:
    """Return `value` in JSON types: dates as ISO 8601, infinite and undefined numbers as null."""
    if isinstance(value, dict):
        return {str(key): to_json_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_json_value(inner) for inner in value]
    if isinstance(value, float):
        return _rounded(value) if math.isfinite(value) else None
    if isinstance(value, date):
        return _timestamp(value)
    return value


def _timestamp(value: date) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds") + ("Z" if value.tzinfo is None else "")
    return value.isoformat()


def _rounded(value: float) -> float | int:
    """Return `value` to six significant digits, whole numbers without a point."""
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded.is_integer() else rounded


def pack_column(values: Sequence[object]) -> object:
    """Return one column for a script, with a dictionary encoding when its texts repeat.

    Shapes: a plain list; `{"words": [...], "at": [...]}`, where `at` has indexes into `words` or null; or, when most
    values are null, `{"rows": [...], "values": [...]}` with the positions of the other values.
    """
    present = [at for at, value in enumerate(values) if value is not None]
    if len(values) > SPARSE_FROM and len(present) * 3 < len(values):
        return {"rows": present, "values": pack_column([values[at] for at in present])}
    texts = [value for value in values if isinstance(value, str)]
    words = list(dict.fromkeys(texts))
    if not texts or len(words) * 2 > len(texts):
        return [int(value) if isinstance(value, bool) else value for value in values]
    at = {word: place for place, word in enumerate(words)}
    return {"words": words, "at": [at[value] if isinstance(value, str) else None for value in values]}


def pack_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, object]:
    """Return rows as `{"rows": n, "columns": {name: packed column}}`."""
    return {
        "rows": len(rows),
        "columns": {name: pack_column([row[place] for row in rows]) for place, name in enumerate(columns)},
    }
