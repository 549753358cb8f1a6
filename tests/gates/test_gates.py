"""Gates on the editions of the bundled sample: what passes, what is stopped, and at which threshold."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.gates.candidate import Candidate
from aggregator.gates.gates import run_gates
from aggregator.gates.impossible import find_impossible_scores
from aggregator.gates.names import SMALL_LOSS
from aggregator.gates.statistics import EditionStatistics, compute_statistics
from aggregator.gates.verdict import Action
from aggregator.model import Parsed, Source
from tests.support.samples import SOURCES, parsed

TODAY = date(2026, 11, 25)
BY_ID = {source.id: source for source in SOURCES}
V2, ARENA, MTEB = BY_ID["open_llm_v2"], BY_ID["arena_text_style_control"], BY_ID["mteb_eng_v2"]
every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)


def candidate(source: Source, now: Parsed, *good: EditionStatistics, last: Parsed | None = None) -> Candidate:
    last = last or parsed(source)
    return Candidate(source, now, compute_statistics(now), TODAY, last, good or (compute_statistics(last),))


def failing_gates(source: Source, now: Parsed, *good: EditionStatistics) -> set[str]:
    """Return the gates that stop `now`."""
    return {one.gate for one in run_gates(candidate(source, now, *good)) if one.action is not Action.NOTE}


def without_models(found: Parsed, names: set[str]) -> Parsed:
    is_kept = ~pl.col("raw_name").is_in(list(names))
    return replace(
        found,
        entries=found.entries.filter(is_kept),
        scores=found.scores.filter(is_kept),
        accepted=found.accepted.filter(is_kept),
        history=None if found.history is None else found.history.filter(is_kept),
    )


def random_models(source: Source, share: float, seed: int) -> set[str]:
    names = sorted(set(parsed(source).scores["raw_name"]))
    return set(random.Random(seed).sample(names, round(share * len(names))))


def with_scores(found: Parsed, score: pl.Expr) -> Parsed:
    return replace(found, scores=found.scores.with_columns(score=score))


@every_source
def test_the_same_edition_again_passes_every_gate(source: Source) -> None:
    assert run_gates(candidate(source, parsed(source))) == []
    assert find_impossible_scores(parsed(source)).is_empty()


@every_source
def test_the_first_edition_of_a_source_is_not_compared(source: Source) -> None:
    found = parsed(source)
    assert run_gates(Candidate(source, found, compute_statistics(found), TODAY)) == []


@every_source
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_loss_of_thirty_percent_of_the_models_is_always_found(source: Source, seed: int) -> None:
    assert "drop" in failing_gates(source, without_models(parsed(source), random_models(source, 0.3, seed)))


@pytest.mark.parametrize("source", [V2, MTEB], ids=["open_llm_v2", "mteb_eng_v2"])
def test_a_small_loss_of_models_passes(source: Source) -> None:
    newest = parsed(source).entries.sort("submitted_on", "released_on", nulls_last=True)["raw_name"].to_list()[-20:]
    lost = random_models(source, 0.02, 1) - set(newest)
    assert lost
    assert failing_gates(source, without_models(parsed(source), lost)) == set()


def test_a_drop_below_ten_percent_passes_and_a_drop_above_fails() -> None:
    good = compute_statistics(parsed(V2))
    for kept, gate in ((0.91, set()), (0.89, {"drop"})):
        counts = {name: round(getattr(good, name) * kept) for name in ("rows", "models", "placed", "scores")}
        benchmarks = {name: round(count * kept) for name, count in good.benchmarks.items()}
        now = replace(good, **counts, benchmarks=benchmarks)
        found = {one.gate for one in run_gates(Candidate(V2, parsed(V2), now, TODAY, None, (good,)))}
        assert found == gate


def test_repeated_small_losses_are_compared_with_the_best_of_seven_editions() -> None:
    good = [compute_statistics(parsed(V2))]
    caught = None
    for number in range(1, 11):
        last = good[-1]
        now = replace(last, **{name: round(getattr(last, name) * 0.95) for name in ("rows", "models", "scores")})
        if any(one.gate == "drop" for one in run_gates(Candidate(V2, parsed(V2), now, TODAY, None, good))):
            caught = number
            break
        good.append(now)
    assert caught == 3


def test_editions_before_the_last_seven_are_not_in_the_baseline() -> None:
    small = compute_statistics(parsed(V2))
    large = replace(small, models=small.models * 2)
    assert "drop" in failing_gates(V2, parsed(V2), large, *[small] * 6)
    assert failing_gates(V2, parsed(V2), large, *[small] * 7) == set()


def test_a_lost_benchmark_is_named() -> None:
    (verdict,) = (one for one in run_gates(candidate(ARENA, _without_math())) if one.gate == "benchmark_lost")
    assert f"`{ARENA.id}/math`" in verdict.reason


def test_one_lost_task_of_many_in_an_unranked_source_is_only_a_note() -> None:
    source = BY_ID["mteb_results"]
    good = compute_statistics(parsed(source))
    many = replace(good, benchmarks={f"{source.id}/task{n}": 20 for n in range(500)})
    fewer = replace(many, benchmarks=dict(list(many.benchmarks.items())[1:]))
    found = run_gates(Candidate(source, parsed(source), fewer, TODAY, None, (many,)))
    assert [(one.gate, one.action) for one in found] == [("benchmark_lost", Action.NOTE)]


def test_more_than_twice_as_many_models_fail_the_growth_gate() -> None:
    assert "growth" in failing_gates(V2, _with_copies())
    few = _with_copies().scores.head(parsed(V2).scores.height + 300)
    assert failing_gates(V2, replace(parsed(V2), scores=few)) == set()


@pytest.mark.parametrize("column", ["license", "params_b", "submitted_on"])
def test_a_column_with_more_empty_cells_fails_the_nulls_gate(column: str) -> None:
    last = parsed(V2)
    emptier = last.entries.with_columns(pl.when(pl.int_range(pl.len()) % 4 > 0).then(column).alias(column))
    found = [one for one in run_gates(candidate(V2, replace(last, entries=emptier))) if one.gate == "nulls"]
    assert any(f"`entries.{column}`" in one.reason for one in found)


@pytest.mark.parametrize(("growth", "closing"), [(0.04, set()), (0.06, {"nulls"})])
def test_the_nulls_gate_closes_at_five_percentage_points(growth: float, closing: set[str]) -> None:
    good = compute_statistics(parsed(V2))
    share = good.nulls.get("entries.license", 0.0) + growth
    now = replace(good, nulls={**good.nulls, "entries.license": share})
    assert {one.gate for one in run_gates(Candidate(V2, parsed(V2), now, TODAY, None, (good,)))} == closing


def test_models_without_their_earlier_place_fail_the_drop_gate() -> None:
    placeless = parsed(V2).entries.with_columns(pl.when(pl.int_range(pl.len()) % 4 > 0).then("board_score"))
    assert failing_gates(V2, replace(parsed(V2), entries=placeless)) == {"drop"}


@every_source
def test_shuffled_scores_fail_a_gate(source: Source) -> None:
    mixed = pl.col("score").shuffle(seed=7).over("benchmark")
    assert {"order", "shuffle"} & failing_gates(source, with_scores(parsed(source), mixed))


def test_a_shift_by_one_row_of_a_sorted_board_keeps_its_order_and_fails_the_shuffle_gate() -> None:
    failing = failing_gates(ARENA, _shifted())
    assert "shuffle" in failing
    assert not {"order", "unit"} & failing


def test_small_changes_of_all_ratings_pass() -> None:
    rng = random.Random(3)
    noise = pl.Series([rng.gauss(0, 4) for _ in range(parsed(ARENA).scores.height)])
    assert failing_gates(ARENA, with_scores(parsed(ARENA), pl.col("score") + noise)) == set()


def test_integer_ratings_may_equal_old_ratings_by_chance() -> None:
    last = with_scores(parsed(ARENA), pl.col("score").round(0))
    rng = random.Random(4)
    steps = pl.Series([rng.choice([-1.0, 0.0, 1.0]) for _ in range(last.scores.height)])
    edition = candidate(ARENA, with_scores(last, pl.col("score") + steps), last=last)
    assert [verdict for verdict in run_gates(edition) if verdict.gate == "shuffle"] == []


@every_source
@pytest.mark.parametrize("factor", [100.0, 0.01, -1.0, 5.0])
def test_scores_in_another_unit_fail_a_gate(source: Source, factor: float) -> None:
    assert {"unit", "order"} & failing_gates(source, with_scores(parsed(source), pl.col("score") * factor))


def test_sizes_in_another_unit_stay_at_their_last_good_values() -> None:
    in_millions = replace(parsed(V2), entries=parsed(V2).entries.with_columns(pl.col("params_b") * 1000))
    (verdict,) = run_gates(candidate(V2, in_millions))
    assert (verdict.gate, verdict.action, verdict.hold.facts) == ("facts", Action.HOLD, frozenset({"params_b"}))


def moved_by_days(found: Parsed, days: int) -> Parsed:
    assert found.published_on is not None
    moved = {"published_on": pl.col("published_on") + timedelta(days=days)}
    return replace(
        found,
        published_on=found.published_on + timedelta(days=days),
        scores=found.scores.with_columns(**moved),
        entries=found.entries.with_columns(**moved),
    )


def test_an_older_edition_fails_and_a_newer_one_passes() -> None:
    assert failing_gates(ARENA, moved_by_days(parsed(ARENA), -1)) == {"backward"}
    assert failing_gates(ARENA, renewed_after_days(1)) == set()


def renewed_after_days(days: int) -> Parsed:
    """Return a later edition of the Arena, with ratings that were fitted again."""
    return with_scores(moved_by_days(parsed(ARENA), days), pl.col("score") + 0.5)


def test_one_category_of_an_older_edition_fails_the_backward_gate() -> None:
    first = pl.col("benchmark") == f"{ARENA.id}/english"
    earlier = pl.col("published_on") - timedelta(days=7)
    older = parsed(ARENA).scores.with_columns(published_on=pl.when(first).then(earlier).otherwise("published_on"))
    assert failing_gates(ARENA, replace(parsed(ARENA), scores=older)) == {"backward"}


def test_an_edition_from_the_future_fails_the_future_gate() -> None:
    published_on = parsed(ARENA).published_on
    assert published_on is not None
    ahead = (TODAY - published_on).days
    assert failing_gates(ARENA, renewed_after_days(ahead + 1)) == set(), "the next day may have begun at the host"
    assert failing_gates(ARENA, renewed_after_days(ahead + 2)) == {"future"}


def test_a_board_dated_by_its_newest_model_may_remove_that_model() -> None:
    last = parsed(MTEB)
    newest = last.entries.filter(pl.col("released_on") == last.published_on)["raw_name"].to_list()
    earlier = last.entries.filter(~pl.col("raw_name").is_in(newest))["released_on"].max()
    assert isinstance(earlier, date)
    now = replace(without_models(last, set(newest)), published_on=earlier)
    assert len(newest) <= SMALL_LOSS
    assert [(one.gate, one.action) for one in run_gates(candidate(MTEB, now))] == [("backward", Action.NOTE)]


def test_more_than_two_quarantined_models_of_the_best_hundred_fail_the_top_gate() -> None:
    assert failing_gates(V2, _quarantined_best(2)) == set()
    assert failing_gates(V2, _quarantined_best(3)) == {"top"}


def test_fewer_models_than_the_minimum_are_refused_without_an_earlier_edition() -> None:
    few = without_models(parsed(V2), set(sorted(set(parsed(V2).scores["raw_name"]))[19:]))
    (verdict,) = run_gates(Candidate(V2, few, compute_statistics(few), TODAY))
    assert (verdict.gate, verdict.action) == ("floor", Action.REFUSE)


@pytest.mark.parametrize(
    ("column", "value"),
    [("score", float("nan")), ("score", float("inf")), ("score", 1.5), ("score", -0.5), ("score_low", 0.9)],
)
def test_a_model_with_an_impossible_score_is_named(column: str, value: float) -> None:
    name = parsed(V2).scores["raw_name"][0]
    spoiled = pl.when(pl.col("raw_name") == name).then(value).otherwise(column).alias(column)
    low = parsed(V2).scores.with_columns(score_low=pl.lit(None, dtype=pl.Float64)).with_columns(spoiled)
    found = find_impossible_scores(replace(parsed(V2), scores=low))
    assert found["raw_name"].to_list() == [name]
    assert found["source"].to_list() == [V2.id]


def _with_copies() -> Parsed:
    last = parsed(V2)
    copies = [last.scores.with_columns(raw_name=pl.col("raw_name") + f"-{copy}") for copy in range(2)]
    return replace(last, scores=pl.concat([last.scores, *copies]))


def _without_math() -> Parsed:
    gone = pl.col("benchmark") == f"{ARENA.id}/math"
    return replace(parsed(ARENA), scores=parsed(ARENA).scores.filter(~gone))


def _emptier() -> Parsed:
    license_ = pl.when(pl.int_range(pl.len()) % 4 > 0).then("license").alias("license")
    return replace(parsed(V2), entries=parsed(V2).entries.with_columns(license_))


def _noisy() -> Parsed:
    rng = random.Random(5)
    noise = pl.Series([rng.gauss(0, 60) for _ in range(parsed(ARENA).scores.height)])
    return with_scores(parsed(ARENA), pl.col("score") + noise)


def _quarantined_best(count: int) -> Parsed:
    best = parsed(V2).entries.sort("board_score", descending=True)["raw_name"].to_list()[:count]
    rows = [
        {"source": V2.id, "file": "f", "row": n, "raw_name": name, "reason": "damaged"} for n, name in enumerate(best)
    ]
    return replace(without_models(parsed(V2), set(best)), quarantined=pl.DataFrame(rows))


def _shifted() -> Parsed:
    ordered = parsed(ARENA).scores.sort("benchmark", "score")
    score = pl.col("score").shift(1).over("benchmark").fill_null(pl.col("score"))
    return replace(parsed(ARENA), scores=ordered.with_columns(score=score))


FAULT_OF_GATE: dict[str, tuple[Source, Callable[[], Parsed]]] = {
    "drop": (V2, lambda: without_models(parsed(V2), random_models(V2, 0.2, 2))),
    "growth": (V2, _with_copies),
    "benchmark_lost": (ARENA, _without_math),
    "nulls": (V2, _emptier),
    "future": (ARENA, lambda: renewed_after_days(4000)),
    "backward": (ARENA, lambda: moved_by_days(parsed(ARENA), -1)),
    "order": (ARENA, _noisy),
    "shuffle": (ARENA, _shifted),
    "unit": (V2, lambda: with_scores(parsed(V2), pl.col("score") * 0.2)),
    "top": (V2, lambda: _quarantined_best(3)),
}
"""For each gate a fault that it stops; the other gates have theirs in the tests beside this one."""


@pytest.mark.parametrize("gate", sorted(FAULT_OF_GATE))
def test_each_gate_stops_its_fault(gate: str) -> None:
    source, spoiled = FAULT_OF_GATE[gate]
    found = run_gates(candidate(source, spoiled()))
    assert gate in {one.gate for one in found if one.action is not Action.NOTE}
