"""A file under `sql/`: one statement that makes one table or macro, and a header that explains and proves it.

::

    -- One row per model: every board's rank and score side by side.
    -- grain: model_id
    -- reads: models, standings
    -- columns:
    --   model_id | the model's identity
    -- checks:
    --   rank is null or rank >= 1
    select …

The file's stem is the table's name. `grain` names the columns that are together unique and never null,
each check is an expression that is true for every row. A file with `macro:` in place of `grain:` holds a
table macro and its parameters: ``-- macro: n := 20, track := 'llm'``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from aggregator.errors import SqlError

HEADER = "-- "


@dataclass(frozen=True)
class SqlFile:
    """One table or macro: its name, what its header says, and its statement."""

    name: str
    folder: str
    description: str
    grain: tuple[str, ...]
    reads: tuple[str, ...]
    columns: dict[str, str]
    checks: tuple[str, ...]
    statement: str
    parameters: str | None = None

    @property
    def is_macro(self) -> bool:
        """Whether the file makes a table macro instead of a table."""
        return self.parameters is not None


def read_sql_file(path: Path) -> SqlFile:
    """Read one file; raises `SqlError` that names the file and what its header lacks."""
    lines = path.read_text(encoding="utf-8").splitlines()
    header = [line.removeprefix("--") for line in lines if line.startswith("--")]
    statement = "\n".join(line for line in lines if not line.startswith("--")).strip().removesuffix(";")
    parts = _parts(header)
    if not parts["description"] or not statement:
        raise SqlError(f"{path.name}: needs a description in its header and a statement")
    is_macro = "macro" in parts
    if not is_macro and not parts.get("grain"):
        raise SqlError(f"{path.name}: the header names no `grain:`")
    return SqlFile(
        name=path.stem,
        folder=path.parent.name,
        description=" ".join(parts["description"]),
        grain=_names(parts.get("grain", [])),
        reads=_names(parts.get("reads", [])),
        columns=_columns(path, parts.get("columns", [])),
        checks=tuple(parts.get("checks", [])),
        statement=statement,
        parameters=" ".join(parts["macro"]) if is_macro else None,
    )


def read_sql_files(root: Path) -> tuple[SqlFile, ...]:
    """Return all files below `root`, each after what it reads; raises `SqlError` on a cycle or a repeated name."""
    files: dict[str, SqlFile] = {}
    for path in sorted(root.rglob("*.sql")):
        file = read_sql_file(path)
        if file.name in files:
            raise SqlError(f"two files under {root.name}/ make `{file.name}`")
        files[file.name] = file
    return tuple(files[name] for name in _in_order(files.values()) if name in files)


def _in_order(files: Iterable[SqlFile]) -> list[str]:
    graph = {file.name: sorted(file.reads) for file in sorted(files, key=lambda file: file.name)}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as cause:
        raise SqlError(f"these files read each other in a circle: {' → '.join(cause.args[1])}") from cause


SECTIONS = ("grain", "macro", "reads", "columns", "checks")


def _parts(header: list[str]) -> dict[str, list[str]]:
    """Split the header at its section words; what stands before the first is the description."""
    parts: dict[str, list[str]] = {"description": []}
    section = "description"
    for line in header:
        word, colon, rest = line.strip().partition(":")
        if colon and word in SECTIONS:
            section = word
            parts[section] = [rest.strip()] if rest.strip() else []
        elif line.strip():
            parts[section].append(line.strip())
    return parts


def _names(lines: list[str]) -> tuple[str, ...]:
    return tuple(name.strip() for line in lines for name in line.split(",") if name.strip())


def _columns(path: Path, lines: list[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for line in lines:
        name, bar, meaning = (part.strip() for part in line.partition("|"))
        if not bar and columns:
            columns[next(reversed(columns))] += f" {line.strip()}"
        elif not bar or not meaning:
            raise SqlError(f"{path.name}: column line {line!r} is not `name | meaning`")
        else:
            columns[name] = meaning
    return columns
