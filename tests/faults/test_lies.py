"""Plausible lies in a whole refresh: one lie at each leaderboard, on the bundled sample and on the recordings.

`benchmarks/gates.py` tries every kind at every leaderboard without the tables; these are samples of the same catalogue.
"""

import random
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from aggregator.model import Parsed, Source
from aggregator.pipeline import read
from aggregator.pipeline.results import ReadResult
from aggregator.sources import SAMPLE
from benchmarks.gate_harm import RANKING, board_order, find_harm
from benchmarks.spoiled_board import Board
from benchmarks.spoilers import Kind, catalogue
from tests.faults import harness
from tests.faults.cases import SEED
from tests.faults.conftest import ALL, Workspace
from tests.faults.reliability_report import Result
from tests.support import samples
from tests.support.recorded_home import recordings_home

__all__ = ["recordings_home"]

PACKS = 14 if ALL else 1
HARMLESS_PACKS = 4 if ALL else 1
RECORDED_PACKS = 4
MOST_SLIPS = 1
"""Of the lies of one refresh, about twenty, this many may change a ranking. A lie below the noise of its board is no slip."""
MOST_ALARMS = 1


@dataclass(frozen=True)
class Lie:
    """One spoiled edition of one leaderboard."""

    kind: Kind
    source: Source
    files: Mapping[str, bytes]
    truth: Parsed


@cache
def honest_board(source: Source, folder: Path) -> tuple[Board, Parsed]:
    """Return the files of a leaderboard in a mirror, and their rows."""
    files = samples.files(source, folder)
    truth = source.parse(files)
    return Board.read(source, files, board_order(source, truth)["raw_name"].to_list()), truth


def lies_of(source: Source, folder: Path, *, harmless: bool) -> Iterator[Lie]:
    """Yield the lies that a leaderboard can have, in a random order that the seed fixes."""
    board, truth = honest_board(source, folder)
    kinds = [kind for kind in catalogue().values() if kind.is_harmless == harmless]
    for kind in random.Random(f"{SEED} {source.id}").sample(kinds, len(kinds)):
        files = kind.spoil(board, SEED + zlib.crc32(source.id.encode()))
        if files is not None and not (harmless and source.frozen_on and changes_rows(source, files, truth)):
            yield Lie(kind, source, files, truth)


def changes_rows(source: Source, files: Mapping[str, bytes], truth: Parsed) -> bool:
    """Return whether the rows differ: a leaderboard that has ended must not change at all."""
    found = source.parse(files)
    tables = ((found.scores, truth.scores), (found.entries, truth.entries))
    return any(not now.sort(now.columns).equals(true.sort(true.columns)) for now, true in tables)


def pack(number: int, folder: Path, *, harmless: bool = False) -> list[Lie]:
    """Return the lies of one refresh: the `number`-th of each leaderboard."""
    found = []
    for source in harness.SOURCES.values():
        lie = next((one for n, one in enumerate(lies_of(source, folder, harmless=harmless)) if n == number), None)
        if lie:
            found.append(lie)
    return found


def write_lies(lies: list[Lie], folder: Path, mirror: Path) -> None:
    """Write the changed files into a mirror."""
    for lie in lies:
        for resource, content in samples.files_of(lie.source, folder):
            if lie.files[resource.name] != content:
                (mirror / resource.path).write_bytes(lie.files[resource.name])


@pytest.fixture
def accepted(monkeypatch: pytest.MonkeyPatch) -> dict[str, ReadResult]:
    """Return the results of the gates of the refresh that follows, by source."""
    found: dict[str, ReadResult] = {}
    original = read.read_source

    def spy(*arguments: object, **named: object) -> ReadResult:
        result = original(*arguments, **named)  # type: ignore[arg-type] # the arguments of the original
        found[result.source.id] = result
        return result

    monkeypatch.setattr(read, "read_source", spy)
    return found


def judge(lies: list[Lie], home: Path, mirror: Path, accepted: Mapping[str, ReadResult], where: str) -> list[Result]:
    """Refresh and return one result for each lie; a lie survives the gates if anything wrong is in the accepted rows."""
    done = harness.run_refresh(home, mirror)
    broken = harness.find_broken_invariants(done, home)
    assert not broken, broken
    assert done.published is not None
    results = []
    for lie in lies:
        result = accepted[lie.source.id]
        is_kept = result.status != "fresh"
        assert is_kept == (done.published.report[lie.source.id]["status"] != "fresh")
        harm = [] if is_kept or result.parsed is None else find_harm(lie.source, result.parsed, lie.truth)
        figures = {"kept": float(is_kept), "ranking": float(bool(RANKING & set(harm)))}
        row = 50 if lie.kind.is_harmless else 49
        survived = not is_kept if lie.kind.is_harmless else not harm
        results.append(
            Result(f"{row} {lie.kind.name}", "B", row, f"{lie.source.id}, {where}", survived, figures=figures)
        )
    return results


def slips(results: list[Result]) -> list[str]:
    """Return the lies that changed a ranking."""
    return [f"{one.where}: {one.case}" for one in results if one.figures["ranking"]]


@pytest.mark.parametrize("number", range(PACKS))
def test_a_lie_at_every_leaderboard_of_the_sample_is_kept_back_or_changes_no_ranking(
    number: int, workspace: Workspace, accepted: dict[str, ReadResult]
) -> None:
    mirror, lies = harness.copy_sample(workspace.folder / "mirror"), pack(number, SAMPLE)
    write_lies(lies, SAMPLE, mirror)
    results = judge(lies, workspace.home, mirror, accepted, "sample")
    for result in results:
        workspace.record(result)
    assert len(lies) >= len(harness.SOURCES) // 2
    assert len(slips(results)) <= MOST_SLIPS, slips(results)


@pytest.mark.parametrize("number", range(HARMLESS_PACKS))
def test_a_harmless_change_at_every_leaderboard_is_used(
    number: int, workspace: Workspace, accepted: dict[str, ReadResult]
) -> None:
    mirror, changes = harness.copy_sample(workspace.folder / "mirror"), pack(number, SAMPLE, harmless=True)
    write_lies(changes, SAMPLE, mirror)
    results = judge(changes, workspace.home, mirror, accepted, "sample")
    for result in results:
        workspace.record(result)
    alarms = [
        f"{one.where}: {one.case}: {accepted[one.where.partition(',')[0]].message}"
        for one in results
        if not one.survived
    ]
    assert len(alarms) <= MOST_ALARMS, alarms


@pytest.mark.slow_faults
@pytest.mark.recordings
@pytest.mark.parametrize("number", range(RECORDED_PACKS))
def test_a_lie_at_every_recorded_leaderboard_is_kept_back_or_changes_no_ranking(
    number: int,
    recordings: Path,
    recordings_home: Path,
    small: Workspace,
    accepted: dict[str, ReadResult],
) -> None:
    # The sample has the first kinds of each leaderboard's order, so the recordings take the last ones.
    lies = pack(PACKS + number, recordings)
    mirror, home = small.folder / "mirror", harness.copy_home(recordings_home, small.folder / "recorded")
    harness.link_files(recordings, mirror)
    for lie in lies:
        for resource, _ in samples.files_of(lie.source, recordings):
            (mirror / resource.path).unlink()
            (mirror / resource.path).write_bytes(lie.files[resource.name])
    results = judge(lies, home, mirror, accepted, "recordings")
    for result in results:
        small.record(result)
    assert len(lies) >= len(harness.SOURCES) // 2
    assert len(slips(results)) <= MOST_SLIPS, slips(results)
