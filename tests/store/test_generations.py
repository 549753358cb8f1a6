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
from tests.support.homes.marked import fill, make, manifest, publish, seen


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make(tmp_path)


def test_a_published_generation_is_what_its_manifest_says(home: Home) -> None:
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
    assert (home.current, seen(home)) == (generation, "a")
    assert home.ledger() == [
        {
            "event": "published",
            "generation": generation.id,
            "content_hash": "a" * 16,
            "manifest": hashlib.sha256((generation.path / "manifest.json").read_bytes()).hexdigest(),
            "at": "2026-11-25T12:00:00+00:00",
        }
    ]


def test_a_home_without_a_generation_has_none(home: Home) -> None:
    assert (home.current, home.generations(), home.ledger()) == (None, [], [])


def test_the_last_generations_stay_and_numbers_only_rise(home: Home) -> None:
    for mark in "abcde":
        publish(home, mark)
    assert [generation.id for generation in home.generations()] == [
        "000003-cccccccc",
        "000004-dddddddd",
        "000005-eeeeeeee",
    ]
    assert not list((home.root / "build").iterdir())


def test_the_current_generation_stays_however_old(home: Home) -> None:
    for mark in "abc":
        publish(home, mark)
    home.rollback("000001-aaaaaaaa")
    with home.lease():
        replace(home, kept=1)._retire()
    assert [generation.number for generation in home.generations()] == [1, 3]
    assert seen(home) == "a"


def test_a_rollback_moves_the_pointer_and_is_remembered(home: Home) -> None:
    publish(home, "a")
    publish(home, "b")
    assert home.rollback("000001-aaaaaaaa").number == 1
    assert seen(home) == "a"
    assert [(line["event"], line["generation"]) for line in home.ledger()][-1] == ("rolled back", "000001-aaaaaaaa")
    with home.lease():
        assert [generation.number for generation in home.generations()] == [1, 2], "what was published is not swept"
    assert publish(home, "c").number == 3


@pytest.mark.parametrize("name", ["000009-aaaaaaaa", "../../etc", "", "current"])
def test_a_rollback_to_what_is_not_kept_names_what_is(home: Home, name: str) -> None:
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
    assert seen(home) == "b"


def test_a_damaged_current_generation_does_not_stop_the_next_one(home: Home) -> None:
    (publish(home).path / "manifest.json").write_text("{")
    current = home.current
    assert current is not None
    assert current.content_hash == ""
    publish(home, "b")
    assert seen(home) == "b"


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda _, m: m.pop("sources"), UsageError),
        (lambda _, m: m.update(content_hash="../../x"), UsageError),
        (lambda build, _: (build / "metaboard.duckdb").unlink(), StorageError),
        (lambda build, _: (build / "metaboard.duckdb.wal").write_text("rows"), StorageError),
    ],
)
def test_a_build_that_is_not_whole_is_not_published(
    home: Home, spoil: Callable[[Path, dict[str, Any]], object], error: type[MetaboardError]
) -> None:
    publish(home, "a")
    given = manifest("b")
    with home.lease(), home.build() as build:
        fill(build, "b")
        spoil(build, given)
        with pytest.raises(error):
            home.publish(build, given)
    assert (seen(home), len(home.generations()), list((home.root / "build").iterdir())) == ("a", 1, [])


def test_a_build_that_fails_leaves_nothing(home: Home) -> None:
    def fail() -> None:
        with home.build() as build:
            fill(build, "a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list((home.root / "build").iterdir()) == []


def test_generations_are_kept_when_the_ledger_is_lost(home: Home) -> None:
    for mark in "abc":
        publish(home, mark)
    (home.root / "ledger.jsonl").unlink()
    assert publish(home, "d").number == 4
    assert [generation.number for generation in home.generations()] == [2, 3, 4]


def test_the_number_of_a_generation_that_is_gone_is_not_given_again(home: Home) -> None:
    publish(home, "a")
    gone = publish(home, "b")
    home.rollback("000001-aaaaaaaa")
    shutil.rmtree(gone.path)
    assert publish(home, "c").number == 3


def test_times_are_those_of_the_clock_that_was_given(tmp_path: Path) -> None:
    generation = publish(Home(tmp_path, now=lambda: NOON + timedelta(days=1)))
    assert generation.created_at == "2026-11-26T12:00:00+00:00"
