"""Build the site of one generation in a directory: data, pages, assets."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from aggregator.errors import UsageError
from aggregator.query import queries
from aggregator.query.queries import Row
from aggregator.site import leaderboard_data, links, model_data, pages, tables
from aggregator.site.data_script import script
from aggregator.site.optional_query import File, file
from aggregator.store.files import storage, write_atomically
from aggregator.warehouse import DATABASE

CONSOLE_PARTS = ("duckdb.js", "duckdb-worker.js", "duckdb.wasm")
"""What the SQL console runs on: too large to keep in a package, made by `make site-console`."""
GENERATIONS = 14
MARK = "metaboard-site.json"
"""Says that a directory is a site of ours, which may be replaced."""


@dataclass(frozen=True)
class Built:
    """What was built: the first page, how many files, how many bytes, and whether the console has its parts."""

    index: Path
    files: int
    bytes: int
    models: int
    generation: str
    console: bool


def build(home: Path, to: Path, *, console: Path | None = None) -> Built:
    """Write the site of the current generation of `home` to the directory `to`; each file is replaced whole.

    With `console`, a directory that holds `CONSOLE_PARTS`, the SQL console works and the DuckDB file is copied too.
    Raises `UsageError` where `to` holds something else or `console` lacks a part, `StorageError` where the disk refuses.
    """
    _refuse_foreign(to)
    _refuse_incomplete(console)
    manifest = _json(home / "current" / "manifest.json")
    with queries.opened(home) as connection, storage(f"write the site to {to}"):
        known = file(connection)
        about = _about(known, home, manifest, console=console is not None)
        written = list(_data(known, about))
        for path, content in [*written, *_pages(about)]:
            write_atomically(to / path, content)
    with storage(f"write the site to {to}"):
        shutil.copytree(Path(str(files("aggregator.site"))) / "assets", to / "assets", dirs_exist_ok=True)
        if console is not None:
            _copy_console(console, home, to)
        write_atomically(to / MARK, json.dumps({"generation": about["generation"]}).encode())
    every = [path for path in to.rglob("*") if path.is_file()]
    return Built(
        index=to / "index.html",
        files=len(every),
        bytes=sum(path.stat().st_size for path in every),
        models=int(str(about["models"])),
        generation=str(about["generation"]),
        console=console is not None,
    )


def _refuse_foreign(to: Path) -> None:
    if to.exists() and not to.is_dir():
        raise UsageError(f"{to} is not a directory", hint="Name a directory that is empty or holds an older site.")
    if to.is_dir() and any(to.iterdir()) and not (to / MARK).is_file():
        raise UsageError(
            f"{to} holds something that is not a site", hint="Name an empty directory, a new one, or an older site."
        )


def _refuse_incomplete(console: Path | None) -> None:
    missing = [part for part in CONSOLE_PARTS if console is not None and not (console / part).is_file()]
    if missing:
        raise UsageError(
            f"{console} lacks {', '.join(missing)}", hint="`make site-console` builds them into web/console."
        )


def _copy_console(console: Path, home: Path, to: Path) -> None:
    (to / "console").mkdir(exist_ok=True)
    for part in CONSOLE_PARTS:
        shutil.copyfile(console / part, to / "console" / part)
    shutil.copyfile(home / "current" / DATABASE, to / DATABASE)


def _data(known: File, about: dict[str, object]) -> Iterator[tuple[str, bytes]]:
    """Give each data file: its path and its bytes."""
    yield (
        "data/leaderboard.js",
        script("leaderboard", leaderboard_data.leaderboard(known) | {"scales": leaderboard_data.scales(known)}),
    )
    yield "data/methods.js", script("methods", leaderboard_data.methods(known))
    yield "data/weights.js", script("weights", leaderboard_data.win_rates(known))
    yield "data/common.js", script("common", _common(known, about))
    for name, records in model_data.shards(known).items():
        yield f"data/models/{name}.js", script(f"models/{name}", records)
    for sheet in tables.SHEETS:
        yield f"data/{sheet.name}.js", script(sheet.name, sheet.data(known))


def _common(known: File, about: dict[str, object]) -> dict[str, object]:
    benchmarks = model_data.benchmark_rows(known)
    counts = known.rows("select source, count(*) as models from standings group by all", "standings")
    return {
        "benchmarks": [list(row.values()) for row in benchmarks],
        "sources": about["sources"],
        "counts": {str(row["source"]): row["models"] for row in counts},
        "hosts": about["hosts"],
        "scales": leaderboard_data.scales(known),
    }


def _pages(about: dict[str, object]) -> Iterator[tuple[str, bytes]]:
    environment = pages.environment()
    for page in pages.PAGES:
        yield f"{page.name}.html", pages.render(page, about, environment)


def _about(known: File, home: Path, manifest: dict[str, Any], *, console: bool) -> dict[str, object]:
    """Return what every template may use."""
    sources = known.rows("select * from sources order by priority", "sources")
    homepages = [str(row["homepage"]) for row in sources if row.get("homepage")]
    hosts = links.hosts(homepages)
    for row in sources:
        row["homepage"] = row["homepage"] if links.allowed(str(row.get("homepage")), hosts) else None
    counted = known.rows(
        "select track, count(*) as models, count(rank) as ranked from leaderboard group by all order by track desc",
        "leaderboard",
    )
    quality = known.rows("from arena_estimate_quality", "arena_estimate_quality")
    return {
        "generation": str(manifest.get("generation", "")),
        "created_at": str(manifest.get("created_at", "")),
        "generations": _generations(home),
        "reliability": _json(home / "current" / "reliability.json"),
        "sources": sources,
        "methods": _methods(known),
        "hosts": hosts,
        "tracks": counted,
        "models": sum(int(str(row["models"])) for row in counted),
        "data_date": max((str(row["published_on"]) for row in sources if row.get("published_on")), default=""),
        "first_rows": known.rows(
            "select rank, rank_low, rank_high, model_id from leaderboard where rank <= 20 and track = 'llm' order by rank",
            "leaderboard",
        ),
        "estimate_quality": quality[0] if quality else None,
        "console": console,
        "database": DATABASE,
    }


def _generations(home: Path) -> list[Row]:
    """Return the last generations, newest first, with what their manifests say."""
    found = sorted((home / "generations").glob("*/manifest.json"), reverse=True)[:GENERATIONS]
    return [_generation(_json(path)) for path in found]


def _generation(manifest: dict[str, Any]) -> Row:
    sources = manifest.get("sources", {})
    return {
        "id": manifest.get("generation", ""),
        "created_at": manifest.get("created_at", ""),
        "content_hash": manifest.get("content_hash", ""),
        "rows": sum(entry.get("rows") or 0 for entry in manifest.get("files", ())),
        "sources": len(sources),
        "fresh": len([source for source in sources.values() if source.get("status") == "fresh"]),
    }


def _json(path: Path) -> dict[str, Any]:
    """Return a JSON object, empty where the file is missing or is something else."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _methods(known: File) -> dict[str, str]:
    """Return the other methods whose orders the file holds, with their titles."""
    found = known.rows(
        "select distinct method from method_ranks where method <> 'ability' order by method", "method_ranks"
    )
    return {str(row["method"]): leaderboard_data.METHODS.get(str(row["method"]), str(row["method"])) for row in found}
