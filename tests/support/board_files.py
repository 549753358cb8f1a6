"""Read, write and change the files of boards, so that a source reads what a host could send.

A Parquet file is a table. Every other file is a tree: JSON of any shape, or a list of records with text in every cell
(CSV, YAML, Markdown). A *field* is something that a source can declare: a column of a table, or a key of the objects in
a tree, written with its path (`rows.model.name`).
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
import yaml

from aggregator.model import Resource

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


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


def is_table(resource: Resource) -> bool:
    """Return whether the file is Parquet; every other file is a tree."""
    return resource.media == "parquet"


def read_tree(resource: Resource, content: bytes) -> Any:
    """Return the payload of a JSON file, or the records of a CSV, YAML or Markdown file."""
    if resource.media == "json":
        return json.loads(content)
    if resource.media == "yaml":
        return yaml.load(content, Loader=yaml.CBaseLoader)  # noqa: S506 - the base loader makes text only
    text = content.decode("utf-8-sig")
    if resource.media == "csv":
        return list(csv.DictReader(io.StringIO(text, newline="")))
    header, _, *rows = (_cells(line) for line in text.splitlines() if line.startswith("|"))
    return [dict(zip(header, row, strict=True)) for row in rows]


def write_tree(resource: Resource, content: bytes, payload: Any) -> bytes:
    """Return the file with another payload; what stands around a Markdown table stays as it is in `content`."""
    if resource.media == "json":
        return json.dumps(payload).encode()
    if resource.media == "yaml":
        text: str = yaml.dump(payload, Dumper=yaml.CSafeDumper, sort_keys=False)
        return text.encode()
    header = list(payload[0]) if payload else _header(resource, content)
    if resource.media == "csv":
        sink = io.StringIO(newline="")
        writer = csv.DictWriter(sink, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(payload)
        return sink.getvalue().encode()
    table = [header, ["---"] * len(header), *([str(row[name]) for name in header] for row in payload)]
    written = [f"|{'|'.join(cells)}|" for cells in table]
    lines = content.decode().splitlines()
    at = [place for place, line in enumerate(lines) if line.startswith("|")]
    return "\n".join([*lines[: at[0]], *written, *lines[at[-1] + 1 :], ""]).encode()


def _header(resource: Resource, content: bytes) -> list[str]:
    """Return the header of a CSV or Markdown table, which can have no rows."""
    lines = content.decode("utf-8-sig").splitlines()
    return next(csv.reader(lines)) if resource.media == "csv" else _cells(next(x for x in lines if x.startswith("|")))


def edit_tree(resource: Resource, content: bytes, change: Callable[[Any], Any]) -> bytes:
    """Return the file after `change` of its tree, which returns the new tree, or None after a change in place."""
    payload = read_tree(resource, content)
    changed = change(payload)
    return write_tree(resource, content, payload if changed is None else changed)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip()[1:-1].split("|")]


@dataclass(frozen=True)
class Field:
    """One field of one file."""

    resource: Resource
    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.path)


def fields(resource: Resource, content: bytes) -> list[Field]:
    """Return every field of a file."""
    if is_table(resource):
        return [Field(resource, (column,)) for column in read_parquet(content).columns]
    return [Field(resource, path) for path in _paths(roots(read_tree(resource, content)), ())]


def roots(payload: Any) -> list[dict[str, Any]]:
    """Return the objects at the top of a tree: the payload, the records of a list, or those of an object of records."""
    if isinstance(payload, list):
        return payload
    values = list(payload.values())
    if len(values) > 1 and all(isinstance(value, dict) and value for value in values):
        return values
    return [payload]


def has_records(resource: Resource, content: bytes) -> bool:
    """Return whether a file has rows or records; a tree such as lists of tasks by category has none."""
    if is_table(resource):
        return True
    payload = read_tree(resource, content)
    return roots(payload) != [payload] or any(are_records(value) for value in payload.values())


def _paths(objects: list[dict[str, Any]], parent: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key in dict.fromkeys(key for found in objects for key in found):
        yield (*parent, key)
        values = [found[key] for found in objects if key in found]
        if all(isinstance(value, list) for value in values):
            values = [item for value in values for item in value]
        if are_records(values):
            yield from _paths(values, (*parent, key))


def are_records(values: object) -> bool:
    """Return whether all values are objects with the same keys; objects with different keys are data, not records."""
    if not isinstance(values, list) or not values or not all(isinstance(value, dict) for value in values):
        return False
    return bool(values[0]) and all(value.keys() == values[0].keys() for value in values)


def drop_field(content: bytes, field: Field) -> bytes:
    """Return the file without `field`."""
    if is_table(field.resource):
        return edit_parquet(content, lambda frame: frame.drop(field.path[0]))
    return edit_objects(content, field, lambda found: found.pop(field.path[-1], None))


def rename_field(content: bytes, field: Field, name: str) -> bytes:
    """Return the file with `field` under another name."""
    if is_table(field.resource):
        return edit_parquet(content, lambda frame: frame.rename({field.path[0]: name}))

    def rename(found: dict[str, Any]) -> None:
        if field.path[-1] in found:
            found[name] = found.pop(field.path[-1])

    return edit_objects(content, field, rename)


def edit_values(content: bytes, field: Field, change: Callable[[Any], Any]) -> bytes:
    """Return the tree with every value of `field` changed, except nulls and empty cells."""
    key = field.path[-1]

    def edit(found: dict[str, Any]) -> None:
        if found.get(key) not in (None, ""):
            found[key] = change(found[key])

    return edit_objects(content, field, edit)


def edit_objects(content: bytes, field: Field, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return the tree after `change` in place of every object that can have `field`."""

    def edit(payload: Any) -> None:
        for found in objects_with_field(payload, field):
            change(found)

    return edit_tree(field.resource, content, edit)


def objects_with_field(payload: Any, field: Field) -> list[dict[str, Any]]:
    """Return every object of the tree at the path of `field`, without its last key."""
    found: list[Any] = roots(payload)
    for key in field.path[:-1]:
        values = [item[key] for item in found if key in item]
        found = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return found


def values_of(content: bytes, field: Field) -> list[Any]:
    """Return the values of `field` in a tree, without nulls and empty cells."""
    objects = objects_with_field(read_tree(field.resource, content), field)
    return [found[field.path[-1]] for found in objects if found.get(field.path[-1]) not in (None, "")]


def retype_field(content: bytes, field: Field) -> list[bytes]:
    """Return the file with `field` in each other type that a host could write by mistake.

    Where every cell is text, only numbers have another type: words.
    """
    if is_table(field.resource):
        frame, column = read_parquet(content), field.path[0]
        others = _other_types(column, frame.schema[column])
        return [to_parquet(frame.with_columns(other.alias(column))) for other in others]
    if field.resource.media == "json":
        return [edit_values(content, field, _other_json_type)]
    is_number = all(_is_number(value) for value in values_of(content, field))
    return [edit_values(content, field, lambda value: f"about {value}")] if is_number else []


def _other_types(column: str, dtype: pl.DataType) -> list[pl.Expr]:
    found = pl.col(column)
    if dtype.is_numeric():
        return [found.cast(pl.String), found > 0]
    if dtype == pl.Boolean:
        return [found.cast(pl.Int64), found.cast(pl.String)]
    if dtype == pl.String:
        size = found.str.len_chars()
        return [size.cast(pl.Int64), size * 0.5, size > 3, pl.concat_list(found)]
    return [pl.lit("text"), pl.lit(7)]


def _other_json_type(value: object) -> object:
    return 7 if isinstance(value, str | list | dict) and not _is_number(value) else [value]


def is_always_null(content: bytes, field: Field) -> bool:
    """Return whether a field of a tree has no value with a type to change."""
    return not is_table(field.resource) and not values_of(content, field)


def edit_records(resource: Resource, content: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
    """Return the file after `change` of its rows: those of a table, or each list of records in a tree."""
    if is_table(resource):
        return edit_parquet(content, lambda frame: frame[change(list(range(frame.height)))])
    return edit_tree(resource, content, lambda payload: _edit_lists(payload, change))


def _edit_lists(payload: Any, change: Callable[[list[Any]], list[Any]]) -> Any:
    if isinstance(payload, list):
        return change(payload)
    if roots(payload) != [payload]:
        return dict(change(list(payload.items())))
    return {key: change(value) if are_records(value) else value for key, value in payload.items()}


def numeric_fields(resource: Resource, content: bytes) -> list[Field]:
    """Return the fields with numbers, also written as text, or with objects of numbers such as scores by task."""
    if is_table(resource):
        frame = read_parquet(content)
        return [Field(resource, (column,)) for column in frame.columns if frame.schema[column].is_numeric()]
    return [
        field
        for field in fields(resource, content)
        if (values := values_of(content, field)) and all(_has_numbers(value) for value in values)
    ]


def _has_numbers(value: object) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(_has_numbers(item) or item is None for item in value.values())
    return _is_number(value) or (isinstance(value, int | float) and not isinstance(value, bool))


def _is_number(value: object) -> bool:
    """Return whether `value` is the text of a number or percentage."""
    return isinstance(value, str) and NUMBER.fullmatch(value.removesuffix("%").strip()) is not None


def scale_field(content: bytes, field: Field, factor: float) -> bytes:
    """Return the file with every number of `field` multiplied by `factor`; NaN and infinity replace it."""
    if is_table(field.resource):
        return edit_parquet(content, lambda frame: frame.with_columns(pl.col(field.path[0]).cast(pl.Float64) * factor))
    return edit_values(content, field, lambda value: _times(value, factor))


def with_number(value: Any, number: float) -> Any:
    """Return `number` in the form in which the file writes `value`: as a number, as text, or as a percentage."""
    if isinstance(value, dict):
        return dict.fromkeys(value, number)
    if _is_number(value):
        return value.replace(value.removesuffix("%").strip(), repr(number))
    return number


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return {key: None if item is None else _times(item, factor) for key, item in value.items()}
    if _is_number(value):
        return with_number(value, float(value.removesuffix("%")) * factor)
    return value * factor if _has_numbers(value) else value
