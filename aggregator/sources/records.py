"""Read JSON and YAML files that are lists of records, or objects of records by name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import dataframely as dy
import polars as pl
import yaml

from aggregator.errors import MissingColumn, SourceError, WrongType
from aggregator.sources import decoration, wire
from aggregator.sources.plain_text import read_text
from aggregator.sources.strict_json import json_or_other, read_json
from aggregator.sources.text_numbers import with_numbers

Record = Mapping[str, Any]


def read_records(
    source: str,
    file: str,
    content: bytes,
    schema: type[wire.Wire],
    *,
    name: str,
    ignored: Sequence[str] = (),
    flatten: Callable[[str, Record], Record] | None = None,
) -> wire.Sheet:
    """Read a JSON list of objects, or a JSON object of objects, and check it against `schema`.

    Of an object of objects, the key becomes the field `name`. `flatten` returns the record with the fields of its
    nested objects; it gets the name of the place for errors. Other parameters and errors as in `wire.read_table`;
    raises `WrongType` for a value that is no object.
    """
    return _read(source, file, json_records(source, file, content, name), schema, name, ignored, flatten)


def json_records(source: str, file: str, content: bytes, name: str) -> list[Record]:
    """Return the records of a JSON file; of an object of objects, the key becomes the field `name`."""
    return _records(source, file, read_json(source, file, content), name)


def read_yaml(
    source: str, file: str, content: bytes, schema: type[wire.Wire], *, name: str, ignored: Sequence[str] = ()
) -> wire.Sheet:
    """Read a YAML list of mappings and check it against `schema`; parameters and errors as in `wire.read_table`.

    Scalars are read as text, so that `1.10` and `2025-01-17` stay as they are written. Anchors and aliases are refused:
    a few lines with them unfold to any size.
    """
    return _read(source, file, yaml_records(source, file, content, name), schema, name, ignored, None)


def yaml_records(source: str, file: str, content: bytes, name: str) -> list[Record]:
    """Return the records of a YAML file, every scalar as text or null."""
    text = read_text(source, file, content)
    try:
        has_alias = any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_Loader))
        payload = None if has_alias else _TextLoader(text).get_single_data()
    except (yaml.YAMLError, RecursionError) as cause:
        raise SourceError(source, file, f"not readable YAML: {wire.first_line(cause)}") from cause
    if has_alias:
        raise SourceError(source, file, "not readable YAML: it has an alias, which no leaderboard uses")
    return _records(source, file, payload, name)


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _TextLoader(_Loader):  # type: ignore[misc] # PyYAML has no types
    """Reads every scalar as text or null, and refuses repeated keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {}  # noqa: RUF012 - the name and shape are PyYAML's

    def construct_scalar(self, node: Any) -> str | None:  # noqa: ANN401 - as in PyYAML
        text = super().construct_scalar(node)
        return None if not node.style and text in ("", "~", "null") else text

    def construct_mapping(self, node: Any, deep: bool = True) -> dict[Any, Any]:  # noqa: ANN401 - as in PyYAML
        keys = [key.value for key, _ in node.value]
        if repeated := sorted({str(key) for key in keys if keys.count(key) > 1}):
            raise yaml.YAMLError(f"the key {repeated[0]!r} occurs twice in one record")
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return found


_TextLoader.add_constructor("tag:yaml.org,2002:str", lambda loader, node: loader.construct_scalar(node))


def _records(source: str, file: str, payload: object, name: str) -> list[Record]:
    if payload == [] or (isinstance(payload, dict) and all(value == [] for value in payload.values())):
        raise wire.no_rows(source, file)
    if isinstance(payload, dict):
        payload = [{name: key, **value} if isinstance(value, dict) else value for key, value in payload.items()]
    if not isinstance(payload, list):
        raise SourceError(source, file, f"a {type(payload).__name__} where a list of records was expected")
    for position, record in enumerate(payload):
        if not isinstance(record, dict):
            raise WrongType(source, file, f"row {position}", "an object", type(record).__name__)
    return payload


def _read(  # noqa: PLR0917 - called twice, below each reader's own list of parameters
    source: str,
    file: str,
    records: Iterable[Record],
    schema: type[wire.Wire],
    name: str,
    ignored: Sequence[str],
    flatten: Callable[[str, Record], Record] | None,
) -> wire.Sheet:
    rows = [flatten(f"row {position}", record) if flatten else record for position, record in enumerate(records)]
    declared = {column: rule for column, rule in schema.columns().items() if column != "row"}
    found = dict.fromkeys(field for row in rows for field in row)
    missing = [column for column in decoration.required(declared) if column not in found]
    if missing:
        raise MissingColumn(source, file, missing, list(found))
    columns = {
        column: _column(source, file, column, [row.get(column) for row in rows], rule)
        for column, rule in declared.items()
        if column in found
    }
    # The other fields are there for the report of unknown columns alone.
    others = {field: pl.Series(field, [None] * len(rows), dtype=pl.Null) for field in found if field not in declared}
    table = with_numbers(source, file, pl.DataFrame({**columns, **others}), schema)
    return wire.read_table(source, file, table, schema, name=name, ignored=ignored)


def _column(source: str, file: str, field: str, values: Sequence[object], rule: dy.Column) -> pl.Series:
    """Return the values as a column; numbers and Booleans that are written as text stay text until `with_numbers`."""
    is_written = rule.dtype.is_numeric() or rule.dtype == pl.Boolean
    if is_written and all(value is None or isinstance(value, str) for value in values):
        return pl.Series(field, values, dtype=pl.String)
    return json_or_other(source, file, field, values, rule)


def nested(source: str, file: str, place: str, record: Record, field: str) -> Record:
    """Return the object `record[field]`; raises `MissingColumn` without the field, `WrongType` for another value."""
    if field not in record:
        raise MissingColumn(source, file, [field], list(record))
    found = record[field]
    if not isinstance(found, dict):
        raise WrongType(source, file, field, "an object", f"{type(found).__name__} in {place}")
    return found


def with_nested(source: str, file: str, field: str) -> Callable[[str, Record], Record]:
    """Return a `flatten` of `read_records` that replaces the object `field` by fields `field.key`."""

    def flatten(place: str, record: Record) -> Record:
        inner = nested(source, file, place, record, field)
        others = {key: value for key, value in record.items() if key != field}
        return {**others, **{f"{field}.{key}": value for key, value in inner.items()}}

    return flatten
