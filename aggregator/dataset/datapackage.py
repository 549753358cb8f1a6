"""`datapackage.json`: the dataset's description as a Frictionless Data Package, for readers and validators."""

from typing import Any

from aggregator.dataset import column_types
from aggregator.dataset.citation import TITLE
from aggregator.dataset.contents import CSV_TABLES, Contents, Table, csv_path
from aggregator.dataset.licences import UNDECLARED

URLS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
}


def make_data_package(contents: Contents) -> dict[str, Any]:
    """Return the descriptor: a Parquet resource per table, and a CSV resource per table in `CSV_TABLES`."""
    tables = contents.tables
    return {
        "profile": "data-package",
        "name": "metaboard",
        "title": TITLE,
        "version": contents.schema_version,
        "id": contents.content_hash,
        "created": contents.created_at,
        "licenses": _licenses(contents),
        "sources": [{"title": board.title, "path": board.homepage} for board in contents.boards],
        "resources": [_parquet(table) for table in tables]
        + [_csv(table) for table in tables if table.name in CSV_TABLES],
    }


def _licenses(contents: Contents) -> list[dict[str, str]]:
    """Return the distinct licences that the leaderboards declare; `LICENSE.md` maps them to rows."""
    declared = dict.fromkeys(board.license for board in contents.boards if board.license != UNDECLARED)
    return [{"name": name} | ({"path": URLS[name]} if name in URLS else {}) for name in declared]


def _parquet(table: Table) -> dict[str, Any]:
    return {
        "name": table.name.lower(),
        "path": table.path,
        "title": table.name,
        "description": table.meaning,
        # As a file, only size and checksum are validated: the validators' Parquet readers turn integers with nulls into floats.
        "type": "file",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": table.size_bytes,
        "hash": f"sha256:{table.sha256}",
        "schema": _schema(table),
    }


def _csv(table: Table) -> dict[str, Any]:
    """Return the CSV resource of a table; lists are text, joined by semicolons."""
    schema = _schema(table)
    fields = [
        field | {"type": "string"} if field["type"] in ("array", "object", "any") else field
        for field in schema["fields"]
    ]
    return {
        "name": f"{table.name.lower()}-csv",
        "path": csv_path(table.name),
        "title": f"{table.name}, for spreadsheets",
        "description": "Text that a spreadsheet would evaluate as a formula starts with an apostrophe. The Parquet file has the text unchanged.",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema | {"fields": fields},
    }


def _schema(table: Table) -> dict[str, Any]:
    fields = [
        {"name": column.name, "type": column_types.frictionless_type(column.type), "description": column.meaning}
        for column in table.columns
    ]
    return {"fields": fields} | ({"primaryKey": list(table.grain)} if table.grain else {})
