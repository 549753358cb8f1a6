"""Read a file under `sql/`: one statement that makes one table or macro, and a header with its description and checks.

::

    -- One row per model, with its rank and score on every board.
    -- grain: model_id
    -- reads: models, standings
    -- columns:
    --   model_id | the canonical id of the model
    -- checks:
    --   rank is null or rank >= 1
    select …

The table has the name of the file. The columns in `grain` are together unique and never null. Each check is a SQL
expression that is true for every row. In a file of a table macro, `macro:` with the parameters takes the place of
`grain:`, for example ``-- macro: n := 20, track := 'llm'``. A macro that returns one value has `scalar:` instead.
Lines with words in braces, such as `{rank}`, stand for one line per leaderboard; `board_lines` lists the words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from aggregator.errors import SqlError
from aggregator.model import Source
from aggregator.warehouse.board_lines import check_columns, write_out


@dataclass(frozen=True)
class SqlFile:
    """One table or macro: the contents of its header, and its statement."""

    name: str
    folder: str
    description: str
    grain: tuple[str, ...]
    reads: tuple[str, ...]
    columns: dict[str, str]
    checks: tuple[str, ...]
    statement: str
    parameters: str | None = None
    is_scalar: bool = False
    """Whether the macro returns one value, not a table."""

    @property
    def is_macro(self) -> bool:
        """Whether the file makes a macro instead of a table."""
        return self.parameters is not None


def read_sql_file(path: Path, sources: Sequence[Source] = ()) -> SqlFile:
    """Read one file; raises `SqlError` with the name of the file and the problem of its header.

    Its lines for leaderboards are written out for `sources`.
    """
    lines = write_out(path.read_text(encoding="utf-8"), sources).splitlines()
    header = [line.removeprefix("--") for line in lines if line.startswith("--")]
    statement = "\n".join(line for line in lines if not line.startswith("--")).strip().removesuffix(";")
    sections = _split_sections(header)
    if not sections["description"] or not statement:
        raise SqlError(f"{path.name}: needs a description in its header and a statement")
    parameters = sections.get("scalar", sections.get("macro"))
    is_macro = parameters is not None
    if not is_macro and not sections.get("grain"):
        raise SqlError(f"{path.name}: the header has no `grain:`")
    return SqlFile(
        name=path.stem,
        folder=path.parent.name,
        description=" ".join(sections["description"]),
        grain=_names(sections.get("grain", [])),
        reads=_names(sections.get("reads", [])),
        columns=_columns(path, sections.get("columns", [])),
        checks=tuple(sections.get("checks", [])),
        statement=statement,
        parameters=None if parameters is None else " ".join(parameters),
        is_scalar="scalar" in sections,
    )


def read_sql_files(root: Path, sources: Sequence[Source] = ()) -> tuple[SqlFile, ...]:
    """Return all files below `root`, each after the files that it reads; lines for leaderboards are those of `sources`.

    Raises `SqlError` when files read each other in a cycle or two files have the same name.
    """
    files: dict[str, SqlFile] = {}
    for path in sorted(root.rglob("*.sql")):
        file = read_sql_file(path, sources)
        if file.name in files:
            raise SqlError(f"two files under {root.name}/ are named `{file.name}.sql`")
        files[file.name] = file
    return tuple(files[name] for name in _in_order(files.values()) if name in files)


def _in_order(files: Iterable[SqlFile]) -> list[str]:
    graph = {file.name: sorted(file.reads) for file in sorted(files, key=lambda file: file.name)}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as cause:
        raise SqlError(f"these files read each other in a cycle: {' → '.join(cause.args[1])}") from cause


SECTIONS = ("grain", "macro", "scalar", "reads", "columns", "checks")


def _split_sections(header: list[str]) -> dict[str, list[str]]:
    """Return the lines of the header by section; the lines before the first section are the description."""
    sections: dict[str, list[str]] = {"description": []}
    section = "description"
    for line in header:
        name, colon, rest = line.strip().partition(":")
        if colon and name in SECTIONS:
            section = name
            sections[section] = [rest.strip()] if rest.strip() else []
        elif line.strip():
            sections[section].append(line.strip())
    return sections


def _names(lines: list[str]) -> tuple[str, ...]:
    return tuple(name.strip() for line in lines for name in line.split(",") if name.strip())


def _columns(path: Path, lines: list[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    check_columns([line.partition("|")[0].strip() for line in lines if "|" in line], path.stem)
    for line in lines:
        name, bar, meaning = (part.strip() for part in line.partition("|"))
        if not bar and columns:
            columns[next(reversed(columns))] += f" {line.strip()}"
        elif not bar or not meaning:
            raise SqlError(f"{path.name}: column line {line!r} is not `name | meaning`")
        else:
            columns[name] = meaning
    return columns
