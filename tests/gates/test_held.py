"""What a hold puts in place: the last good values of a model, a fact, a benchmark or a past date, and nothing else."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
from polars.testing import assert_frame_equal

from aggregator.gates.held import HELD_FOR, HeldPart, Part, apply_hold, hold_of, list_parts
from aggregator.gates.verdict import Hold
from aggregator.model import Parsed
from aggregator.pipeline.parse import find_broken_rules
from tests.support.samples import SOURCES, parsed

BY_ID = {source.id: source for source in SOURCES}
V2, ARENA = BY_ID["open_llm_v2"], BY_ID["arena_text"]
TODAY = date(2026, 11, 25)


def damaged(good: Parsed) -> Parsed:
    """Return an edition in which every score, fact and past value differs."""
    history = good.history
    return replace(
        good,
        scores=good.scores.with_columns(score=pl.col("score") * 0.9),
        entries=good.entries.with_columns(license=pl.lit("other"), board_score=pl.col("board_score") * 0.9),
        history=None if history is None else history.with_columns(score=pl.col("score") + 100),
    )


def rows_of(frame: pl.DataFrame, **values: object) -> pl.DataFrame:
    return frame.filter(pl.all_horizontal(pl.col(name) == value for name, value in values.items())).sort(pl.all())


def test_a_held_model_keeps_its_good_row_and_its_new_row_is_quarantined() -> None:
    good = parsed(V2)
    now, name = damaged(good), good.scores["raw_name"][0]
    held = apply_hold(now, good, Hold(raw_names=frozenset({name})), {name: "it moved"})
    for frame in ("entries", "scores"):
        assert_frame_equal(
            rows_of(getattr(held, frame).drop("base_models", strict=False), raw_name=name),
            rows_of(getattr(good, frame).drop("base_models", strict=False), raw_name=name),
        )
        others = pl.col("raw_name") != name
        assert_frame_equal(getattr(held, frame).filter(others), getattr(now, frame).filter(others))
    listed = held.quarantined.filter(pl.col("raw_name") == name)
    assert listed["reason"].unique().to_list() == ["it moved"]
    assert held.rows_read == held.rows_accepted + held.rows_duplicate + held.rows_quarantined
    assert list(find_broken_rules(V2, held)) == []


def test_a_held_fact_keeps_its_good_values_and_is_unknown_for_new_models() -> None:
    good = parsed(V2)
    before = replace(good, entries=good.entries.head(good.entries.height - 1))
    held = apply_hold(damaged(good), before, Hold(facts=frozenset({"license"})), {})
    expected = [*good.entries["license"].to_list()[:-1], None]
    assert held.entries["license"].to_list() == expected
    assert held.entries["board_score"].to_list() == damaged(good).entries["board_score"].to_list()
    assert held.quarantined.height == good.quarantined.height


def test_a_held_benchmark_keeps_its_good_scores() -> None:
    good = parsed(V2)
    now, benchmark = damaged(good), good.scores["benchmark"][0]
    held = apply_hold(now, good, Hold(benchmarks=frozenset({benchmark})), {})
    same = rows_of(held.scores, benchmark=benchmark)
    assert_frame_equal(same, rows_of(good.scores, benchmark=benchmark))
    assert held.scores.filter(pl.col("benchmark") != benchmark).height == now.scores.height - same.height


def test_a_benchmark_that_is_gone_can_be_held() -> None:
    good, benchmark = parsed(V2), parsed(V2).scores["benchmark"][0]
    is_left = pl.col("benchmark") != benchmark
    gone = replace(good, scores=good.scores.filter(is_left), benchmarks=good.benchmarks.filter(is_left))
    held = apply_hold(gone, good, Hold(benchmarks=frozenset({benchmark})), {})
    assert set(held.benchmarks["benchmark"]) == set(good.benchmarks["benchmark"])
    assert held.scores.height == good.scores.height


def test_a_held_date_keeps_its_good_rows() -> None:
    good = parsed(ARENA)
    assert good.history is not None
    day = good.history["published_on"].min()
    assert isinstance(day, date)
    held = apply_hold(damaged(good), good, Hold(past_dates=frozenset({day})), {})
    assert held.history is not None
    assert_frame_equal(rows_of(held.history, published_on=day), rows_of(good.history, published_on=day))
    others = held.history.filter(pl.col("published_on") != day).join(
        good.history, on=["benchmark", "raw_name", "published_on"], suffix="_good"
    )
    assert (others["score"] == others["score_good"] + 100).all()


def test_a_part_is_released_after_three_days_and_other_scores_have_another_digest() -> None:
    good = parsed(V2)
    name = good.scores["raw_name"][0]
    hold = Hold(frozenset({name}), frozenset({"license"}), frozenset({"open_llm_v2/bbh"}), frozenset({TODAY}))
    parts = list_parts(hold, good, TODAY)
    assert hold_of({part: frozenset(one.key for one in parts if one.part is part) for part in Part}) == hold
    assert not parts[0].is_released(TODAY + HELD_FOR - timedelta(days=1))
    assert parts[0].is_released(TODAY + HELD_FOR)
    assert parts[0].digest == list_parts(hold, good, TODAY)[0].digest
    assert parts[0].digest != list_parts(hold, damaged(good), TODAY)[0].digest
    assert HeldPart(Part.FACT, "license", TODAY) in parts
