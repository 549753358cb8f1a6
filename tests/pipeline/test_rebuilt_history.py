"""A history that is rebuilt from the stored fetches and the decisions log equals the one that grew night by night."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from aggregator.gates import gates
from aggregator.gates.candidate import Candidate, Gate
from aggregator.gates.verdict import Action, Finding, Hold
from aggregator.pipeline import boards
from aggregator.pipeline.acceptance import accept_edition
from aggregator.pipeline.backfill import BackfillResult, backfill
from aggregator.sources.plugins import Register
from aggregator.store.decisions import DecisionLog
from aggregator.store.history import HistoryStore, SourceHistory
from tests.support.nights import Nights
from tests.support.small_board import BOARD

MODELS = range(40)
REASON = "the board announced it"


def table(day: int, models: range = MODELS, **changed: float) -> dict[str, bytes]:
    """Return the files of an edition dated in October; model 39 has the best score."""
    scores = {f"m{model}": model + 1.0 for model in models} | changed
    return {"table": json.dumps({"day": f"2026-10-{day:02}", "scores": scores}).encode(), "note": b"{}"}


def hold_jumps(new: Candidate) -> Iterator[Finding]:
    """Hold every model whose score moved by more than 20 points."""
    jumped = new.pairs.filter((pl.col("now") - pl.col("before")).abs() > 20)["raw_name"]
    if jumped.len():
        yield Finding("scores jumped", action=Action.HOLD, hold=Hold(raw_names=frozenset(jumped)))


@pytest.fixture(autouse=True)
def _one_board(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "read_register", lambda: Register((BOARD,)))
    monkeypatch.setattr(gates, "GATES", {name: gates.GATES[name] for name in ("floor", "drop", "backward")})
    monkeypatch.setitem(gates.GATES, "jump", (hold_jumps, Action.KEEP))
    run = gates.run_gates
    monkeypatch.setattr(gates, "run_gates", lambda new: run(new, tuple(gates.GATES)))


def grow(home: Path) -> list[str]:
    """Run the nights, and return the status of each."""
    nights = Nights(home, BOARD)
    found = []

    def refresh(night: int, files: dict[str, bytes]) -> None:
        found.append(nights.refresh(night, files).status)

    refresh(0, table(1))
    refresh(1, table(2, m3=5.5))
    refresh(2, table(3, range(20)))  # refused, and nobody accepts it
    refresh(3, table(4))
    refresh(4, table(5, range(10, 40)))  # refused, then accepted
    refresh(5, table(5, range(10, 40)))
    refusal = nights.refusal()
    assert refusal is not None
    accept_edition(home, "board", refusal.sha256, REASON, nights.at(5) + timedelta(hours=5))
    refresh(6, table(5, range(10, 40)))
    refresh(7, table(6, range(25, 40)))  # refused, then let pass by an override
    override = home / "overrides" / "drop.toml"
    override.parent.mkdir()
    override.write_text(
        f'source = "board"\ngate = "drop"\nreason = "{REASON}"\nexpires = {nights.at(8).date()}\n', encoding="utf-8"
    )
    refresh(8, table(6, range(25, 40)))
    refresh(9, table(7, range(25, 40), m30=80.0))  # one model is held
    refresh(10, table(7, range(25, 40), m30=80.0))
    refresh(12, table(7, range(25, 40), m30=80.0))  # and released
    refresh(13, table(8, range(25, 40), m30=80.0, m31=7.0))  # held, and never released
    return found


STATUSES = ["fresh", "fresh", "kept", "fresh", "kept", "kept", "fresh", "kept", *["fresh"] * 5]


def load(home: Path) -> SourceHistory:
    return HistoryStore(home).load("board")


def fill(home: Path, *, again: bool = False) -> BackfillResult:
    (filled,), _ = backfill(home, lambda _: None, again=again)
    return filled


def scores(history: SourceHistory, name: str) -> list[tuple[object, ...]]:
    """Return the scores of one model with the night on which each began and ended."""
    first = pl.lit(Nights(Path(), BOARD).first.replace(tzinfo=None))
    rows = history.rows.filter(pl.col("raw_name") == name).select(
        pl.col("published_on").dt.day(),
        "score",
        (pl.col("retrieved_at") - first).dt.total_days().alias("began"),
        (pl.col("superseded_at") - first).dt.total_days().alias("ended"),
    )
    return rows.rows()


def remove(home: Path) -> None:
    shutil.rmtree(home / "history")


def damage(home: Path) -> None:
    (home / "history" / "board" / "folded.json").write_bytes(b"{")


def leave(home: Path) -> None:
    del home


@pytest.mark.parametrize(("change", "again"), [(remove, False), (damage, False), (leave, True), (remove, True)])
def test_a_rebuilt_history_equals_the_one_that_grew(
    tmp_path: Path, change: Callable[[Path], None], again: bool
) -> None:
    assert grow(tmp_path) == STATUSES
    grown = load(tmp_path)
    change(tmp_path)
    fill(tmp_path, again=again)
    rebuilt = load(tmp_path)
    assert rebuilt.rows.equals(grown.rows)
    assert rebuilt.names.equals(grown.names)
    assert (rebuilt.added_keys, rebuilt.refused_keys) == (grown.added_keys, grown.refused_keys)


def test_the_history_has_what_was_accepted_overridden_and_released_and_nothing_refused(tmp_path: Path) -> None:
    grow(tmp_path)
    history = load(tmp_path)
    assert set(history.rows["published_on"].dt.day()) == {1, 2, 4, 5, 6, 7, 8}, "day 3 was refused"
    assert len(history.refused_keys) == 1
    accepted = history.rows.filter(pl.col("published_on").dt.day() == 5)
    assert accepted.height == 30
    assert set(accepted["retrieved_at"].dt.day()) == {5}, "it enters at the time of the fetch, night 4"
    assert scores(history, "m30")[-3:] == [(7, 31.0, 9, 12), (7, 80.0, 12, None), (8, 80.0, 13, None)]
    assert scores(history, "m31")[-1] == (8, 32.0, 13, None), "the held model stays at its last good value"


def test_after_a_damage_the_next_refresh_and_a_backfill_give_the_same_history(tmp_path: Path) -> None:
    grow(tmp_path)
    twin = shutil.copytree(tmp_path, tmp_path / "twin", symlinks=True)
    damage(twin)
    for home in (tmp_path, twin):
        Nights(home, BOARD).refresh(14, table(9, range(25, 40), m30=80.0))
    fill(twin)
    assert load(twin).rows.equals(load(tmp_path).rows)


def refuse_all(new: Candidate) -> Iterator[Finding]:
    yield Finding(f"{new.statistics.models} models are too many")


@pytest.mark.parametrize("later", [{}, {"strict": (refuse_all, Action.KEEP)}], ids=["no gates", "a strict gate"])
def test_what_was_decided_stays_decided_when_the_gates_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: dict[str, tuple[Gate, Action]]
) -> None:
    grow(tmp_path)
    grown = load(tmp_path)
    monkeypatch.setattr(gates, "GATES", later)
    remove(tmp_path)
    fill(tmp_path)
    assert load(tmp_path).rows.equals(grown.rows)
    assert load(tmp_path).refused_keys == grown.refused_keys


def test_without_a_log_the_gates_judge_every_fetch_in_the_order_of_time(tmp_path: Path) -> None:
    nights = Nights(tmp_path, BOARD)
    nights.store(0, table(1))
    nights.store(1, table(2, range(20)))  # half of the models are gone
    nights.store(2, table(3, m30=1e300 * 1e300))  # infinite
    nights.store(3, table(4, m31=70.0))  # jumps: held
    filled = fill(tmp_path)
    assert (filled.added, filled.refused) == (3, 1)
    history = load(tmp_path)
    assert set(history.rows["published_on"].dt.day()) == {1, 3, 4}
    assert scores(history, "m30") == [(1, 31.0, 0, None), (4, 31.0, 3, None)], "an impossible row is quarantined"
    assert scores(history, "m31")[-1] == (4, 32.0, 3, None)
    assert not DecisionLog(tmp_path).path.exists(), "a backfill decides nothing for a refresh"


def test_a_fetch_that_no_refresh_judged_is_compared_with_the_accepted_edition(tmp_path: Path) -> None:
    nights = Nights(tmp_path, BOARD)
    nights.refresh(0, table(1))
    nights.refresh(1, table(2, range(20)))
    refusal = nights.refusal()
    assert refusal is not None
    accept_edition(tmp_path, "board", refusal.sha256, REASON, nights.at(1))
    nights.refresh(2, table(2, range(20)))
    nights.store(3, table(3, range(19)))
    nights.store(4, table(4, range(9)))
    assert (fill(tmp_path).added, len(load(tmp_path).refused_keys)) == (1, 1)


def test_an_interrupted_backfill_judges_like_an_uninterrupted_one(tmp_path: Path) -> None:
    def stop_after(lines: int) -> Callable[[str], None]:
        left = [lines]

        def log(line: str) -> None:
            left[0] -= not line.startswith("board: skipped")
            if left[0] < 0:
                raise KeyboardInterrupt

        return log

    homes = [tmp_path / "whole", tmp_path / "parts"]
    for home in homes:
        nights = Nights(home, BOARD)
        for night, models in enumerate([40, 39, 20, 39, 34, 33]):
            nights.store(night, table(night + 1, range(models)))
    for stop in range(1, 5):
        with pytest.raises(KeyboardInterrupt):
            backfill(homes[1], stop_after(1 if stop > 1 else 2))
    for home in homes:
        fill(home)
    assert load(homes[1]).added_keys == load(homes[0]).added_keys
    assert len(load(homes[0]).refused_keys) == 3, "20, 34 and 33 of 40 models: each more than 10 % fewer"


def test_an_edition_that_is_accepted_later_is_inserted_by_a_backfill(tmp_path: Path) -> None:
    nights = Nights(tmp_path, BOARD)
    nights.refresh(0, table(1))
    nights.refresh(1, table(2, range(20)))
    refusal = nights.refusal()
    assert refusal is not None
    nights.refresh(2, table(3))
    accepted = accept_edition(tmp_path, "board", refusal.sha256, REASON, nights.at(2))
    assert "backfill" in accepted.next_step
    assert nights.refresh(3, table(4)).status == "fresh", "an edition that passed since remains the standard"
    assert set(load(tmp_path).rows["published_on"].dt.day()) == {1, 3, 4}
    assert fill(tmp_path).added == 4
    assert set(load(tmp_path).rows["published_on"].dt.day()) == {1, 2, 3, 4}
    assert fill(tmp_path).added == 0
