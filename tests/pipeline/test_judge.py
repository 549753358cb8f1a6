"""A held model over several nights: its last good row stays, until the board has stated the new one for three days."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from aggregator import schema
from aggregator.gates import gates
from aggregator.gates.candidate import Candidate
from aggregator.gates.verdict import Action, Change, Finding, Hold
from aggregator.model import Parsed, RankRule, Resource, Snapshot
from aggregator.pipeline import judge
from aggregator.pipeline.judge import Judgement, Standard, Waivers
from aggregator.sources.win_rate import mean_win_rates
from aggregator.store.files import sha256_hex
from aggregator.store.snapshots import SnapshotStore
from tests.support.small_board import BOARD

MODEL, GOOD = "first", 40.0
OTHERS = {f"model {number}": float(number) for number in range(30)}


def parse(files: Mapping[str, bytes]) -> Parsed:
    scores = json.loads(files["table"])
    rows = [{"source": "board", "raw_name": name, "board_score": score} for name, score in scores.items()]
    results = [
        {"source": "board", "benchmark": "board/all", "raw_name": name, "score": score}
        for name, score in scores.items()
    ]
    entries = schema.frame(schema.ENTRIES, rows)
    return Parsed(
        entries=entries,
        scores=schema.frame(schema.SCORES, results),
        benchmarks=schema.frame(schema.BENCHMARKS, [{"benchmark": "board/all", "source": "board", "title": "all"}]),
        rows_read=len(rows),
        accepted=entries.select("raw_name", rows=pl.lit(1)),
        rows_duplicate=0,
        quarantined=schema.frame(schema.QUARANTINED),
        published_on=None,
    )


RESOURCE = Resource("table", "board/table.json", "https://board.example/table.json", 10_000, "json")
SOURCE = replace(BOARD, resources=(RESOURCE,), parse=parse)
FIRST = datetime(2026, 1, 1, 3, tzinfo=UTC)


def hold_moved(new: Candidate) -> Iterator[Finding]:
    """Hold each model whose overall score differs from the last good one."""
    if new.last_good is None:
        return
    pairs = new.parsed.entries.join(new.last_good.entries, on="raw_name", suffix="_good")
    moved = pairs.filter(pl.col("board_score") != pl.col("board_score_good"))["raw_name"].to_list()
    if moved:
        worst = tuple(Change(name, "board_score", "?", "?") for name in moved)
        yield Finding("a score moved", worst, hold=Hold(raw_names=frozenset(moved)))


@pytest.fixture(autouse=True)
def _one_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "GATES", {"moved": (hold_moved, Action.HOLD)})


@dataclass
class Nights:
    """Editions in which one model has another score, judged one after the other."""

    store: SnapshotStore
    standard: Standard = field(default_factory=Standard)

    def judge(self, day: int, average: float = GOOD, waivers: Waivers | None = None) -> Judgement:
        at = FIRST + timedelta(days=day)
        content = json.dumps({MODEL: average, **OTHERS}).encode()
        snapshot = Snapshot(
            SOURCE.id, RESOURCE.name, RESOURCE.url, sha256_hex(content), len(content), at, content=content
        )
        kept = (self.store.keep(snapshot),)
        parsed, last = judge.read_edition(SOURCE, kept, self.store), self.standard
        if {one.sha256 for one in last.snapshots} == {kept[0].sha256}:
            found = judge.judge_same_files(SOURCE, parsed, last, at.date())
        else:
            found = judge.judge_edition(
                judge.make_candidate(SOURCE, parsed, last, at.date()), last, waivers or Waivers()
            )
        if not found.failing:
            rows = judge.restore_edition(SOURCE, kept, found.held, self.store)
            self.standard = Standard(kept, rows, found.held, (found.statistics,))
        return found


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(SnapshotStore(tmp_path))


def score_of(found: Judgement) -> float:
    return float(found.parsed.entries.filter(pl.col("raw_name") == MODEL)["board_score"][0])


def test_a_held_model_keeps_its_good_score_for_three_days(nights: Nights) -> None:
    good = score_of(nights.judge(0))
    for day in (1, 2, 3):
        found = nights.judge(day, 77.0)
        assert score_of(found) == good
        assert MODEL in set(found.parsed.quarantined["raw_name"])
        assert [part.since for group in found.held for part in group.parts] == [date(2026, 1, 2)]
    released = nights.judge(4, 77.0)
    assert score_of(released) == 77.0
    assert released.held == ()


def test_the_stored_standard_has_the_held_score_and_not_that_of_its_files(nights: Nights) -> None:
    good = score_of(nights.judge(0))
    nights.judge(1, 77.0)
    assert nights.standard.parsed is not None
    kept = nights.standard.parsed.entries.filter(pl.col("raw_name") == MODEL)["board_score"][0]
    assert kept == pytest.approx(good)


def test_yet_another_score_begins_the_three_days_again(nights: Nights) -> None:
    good = score_of(nights.judge(0))
    nights.judge(1, 77.0)
    nights.judge(3, 55.0)
    assert score_of(nights.judge(4, 55.0)) == good
    assert score_of(nights.judge(6, 55.0)) == 55.0


def test_a_model_that_returns_to_its_good_score_is_no_longer_held(nights: Nights) -> None:
    good = score_of(nights.judge(0))
    nights.judge(1, 77.0)
    back = nights.judge(2)
    assert score_of(back) == good
    assert back.held == ()
    assert MODEL not in set(back.parsed.quarantined["raw_name"])


def test_an_accepted_edition_is_used_whole_and_becomes_the_standard(nights: Nights) -> None:
    nights.judge(0)
    assert score_of(nights.judge(1, 77.0, Waivers(is_accepted=True))) == 77.0
    assert nights.judge(2, 77.0).held == ()


def test_the_win_rates_of_all_models_follow_from_the_held_scores() -> None:
    two = [{"benchmark": f"board/{name}", "source": "board", "title": name, "higher_is_better": True} for name in "ab"]

    def win_rates(scores: Mapping[str, float]) -> Parsed:
        rows = [
            {"source": "board", "benchmark": row["benchmark"], "raw_name": name, "score": score}
            for row in two
            for name, score in scores.items()
        ]
        found = parse({"table": json.dumps(scores).encode()})
        return replace(found, scores=schema.frame(schema.SCORES, rows), benchmarks=schema.frame(schema.BENCHMARKS, two))

    def rates(found: Parsed) -> dict[str, float]:
        return dict(found.entries.select("raw_name", "board_score").iter_rows())

    source = replace(SOURCE, rank_rule=RankRule.WIN_RATE)
    last = win_rates(OTHERS | {MODEL: GOOD})
    good = replace(
        last,
        entries=last.entries.drop("board_score").join(mean_win_rates(last.scores, last.benchmarks), on="raw_name"),
    )
    good = replace(good, entries=schema.frame(schema.ENTRIES, good.entries))
    spoiled = win_rates(OTHERS | {MODEL: -1.0})
    standard = Standard(parsed=good)
    found = judge.judge_edition(judge.make_candidate(source, spoiled, standard, FIRST.date()), standard, Waivers())
    assert rates(found.parsed) == rates(good)
