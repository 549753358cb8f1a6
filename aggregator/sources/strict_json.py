"""Read JSON files from hosts: strict syntax, and columns of exactly the declared type."""

import json
from collections.abc import Collection, Sequence
from typing import Any

import dataframely as dy
import polars as pl

from aggregator.errors import SourceError, WrongType
from aggregator.sources import decoration, wire


def read_json(source: str, file: str, content: bytes) -> Any:  # noqa: ANN401 - JSON is any value until it is checked against a schema
    """Parse JSON without NaN, Infinity, duplicate keys or unlimited depth; raises `SourceError`."""
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError) as cause:
        raise SourceError(source, file, f"not readable JSON: {wire.first_line(cause)}") from cause


JSON_TYPES: dict[type[pl.DataType], set[type]] = {
    pl.Int64: {int},
    pl.Float64: {int, float},
    pl.Boolean: {bool},
    pl.String: {str},
    pl.List: {list},
}
"""The types of JSON values that each column type accepts."""


def json_column(source: str, file: str, field: str, values: Sequence[object], dtype: pl.DataType) -> pl.Series:
    """Return the values of one JSON field as a column of type `dtype`; nulls are allowed.

    Polars converts values of other types silently, so types are compared first.
    Raises `WrongType`, or `SourceError` for a number or text that no column can hold.
    """
    wrong = {type(value) for value in values if value is not None} - JSON_TYPES[type(dtype)]
    if not wrong and isinstance(dtype, pl.List):
        items = [item for value in values if isinstance(value, list) for item in value]
        wrong = {type(item) for item in items if item is not None} - JSON_TYPES[type(wire.item_type(dtype))]
    if wrong:
        raise WrongType(source, file, field, str(dtype), ", ".join(sorted(found.__name__ for found in wrong)))
    try:
        return pl.Series(field, values, dtype=dtype, strict=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as cause:
        raise SourceError(
            source, file, f"`{field}` has a value that no column can hold: {wire.first_line(cause)}"
        ) from cause


def json_or_other(source: str, file: str, field: str, values: Sequence[object], rule: dy.Column) -> pl.Series:
    """Return the values of one JSON field as `json_column`; a decorative field of another type as `OTHER_TYPE`."""
    try:
        return json_column(source, file, field, values, rule.dtype)
    except SourceError:
        if not decoration.is_decorative(rule):
            raise
        return pl.Series(field, [None] * len(values), dtype=decoration.OTHER_TYPE)


def _refuse_constant(constant: str) -> float:
    raise ValueError(f"{constant} is not a JSON number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        repeated = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value] # `add` returns None, which reads as "not seen"
        raise ValueError(f"the key {repeated!r} occurs twice in one object")
    return found


def read_name_lists(
    source: str, file: str, content: bytes, *, known: Collection[str]
) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Read a JSON object of lists of names; return it, and the fields that are not `known`.

    A field that is not `known` and holds something else is left out. Raises `SourceError` when the payload is no such
    object, `WrongType` for a known field with another value.
    """
    payload = read_json(source, file, content)
    if not isinstance(payload, dict) or not payload:
        raise SourceError(source, file, "not an object of lists of names")
    found = {}
    for field, names in payload.items():
        if isinstance(names, list) and names and all(isinstance(name, str) and name for name in names):
            found[field] = names
        elif field in known:
            raise WrongType(source, file, field, "a list of names", type(names).__name__)
    return found, tuple(field for field in payload if field not in known)
