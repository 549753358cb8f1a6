"""The files and folders of a home directory: what each must be, and what to do with one of another kind.

A copy tool, a full disk or a slip of the hand can leave a folder where a file belongs, a file where a folder belongs,
or a link to nothing. Such an entry is moved to `HOME/set-aside/`; nothing is deleted.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from aggregator.store.files import storage_errors

SET_ASIDE = "set-aside"
FOLDERS = ("build", "generations", "history", "hub", "registry", "snapshots")
FILES = (
    "ledger.jsonl",
    "lease.json",
    "hub/models.jsonl",
    "hub/lease.json",
    "registry/state.json",
    "snapshots/provenance.jsonl",
    "snapshots/decisions.jsonl",
)
HISTORY_FILES = ("folded.json", "names.parquet", "rows.parquet")
SHARD = re.compile(r"[0-9a-f]{2}")
"""Name of a folder of snapshots: the first two digits of their SHA-256."""
DIGEST = re.compile(r"[0-9a-f]{64}")

READER_FILES = ".duckdb.tmp"
"""Suffix of the folder beside a database in which DuckDB keeps what does not fit into the memory of a reader."""
READER_FILES_AGE_SECONDS = 86_400.0
"""Reader files that did not change for so long are of a reader that was killed."""


def check_home(root: Path) -> str | None:
    """Return why `root` cannot be a home directory, or None: a path that is a file, or that libraries cannot open."""
    try:
        os.fspath(root).encode()
    except UnicodeEncodeError:
        return f"{root} is not a path in UTF-8, and DuckDB opens no other"
    if "?" in os.path.realpath(root):
        return f"{root} has a question mark in its path, and DuckDB takes what follows it for parameters"
    inside = next((path for path in (root, *root.parents) if os.path.lexists(path)), None)
    if inside is not None and not os.path.isdir(inside):  # noqa: PTH112 - `Path.is_dir` raises where it has no permission
        kind = "a link to nothing" if os.path.islink(inside) and not os.path.exists(inside) else "not a directory"  # noqa: PTH110, PTH114 - as above
        return f"{inside} is {kind}"
    return None


def repair_layout(root: Path) -> Iterator[str]:
    """Move every entry of another kind out of the way; yield one sentence for each. Raises `StorageError`."""
    for path, is_folder in _expected_kinds(root):
        if os.path.lexists(path) and not (path.is_dir() if is_folder else path.is_file()):
            kind, wanted = _kind(path), "a folder" if is_folder else "a file"
            yield f"{path} is {kind}, not {wanted}; it is now {set_aside(root, path)}"


def _expected_kinds(root: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the entries that the home directory may have, each with whether it must be a folder; parents first."""
    yield from ((root / name, True) for name in FOLDERS)
    yield from ((root / name, False) for name in FILES)
    for folder in _entries(root / "history"):
        if folder.name.startswith("."):
            continue
        yield folder, True
        yield from ((folder / name, False) for name in HISTORY_FILES)
    yield from ((path, False) for path in _entries(root / "registry") if path.suffix == ".parquet")
    for folder in _entries(root / "snapshots"):
        if SHARD.fullmatch(folder.name):
            yield folder, True
            yield from ((path, False) for path in _entries(folder) if DIGEST.fullmatch(path.name))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _kind(path: Path) -> str:
    if path.is_symlink() and not path.exists():
        return "a link to nothing"
    return "a folder" if path.is_dir() else "a file" if path.is_file() else "no ordinary file"


def set_aside(root: Path, path: Path) -> Path:
    """Move an entry of the home directory into `HOME/set-aside/` and return where it is; raises `StorageError`."""
    folder = root / SET_ASIDE
    with storage_errors(f"move {path} away", hint=f"Move it away yourself, then run the command again: {path}"):
        if os.path.lexists(folder) and not folder.is_dir():
            folder = root / f"{SET_ASIDE}-{time.time_ns()}"
        folder.mkdir(exist_ok=True)
        target = folder / "-".join([*path.relative_to(root).parts, str(time.time_ns())])
        # `Path.rename` of a link moves the link.
        path.rename(target)
    return target


def reader_files(generations: Path) -> list[Path]:
    """Return the folders that readers left beside the databases of the generations, unless they changed today."""
    found = []
    for folder in generations.glob(f"*/*{READER_FILES}"):
        with suppress(OSError):
            newest = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
            if time.time() - newest > READER_FILES_AGE_SECONDS:
                found.append(folder)
    return found


def is_reader_file(name: str) -> bool:
    """Return whether a path inside a generation or dataset is of a reader's DuckDB, and no part of the edition."""
    return any(part.endswith(READER_FILES) for part in Path(name).parts[:-1])
