"""The published schema changes only together with its version and a line in the changelog."""

import re
from pathlib import Path

import pytest

from aggregator.dataset import schema_version
from aggregator.dataset.contents import Contents
from aggregator.dataset.describe import describe
from aggregator.pipeline.manifest import SCHEMA_VERSION
from aggregator.store.manifest import read_manifest
from tests.conftest import REPOSITORY
from tools.write_schema import read_changes


@pytest.fixture(scope="session")
def contents(sample_home: Path) -> Contents:
    current = (sample_home / "current").resolve()
    return describe(current, read_manifest(current))


def changelog_lines() -> dict[str, str]:
    return read_changes((REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"))


def test_a_changed_schema_has_a_new_version_and_a_line_in_the_changelog(contents: Contents) -> None:
    released = schema_version.read_released_schema()
    change = schema_version.compare_schemas(released.tables, contents.schema)
    if released.released_on is None:
        assert change.bump is None, f"{change}: before the first release, run `make docs`"
    advice = f"{change}: raise SCHEMA_VERSION for a {change.bump} change and add a line to CHANGELOG.md under 'Published schema'"
    assert schema_version.is_version_sufficient(released.version, SCHEMA_VERSION, change.bump), advice
    assert SCHEMA_VERSION in changelog_lines(), advice


def test_every_released_version_keeps_its_line_in_the_changelog() -> None:
    for version, text in schema_version.read_released_schema().changes.items():
        assert changelog_lines()[version] == text


def test_a_deprecated_column_names_the_version_and_its_replacement(contents: Contents) -> None:
    meanings = [column.meaning for table in contents.tables for column in table.columns]
    for meaning in (meaning for meaning in meanings if "deprecated" in meaning.lower()):
        assert re.match(r"Deprecated since \d+\.\d+\.\d+: use `\w+`", meaning)


def test_every_published_column_has_a_meaning_and_every_table_a_grain(contents: Contents) -> None:
    assert contents.tables[0].name == "leaderboard"
    assert not [
        f"{table.name}.{column.name}" for table in contents.tables for column in table.columns if not column.meaning
    ]
    assert not [table.name for table in contents.tables if not (table.grain and table.meaning)]
