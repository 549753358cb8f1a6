"""The freshness of leaderboards, from the files in a home directory."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from aggregator.pipeline.freshness import HomeState, status
from aggregator.sources import SAMPLE, on_by_default
from aggregator.store.generations import Home
from aggregator.store.lock import HOLDER_FILE
from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard
from tests.support.refreshes import run_refresh

ARENA = "datasets/lmarena-ai/leaderboard-dataset/text/latest-00000-of-00001.parquet"


def states(found: HomeState) -> dict[str, str]:
    return {source.source: source.state for source in found.sources}


def last_good(home: Path) -> datetime:
    moments = [source.last_good_at for source in status(home).sources if source.last_good_at]
    return max(moments)


def test_every_leaderboard_has_a_state_and_an_archive_is_never_stale(sample_home: Path) -> None:
    found = states(status(sample_home, last_good(sample_home), stale_days=0))
    assert set(found) == {source.id for source in on_by_default()}
    assert (found["open_llm_v2"], found["open_llm_v1"]) == ("archive", "archive")
    assert found["arena_text"] == "stale"


def test_an_edition_within_its_limit_is_fresh(sample_home: Path) -> None:
    found = status(sample_home, last_good(sample_home), stale_days=100_000)
    assert set(states(found).values()) == {"fresh", "archive"}
    assert not found.needs_a_person


@pytest.mark.parametrize(("hours", "state"), [(49, "fresh"), (51, "unseen")])
def test_a_source_is_unseen_after_two_nights_without_a_good_fetch(sample_home: Path, hours: int, state: str) -> None:
    arena = next(source for source in status(sample_home).sources if source.source == "arena_text")
    assert arena.last_good_at is not None
    found = states(status(sample_home, arena.last_good_at + timedelta(hours=hours), stale_days=100_000))
    assert found["arena_text"] == state


def test_a_source_with_earlier_rows_is_kept_and_one_without_is_refused(tmp_path: Path) -> None:
    mirror = shutil.copytree(SAMPLE, tmp_path / "mirror")

    run_refresh(tmp_path / "one", mirror=str(mirror), force=True)
    pl.read_parquet(mirror / ARENA).drop("rating").write_parquet(mirror / ARENA)
    run_refresh(tmp_path / "one", mirror=str(mirror), force=True)
    run_refresh(tmp_path / "two", mirror=str(mirror), force=True)
    now = last_good(tmp_path / "one")
    kept, refused = (status(tmp_path / home, now, stale_days=100_000) for home in ("one", "two"))
    assert states(kept)["arena_text"] == "kept"
    assert states(refused)["arena_text"] == "refused"
    assert all(found.needs_a_person for found in (kept, refused))
    arena = next(source for source in kept.sources if source.source == "arena_text")
    assert "latest" in str(arena.message)
    assert arena.last_good_at is not None
    assert arena.checked_at is not None
    assert arena.checked_at > arena.last_good_at, "the later fetch is not good"


def test_the_command_ends_with_exit_code_3_when_a_person_is_needed(metaboard: Metaboard, tmp_path: Path) -> None:
    # A folder mirror takes the time of retrieval from the files, so the copies must be new.
    mirror = shutil.copytree(SAMPLE, tmp_path / "mirror", copy_function=shutil.copy)
    home = tmp_path / "home"
    run_refresh(home, mirror=str(mirror))
    ended = metaboard("status", "--json", "--stale-after", 0, "--home", home)
    assert ended.code == Exit.REFUSED
    fields = ended.fields
    assert fields["needs_a_person"] is True
    assert fields["holder"] is None
    assert fields["generations"] == 1
    sources = fields["sources"]
    assert isinstance(sources, list)
    assert {"source", "state", "age_days", "limit_days", "last_good_at", "fetches", "kept_bytes"} <= set(sources[0])
    assert sum(source["kept_bytes"] for source in sources) > 100_000
    shown = metaboard("status", "--stale-after", 0, "--home", home, columns=160)
    assert "arena_text is stale" in shown.err
    assert "held by nobody" in shown.err


def test_a_running_holder_is_named_and_a_dead_one_is_ignored(
    metaboard: Metaboard, sample_home: Path, tmp_path: Path
) -> None:
    home = shutil.copytree(sample_home, tmp_path / "home", symlinks=True)
    with Home(home).lock():
        found = status(home)
        assert found.holder is not None
        assert found.holder.pid == os.getpid()
        assert f"held by process {os.getpid()}" in metaboard("status", "--home", home).err
    (home / HOLDER_FILE).write_text(json.dumps({"pid": 2**22 + 1, "since": datetime.now(UTC).isoformat()}))
    assert status(home).holder is None


def test_without_a_generation_the_message_names_the_command_to_run(metaboard: Metaboard, tmp_path: Path) -> None:
    ended = metaboard("status", "--home", tmp_path)
    assert ended.code == Exit.FAILED
    assert "metaboard refresh" in ended.err


def test_a_notice_without_a_webhook_is_wrong_usage(
    metaboard: Metaboard, sample_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("METABOARD_WEBHOOK", raising=False)
    ended = metaboard("status", "--tell", "--stale-after", 0, "--home", sample_home)
    assert ended.code == Exit.USAGE
