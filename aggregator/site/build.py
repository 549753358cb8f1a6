"""Build the site of one generation in a directory: data scripts, pages and assets."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from aggregator.errors import UsageError
from aggregator.query import queries
from aggregator.site import leaderboard_data, model_data, pages, pair_data, search_data, tables
from aggregator.site.data_script import render_script
from aggregator.site.page_facts import read_page_facts, read_usable_manifest
from aggregator.site.published_file import PublishedFile, inspect_file
from aggregator.store.files import storage_errors, write_atomically
from aggregator.warehouse import DATABASE

CONSOLE_PARTS = ("duckdb.js", "duckdb-worker.js", "duckdb.wasm")
"""Files of the SQL console. They are too large for the package; `make site-console` builds them."""
MARKER = "metaboard-site.json"
"""A file that marks a directory as a site, which a later build may replace."""


@dataclass(frozen=True)
class BuiltSite:
    """The result of a build; `index` is the first page, `console` whether the SQL console works."""

    index: Path
    files: int
    bytes: int
    models: int
    generation: str
    console: bool


def build_site(home: Path, to: Path, *, console: Path | None = None) -> BuiltSite:
    """Write the site of the current generation of `home` to the directory `to`; each file is replaced atomically.

    With `console`, a directory with `CONSOLE_PARTS`, the SQL console works and the DuckDB file is copied too.
    Raises `UsageError` when `to` is not a site or `console` is incomplete, and `StorageError` when writing fails.
    """
    _check_target(to)
    _check_console(console)
    manifest = read_usable_manifest(home / "current")
    with queries.open_current(home) as connection, storage_errors(f"write the site to {to}"):
        file = inspect_file(connection)
        facts = read_page_facts(file, home, manifest, console=console is not None)
        # Everything is rendered before the first file is written.
        contents = [*_data_scripts(file, facts), *_rendered_pages(facts)]
        for path, content in contents:
            write_atomically(to / path, content)
    with storage_errors(f"write the site to {to}"):
        _copy_assets(home, to, console)
        write_atomically(to / MARKER, json.dumps({"generation": facts["generation"]}).encode())
    written = [path for path in to.rglob("*") if path.is_file()]
    return BuiltSite(
        index=to / "index.html",
        files=len(written),
        bytes=sum(path.stat().st_size for path in written),
        models=int(str(facts["models"])),
        generation=str(facts["generation"]),
        console=console is not None,
    )


def _check_target(to: Path) -> None:
    hint = "Nothing was changed. Give a new directory, an empty one, or one with an older site."
    if to.exists() and not to.is_dir():
        raise UsageError(f"{to} is not a directory", hint=hint)
    if to.is_dir() and any(to.iterdir()) and not (to / MARKER).is_file():
        raise UsageError(f"{to} has files that are not a site", hint=hint)


def _check_console(console: Path | None) -> None:
    missing = [part for part in CONSOLE_PARTS if console is not None and not (console / part).is_file()]
    if missing:
        raise UsageError(
            f"{console} lacks {', '.join(missing)}", hint="Run `make site-console`, which writes web/console."
        )


def _copy_assets(home: Path, to: Path, console: Path | None) -> None:
    shutil.copytree(Path(str(files("aggregator.site"))) / "assets", to / "assets", dirs_exist_ok=True)
    if console is None:
        return
    (to / "console").mkdir(exist_ok=True)
    for part in CONSOLE_PARTS:
        shutil.copyfile(console / part, to / "console" / part)
    shutil.copyfile(home / "current" / DATABASE, to / DATABASE)


def _rendered_pages(facts: dict[str, object]) -> Iterator[tuple[str, bytes]]:
    environment = pages.make_environment()
    for page in pages.PAGES:
        yield page.file, pages.render_page(page, facts, environment)


def _data_scripts(file: PublishedFile, facts: dict[str, object]) -> Iterator[tuple[str, bytes]]:
    for name, document in _data_documents(file, facts):
        yield f"data/{name}.js", render_script(name, document)


def _data_documents(file: PublishedFile, facts: dict[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the name and the value of each data script."""
    scales = leaderboard_data.read_ability_scales(file)
    yield "leaderboard", leaderboard_data.read_leaderboard(file) | {"scales": scales}
    yield "methods", leaderboard_data.read_method_ranks(file)
    yield "weights", leaderboard_data.read_win_rates(file)
    positions = leaderboard_data.row_positions(file)
    for track in scales:
        yield f"draws_{track}", pair_data.read_draws(file, track, positions)
    yield "search", search_data.read_search(file)
    yield "common", _common_document(file, facts) | {"scales": scales}
    for name, records in model_data.build_shards(file).items():
        yield f"models/{name}", records
    for sheet in tables.SHEETS:
        yield sheet.name, sheet.data(file)


def _common_document(file: PublishedFile, facts: dict[str, object]) -> dict[str, object]:
    """Return what several pages need: benchmarks, sources, models per source, and the hosts that links may have."""
    counts = file.rows("select source, count(*) as models from standings group by all", "standings")
    return {
        "benchmarks": [list(row.values()) for row in model_data.read_benchmarks(file)],
        "sources": facts["sources"],
        "counts": {str(row["source"]): row["models"] for row in counts},
        "hosts": facts["hosts"],
    }
