"""Ways to spoil a file, on its bytes, so that a source sees exactly what a host could send.

A *field* is what a source may declare: a column of a Parquet file, or a key of the objects in a JSON
file, written with the way to it (`rows.model.name`).
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from aggregator.model import Resource


def table(content: bytes) -> pl.DataFrame:
    """Return a Parquet file as a frame."""
    return pl.read_parquet(io.BytesIO(content))


def edit_table(content: bytes, change: Callable[[pl.DataFrame], pl.DataFrame]) -> bytes:
    """Return the Parquet file after `change`."""
    return parquet(change(table(content)))


def parquet(frame: pl.DataFrame) -> bytes:
    """Return `frame` as a Parquet file."""
    sink = io.BytesIO()
    frame.write_parquet(sink, compression="snappy")
    return sink.getvalue()


def edit_json(content: bytes, change: Callable[[Any], Any]) -> bytes:
    """Return the JSON file after `change`, which may also work in place."""
    payload = json.loads(content)
    changed = change(payload)
    return json.dumps(payload if changed is None else changed).encode()


def edit_rows(content: bytes, change: Callable[[list[Any]], Any]) -> bytes:
    """Return an MTEB payload after `change` of its rows; a value that is not None replaces them."""

    def within(payload: dict[str, Any]) -> None:
        changed = change(payload["rows"])
        payload["rows"] = payload["rows"] if changed is None else changed

    return edit_json(content, within)


@dataclass(frozen=True)
class Field:
    """One field of one file."""

    resource: Resource
    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.path)


def fields(resource: Resource, content: bytes) -> list[Field]:
    """Return every field of a file."""
    if resource.media != "json":
        return [Field(resource, (column,)) for column in table(content).columns]
    return [Field(resource, path) for path in _json_fields([json.loads(content)], ())]


def _json_fields(objects: list[dict[str, Any]], place: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key in objects[0]:
        yield (*place, key)
        values = [found[key] for found in objects]
        if all(isinstance(value, list) for value in values):
            values = [item for value in values for item in value]
        if are_records(values):
            yield from _json_fields(values, (*place, key))


def are_records(values: object) -> bool:
    """Say whether these are objects of one shape; objects whose keys differ map names to values and are data."""
    if not isinstance(values, list) or not values or not all(isinstance(value, dict) for value in values):
        return False
    return bool(values[0]) and all(value.keys() == values[0].keys() for value in values)


def without(content: bytes, field: Field) -> bytes:
    """Return the file without `field`."""
    if field.resource.media != "json":
        return edit_table(content, lambda frame: frame.drop(field.path[0]))
    return edit_json(
        content, lambda payload: [found.pop(field.path[-1]) for found in holders(payload, field)] and payload
    )


def renamed(content: bytes, field: Field, name: str) -> bytes:
    """Return the file with `field` under another name."""
    if field.resource.media != "json":
        return edit_table(content, lambda frame: frame.rename({field.path[0]: name}))

    def within(payload: Any) -> None:
        for found in holders(payload, field):
            found[name] = found.pop(field.path[-1])

    return edit_json(content, within)


def mapped(content: bytes, field: Field, change: Callable[[Any], Any]) -> bytes:
    """Return the JSON file with every value of `field` that is not null changed."""

    def within(payload: Any) -> None:
        for found in holders(payload, field):
            if found[field.path[-1]] is not None:
                found[field.path[-1]] = change(found[field.path[-1]])

    return edit_json(content, within)


def holders(payload: dict[str, Any], field: Field) -> list[dict[str, Any]]:
    found: list[Any] = [payload]
    for key in field.path[:-1]:
        inner = [item[key] for item in found]
        found = [item for value in inner for item in (value if isinstance(value, list) else [value])]
    return found


def retyped(content: bytes, field: Field) -> list[bytes]:
    """Return the file with `field` as each other type that a careless host could write."""
    if field.resource.media == "json":
        return [mapped(content, field, _other_json)]
    frame, column = table(content), field.path[0]
    return [parquet(frame.with_columns(other.alias(column))) for other in _others(column, frame.schema[column])]


def _others(column: str, dtype: pl.DataType) -> list[pl.Expr]:
    found = pl.col(column)
    if dtype.is_numeric():
        return [found.cast(pl.String), found > 0]
    if dtype == pl.Boolean:
        return [found.cast(pl.Int64), found.cast(pl.String)]
    if dtype == pl.String:
        return [
            found.str.len_chars().cast(pl.Int64),
            found.str.len_chars() * 0.5,
            found.str.len_chars() > 3,
            pl.concat_list(found),
        ]
    return [pl.lit("text"), pl.lit(7)]


def _other_json(value: object) -> object:
    return 7 if isinstance(value, str | list | dict) else [value]


def is_null_throughout(content: bytes, field: Field) -> bool:
    """Say whether a JSON field has no value whose type could be changed."""
    if field.resource.media != "json":
        return False
    return all(found[field.path[-1]] is None for found in holders(json.loads(content), field))


def records(resource: Resource, content: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
    """Return the file with its rows changed, for Parquet as for the lists of objects in a JSON file."""
    if resource.media != "json":
        frame = table(content)
        order = change(list(range(frame.height)))
        return parquet(frame[order])
    return edit_json(
        content,
        lambda payload: {key: change(value) if are_records(value) else value for key, value in payload.items()},
    )


def numeric_fields(resource: Resource, content: bytes) -> list[Field]:
    """Return the fields that hold numbers, or objects of numbers such as scores by task."""
    if resource.media != "json":
        frame = table(content)
        return [Field(resource, (column,)) for column in frame.columns if frame.schema[column].is_numeric()]
    payload = json.loads(content)
    return [
        field
        for field in fields(resource, content)
        if any(_holds_numbers(found[field.path[-1]]) for found in holders(payload, field))
    ]


def _holds_numbers(value: object) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(_holds_numbers(item) or item is None for item in value.values())
    return isinstance(value, int | float) and not isinstance(value, bool)


def scaled(content: bytes, field: Field, factor: float) -> bytes:
    """Return the file with every number of `field` times `factor`; NaN and infinity replace it."""
    if field.resource.media != "json":
        return edit_table(content, lambda frame: frame.with_columns(pl.col(field.path[0]).cast(pl.Float64) * factor))
    return mapped(content, field, lambda value: _times(value, factor))


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return {key: None if item is None else _times(item, factor) for key, item in value.items()}
    return value * factor if _holds_numbers(value) else value
