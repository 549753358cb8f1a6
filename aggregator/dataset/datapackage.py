"""`datapackage.json`: a Frictionless Data Package, so that any tool of that family can read and validate the tables."""

from typing import Any

from aggregator.dataset import types
from aggregator.dataset.citation import TITLE
from aggregator.dataset.contents import SPREADSHEETS, Contents, Table, spreadsheet_path
from aggregator.dataset.licences import UNDECLARED

URLS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
}


def data_package(contents: Contents) -> dict[str, Any]:
    """Return the descriptor; each table is a Parquet resource, and those for spreadsheets are CSV resources too."""
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
        + [_csv(table) for table in tables if table.name in SPREADSHEETS],
    }


def _licenses(contents: Contents) -> list[dict[str, str]]:
    """Return the licences that leaderboards declare; `LICENSE.md` says which rows are under which."""
    declared = dict.fromkeys(board.license for board in contents.boards if board.license != UNDECLARED)
    return [{"name": name} | ({"path": URLS[name]} if name in URLS else {}) for name in declared]


def _parquet(table: Table) -> dict[str, Any]:
    return {
        "name": table.name.lower(),
        "path": table.path,
        "title": table.name,
        "description": table.meaning,
        # Validators check a file's size and hash; their Parquet readers lose integers where cells are empty.
        "type": "file",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": table.size,
        "hash": f"sha256:{table.sha256}",
        "schema": _schema(table),
    }


def _csv(table: Table) -> dict[str, Any]:
    """Return the CSV edition; lists are text there, joined by a semicolon."""
    schema = _schema(table)
    fields = [
        field | {"type": "string"} if field["type"] in ("array", "object", "any") else field
        for field in schema["fields"]
    ]
    return {
        "name": f"{table.name.lower()}-csv",
        "path": spreadsheet_path(table.name),
        "title": f"{table.name}, for spreadsheets",
        "description": "Text that a spreadsheet would take for a formula has an apostrophe before it; Parquet has it unchanged.",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema | {"fields": fields},
    }


def _schema(table: Table) -> dict[str, Any]:
    fields = [
        {"name": column.name, "type": types.frictionless(column.type), "description": column.meaning}
        for column in table.columns
    ]
    return {"fields": fields} | ({"primaryKey": list(table.grain)} if table.grain else {})
