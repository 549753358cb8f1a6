"""The published schema is a promise: what changed against the last released one, and which version that asks for.

Major for a table or column that is removed or retyped, minor for one that is added.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

Schema = Mapping[str, Mapping[str, str]]
"""Each table's columns and their DuckDB types."""

Bump = Literal["major", "minor"]


@dataclass(frozen=True)
class Released:
    """The schema that readers were last promised; `released_on` is None until there is a first release."""

    version: str
    released_on: str | None
    tables: Schema
    changes: Mapping[str, str]
    """One line a version, as in `CHANGELOG.md` under "Published schema"."""


def released() -> Released:
    """Return the last released schema, which is kept beside this file."""
    return Released(**json.loads((files(__package__) / "schema.json").read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Difference:
    """What a reader would notice, a name each: `table` or `table.column`."""

    removed: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def bump(self) -> Bump | None:
        """Which part of the version must grow; None where nothing changed."""
        if self.removed or self.retyped:
            return "major"
        return "minor" if self.added else None


def difference(old: Schema, new: Schema) -> Difference:
    """Return what changed from `old` to `new`; the order of columns is no promise."""
    both = sorted(old.keys() & new.keys())
    return Difference(
        removed=tuple(sorted(old.keys() - new.keys()))
        + tuple(f"{table}.{column}" for table in both for column in sorted(old[table].keys() - new[table].keys())),
        retyped=tuple(
            f"{table}.{column}"
            for table in both
            for column in sorted(old[table].keys() & new[table].keys())
            if old[table][column] != new[table][column]
        ),
        added=tuple(sorted(new.keys() - old.keys()))
        + tuple(f"{table}.{column}" for table in both for column in sorted(new[table].keys() - old[table].keys())),
    )


def suffices(old: str, new: str, bump: Bump | None) -> bool:
    """Return whether version `new` says as much change against `old` as there is."""
    before, after = _numbers(old), _numbers(new)
    if bump == "major":
        return after[0] > before[0]
    if bump == "minor":
        return after[:2] > before[:2]
    return after >= before


def _numbers(version: str) -> tuple[int, int, int]:
    major, minor, patch = (int(part) for part in version.split("."))
    return major, minor, patch
