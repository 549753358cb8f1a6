"""`croissant.json`: the dataset's description in MLCommons Croissant 1.0, for search engines and data loaders."""

from typing import Any

from aggregator.dataset import column_types
from aggregator.dataset.citation import TITLE
from aggregator.dataset.contents import Column, Contents, Table

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

DESCRIPTION = "One row per model: the rank and score of every leaderboard side by side, a combined rank, and the provenance of every number."


def make_croissant(contents: Contents, repository: str | None) -> dict[str, Any]:
    """Return the document; each table is a record set, and `repository` is the dataset's id on the Hub."""
    works = dict.fromkeys(board.citation for board in contents.boards if board.citation)
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "metaboard",
        "description": f"{TITLE}. {DESCRIPTION}",
        "version": contents.schema_version,
        "datePublished": contents.created_at[:10],
        "license": "LICENSE.md",
        **({"url": f"https://huggingface.co/datasets/{repository}"} if repository else {}),
        "citeAs": " ".join(works),
        "isLiveDataset": True,
        "distribution": [_file(table) for table in contents.tables],
        "recordSet": [_records(table) for table in contents.tables],
    }


def _file(table: Table) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": f"{table.name}.parquet",
        "name": f"{table.name}.parquet",
        "description": table.meaning,
        "contentUrl": table.path,
        "contentSize": f"{table.size_bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": table.sha256,
    }


def _records(table: Table) -> dict[str, Any]:
    key = {"key": [{"@id": f"{table.name}/{name}"} for name in table.grain]} if table.grain else {}
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.meaning,
        **key,
        "field": [_field(table, column) for column in table.columns],
    }


def _field(table: Table, column: Column) -> dict[str, Any]:
    data_type, is_list = column_types.croissant_type(column.type)
    return {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column.name}",
        "name": column.name,
        "description": column.meaning,
        "dataType": data_type,
        **({"repeated": True} if is_list else {}),
        "source": {"fileObject": {"@id": f"{table.name}.parquet"}, "extract": {"column": column.name}},
    }
