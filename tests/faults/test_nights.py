"""Faults that only show over several nights, and the clock."""

import random
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.faults import lab, oracle
from tests.faults.conftest import Bench
from tests.faults.injections import rows_lost
from tests.faults.records import SEED
from tests.faults.scoreboard import Result

LEAK = 0.05
NIGHTS = 10
CAUGHT_BY = 4
"""1 - 0.95³ is 14 %: the third loss is beyond what may be lost, and rounding may put it off by one night."""


@pytest.mark.slow_faults
def test_a_slow_leak_is_caught_against_the_best_of_the_last_editions(bench: Bench) -> None:
    board, mirror = "open_llm_v2", lab.mirrored(bench.place / "mirror")
    (resource,) = lab.SOURCES[board].resources
    path, rng = mirror / resource.path, random.Random(SEED)
    good_rows = sum(bench.good.scores[board].values())
    caught, least = None, good_rows
    for number in range(1, NIGHTS + 1):
        path.write_bytes(rows_lost(resource, path.read_bytes(), LEAK, rng))
        ended = lab.night(bench.home, mirror)
        assert not lab.broken_invariants(ended, bench.home)
        assert ended.seen is not None
        least = min(least, sum(ended.seen.scores[board].values()))
        if ended.code == 3:
            assert f"{board}: kept:" in ended.output
            caught = caught or number
    survived = caught is not None and caught <= CAUGHT_BY and least >= 0.85 * good_rows
    bench.note(Result("15 5 % lost every night", "B", 15, board, survived, figures={"night": float(caught or 0)}))
    assert survived, (caught, least, good_rows)


def test_the_same_bytes_night_after_night_are_no_news_and_their_age_is_told(bench: Bench) -> None:
    ends = [lab.night(bench.home, SAMPLE) for _ in range(3)]
    assert [end.code for end in ends] == [0, 0, 0]
    assert {end.seen.generation for end in ends if end.seen} == {bench.good.generation}
    ages = {row["age_days"] for row in bench.good.report.values() if row["published_on"]}
    today = datetime.now(UTC).date()
    true = all(
        abs((today - row["published_on"]).days - row["age_days"]) <= 1
        for row in bench.good.report.values()
        if row["published_on"]
    )
    bench.note(Result("18 the same bytes for three nights", "B", 18, "all", true and bool(ages)))
    assert true


@pytest.mark.slow_faults
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York"])
def test_the_tables_are_the_same_in_every_time_zone(zone: str, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    home = bench.place / "elsewhere"
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        ended = lab.night(home, SAMPLE)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert ended.code == 0
    here, there = bench.home / "current" / "data", home / "current" / "data"
    differ = [
        path.relative_to(here).as_posix()
        for path in sorted(here.rglob("*.parquet"))
        if path.stem != "refresh_report" and path.read_bytes() != (there / path.relative_to(here)).read_bytes()
    ]
    bench.note(Result("18 another time zone", "B", 18, zone, not differ))
    assert not differ


def test_a_night_that_failed_is_forgotten_once_the_bytes_are_good_again(bench: Bench) -> None:
    mirror = lab.mirrored(bench.place / "mirror")
    gone, other = (mirror / lab.SOURCES[board].resources[0].path for board in ("open_llm_v1", "mteb_eng_v2"))
    gone.unlink()
    other.write_bytes(rows_lost(lab.SOURCES["mteb_eng_v2"].resources[0], other.read_bytes(), 0.02, random.Random(1)))
    bad = lab.night(bench.home, mirror)
    assert bad.code == 3
    assert "open_llm_v1: kept: it is not where it was" in bad.output
    shutil.copyfile(SAMPLE / gone.relative_to(mirror), gone)
    again = lab.night(bench.home, mirror)
    bench.note(Result("19 a board that comes back", "B", 19, "open_llm_v1", again.code == 0))
    assert again.code == 0, again.output


def test_a_person_may_let_a_change_pass_and_the_report_names_the_reason(bench: Bench) -> None:
    board, mirror = "open_llm_v1", lab.mirrored(bench.place / "mirror")
    (resource,) = lab.SOURCES[board].resources
    path = mirror / resource.path
    path.write_bytes(rows_lost(resource, path.read_bytes(), 0.3, random.Random(SEED)))
    held = lab.night(bench.home, mirror)
    assert f"{board}: kept:" in held.output
    word = bench.home / "overrides" / "shrunk.toml"
    word.parent.mkdir()
    expires = datetime.now(UTC).date()
    word.write_text(
        f'source = "{board}"\ngate = "drop"\nreason = "The board withdrew these models."\nexpires = {expires}\n'
    )
    passed = lab.night(bench.home, mirror)
    assert passed.code == 0, passed.output
    (row,) = (row for row in oracle.rows(bench.home / "current", "refresh_report") if row["source"] == board)
    assert "withdrew these models" in row["overrides"][0]
    assert any("`drop`" in sentence for sentence in row["gates"])
    word.unlink()
    path.write_bytes(rows_lost(resource, path.read_bytes(), 0.02, random.Random(SEED)))
    after = lab.night(bench.home, mirror)
    assert after.code == 0, "what was let pass is the measure from then on"


def test_an_override_that_nobody_can_understand_stops_the_night_and_changes_nothing(bench: Bench) -> None:
    word = bench.home / "overrides" / "typo.toml"
    word.parent.mkdir()
    word.write_text('source = "arena_text"\ngate = "drop"\nreason = "ok"\n')
    ended = lab.night(bench.home, SAMPLE, "--force")
    assert ended.code == 2
    assert "typo.toml" in ended.output
    assert ended.seen == bench.good


@pytest.mark.slow_faults
@pytest.mark.recordings
def test_going_on_from_the_sample_to_the_real_boards_is_not_held_for_growth(bench: Bench, recordings: Path) -> None:
    ended = lab.night(bench.home, recordings)
    assert ended.seen is not None
    kept = [board for board, row in ended.seen.report.items() if row["status"] != "fresh"]
    assert not kept, ended.output
