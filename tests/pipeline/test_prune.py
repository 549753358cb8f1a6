"""`metaboard prune`: a home directory within limits, from which the same history can be rebuilt."""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from aggregator.errors import LockedError, UsageError
from aggregator.gates import gates
from aggregator.gates.candidate import Candidate
from aggregator.gates.verdict import Action, Finding, Hold
from aggregator.pipeline import boards
from aggregator.pipeline.acceptance import accept_edition
from aggregator.pipeline.backfill import backfill
from aggregator.pipeline.keep_limits import KeepLimits, load_limits, parse_size
from aggregator.pipeline.prune import prune
from aggregator.pipeline.refusals import open_refusals
from aggregator.sources.plugins import Register
from aggregator.store.decisions import DecisionLog
from aggregator.store.files import read_lines
from aggregator.store.generations import Home, verify
from aggregator.store.history import HistoryStore, SourceHistory
from aggregator.store.snapshots import SnapshotStore
from tests.support.nights import Nights
from tests.support.small_board import BOARD

NIGHTS = 60
ACCEPTED, OPEN = 20, NIGHTS - 3
"""The night whose edition a person accepts, and the first of three nights whose edition nobody has judged yet."""
REASON = "the board announced it"
LONG_AGO = KeepLimits(days=0)


def table(edition: int, models: range = range(40), **changed: float) -> bytes:
    scores = {f"m{model}": model + edition / 100 for model in models} | changed
    return json.dumps({"day": f"2026-10-{edition:02}", "scores": scores, "padding": "x" * 4000}).encode()


def edition_of(night: int) -> bytes:
    """Return the table of a night: a new edition every four nights, with refused ones and one held model between."""
    if night >= OPEN:
        return table(26, range(14))
    if ACCEPTED <= night < ACCEPTED + 4:
        return table(6, range(25))
    models = range(40) if night < ACCEPTED else range(25)
    if night % 12 in (5, 6):
        return table(1 + night // 4, range(10), wrong=float(night // 12))
    if night in (33, 34):
        return table(1 + night // 4, models, m7=90.0)
    return table(1 + night // 4, models)


def hold_jumps(new: Candidate) -> Iterator[Finding]:
    """Hold every model whose score moved by more than 20 points."""
    jumped = new.pairs.filter((pl.col("now") - pl.col("before")).abs() > 20)["raw_name"]
    if jumped.len():
        yield Finding("scores jumped", action=Action.HOLD, hold=Hold(raw_names=frozenset(jumped)))


@pytest.fixture(autouse=True, scope="module")
def _one_board() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boards, "read_register", lambda: Register((BOARD,)))
        patch.setattr(gates, "GATES", {name: gates.GATES[name] for name in ("floor", "drop", "backward")})
        patch.setitem(gates.GATES, "jump", (hold_jumps, Action.KEEP))
        run = gates.run_gates
        patch.setattr(gates, "run_gates", lambda new: run(new, tuple(gates.GATES)))
        yield


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home directory after 60 nights. Tests do not change it."""
    home = tmp_path_factory.mktemp("grown") / "home"
    nights = Nights(home, BOARD)
    for night in range(NIGHTS):
        if night % 10 == 9:  # A fetch that a crash interrupted after its first file.
            crashed = table(28, range(night))
            nights.store(night, {"table": crashed, "note": b"{}"})
            path = SnapshotStore(home).provenance
            path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
        nights.refresh(night, {"table": edition_of(night), "note": b"{}"})
        if night == ACCEPTED + 1:
            refusal = nights.refusal()
            assert refusal is not None
            accept_edition(home, "board", refusal.sha256, REASON, nights.at(night) + timedelta(hours=5))
    return home


@pytest.fixture
def home(grown: Path, tmp_path: Path) -> Path:
    return shutil.copytree(grown, tmp_path / "home", symlinks=True)


def later(days: int = 0) -> datetime:
    return Nights(Path(), BOARD).at(NIGHTS + days)


def history_of(home: Path) -> SourceHistory:
    return HistoryStore(home).load("board")


def size_of(home: Path) -> int:
    folders = (home / "snapshots", home / "generations")
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())


def files_of(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


@pytest.mark.parametrize("days", [0, 7, 30])
@pytest.mark.parametrize("again", [False, True])
def test_after_60_nights_and_a_removal_the_rebuilt_history_equals_the_grown_one(
    home: Path, days: int, again: bool
) -> None:
    before = history_of(home)
    assert len(before.refused_keys) >= 4
    result = prune(home, KeepLimits(generations=3, days=days), now=later())
    assert result.provenance_lines > 0
    assert result.files > 0
    if not again:
        shutil.rmtree(home / "history")
    backfill(home, lambda _: None, again=again)
    rebuilt = history_of(home)
    assert rebuilt.rows.equals(before.rows), "also the times of retrieval"
    assert rebuilt.names.equals(before.names)
    assert rebuilt.added_keys == before.added_keys
    assert rebuilt.refused_keys == before.refused_keys
    assert prune(home, KeepLimits(generations=3, days=days), now=later()).files == 0, "a second removal finds nothing"


def test_the_numbers_are_those_of_the_disk(home: Path) -> None:
    before = size_of(home)
    result = prune(home, KeepLimits(generations=2, days=0), now=later())
    assert len(result.generations) == 12
    assert [generation.number for generation in Home(home).generations()] == [59, 60]
    assert result.bytes_before == before
    lines = result.provenance_lines * 200
    assert size_of(home) < result.bytes_after + 1 <= before - lines / 2
    assert verify(Home(home).generations()[-1].path) == []


def test_a_dry_run_has_the_numbers_and_changes_nothing(home: Path) -> None:
    before = files_of(home)
    planned = prune(home, KeepLimits(generations=2, days=0), dry_run=True, now=later())
    assert files_of(home) == before
    assert prune(home, KeepLimits(generations=2, days=0), now=later()) == planned


def test_an_edition_that_a_person_can_still_accept_stays(home: Path) -> None:
    prune(home, LONG_AGO, now=later(400))
    refusal = open_refusals(DecisionLog(home).read())["board"]
    assert refusal.nights == 3, "the log still counts its nights"
    accept_edition(home, "board", refusal.sha256, REASON, later(401))
    backfill(home, lambda _: None)
    assert history_of(home).rows["published_on"].dt.day().max() == 26


def test_an_older_edition_of_a_standstill_can_still_be_accepted(home: Path) -> None:
    first = open_refusals(DecisionLog(home).read())["board"].sha256
    assert Nights(home, BOARD).refresh(NIGHTS, {"table": table(27, range(12)), "note": b"{}"}).status == "kept"
    prune(home, LONG_AGO, now=later(400))
    accept_edition(home, "board", first, REASON, later(401))
    backfill(home, lambda _: None)
    assert history_of(home).rows["published_on"].dt.day().max() == 26


def test_what_the_next_refresh_would_do_is_the_same(home: Path, tmp_path: Path) -> None:
    other = shutil.copytree(home, tmp_path / "other", symlinks=True)
    prune(other, KeepLimits(generations=1, days=0), now=later())
    for place in (home, other):
        assert Nights(place, BOARD).refresh(NIGHTS, {"table": table(16, range(25)), "note": b"{}"}).status == "fresh"
    assert history_of(other).rows.equals(history_of(home).rows)
    assert SnapshotStore(other).latest("board", "table") == SnapshotStore(home).latest("board", "table")


def test_bytes_of_kept_generations_and_of_unknown_sources_stay(home: Path) -> None:
    store = SnapshotStore(home)
    refused = next(fetch for fetch in store.all_fetches("board") if b'"wrong"' in store.path(fetch).read_bytes())
    generation = Home(home).generations()[0]
    manifest = json.loads((generation.path / "manifest.json").read_bytes())
    manifest["sources"]["board"]["files"].append({"sha256": refused.sha256})
    (generation.path / "manifest.json").write_text(json.dumps(manifest))
    other = json.dumps({"source": "gone", "resource": "x", "sha256": "f" * 64})
    with store.provenance.open("a") as file:
        file.write(other + "\n")
    foreign = store.folder / "ff" / ("f" * 64)
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_bytes(b"mine")
    prune(home, LONG_AGO, now=later())
    assert store.path(refused).is_file(), "a kept generation names it"
    assert foreign.read_bytes() == b"mine"
    assert read_lines(store.provenance)[-1]["source"] == "gone"


def test_the_limit_of_the_size_removes_generations_but_never_the_history(home: Path) -> None:
    before = history_of(home)
    least = prune(home, KeepLimits(generations=1, days=0), dry_run=True, now=later())
    enough = prune(home, KeepLimits(size=least.bytes_after + 3000), now=later())
    assert 0 < len(Home(home).generations()) < 14
    assert not enough.is_over_size
    tight = prune(home, KeepLimits(size=1), now=later())
    assert tight.is_over_size
    assert [generation.number for generation in Home(home).generations()] == [60]
    backfill(home, lambda _: None, again=True)
    assert history_of(home).rows.equals(before.rows)


def test_the_current_generation_stays_after_a_rollback(home: Path) -> None:
    place = Home(home)
    oldest = place.generations()[0]
    with place.lock():
        place._set_current(oldest.id)
    prune(home, KeepLimits(generations=1), now=later())
    assert place.current == oldest
    assert place.generations() == [oldest]


def test_nothing_is_removed_while_another_process_has_the_lock(home: Path) -> None:
    with Home(home).lock():
        before = files_of(home)
        with pytest.raises(LockedError):
            prune(home, LONG_AGO, now=later())
        assert files_of(home) == before


def test_a_removal_that_is_interrupted_loses_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = history_of(home)
    unlink, done = Path.unlink, []

    def fail_later(path: Path, missing_ok: bool = False) -> None:
        done.append(path)
        if len(done) > 2:
            raise KeyboardInterrupt
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", fail_later)
        with pytest.raises(KeyboardInterrupt):
            prune(home, LONG_AGO, now=later())
    assert prune(home, LONG_AGO, now=later()).files > 0
    backfill(home, lambda _: None, again=True)
    assert history_of(home).rows.equals(before.rows)


def test_the_limits_come_from_the_options_then_from_the_settings(tmp_path: Path) -> None:
    assert load_limits(tmp_path, environment={}) == KeepLimits(14, 30, None, nightly=True)
    (tmp_path / "settings.toml").write_text('[keep]\nnightly = false\ngenerations = 5\nsize = "1.5 GB"\n')
    assert load_limits(tmp_path, environment={}) == KeepLimits(5, 30, 1_500_000_000, nightly=False)
    assert load_limits(tmp_path, days=3, size="20mb", environment={}) == KeepLimits(5, 3, 20_000_000, nightly=False)
    (tmp_path / "settings.toml").unlink()
    assert not load_limits(tmp_path, environment={"METABOARD_PRUNE": "off"}).nightly


@pytest.mark.parametrize(
    "line", ["days = -1", "generations = 0", "days = true", 'nightly = "no"', "years = 3", "size = 'big'"]
)
def test_an_invalid_limit_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "settings.toml").write_text(f"[keep]\n{line}\n")
    with pytest.raises(UsageError):
        load_limits(tmp_path, environment={})


def test_a_size_has_a_unit() -> None:
    assert [parse_size(text) for text in ("800MB", "20 gb", "7", "1.5k")] == [800_000_000, 20_000_000_000, 7, 1500]
    with pytest.raises(UsageError):
        parse_size("much")
