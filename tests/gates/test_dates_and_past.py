"""Gates on dates, on editions that are served again, on past editions, on ended boards and on given ranks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from aggregator.gates.candidate import Candidate
from aggregator.gates.gates import run_gates
from aggregator.gates.statistics import compute_statistics
from aggregator.gates.verdict import Action, Verdict
from aggregator.model import Parsed, Source
from tests.gates.test_gates import ARENA, BY_ID, MTEB, TODAY, candidate, moved_by_days, with_scores
from tests.support.samples import parsed

LIVEBENCH = BY_ID["livebench"]
ENDED = [BY_ID[board] for board in ("open_llm_v1", "open_llm_v2", "aider_edit", "arena_hard")]


def verdicts(source: Source, now: Parsed, *gates: str, last: Parsed | None = None) -> list[Verdict]:
    return run_gates(candidate(source, now, last=last), gates)


def with_history(found: Parsed, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Parsed:
    assert found.history is not None
    return replace(found, history=change(found.history))


def past_days(found: Parsed) -> list[date]:
    assert found.history is not None
    return sorted(day for day in found.history["published_on"].unique() if day != found.published_on)


def test_a_first_edition_from_the_future_is_stopped() -> None:
    late = moved_by_days(parsed(ARENA), 4000)
    (verdict,) = run_gates(Candidate(ARENA, late, compute_statistics(late), TODAY), ["future"])
    assert verdict.action is Action.KEEP


def with_wrong_date(days: int) -> Parsed:
    """Return an edition of the Arena whose date is wrong, also in its history."""
    true = parsed(ARENA)
    moved = moved_by_days(true, days)
    is_newest = pl.col("published_on") == true.published_on
    return with_history(
        moved,
        lambda frame: frame.with_columns(
            published_on=pl.when(is_newest).then(moved.published_on).otherwise("published_on")
        ),
    )


def test_a_wrong_later_date_does_not_shut_out_the_editions_after_it() -> None:
    (verdict,) = verdicts(ARENA, parsed(ARENA), "backward", "past_editions", last=with_wrong_date(40))
    assert (verdict.gate, verdict.action) == ("backward", Action.NOTE)


def test_an_older_edition_is_stopped_although_its_history_does_not_have_the_last_good_date() -> None:
    last = parsed(ARENA)
    day = past_days(last)[-1]
    older = replace(with_history(last, lambda frame: frame.filter(pl.col("published_on") <= day)), published_on=day)
    assert [one.action for one in verdicts(ARENA, older, "backward")] == [Action.KEEP]


def test_an_edition_served_again_under_another_date_is_kept_back() -> None:
    again = moved_by_days(parsed(ARENA), 3)
    assert [one.gate for one in verdicts(ARENA, again, "redated")] == ["redated"]
    refitted = with_scores(again, pl.col("score") + 0.1)
    assert verdicts(ARENA, refitted, "redated") == []


def test_the_current_table_and_the_table_of_all_dates_must_agree() -> None:
    assert verdicts(ARENA, parsed(ARENA), "full_table") == []
    lie = with_scores(
        parsed(ARENA), pl.when(pl.col("raw_name").hash() % 5 == 0).then(pl.col("score") + 60).otherwise("score")
    )
    (verdict,) = verdicts(ARENA, lie, "full_table")
    assert verdict.action is Action.KEEP
    first = Candidate(ARENA, lie, compute_statistics(lie), TODAY)
    assert [one.gate for one in run_gates(first, ["full_table"])] == ["full_table"]
    gone = set(parsed(ARENA).scores["raw_name"].unique().sort().head(6))
    shorter = replace(parsed(ARENA), scores=parsed(ARENA).scores.filter(~pl.col("raw_name").is_in(list(gone))))
    assert [one.gate for one in verdicts(ARENA, shorter, "full_table")] == ["full_table"]


@pytest.mark.parametrize("source", [ARENA, LIVEBENCH], ids=lambda source: source.id)
def test_one_changed_past_date_stays_at_its_last_good_values(source: Source) -> None:
    last = parsed(source)
    day = past_days(last)[-1]
    raised = pl.when(pl.col("published_on") == day).then(pl.col("score") + 20).otherwise("score")
    changes: list[Callable[[pl.DataFrame], pl.DataFrame]] = [
        lambda frame: frame.with_columns(score=raised),
        lambda frame: frame.filter(pl.col("published_on") != day),
    ]
    for change in changes:
        (verdict,) = verdicts(source, with_history(last, change), "past_editions")
        assert (verdict.action, verdict.hold.past_dates) == (Action.HOLD, frozenset({day}))


def test_a_moved_past_date_is_put_back() -> None:
    last = parsed(ARENA)
    day = past_days(last)[-1]
    moved = pl.when(pl.col("published_on") == day).then(day - timedelta(days=1)).otherwise("published_on")
    (verdict,) = verdicts(
        ARENA, with_history(last, lambda frame: frame.with_columns(published_on=moved)), "past_editions"
    )
    assert verdict.hold.past_dates == {day, day - timedelta(days=1)}


def test_a_past_that_changed_in_many_dates_keeps_the_edition_back() -> None:
    last = parsed(LIVEBENCH)
    is_past = pl.col("published_on") < last.published_on
    later = pl.when(is_past).then(pl.col("published_on") + timedelta(days=1)).otherwise("published_on")
    moved = with_history(last, lambda frame: frame.with_columns(published_on=later))
    (verdict,) = verdicts(LIVEBENCH, moved, "past_editions")
    assert verdict.action is Action.KEEP


def test_another_rounding_of_the_past_passes() -> None:
    last = parsed(ARENA)
    assert (
        verdicts(ARENA, with_history(last, lambda frame: frame.with_columns(pl.col("score").round(1))), "past_editions")
        == []
    )


def ended(source: Source, now: Parsed, *, fetched_on: date = TODAY, today: date = TODAY) -> list[Verdict]:
    edition = replace(candidate(source, now), last_retrieved_on=fetched_on, today=today)
    return run_gates(edition, ["ended"])


@pytest.mark.parametrize("source", ENDED, ids=lambda source: source.id)
def test_an_ended_board_does_not_change(source: Source) -> None:
    last = parsed(source)
    is_first = pl.col("raw_name") == last.scores["raw_name"].sort()[0]
    changed = [
        replace(
            last,
            scores=last.scores.with_columns(score=pl.when(is_first).then(pl.col("score") * 0.97).otherwise("score")),
        ),
        replace(
            last,
            entries=last.entries.with_columns(
                flagged=pl.when(is_first).then(~pl.col("flagged").fill_null(value=False)).otherwise("flagged")
            ),
        ),
        replace(last, entries=last.entries.filter(~is_first), scores=last.scores.filter(~is_first)),
        replace(last, entries=last.entries.with_columns(pl.col("published_on") + timedelta(days=1))),
    ]
    for now in changed:
        if source.id in {"aider_edit", "arena_hard"} and now is changed[1]:
            continue
        assert [one.action for one in ended(source, now)] == [Action.KEEP]


@pytest.mark.parametrize("source", ENDED, ids=lambda source: source.id)
def test_more_decimals_other_likes_and_reordered_rows_of_an_ended_board_pass(source: Source) -> None:
    last = parsed(source)
    assert source.frozen_on is not None
    longer = with_scores(last, pl.col("score") + 1e-6 * (pl.col("score") - pl.col("score").mean()))
    other = replace(longer, entries=longer.entries.reverse().with_columns(likes=pl.lit(7, dtype=pl.Int64)))
    assert ended(source, other) == []
    changed = with_scores(last, pl.col("score") * 0.97)
    assert ended(source, changed, fetched_on=source.frozen_on) == []


@pytest.mark.parametrize(
    "rank",
    [
        pl.col("board_rank").shuffle(seed=2),
        pl.lit(1, dtype=pl.Int64),
        pl.col("board_rank") * 10,
        pl.col("board_rank") + 1,
        pl.col("board_rank").max() + 1 - pl.col("board_rank"),
    ],
)
def test_ranks_that_contradict_the_scores_are_stopped(rank: pl.Expr) -> None:
    now = replace(parsed(MTEB), entries=parsed(MTEB).entries.with_columns(board_rank=rank))
    assert {one.gate for one in verdicts(MTEB, now, "board_ranks")} == {"board_ranks"}
