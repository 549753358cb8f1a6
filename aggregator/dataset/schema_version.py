"""Compare the schema of a build with the last released one, and check that its version is raised enough.

A removed or retyped table or column needs a new major version, an added one a new minor version.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

SCHEMA_VERSION = "2.0.0"
"""Version of the published tables: major for a removed or retyped column, minor for an added one."""

Schema = Mapping[str, Mapping[str, str]]
"""DuckDB types by table and column."""

Bump = Literal["major", "minor"]


@dataclass(frozen=True)
class ReleasedSchema:
    """The last released schema; `released_on` is None before the first release."""

    version: str
    released_on: str | None
    tables: Schema
    changes: Mapping[str, str]
    """One line a version, as in `CHANGELOG.md` under "Published schema"."""


def read_released_schema() -> ReleasedSchema:
    """Return the last released schema, from `schema.json` beside this file."""
    return ReleasedSchema(**json.loads((files(__package__) / "schema.json").read_text(encoding="utf-8")))


@dataclass(frozen=True)
class SchemaDifference:
    """Changes between two schemas, each named `table` or `table.column`."""

    removed: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def bump(self) -> Bump | None:
        """The part of the version that must be raised; None when nothing changed."""
        if self.removed or self.retyped:
            return "major"
        return "minor" if self.added else None


def compare_schemas(old: Schema, new: Schema) -> SchemaDifference:
    """Return the changes from `old` to `new`; the order of columns does not count."""
    both = sorted(old.keys() & new.keys())
    return SchemaDifference(
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


def is_version_sufficient(old: str, new: str, bump: Bump | None) -> bool:
    """Return whether version `new` is raised enough against `old` for a change of kind `bump`."""
    before, after = _numbers(old), _numbers(new)
    if bump == "major":
        return after[0] > before[0]
    if bump == "minor":
        return after[:2] > before[:2]
    return after >= before


def _numbers(version: str) -> tuple[int, int, int]:
    major, minor, patch = (int(part) for part in version.split("."))
    return major, minor, patch
