"""Read a sample of a leaderboard's file as columns, whatever its format is: CSV, JSON, YAML, Markdown or Parquet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aggregator.errors import SourceError, UsageError
from aggregator.sources.csv_table import csv_cells
from aggregator.sources.markdown_table import markdown_cells, markdown_headers
from aggregator.sources.parquet import parquet_table
from aggregator.sources.records import json_records, yaml_records

MEDIA = {
    "csv": "csv",
    "json": "json",
    "yaml": "yaml",
    "yml": "yaml",
    "md": "markdown",
    "markdown": "markdown",
    "parquet": "parquet",
}
"""The format of a file by the end of its name."""
KEY = "name"
"""The field that holds the key of an object of objects."""

Values = list[object]


@dataclass(frozen=True)
class Sample:
    """The columns of one file."""

    media: str
    columns: Mapping[str, Values]
    nested: str | None = None
    """The field with an object, whose fields are the columns `nested.key`."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return max(map(len, self.columns.values()), default=0)

    @property
    def has_text_cells(self) -> bool:
        """Whether numbers are written as text."""
        return self.media in ("csv", "yaml", "markdown")


def media_of(file: str) -> str:
    """Return the format of a file by its name; raises `UsageError` for another one."""
    end = file.rpartition(".")[2].lower()
    if end not in MEDIA:
        raise UsageError(f"{file}: the format is unknown", hint=f"The name must end in one of .{', .'.join(MEDIA)}.")
    return MEDIA[end]


def read_sample(board: str, file: str, content: bytes, media: str) -> Sample:
    """Return the columns of `content`; raises `SourceError` when it is no table of the format `media`."""
    if media == "csv":
        header, rows = csv_cells(board, file, content)
        return Sample(media, _by_column(header, [row for row in rows if len(row) == len(header)]))
    if media == "parquet":
        return Sample(media, parquet_table(board, file, content).to_dict(as_series=False))
    if media == "markdown":
        return _markdown_sample(board, file, content)
    read = json_records if media == "json" else yaml_records
    return _record_sample(media, read(board, file, content, KEY))


def _by_column(header: Sequence[str], rows: Sequence[Sequence[str | None]]) -> dict[str, Values]:
    return {name: [row[at] or None for row in rows] for at, name in enumerate(header)}


def _markdown_sample(board: str, file: str, content: bytes) -> Sample:
    """Return the longest table of the page; its header must be the only one like it."""
    headers = markdown_headers(board, file, content)
    tables = {tuple(header): markdown_cells(board, file, content, header) for header in headers}
    if not tables:
        raise SourceError(board, file, "no Markdown table in it")
    header = max(tables, key=lambda header: len(tables[header]))
    return Sample("markdown", _by_column(header, tables[header]))


def _record_sample(media: str, records: Sequence[Mapping[str, object]]) -> Sample:
    fields = list(dict.fromkeys(field for record in records for field in record))
    nested = next((field for field in fields if media == "json" and _is_object(records, field)), None)
    rows = [_flat(record, nested) for record in records]
    columns = dict.fromkeys(field for row in rows for field in row)
    return Sample(media, {column: [row.get(column) for row in rows] for column in columns}, nested)


def _is_object(records: Sequence[Mapping[str, object]], field: str) -> bool:
    """Return whether `field` is an object in every record, with numbers in some."""
    values = [record.get(field) for record in records]
    numbers = [
        item for value in values if isinstance(value, dict) for item in value.values() if isinstance(item, float)
    ]
    return bool(numbers) and all(isinstance(value, dict) for value in values)


def _flat(record: Mapping[str, object], nested: str | None) -> dict[str, object]:
    inner = record.get(nested) if nested else None
    others = {key: value for key, value in record.items() if key != nested}
    return (
        {**others, **{f"{nested}.{key}": value for key, value in inner.items()}} if isinstance(inner, dict) else others
    )
