"""Generations: publish, roll back, keep the newest, and refuse an incomplete build."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.errors import MetaboardError, StorageError, UsageError
from aggregator.store.generations import Home
from tests.support.clocks import NOON
from tests.support.homes.two_files import manifest, new_home, publish, read_letter, write_files


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return new_home(tmp_path)


def test_a_published_generation_matches_its_manifest_and_the_ledger(home: Home) -> None:
    generation = publish(home)
    written = json.loads((home.root / "current" / "manifest.json").read_text())
    assert generation.id == "000001-aaaaaaaa"
    assert {key: written[key] for key in ("schema_version", "generation", "created_at", "content_hash", "sources")} == {
        "schema_version": "1.0.0",
        "generation": "000001-aaaaaaaa",
        "created_at": "2026-11-25T12:00:00+00:00",
        "content_hash": "a" * 16,
        "sources": {"arena": {"sha256": "a"}},
    }
    assert [(file["path"], file["rows"]) for file in written["files"]] == [
        ("metaboard.duckdb", None),
        ("tables/leaderboard.parquet", 7),
    ]
    assert (home.root / "current").readlink() == Path("generations/000001-aaaaaaaa")
    assert (home.current, read_letter(home)) == (generation, "a")
    assert home.ledger() == [
        {
            "event": "published",
            "generation": generation.id,
            "content_hash": "a" * 16,
            "manifest": hashlib.sha256((generation.path / "manifest.json").read_bytes()).hexdigest(),
            "at": "2026-11-25T12:00:00+00:00",
        }
    ]


def test_a_new_home_directory_has_no_generation_and_an_empty_ledger(home: Home) -> None:
    assert (home.current, home.generations(), home.ledger()) == (None, [], [])


def test_the_newest_generations_are_kept_and_numbers_only_increase(home: Home) -> None:
    for letter in "abcde":
        publish(home, letter)
    assert [generation.id for generation in home.generations()] == [
        "000003-cccccccc",
        "000004-dddddddd",
        "000005-eeeeeeee",
    ]
    assert not list((home.root / "build").iterdir())


def test_the_current_generation_is_kept_at_any_age(home: Home) -> None:
    for letter in "abc":
        publish(home, letter)
    home.rollback("000001-aaaaaaaa")
    with home.lock():
        replace(home, kept=1)._remove_oldest()
    assert [generation.number for generation in home.generations()] == [1, 3]
    assert read_letter(home) == "a"


def test_a_rollback_changes_the_current_generation_and_is_recorded(home: Home) -> None:
    publish(home, "a")
    publish(home, "b")
    assert home.rollback("000001-aaaaaaaa").number == 1
    assert read_letter(home) == "a"
    assert [(line["event"], line["generation"]) for line in home.ledger()][-1] == ("rolled back", "000001-aaaaaaaa")
    with home.lock():
        assert [generation.number for generation in home.generations()] == [1, 2], (
            "a published generation is not removed"
        )
    assert publish(home, "c").number == 3


@pytest.mark.parametrize("name", ["000009-aaaaaaaa", "../../etc", "", "current"])
def test_a_rollback_to_an_unknown_generation_lists_the_kept_ones(home: Home, name: str) -> None:
    publish(home)
    with pytest.raises(UsageError) as unknown:
        home.rollback(name)
    assert "000001-aaaaaaaa" in unknown.value.hint


def test_a_rollback_to_a_damaged_generation_is_refused(home: Home) -> None:
    damaged = publish(home, "a")
    publish(home, "b")
    (damaged.path / "metaboard.duckdb").write_text("other")
    with pytest.raises(StorageError, match="is not the file that was published"):
        home.rollback(damaged.id)
    assert read_letter(home) == "b"


def test_the_next_generation_is_published_after_a_damaged_one(home: Home) -> None:
    (publish(home).path / "manifest.json").write_text("{")
    current = home.current
    assert current is not None
    assert current.content_hash == ""
    publish(home, "b")
    assert read_letter(home) == "b"


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda _, m: m.pop("sources"), UsageError),
        (lambda _, m: m.update(content_hash="../../x"), UsageError),
        (lambda build, _: (build / "metaboard.duckdb").unlink(), StorageError),
        (lambda build, _: (build / "metaboard.duckdb.wal").write_text("rows"), StorageError),
    ],
)
def test_an_incomplete_build_is_not_published(
    home: Home, damage: Callable[[Path, dict[str, Any]], object], error: type[MetaboardError]
) -> None:
    publish(home, "a")
    given = manifest("b")
    with home.lock(), home.build() as build:
        write_files(build, "b")
        damage(build, given)
        with pytest.raises(error):
            home.publish(build, given)
    assert (read_letter(home), len(home.generations()), list((home.root / "build").iterdir())) == ("a", 1, [])


def test_a_failed_build_leaves_no_files(home: Home) -> None:
    def fail() -> None:
        with home.build() as build:
            write_files(build, "a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list((home.root / "build").iterdir()) == []


def test_generations_are_kept_after_the_ledger_was_lost(home: Home) -> None:
    for letter in "abc":
        publish(home, letter)
    (home.root / "ledger.jsonl").unlink()
    assert publish(home, "d").number == 4
    assert [generation.number for generation in home.generations()] == [2, 3, 4]


def test_the_number_of_a_removed_generation_is_not_used_again(home: Home) -> None:
    publish(home, "a")
    removed = publish(home, "b")
    home.rollback("000001-aaaaaaaa")
    shutil.rmtree(removed.path)
    assert publish(home, "c").number == 3


def test_times_come_from_the_given_clock(tmp_path: Path) -> None:
    generation = publish(Home(tmp_path, now=lambda: NOON + timedelta(days=1)))
    assert generation.created_at == "2026-11-26T12:00:00+00:00"
