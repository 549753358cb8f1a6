"""Read JSON and YAML files that are lists of records, or objects of records by name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import polars as pl
import yaml

from aggregator.errors import MissingColumn, SourceError, WrongType
from aggregator.sources import wire
from aggregator.sources.strict_json import json_column, read_json
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
    payload = read_json(source, file, content)
    return _read(source, file, _records(source, file, payload, name), schema, name, ignored, flatten)


def read_yaml(
    source: str, file: str, content: bytes, schema: type[wire.Wire], *, name: str, ignored: Sequence[str] = ()
) -> wire.Sheet:
    """Read a YAML list of mappings and check it against `schema`; parameters and errors as in `wire.read_table`.

    Scalars are read as text, so that `1.10` and `2025-01-17` stay as they are written. Anchors and aliases are refused:
    a few lines with them unfold to any size.
    """
    try:
        loader = _TextLoader(content)
        payload = loader.get_single_data()
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as cause:
        raise SourceError(source, file, f"not readable YAML: {wire.first_line(cause)}") from cause
    return _read(source, file, _records(source, file, payload, name), schema, name, ignored, None)


class _TextLoader(yaml.SafeLoader):  # type: ignore[misc] # PyYAML has no types
    """Reads every scalar as text or null, and refuses aliases and repeated keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {}  # noqa: RUF012 - the name and shape are PyYAML's

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - as in PyYAML
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("an alias, which the leaderboard does not use")
        return super().compose_node(parent, index)


def _records(source: str, file: str, payload: object, name: str) -> list[Record]:
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
    missing = [column for column in declared if column not in found]
    if missing:
        raise MissingColumn(source, file, missing, list(found))
    columns = {
        column: _column(source, file, column, [row.get(column) for row in rows], rule.dtype)
        for column, rule in declared.items()
    }
    # The other fields are there for the report of unknown columns alone.
    others = {field: pl.Series(field, [None] * len(rows), dtype=pl.Null) for field in found if field not in declared}
    table = with_numbers(pl.DataFrame({**columns, **others}), schema)
    return wire.read_table(source, file, table, schema, name=name, ignored=ignored)


def _column(source: str, file: str, field: str, values: Sequence[object], dtype: pl.DataType) -> pl.Series:
    """Return the values as a column; numbers that are written as text stay text until `with_numbers`."""
    is_text = dtype.is_numeric() and any(isinstance(value, str) for value in values)
    if is_text and all(value is None or isinstance(value, str) for value in values):
        return pl.Series(field, values, dtype=pl.String)
    return json_column(source, file, field, values, dtype)


def nested(source: str, file: str, place: str, record: Record, field: str) -> Record:
    """Return the object `record[field]`; raises `MissingColumn` without the field, `WrongType` for another value."""
    if field not in record:
        raise MissingColumn(source, file, [field], list(record))
    found = record[field]
    if not isinstance(found, dict):
        raise WrongType(source, file, f"{field} of {place}", "an object", type(found).__name__)
    return found
