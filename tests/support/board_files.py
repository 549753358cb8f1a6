"""Read, write and change the files of boards (Parquet or JSON), so that a source reads what a host could send.

A *field* is something that a source can declare: a column of a Parquet file, or a key of the objects in a JSON file,
written with its path (`rows.model.name`).
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from aggregator.model import Resource


def read_parquet(content: bytes) -> pl.DataFrame:
    """Return the table of a Parquet file."""
    return pl.read_parquet(io.BytesIO(content))


def to_parquet(frame: pl.DataFrame) -> bytes:
    """Return `frame` as a Parquet file."""
    sink = io.BytesIO()
    frame.write_parquet(sink, compression="snappy")
    return sink.getvalue()


def edit_parquet(content: bytes, change: Callable[[pl.DataFrame], pl.DataFrame]) -> bytes:
    """Return the Parquet file after `change` of its table."""
    return to_parquet(change(read_parquet(content)))


def edit_json(content: bytes, change: Callable[[Any], Any]) -> bytes:
    """Return the JSON file after `change`, which returns the new payload, or None after a change in place."""
    payload = json.loads(content)
    changed = change(payload)
    return json.dumps(payload if changed is None else changed).encode()


def edit_rows(content: bytes, change: Callable[[list[Any]], Any]) -> bytes:
    """Return an MTEB payload after `change` of its rows, which returns the new rows, or None after a change in place."""

    def edit(payload: dict[str, Any]) -> None:
        changed = change(payload["rows"])
        payload["rows"] = payload["rows"] if changed is None else changed

    return edit_json(content, edit)


@dataclass(frozen=True)
class Field:
    """One field of one file."""

    resource: Resource
    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.path)

    @property
    def is_json(self) -> bool:
        """Whether the file is JSON."""
        return self.resource.media == "json"


def fields(resource: Resource, content: bytes) -> list[Field]:
    """Return every field of a file."""
    if resource.media != "json":
        return [Field(resource, (column,)) for column in read_parquet(content).columns]
    return [Field(resource, path) for path in _json_paths([json.loads(content)], ())]


def _json_paths(objects: list[dict[str, Any]], parent: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key in objects[0]:
        yield (*parent, key)
        values = [found[key] for found in objects]
        if all(isinstance(value, list) for value in values):
            values = [item for value in values for item in value]
        if are_records(values):
            yield from _json_paths(values, (*parent, key))


def are_records(values: object) -> bool:
    """Return whether all values are objects with the same keys; objects with different keys are data, not records."""
    if not isinstance(values, list) or not values or not all(isinstance(value, dict) for value in values):
        return False
    return bool(values[0]) and all(value.keys() == values[0].keys() for value in values)


def drop_field(content: bytes, field: Field) -> bytes:
    """Return the file without `field`."""
    if not field.is_json:
        return edit_parquet(content, lambda frame: frame.drop(field.path[0]))
    return edit_objects(content, field, lambda found: found.pop(field.path[-1]))


def rename_field(content: bytes, field: Field, name: str) -> bytes:
    """Return the file with `field` under another name."""
    if not field.is_json:
        return edit_parquet(content, lambda frame: frame.rename({field.path[0]: name}))
    return edit_objects(content, field, lambda found: found.update({name: found.pop(field.path[-1])}))


def edit_values(content: bytes, field: Field, change: Callable[[Any], Any]) -> bytes:
    """Return the JSON file with every value of `field` changed, except nulls."""
    key = field.path[-1]

    def edit(found: dict[str, Any]) -> None:
        if found[key] is not None:
            found[key] = change(found[key])

    return edit_objects(content, field, edit)


def edit_objects(content: bytes, field: Field, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return the JSON file after `change` in place of every object that has `field`."""

    def edit(payload: dict[str, Any]) -> None:
        for found in objects_with_field(payload, field):
            change(found)

    return edit_json(content, edit)


def objects_with_field(payload: dict[str, Any], field: Field) -> list[dict[str, Any]]:
    """Return every object of the payload at the path of `field`, without its last key."""
    found: list[Any] = [payload]
    for key in field.path[:-1]:
        values = [item[key] for item in found]
        found = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return found


def retype_field(content: bytes, field: Field) -> list[bytes]:
    """Return the file with `field` in each other type that a host could write by mistake."""
    if field.is_json:
        return [edit_values(content, field, _other_json_type)]
    frame, column = read_parquet(content), field.path[0]
    return [to_parquet(frame.with_columns(other.alias(column))) for other in _other_types(column, frame.schema[column])]


def _other_types(column: str, dtype: pl.DataType) -> list[pl.Expr]:
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


def _other_json_type(value: object) -> object:
    return 7 if isinstance(value, str | list | dict) else [value]


def is_always_null(content: bytes, field: Field) -> bool:
    """Return whether a JSON field has no value with a type to change."""
    if not field.is_json:
        return False
    return all(found[field.path[-1]] is None for found in objects_with_field(json.loads(content), field))


def edit_records(resource: Resource, content: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
    """Return the file after `change` of its rows: those of a Parquet file, or each list of records in a JSON file."""
    if resource.media != "json":
        frame = read_parquet(content)
        order = change(list(range(frame.height)))
        return to_parquet(frame[order])
    return edit_json(
        content,
        lambda payload: {key: change(value) if are_records(value) else value for key, value in payload.items()},
    )


def numeric_fields(resource: Resource, content: bytes) -> list[Field]:
    """Return the fields with numbers, or with objects of numbers such as scores by task."""
    if resource.media != "json":
        frame = read_parquet(content)
        return [Field(resource, (column,)) for column in frame.columns if frame.schema[column].is_numeric()]
    payload = json.loads(content)
    return [
        field
        for field in fields(resource, content)
        if any(_has_numbers(found[field.path[-1]]) for found in objects_with_field(payload, field))
    ]


def _has_numbers(value: object) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(_has_numbers(item) or item is None for item in value.values())
    return isinstance(value, int | float) and not isinstance(value, bool)


def scale_field(content: bytes, field: Field, factor: float) -> bytes:
    """Return the file with every number of `field` multiplied by `factor`; NaN and infinity replace it."""
    if not field.is_json:
        return edit_parquet(content, lambda frame: frame.with_columns(pl.col(field.path[0]).cast(pl.Float64) * factor))
    return edit_values(content, field, lambda value: _times(value, factor))


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return {key: None if item is None else _times(item, factor) for key, item in value.items()}
    return value * factor if _has_numbers(value) else value
