"""Two writings of one id on one board: one row counts, the other is a duplicate."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from aggregator import schema
from aggregator.model import Parsed
from aggregator.pipeline.results import ReadResult
from aggregator.pipeline.twins import editions_without_twins, find_twins, without_twins
from tests.support.small_board import BOARD

DAY = date(2026, 9, 1)
NO_NAMES = schema.frame(schema.NAMES)


def result(*names: str, history: pl.DataFrame | None = None, **facts: Any) -> ReadResult:
    rows = [{"source": "board", "raw_name": name, "board_score": float(at), **facts} for at, name in enumerate(names)]
    entries = schema.frame(schema.ENTRIES, rows)
    scores = schema.frame(schema.SCORES, entries.select("source", "raw_name", score="board_score"))
    accepted = entries.select("raw_name", rows=pl.lit(1))
    nothing = schema.frame(schema.BENCHMARKS), schema.frame(schema.QUARANTINED)
    parsed = Parsed(entries, scores, nothing[0], len(names), accepted, 0, nothing[1], DAY, history)
    return ReadResult(BOARD, "fresh", parsed=parsed)


def aliases(**models: str) -> pl.DataFrame:
    rows: list[dict[str, Any]] = [
        {"source": "board", "raw_name": name, "model_id": model} for name, model in models.items()
    ]
    return schema.frame(schema.ALIASES, rows)


def same(model: str, *names: str) -> pl.DataFrame:
    return aliases(**dict.fromkeys(names, model))


def test_the_row_that_is_written_like_the_id_counts_and_the_twin_is_a_duplicate() -> None:
    names = ("org/model-7b", "org/Model-7B")
    given = result(*names)
    twins = find_twins([given], same("org/Model-7B", *names), NO_NAMES)
    assert twins.rows() == [("board", "org/model-7b", "org/Model-7B")]
    (found,) = without_twins([given], twins)
    parsed = found.parsed
    assert parsed is not None
    assert parsed.entries["raw_name"].to_list() == parsed.scores["raw_name"].to_list() == ["org/Model-7B"]
    assert (parsed.rows_read, parsed.rows_accepted, parsed.rows_duplicate) == (2, 1, 1)
    assert "`org/model-7b` is `org/Model-7B` in another writing" in parsed.warnings[0]


def test_an_address_is_a_twin_of_its_id() -> None:
    names = ("https://huggingface.co/org/Model-7B", "org/Model-7B")
    assert find_twins([result(*names)], same("org/Model-7B", *names), NO_NAMES)["kept_name"].to_list() == [
        "org/Model-7B"
    ]


def test_names_without_an_id_keep_the_writing_that_other_boards_have_then_the_older_then_the_first() -> None:
    names = ("GPT-9", "gpt-9")
    given, own = result(*names), same("openai/gpt-9x", *names)
    assert find_twins([given], own, NO_NAMES)["kept_name"].to_list() == ["GPT-9"]
    elsewhere = own.head(1).with_columns(source=pl.lit("other"), raw_name=pl.lit("gpt-9"))
    assert find_twins([given], pl.concat([own, elsewhere]), NO_NAMES)["kept_name"].to_list() == ["gpt-9"]
    older = schema.frame(schema.NAMES, [{"source": "board", "raw_name": "gpt-9", "first_seen_on": DAY}])
    assert find_twins([given], own, older)["kept_name"].to_list() == ["gpt-9"]


def test_two_models_two_settings_and_names_of_earlier_dates_are_no_twins() -> None:
    names = ("org/model", "org/Model")
    two = aliases(**{"org/model": "org/model", "org/Model": "org/Model"})
    assert find_twins([result(*names)], two, NO_NAMES).is_empty()
    assert find_twins([result("a", "b")], same("x/a", "a", "b"), NO_NAMES).is_empty()
    given = result(*names)
    assert given.parsed is not None
    earlier = given.parsed.entries.with_columns(
        board_score=pl.when(pl.col("raw_name") == "org/Model").then("board_score")
    )
    listed = replace(given, parsed=replace(given.parsed, entries=earlier, scores=given.parsed.scores.head(0)))
    assert find_twins([listed], same("org/Model", *names), NO_NAMES).is_empty()


def test_the_twin_stays_in_the_editions_that_list_it_alone() -> None:
    rows: list[dict[str, Any]] = [
        {"source": "board", "benchmark": "board/overall", "raw_name": name, "published_on": day, "rank": 1}
        for name, day in (("a", date(2026, 1, 1)), ("a", DAY), ("A", DAY))
    ]
    history = schema.frame(schema.HISTORY, rows)
    twins = pl.DataFrame({"source": ["board"], "raw_name": ["a"], "kept_name": ["A"]})
    assert editions_without_twins(history, twins).select("raw_name", "published_on").rows() == [
        ("a", date(2026, 1, 1)),
        ("A", DAY),
    ]
    (found,) = without_twins([result("a", "A", history=history)], twins)
    assert found.parsed is not None
    assert dict(found.parsed.accepted.iter_rows()) == {"A": 1, "a": 1}
