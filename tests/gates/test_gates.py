"""The gates, on the real shapes of the sample: what is let pass, what is held, and at which number."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.gates import gates, statistics
from aggregator.gates.gates import GATES, Night, Outcome, judge
from aggregator.model import Parsed, Source
from tests.support.captures import SOURCES, parsed

TODAY = date(2026, 11, 25)
BY_ID = {source.id: source for source in SOURCES}
V2, ARENA, MTEB = BY_ID["open_llm_v2"], BY_ID["arena_text_style_control"], BY_ID["mteb_eng_v2"]
every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)


def night(source: Source, now: Parsed, *good: statistics.Measure) -> Night:
    last = parsed(source)
    return Night(source, now, statistics.measure(now), TODAY, last, good or (statistics.measure(last),))


def held(source: Source, now: Parsed, *good: statistics.Measure) -> set[str]:
    """Return the gates that hold `now` back."""
    return {one.gate for one in judge(night(source, now, *good)) if one.outcome is not Outcome.NOTE}


def without(found: Parsed, names: set[str]) -> Parsed:
    stays = ~pl.col("raw_name").is_in(list(names))
    return replace(
        found,
        entries=found.entries.filter(stays),
        scores=found.scores.filter(stays),
        accepted=found.accepted.filter(stays),
        history=None if found.history is None else found.history.filter(stays),
    )


def some(source: Source, share: float, seed: int) -> set[str]:
    names = sorted(set(parsed(source).scores["raw_name"]))
    return set(random.Random(seed).sample(names, round(share * len(names))))


def scores(found: Parsed, score: pl.Expr) -> Parsed:
    return replace(found, scores=found.scores.with_columns(score=score))


@every_source
def test_the_same_edition_again_passes_every_gate(source: Source) -> None:
    assert judge(night(source, parsed(source))) == []
    assert gates.impossible(parsed(source)).is_empty()


@every_source
def test_a_first_night_has_nothing_to_be_held_against(source: Source) -> None:
    found = parsed(source)
    assert judge(Night(source, found, statistics.measure(found), date(2000, 1, 1))) == []


@every_source
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_thirty_percent_of_the_models_lost_is_never_missed(source: Source, seed: int) -> None:
    assert "drop" in held(source, without(parsed(source), some(source, 0.3, seed)))


@pytest.mark.parametrize("source", [V2, MTEB], ids=["open_llm_v2", "mteb_eng_v2"])
def test_a_few_models_lost_pass(source: Source) -> None:
    newest = parsed(source).entries.sort("submitted_on", "released_on", nulls_last=True)["raw_name"].to_list()[-20:]
    lost = some(source, 0.04, 1) - set(newest)
    assert lost
    assert held(source, without(parsed(source), lost)) == set()


def test_the_bound_of_ten_percent_is_held_on_both_sides() -> None:
    good = statistics.measure(parsed(V2))
    for kept, gate in ((0.91, set()), (0.89, {"drop"})):
        counts = {name: round(getattr(good, name) * kept) for name in ("rows", "models", "placed", "scores")}
        benchmarks = {name: round(count * kept) for name, count in good.benchmarks.items()}
        now = replace(good, **counts, benchmarks=benchmarks)
        found = {one.gate for one in gates.judge(Night(V2, parsed(V2), now, TODAY, None, (good,)))}
        assert found == gate


def test_a_slow_leak_is_held_against_the_best_of_seven_editions_and_not_against_the_last() -> None:
    good = [statistics.measure(parsed(V2))]
    caught = None
    for number in range(1, 11):
        last = good[-1]
        now = replace(last, **{name: round(getattr(last, name) * 0.95) for name in ("rows", "models", "scores")})
        if any(one.gate == "drop" for one in judge(Night(V2, parsed(V2), now, TODAY, None, good))):
            caught = number
            break
        good.append(now)
    assert caught == 3


def test_what_was_longer_ago_than_seven_editions_is_no_measure() -> None:
    small = statistics.measure(parsed(V2))
    large = replace(small, models=small.models * 2)
    assert "drop" in held(V2, parsed(V2), large, *[small] * 6)
    assert held(V2, parsed(V2), large, *[small] * 7) == set()


def test_a_benchmark_that_is_gone_is_named() -> None:
    now = replace(parsed(ARENA), scores=parsed(ARENA).scores.filter(pl.col("benchmark") != f"{ARENA.id}/math"))
    (verdict,) = (one for one in judge(night(ARENA, now)) if one.gate == "benchmark_lost")
    assert f"`{ARENA.id}/math`" in verdict.reason


def test_one_task_of_many_that_nothing_is_ranked_by_is_only_noted() -> None:
    source = BY_ID["mteb_results"]
    good = statistics.measure(parsed(source))
    many = replace(good, benchmarks={f"{source.id}/task{n}": 20 for n in range(500)})
    fewer = replace(many, benchmarks=dict(list(many.benchmarks.items())[1:]))
    found = judge(Night(source, parsed(source), fewer, TODAY, None, (many,)))
    assert [(one.gate, one.outcome) for one in found] == [("benchmark_lost", Outcome.NOTE)]


def test_more_than_twice_as_many_models_are_held() -> None:
    last = parsed(V2)
    more = [last.scores.with_columns(raw_name=pl.col("raw_name") + f"-{copy}") for copy in range(2)]
    assert "growth" in held(V2, replace(last, scores=pl.concat([last.scores, *more])))
    assert held(V2, replace(last, scores=pl.concat([last.scores, more[0].head(300)]))) == set()


@pytest.mark.parametrize("column", ["license", "params_b", "submitted_on"])
def test_a_column_that_empties_is_held(column: str) -> None:
    last = parsed(V2)
    emptier = last.entries.with_columns(pl.when(pl.int_range(pl.len()) % 4 > 0).then(column).alias(column))
    found = [one for one in judge(night(V2, replace(last, entries=emptier))) if one.gate == "nulls"]
    assert any(f"`entries.{column}`" in one.reason for one in found)


def test_models_that_lose_their_place_are_held() -> None:
    placeless = parsed(V2).entries.with_columns(pl.when(pl.int_range(pl.len()) % 4 > 0).then("board_score"))
    assert held(V2, replace(parsed(V2), entries=placeless)) == {"drop"}


@every_source
def test_shuffled_scores_are_held(source: Source) -> None:
    mixed = pl.col("score").shuffle(seed=7).over("benchmark")
    assert {"order", "shuffle"} & held(source, scores(parsed(source), mixed))


def test_a_shift_by_one_row_of_a_sorted_board_is_held_though_the_order_hardly_changes() -> None:
    last = parsed(ARENA)
    ordered = last.scores.sort("benchmark", "score")
    shifted = ordered.with_columns(score=pl.col("score").shift(1).over("benchmark").fill_null(pl.col("score")))
    assert held(ARENA, replace(last, scores=shifted)) == {"shuffle"}


def test_new_votes_that_move_every_rating_a_little_pass() -> None:
    rng = random.Random(3)
    noise = pl.Series([rng.gauss(0, 4) for _ in range(parsed(ARENA).scores.height)])
    assert held(ARENA, scores(parsed(ARENA), pl.col("score") + noise)) == set()


def test_ratings_that_are_whole_numbers_may_meet_by_chance() -> None:
    last = scores(parsed(ARENA), pl.col("score").round(0))
    rng = random.Random(4)
    steps = pl.Series([rng.choice([-1.0, 0.0, 1.0]) for _ in range(last.scores.height)])
    now = scores(last, pl.col("score") + steps)
    one = Night(ARENA, now, statistics.measure(now), TODAY, last, (statistics.measure(last),))
    assert [verdict for verdict in judge(one) if verdict.gate == "shuffle"] == []


@every_source
@pytest.mark.parametrize("factor", [100.0, 0.01, -1.0, 5.0])
def test_scores_in_another_unit_are_held(source: Source, factor: float) -> None:
    assert {"unit", "order"} & held(source, scores(parsed(source), pl.col("score") * factor))


def test_sizes_in_another_unit_are_held() -> None:
    last = parsed(V2)
    in_millions = last.entries.with_columns(pl.col("params_b") * 1000)
    assert held(V2, replace(last, entries=in_millions)) == {"unit"}


def redated(found: Parsed, days: int) -> Parsed:
    assert found.published_on is not None
    moved = {"published_on": pl.col("published_on") + timedelta(days=days)}
    return replace(
        found,
        published_on=found.published_on + timedelta(days=days),
        scores=found.scores.with_columns(**moved),
        entries=found.entries.with_columns(**moved),
    )


def test_an_older_edition_is_held_and_a_newer_one_passes() -> None:
    assert held(ARENA, redated(parsed(ARENA), -1)) == {"backward"}
    assert held(ARENA, redated(parsed(ARENA), 1)) == set()


def test_one_category_of_an_older_edition_is_held() -> None:
    first = pl.col("benchmark") == f"{ARENA.id}/english"
    earlier = pl.col("published_on") - timedelta(days=7)
    older = parsed(ARENA).scores.with_columns(published_on=pl.when(first).then(earlier).otherwise("published_on"))
    assert held(ARENA, replace(parsed(ARENA), scores=older)) == {"backward"}


def test_an_edition_from_the_future_is_held() -> None:
    published_on = parsed(ARENA).published_on
    assert published_on is not None
    ahead = (TODAY - published_on).days
    assert held(ARENA, redated(parsed(ARENA), ahead + 1)) == set(), "it may already be tomorrow at the host"
    assert held(ARENA, redated(parsed(ARENA), ahead + 2)) == {"future"}


def test_the_newest_model_of_a_board_without_a_date_of_its_own_may_be_withdrawn() -> None:
    last = parsed(MTEB)
    newest = last.entries.filter(pl.col("released_on") == last.published_on)["raw_name"].to_list()
    earlier = last.entries.filter(~pl.col("raw_name").is_in(newest))["released_on"].max()
    assert isinstance(earlier, date)
    now = replace(without(last, set(newest)), published_on=earlier)
    assert len(newest) <= gates.FEW
    assert [(one.gate, one.outcome) for one in judge(night(MTEB, now))] == [("backward", Outcome.NOTE)]


def test_more_than_two_in_a_hundred_of_the_best_held_out_is_held() -> None:
    last = parsed(V2)
    best = last.entries.sort("board_score", descending=True)["raw_name"].to_list()
    for count, gate in ((2, set()), (3, {"top"})):
        rows = [{"source": V2.id, "file": "f", "row": n, "raw_name": best[n], "reason": "odd"} for n in range(count)]
        now = replace(without(last, set(best[:count])), quarantined=pl.DataFrame(rows))
        assert held(V2, now) == gate


def test_fewer_models_than_make_a_board_are_refused_whatever_there_was_before() -> None:
    few = without(parsed(V2), set(sorted(set(parsed(V2).scores["raw_name"]))[19:]))
    (verdict,) = judge(Night(V2, few, statistics.measure(few), TODAY))
    assert (verdict.gate, verdict.outcome) == ("floor", Outcome.REFUSE)


@pytest.mark.parametrize(
    ("column", "value"),
    [("score", float("nan")), ("score", float("inf")), ("score", 1.5), ("score", -0.5), ("score_low", 0.9)],
)
def test_a_model_with_an_impossible_number_is_named(column: str, value: float) -> None:
    name = parsed(V2).scores["raw_name"][0]
    spoiled = pl.when(pl.col("raw_name") == name).then(value).otherwise(column).alias(column)
    low = parsed(V2).scores.with_columns(score_low=pl.lit(None, dtype=pl.Float64)).with_columns(spoiled)
    found = gates.impossible(replace(parsed(V2), scores=low))
    assert found["raw_name"].to_list() == [name]
    assert found["source"].to_list() == [V2.id]


def test_a_measure_survives_the_manifest_and_anything_else_is_none() -> None:
    measure = statistics.measure(parsed(ARENA))
    assert statistics.from_document(measure.document()) == measure
    documents: tuple[object, ...] = (
        None,
        [],
        {},
        {**measure.document(), "rows": "many"},
        {**measure.document(), "benchmarks": []},
    )
    for document in documents:
        assert statistics.from_document(document) is None


def _more() -> Parsed:
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
    return scores(parsed(ARENA), pl.col("score") + noise)


def _top_held_out() -> Parsed:
    best = parsed(V2).entries.sort("board_score", descending=True)["raw_name"].to_list()[:3]
    rows = [{"source": V2.id, "file": "f", "row": n, "raw_name": name, "reason": "odd"} for n, name in enumerate(best)]
    return replace(without(parsed(V2), set(best)), quarantined=pl.DataFrame(rows))


def _shifted() -> Parsed:
    ordered = parsed(ARENA).scores.sort("benchmark", "score")
    score = pl.col("score").shift(1).over("benchmark").fill_null(pl.col("score"))
    return replace(parsed(ARENA), scores=ordered.with_columns(score=score))


ONLY: dict[str, tuple[Source, Callable[[], Parsed]]] = {
    "drop": (V2, lambda: without(parsed(V2), some(V2, 0.2, 2))),
    "growth": (V2, _more),
    "benchmark_lost": (ARENA, _without_math),
    "nulls": (V2, _emptier),
    "future": (ARENA, lambda: redated(parsed(ARENA), 4000)),
    "backward": (ARENA, lambda: redated(parsed(ARENA), -1)),
    "order": (ARENA, _noisy),
    "shuffle": (ARENA, _shifted),
    "unit": (V2, lambda: replace(parsed(V2), entries=parsed(V2).entries.with_columns(pl.col("params_b") * 1000))),
    "top": (V2, _top_held_out),
}
"""For each gate a fault that no other gate holds back."""


@pytest.mark.parametrize("gate", sorted(GATES.keys() - {"floor"}))
def test_without_any_one_gate_some_fault_would_be_published(gate: str) -> None:
    source, spoiled = ONLY[gate]
    tonight = night(source, spoiled())
    others = [name for name in GATES if name != gate]
    assert {one.gate for one in judge(tonight)} == {gate}
    assert judge(tonight, others) == []
