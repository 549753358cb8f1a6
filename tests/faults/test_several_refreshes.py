"""Faults over several refreshes, overrides, and time zones."""

import random
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.faults import harness, reader_view
from tests.faults.cases import SEED
from tests.faults.conftest import Workspace
from tests.faults.injections import lose_rows
from tests.faults.reliability_report import Result

DAILY_LOSS = 0.05
REFRESHES = 10
LATEST_DETECTION = 4
"""1 - 0.95³ is 14 %: the third loss is above the threshold of 10 %; rounding can delay it by one refresh."""


@pytest.mark.slow_faults
def test_repeated_small_losses_are_found_by_the_comparison_with_the_best_edition(workspace: Workspace) -> None:
    board, mirror = "open_llm_v2", harness.copy_sample(workspace.folder / "mirror")
    (resource,) = harness.SOURCES[board].resources
    path, rng = mirror / resource.path, random.Random(SEED)
    good_rows = sum(workspace.good.scores[board].values())
    found, least = None, good_rows
    for number in range(1, REFRESHES + 1):
        path.write_bytes(lose_rows(resource, path.read_bytes(), DAILY_LOSS, rng))
        result = harness.run_refresh(workspace.home, mirror)
        assert not harness.find_broken_invariants(result, workspace.home)
        assert result.published is not None
        least = min(least, sum(result.published.scores[board].values()))
        if result.code == 3:
            assert f"{board}: kept:" in result.output
            found = found or number
    survived = found is not None and found <= LATEST_DETECTION and least >= 0.85 * good_rows
    figures = {"night": float(found or 0)}
    workspace.record(Result("15 5 % lost every night", "B", 15, board, survived, figures=figures))
    assert survived, (found, least, good_rows)


def test_unchanged_bytes_give_no_new_generation_and_the_report_has_their_age(workspace: Workspace) -> None:
    results = [harness.run_refresh(workspace.home, SAMPLE) for _ in range(3)]
    assert [result.code for result in results] == [0, 0, 0]
    assert {result.published.generation for result in results if result.published} == {workspace.good.generation}
    today = datetime.now(UTC).date()
    dated = [row for row in workspace.good.report.values() if row["published_on"]]
    ages_are_right = all(abs((today - row["published_on"]).days - row["age_days"]) <= 1 for row in dated)
    workspace.record(Result("18 the same bytes for three nights", "B", 18, "all", ages_are_right and bool(dated)))
    assert ages_are_right


@pytest.mark.slow_faults
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York"])
def test_the_tables_are_the_same_in_every_time_zone(
    zone: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = workspace.folder / "other-zone"
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        result = harness.run_refresh(home, SAMPLE)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert result.code == 0
    expected, found = workspace.home / "current" / "data", home / "current" / "data"
    differ = [
        path.relative_to(expected).as_posix()
        for path in sorted(expected.rglob("*.parquet"))
        if path.stem != "refresh_report" and path.read_bytes() != (found / path.relative_to(expected)).read_bytes()
    ]
    workspace.record(Result("18 another time zone", "B", 18, zone, not differ))
    assert not differ


def test_a_board_recovers_when_its_file_is_available_again(workspace: Workspace) -> None:
    mirror = harness.copy_sample(workspace.folder / "mirror")
    gone, other = (mirror / harness.SOURCES[board].resources[0].path for board in ("open_llm_v1", "mteb_eng_v2"))
    gone.unlink()
    other.write_bytes(
        lose_rows(harness.SOURCES["mteb_eng_v2"].resources[0], other.read_bytes(), 0.02, random.Random(1))
    )
    bad = harness.run_refresh(workspace.home, mirror)
    assert bad.code == 3
    assert "open_llm_v1: kept: it is not where it was" in bad.output
    shutil.copyfile(SAMPLE / gone.relative_to(mirror), gone)
    again = harness.run_refresh(workspace.home, mirror)
    workspace.record(Result("19 a board that comes back", "B", 19, "open_llm_v1", again.code == 0))
    assert again.code == 0, again.output


def test_an_override_lets_a_change_pass_and_the_report_has_its_reason(workspace: Workspace) -> None:
    board, mirror = "open_llm_v1", harness.copy_sample(workspace.folder / "mirror")
    (resource,) = harness.SOURCES[board].resources
    path = mirror / resource.path
    path.write_bytes(lose_rows(resource, path.read_bytes(), 0.3, random.Random(SEED)))
    stopped = harness.run_refresh(workspace.home, mirror)
    assert f"{board}: kept:" in stopped.output
    override = workspace.home / "overrides" / "shrunk.toml"
    override.parent.mkdir()
    expires = datetime.now(UTC).date()
    override.write_text(
        f'source = "{board}"\ngate = "drop"\nreason = "The board withdrew these models."\nexpires = {expires}\n'
    )
    passed = harness.run_refresh(workspace.home, mirror)
    assert passed.code == 0, passed.output
    (row,) = (
        row for row in reader_view.read_table(workspace.home / "current", "refresh_report") if row["source"] == board
    )
    assert "withdrew these models" in row["overrides"][0]
    assert any("`drop`" in sentence for sentence in row["gates"])
    override.unlink()
    path.write_bytes(lose_rows(resource, path.read_bytes(), 0.02, random.Random(SEED)))
    after = harness.run_refresh(workspace.home, mirror)
    assert after.code == 0, "later editions are compared with the accepted edition"


def test_an_invalid_override_stops_the_refresh_and_changes_nothing(workspace: Workspace) -> None:
    override = workspace.home / "overrides" / "typo.toml"
    override.parent.mkdir()
    override.write_text('source = "arena_text"\ngate = "drop"\nreason = "ok"\n')
    result = harness.run_refresh(workspace.home, SAMPLE, "--force")
    assert result.code == 2
    assert "typo.toml" in result.output
    assert result.published == workspace.good


@pytest.mark.slow_faults
@pytest.mark.recordings
def test_the_growth_gate_allows_the_step_from_the_sample_to_the_real_boards(
    workspace: Workspace, recordings: Path
) -> None:
    result = harness.run_refresh(workspace.home, recordings)
    assert result.published is not None
    kept = [board for board, row in result.published.report.items() if row["status"] != "fresh"]
    assert not kept, result.output
