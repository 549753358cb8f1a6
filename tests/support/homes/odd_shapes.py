"""Damage to a home directory: each file and folder is missing, empty, garbage, of another kind or of another shape."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER_COPIED = "folder copied with its links followed"
Damage = Callable[[Path], None]


def missing(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)


def replaced(path: Path, content: bytes) -> None:
    missing(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def empty(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        missing(path)
        path.mkdir()
    else:
        replaced(path, b"")


def garbage(path: Path) -> None:
    replaced(path, bytes(range(256)) * 20)


def folder(path: Path) -> None:
    missing(path)
    path.mkdir(parents=True)
    (path / "note.txt").write_text("somebody's own", encoding="utf-8")


def dangling(path: Path) -> None:
    missing(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("nowhere/at-all")


def loop(path: Path) -> None:
    missing(path)
    path.symlink_to(path.name)


def text(content: str) -> Damage:
    return lambda path: replaced(path, content.encode())


def truncated(path: Path) -> None:
    content = path.read_bytes()
    replaced(path, content[: len(content) // 2])


def unreadable(path: Path) -> None:
    """Take all permissions; a process of root is stopped by nothing, so a test drops its rights first."""
    path.chmod(0)


ANY: dict[str, Damage] = {
    "missing": missing,
    "empty": empty,
    "garbage": garbage,
    "folder": folder,
    "dangling link": dangling,
    "loop": loop,
}
NESTED = "[" * 100_000
JSON: dict[str, Damage] = {
    "list": text("[]\n"),
    "object": text("{}\n"),
    "null": text("null\n"),
    "number": text("1e999\n"),
    "nested": text(NESTED),
    "list of lists": text('{"files": [[]], "sources": [], "folded": 1, "refused": {}, "at": [], "model_ids": []}\n'),
    "wrong types": text(
        '{"files": [{"path": 1}], "sources": {"evalplus": {"files": "x", "measure": 3}}, "generation": 7,'
        ' "created_at": "never", "content_hash": null, "folded": [1], "refused": [2], "at": "never", "source": [],'
        ' "sha256": {}, "event": [], "pid": "x", "since": 3, "hub_id": 5, "status": "?", "model_ids": 1,'
        ' "model_moves": 2, "retrieved_at": 5, "size": "x", "resource": null, "url": null}\n'
    ),
    "truncated": truncated,
}
TOML: dict[str, Damage] = {
    "other table": text("[other]\nx = 1\n"),
    "value": text("boards = 3\n"),
    "wrong types": text("[boards]\non = 3\n"),
    "latin-1": lambda path: replaced(path, "[boards]\n# é\n".encode("latin-1")),
}


@dataclass(frozen=True)
class Cell:
    """One damage to one entry of a home directory."""

    entry: str
    name: str
    damage: Damage

    def __str__(self) -> str:
        return f"{self.entry}: {self.name}"

    def apply(self, home: Path) -> None:
        self.damage(entry_path(home, self.entry))


def entry_path(home: Path, entry: str) -> Path:
    """Return the path of an entry; `GENERATION` is the current one, and a star stands for the first match."""
    generation = os.path.realpath(home / "current").rpartition("/")[2]
    pattern = entry.replace("GENERATION", generation)
    if "*" not in pattern:
        return home / pattern
    return min(home.glob(pattern))


LINES = ("ledger.jsonl", "snapshots/provenance.jsonl", "snapshots/decisions.jsonl", "hub/models.jsonl")
DOCUMENTS = (
    "generations/GENERATION/manifest.json",
    "history/evalplus/folded.json",
    "registry/state.json",
    "lease.json",
    "reliability.json",
    "calibrations/editions.json",
)
OTHERS = (
    "current",
    "generations",
    "generations/GENERATION",
    "generations/GENERATION/metaboard.duckdb",
    "generations/GENERATION/data",
    "generations/GENERATION/data/leaderboard/leaderboard.parquet",
    "generations/GENERATION/data/model_ids/model_ids.parquet",
    "snapshots",
    "snapshots/??",
    "snapshots/??/*",
    "history",
    "history/evalplus",
    "history/evalplus/rows.parquet",
    "history/evalplus/names.parquet",
    "registry",
    "registry/model_ids-*.parquet",
    "hub",
    "overrides",
    "overrides/one.toml",
    "calibrations",
    "calibrations/llm.npz",
    "settings.toml",
    "lease.lock",
    "build",
    "set-aside",
)


def cells() -> Iterator[Cell]:
    """Yield the matrix: every entry with every damage that applies to it, and some shapes of whole homes."""
    for entry in (*OTHERS, *LINES, *DOCUMENTS):
        shapes = ANY | (JSON if entry in (*LINES, *DOCUMENTS) else {})
        shapes |= TOML if entry.endswith(".toml") else {}
        for name, damage in shapes.items():
            if name == "truncated" and entry not in ("ledger.jsonl", "snapshots/provenance.jsonl", DOCUMENTS[0]):
                continue
            yield Cell(entry.replace("??", "[0-9a-f][0-9a-f]"), name, damage)
    yield from (Cell("current", name, damage) for name, damage in WHOLE.items())


def _copy_followed(link: Path) -> None:
    target = link.resolve()
    link.unlink()
    shutil.copytree(target, link)


def _copy_alone(link: Path) -> None:
    _copy_followed(link)
    shutil.rmtree(link.parent / "generations")


def _link_elsewhere(link: Path) -> None:
    other = link.parent / "elsewhere" / link.resolve().name
    shutil.copytree(link.resolve(), other)
    link.unlink()
    link.symlink_to(other)


def _foreign_folder(link: Path) -> None:
    folder(link)


def _odd_generations(link: Path) -> None:
    generations = link.parent / "generations"
    for name in ("7-abc", "000099-XYZ", "notes", "999999999999999999999-0123abcd", "000000-00000000"):
        (generations / name).mkdir()
    (generations / "000098-0123abcd").write_text("a file", encoding="utf-8")


WHOLE: dict[str, Damage] = {
    FOLDER_COPIED: _copy_followed,
    "folder copied, and no generations": _copy_alone,
    "link elsewhere": _link_elsewhere,
    "odd generations": _odd_generations,
}
