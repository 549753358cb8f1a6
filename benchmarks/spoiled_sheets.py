"""The files of a leaderboard as flat tables that can be changed and written back in the form of the host.

A `Sheet` is one file: Parquet, CSV, Markdown, YAML, a list of JSON records or an object of them. Fields of nested JSON
objects are columns such as `model/name`. What a change leaves alone is written back as it was.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import polars as pl
import yaml

PLACE = "\x00place"
"""The column with the position of the row, in the file, from which a row is written."""
KEY = "\x00key"
"""The column with the key of each record, in an object of records."""
ENCODED = "\x00json "
"""Begins a cell that stands for a JSON list or object."""


@dataclass(frozen=True)
class Sheet:
    """One file; `frame` has its rows with the column `PLACE`."""

    media: str
    content: bytes
    frame: pl.DataFrame
    records: Sequence[Any] = field(default=(), repr=False)
    """The original records of JSON and YAML."""
    original: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    """The rows of the records, before any change."""

    def with_frame(self, frame: pl.DataFrame) -> "Sheet":
        """Return the sheet with other rows."""
        return replace(self, frame=frame)

    def written(self) -> bytes:
        """Return the file."""
        if self.media == "parquet":
            sink = io.BytesIO()
            self.frame.drop(PLACE).write_parquet(sink, compression="snappy")
            return sink.getvalue()
        if self.media == "csv":
            sink_text = io.StringIO(newline="")
            writer = csv.writer(sink_text, lineterminator="\n")
            table = self.frame.drop(PLACE)
            writer.writerow(table.columns)
            writer.writerows(table.fill_null("").iter_rows())
            return sink_text.getvalue().encode()
        if self.media == "markdown":
            return self._markdown()
        return self._records()

    def _markdown(self) -> bytes:
        table = self.frame.drop(PLACE).fill_null("")
        body = [f"|{'|'.join(cells)}|" for cells in (table.columns, ["----"] * table.width, *table.iter_rows())]
        lines = self.content.decode().splitlines()
        at = [place for place, line in enumerate(lines) if line.startswith("|")]
        return "\n".join([*lines[: at[0]], *body, *lines[at[-1] + 1 :], ""]).encode()

    def _records(self) -> bytes:
        rows = list(map(self._record, self._changed().iter_rows(named=True)))
        if self.media == "yaml":
            text: str = yaml.dump(rows, Dumper=yaml.CSafeDumper, sort_keys=False)
            return text.encode()
        payload = json.loads(self.content)
        if isinstance(payload, dict) and "rows" in payload:
            return json.dumps(payload | {"rows": rows}).encode()
        if isinstance(payload, dict):
            return json.dumps({row.pop(KEY): row for row in rows}).encode()
        return json.dumps(rows).encode()

    def _changed(self) -> pl.DataFrame:
        """Return the columns with other values than the records of their rows, and `PLACE`."""
        places = self.frame[PLACE]
        changed = [
            name
            for name in self.frame.columns
            if name not in self.original.columns
            or self.frame.schema[name] != self.original.schema[name]
            or self.frame[name].ne_missing(self.original[name].gather(places)).any()
        ]
        return self.frame.select(PLACE, *(name for name in changed if name != PLACE))

    def _record(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the record of a row: a field that it lacks appears when it has a value; removed columns are left out."""
        record = self.records[row[PLACE]]
        written = {key: dict(value) if isinstance(value, dict) else value for key, value in record.items()}
        for name in self._gone:
            outer, _, inner = name.partition("/")
            parent = written.get(outer)
            (parent if inner and isinstance(parent, dict) else written).pop(inner or outer, None)
        for name, value in row.items():
            if name == PLACE or (value is None and isinstance(record.get(name), dict)):
                continue
            outer, _, inner = name.partition("/")
            parent = written.get(outer)
            target, key = (parent, inner) if inner and isinstance(parent, dict) else (written, name)
            if value is not None or key in target:
                target[key] = json.loads(value.removeprefix(ENCODED)) if _is_encoded(value) else value
        return {key: written[key] for key in self._order if key in written} | written

    @cached_property
    def _order(self) -> list[str]:
        """The fields of a record in the order of the columns."""
        return list(dict.fromkeys(name.partition("/")[0] for name in self.frame.columns))

    @cached_property
    def _gone(self) -> list[str]:
        return [name for name in self.original.columns if name not in self.frame.columns]


def read_sheet(media: str, content: bytes) -> Sheet | None:
    """Return the rows of a file, or None when it has no rows, such as a list of tasks by category."""
    if media == "parquet":
        return Sheet(media, content, pl.read_parquet(io.BytesIO(content)).with_row_index(PLACE))
    if media == "csv":
        table = pl.read_csv(io.BytesIO(content.removeprefix(b"\xef\xbb\xbf")), infer_schema=False)
        return Sheet(media, content, table.with_row_index(PLACE))
    if media == "markdown":
        header, _, *rows = (
            [cell.strip() for cell in line.strip()[1:-1].split("|")]
            for line in content.decode().splitlines()
            if line.startswith("|")
        )
        return Sheet(media, content, pl.DataFrame(rows, schema=header, orient="row").with_row_index(PLACE))
    payload = yaml.load(content, Loader=yaml.CBaseLoader) if media == "yaml" else json.loads(content)  # noqa: S506 - this loader makes texts only
    records = _found_records(payload)
    if records is None:
        return None
    flat = [_flat(record) for record in records]
    columns = list(dict.fromkeys(key for row in flat for key in row))
    frame = pl.DataFrame([pl.Series(name, [row.get(name) for row in flat], strict=False) for name in columns])
    frame = frame.with_row_index(PLACE)
    return Sheet(media, content, frame, records, frame)


def _found_records(payload: Any) -> list[Any] | None:  # noqa: ANN401 - any JSON
    if isinstance(payload, dict) and isinstance(payload.get("rows"), list):
        return list(payload["rows"])
    if isinstance(payload, dict):
        is_object_of_records = all(isinstance(value, dict) for value in payload.values())
        return [{KEY: key, **value} for key, value in payload.items()] if is_object_of_records else None
    return payload if isinstance(payload, list) else None


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict) and value:
            found |= {f"{key}/{inner}": _cell(item) for inner, item in value.items()}
        else:
            found[key] = _cell(value)
    return found


def _cell(value: Any) -> Any:  # noqa: ANN401 - any JSON
    return ENCODED + json.dumps(value) if isinstance(value, list | dict) else value


def _is_encoded(value: object) -> bool:
    return isinstance(value, str) and value.startswith(ENCODED)


def numbers(column: pl.Series) -> pl.Series:
    """Return the numbers of a column, also those written as text or percentages; null for other texts."""
    if column.dtype != pl.String:
        return column.cast(pl.Float64, strict=False)
    return column.str.strip_chars().str.strip_suffix("%").str.strip_chars().cast(pl.Float64, strict=False)


def with_numbers(column: pl.Series, new: pl.Series) -> pl.Series:
    """Return the column with other numbers in its own form; cells whose number is the same are as before."""
    if column.dtype != pl.String:
        return new.cast(column.dtype if column.dtype.is_float() else pl.Float64).alias(column.name)
    suffix = " %" if column.str.contains("%").any() else ""
    texts = new.round(6).cast(pl.String) + suffix
    is_same = (numbers(column) == new) | new.is_null()
    return pl.select(pl.when(is_same).then(column).otherwise(texts).alias(column.name)).to_series()
