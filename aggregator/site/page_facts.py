"""Read the facts that the templates of all pages use: sources, counts, dates and past generations."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

from aggregator.errors import StorageError
from aggregator.query.queries import Row
from aggregator.site import links
from aggregator.site.leaderboard_data import METHOD_TITLES
from aggregator.site.published_file import PublishedFile
from aggregator.store.manifest import read_manifest
from aggregator.warehouse import DATABASE

MAX_GENERATIONS = 14
"""Generations that the health page lists."""


def read_page_facts(file: PublishedFile, home: Path, manifest: dict[str, Any], *, console: bool) -> dict[str, object]:
    """Return the values that every template may use."""
    sources = file.rows("select * from sources order by priority", "sources")
    homepages = [str(row["homepage"]) for row in sources if row.get("homepage")]
    hosts = links.allowed_hosts(homepages)
    for row in sources:
        row["homepage"] = row["homepage"] if links.is_allowed(str(row.get("homepage")), hosts) else None
    counted = file.rows(
        "select track, count(*) as models, count(rank) as ranked from leaderboard group by all order by track desc",
        "leaderboard",
    )
    quality = file.rows("from arena_estimate_quality", "arena_estimate_quality")
    return {
        "generation": str(manifest.get("generation", "")),
        "created_at": str(manifest.get("created_at", "")),
        "generations": _generations(home),
        "reliability": read_json_object(home / "current" / "reliability.json"),
        "sources": sources,
        "methods": _methods(file),
        "hosts": hosts,
        "tracks": counted,
        "models": sum(int(str(row["models"])) for row in counted),
        "data_date": max((str(row["published_on"]) for row in sources if row.get("published_on")), default=""),
        "first_rows": file.rows(
            "select rank, rank_low, rank_high, model_id from leaderboard where rank <= 20 and track = 'llm' order by rank",
            "leaderboard",
        ),
        "estimate_quality": quality[0] if quality else None,
        "console": console,
        "database": DATABASE,
    }


def read_json_object(path: Path) -> dict[str, Any]:
    """Return the JSON object of a file, empty when the file is missing or is not a JSON object."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_usable_manifest(generation: Path) -> dict[str, Any]:
    """Return the manifest of a generation, empty when it is missing or is not a manifest."""
    try:
        return read_manifest(generation)
    except StorageError:
        return {}


def _generations(home: Path) -> list[Row]:
    """Return facts from the manifests of the last generations, newest first; a damaged one is left out."""
    found = (
        read_usable_manifest(path.parent)
        for path in sorted((home / "generations").glob("*/manifest.json"), reverse=True)
    )
    return [_generation(manifest) for manifest in islice(filter(None, found), MAX_GENERATIONS)]


def _generation(manifest: dict[str, Any]) -> Row:
    sources = manifest.get("sources", {})
    return {
        "id": manifest.get("generation", ""),
        "created_at": manifest.get("created_at", ""),
        "content_hash": manifest.get("content_hash", ""),
        "rows": sum(entry["rows"] for entry in manifest.get("files", ()) if isinstance(entry.get("rows"), int)),
        "sources": len(sources),
        "fresh": len([source for source in sources.values() if source.get("status") == "fresh"]),
    }


def _methods(file: PublishedFile) -> dict[str, str]:
    """Return the titles of the methods with an order in the file, except the ability."""
    found = file.rows(
        "select distinct method from method_ranks where method <> 'ability' order by method", "method_ranks"
    )
    methods = [str(row["method"]) for row in found]
    return {method: METHOD_TITLES.get(method, method) for method in methods}
