"""The Hub's benchmark leaderboards: new columns, rows in another unit, and the answers of the Hub's API."""

import json
from typing import Any

import polars as pl
import pytest

from aggregator.errors import MissingColumn, SourceError, WrongType
from aggregator.model import UNRANKED_DOMAINS, Parsed
from aggregator.sources import hub_benchmarks
from aggregator.sources.hub_benchmarks import FILE, SOURCE
from aggregator.sources.hub_results import LIVE
from tests.support import board_files, samples

TABLE = samples.files(SOURCE)[FILE.name]
GPQA, NEW = "live/Idavidrein/gpqa", "live/someone/NewBench"


def result(model: str, value: object, **facts: object) -> dict[str, Any]:
    author = {"type": "org", "name": "a", "user": "a"}
    return {"rank": 1, "modelId": model, "value": value, "verified": False, "filename": "x", "author": author, **facts}


def parse(table: bytes = TABLE, **live: object) -> Parsed:
    answers = {name.replace("__", "/"): json.dumps(answer).encode() for name, answer in live.items()}
    return SOURCE.parse({FILE.name: table, **answers})


def with_answer(file: str, *results: object) -> Parsed:
    return SOURCE.parse({FILE.name: TABLE, file: json.dumps(list(results)).encode()})


def row(found: Parsed, benchmark: str, model: str) -> dict[str, Any]:
    rows = found.scores.filter(benchmark=f"{SOURCE.id}/{benchmark}", raw_name=model)
    return rows.row(0, named=True)


def test_every_column_of_scores_is_a_benchmark_and_the_mean_is_none() -> None:
    found = parse()
    assert set(found.benchmarks["benchmark"]) == {f"{SOURCE.id}/{name}" for name in hub_benchmarks.KNOWN}
    assert "aggregate" not in found.benchmarks["benchmark"].str.join("").item()
    assert set(found.benchmarks["measured_by"]) == {"self_reported"}


def test_a_new_column_is_a_benchmark_outside_every_rank() -> None:
    changed = board_files.edit_parquet(TABLE, lambda table: table.with_columns(pl.lit(1234.5).alias("eloArena_score")))
    found = parse(changed)
    assert found.scores.filter(benchmark=f"{SOURCE.id}/eloArena").height == found.entries.height
    declared = found.benchmarks.filter(benchmark=f"{SOURCE.id}/eloArena").row(0, named=True)
    assert declared["domain"] in UNRANKED_DOMAINS
    assert declared["scale_high"] is None
    assert found.warnings == ("new benchmark `eloArena`: it is in no rank until its domain and range are declared",)
    old = parse()
    assert found.entries.select("raw_name", "board_score").equals(old.entries.select("raw_name", "board_score"))


def test_a_new_column_of_text_is_reported_and_not_read() -> None:
    changed = board_files.edit_parquet(TABLE, lambda table: table.with_columns(pl.lit("A").alias("mark_score")))
    assert parse(changed).warnings == ("new columns, not used: `mark_score`",)


def test_a_lost_column_refuses_the_board() -> None:
    with pytest.raises(MissingColumn, match="gpqa_score"):
        parse(board_files.edit_parquet(TABLE, lambda table: table.drop("gpqa_score")))


def test_a_score_in_another_unit_is_quarantined_by_the_mean() -> None:
    def scale(table: pl.DataFrame) -> pl.DataFrame:
        first = pl.int_range(pl.len()) == pl.col("hle_score").is_not_null().arg_max()
        return table.with_columns(
            pl.when(first).then(pl.col("hle_score") / 100).otherwise("hle_score").alias("hle_score")
        )

    found = parse(board_files.edit_parquet(TABLE, scale))
    assert found.quarantined["reason"].to_list() == ["aggregate score is not the mean of the scores"]
    samples.assert_no_row_lost(found)


def test_models_of_pictures_have_no_place_among_language_models() -> None:
    entries = parse().entries
    ocr = entries.filter(pl.col("raw_name").str.to_lowercase().str.contains("ocr"))
    assert ocr.height >= 5
    assert ocr["board_score"].is_null().all()
    assert entries["board_score"].drop_nulls().is_between(0, 1).all()


def test_an_answer_of_the_api_comes_before_the_table() -> None:
    name = parse().scores.filter(benchmark=f"{SOURCE.id}/gpqa")["raw_name"][0]
    source = {"url": "https://example.org/log", "name": "log", "isExternal": True}
    found = with_answer(
        GPQA,
        result(name, 61.5, verified=True, source=source, notes="With tools"),
        result(name, 70.0),
        result("new-org/new-model", 55),
    )
    verified, reported = row(found, "gpqa", name), row(found, "gpqa", "new-org/new-model")
    assert (verified["score"], verified["measured_by"], verified["setting"]) == (61.5, "third_party", "With tools")
    assert verified["reference"] == "https://example.org/log"
    assert (reported["score"], reported["measured_by"], reported["reference"]) == (55.0, "self_reported", None)
    assert found.entries.filter(raw_name="new-org/new-model")["hf_id"].item() == "new-org/new-model"
    assert found.rows_duplicate == 1
    samples.assert_no_row_lost(found)


def test_an_unknown_dataset_of_the_api_is_a_benchmark_outside_every_rank() -> None:
    found = with_answer(NEW, result("new-org/new-model", 1400.0))
    declared = found.benchmarks.filter(benchmark=f"{SOURCE.id}/someone__NewBench").row(0, named=True)
    assert (declared["title"], declared["domain"]) == ("someone/NewBench", "other")
    assert declared["url"] == "https://huggingface.co/datasets/someone/NewBench"
    assert any("someone__NewBench" in warning for warning in found.warnings)


def test_a_benchmark_without_results_changes_nothing() -> None:
    samples.assert_same(with_answer(GPQA), parse())


def test_impossible_values_of_the_api_are_quarantined_with_the_file() -> None:
    found = with_answer(GPQA, result("a/b", 5000), result("a/c", 50.0))
    assert found.quarantined.select("raw_name", "file").row(0) == (
        "a/b",
        "api/datasets/benchmark-official/Idavidrein%2Fgpqa.json",
    )


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([result("a/b", "fifty")], SourceError),
        ([result("a/b", 50.0, source="the web")], WrongType),
        ([result("a/b", 50.0, verified="yes")], WrongType),
        ([{"modelId": "a/b"}], MissingColumn),
        ([{"value": 50.0}], MissingColumn),
        ({"error": "not found"}, SourceError),
        ([result(f"a/{number}", number / 100) for number in range(10)], SourceError),
    ],
    ids=["text", "source", "verified", "no value", "no model", "error", "fractions"],
)
def test_an_answer_of_another_shape_is_refused(answer: object, error: type[SourceError]) -> None:
    with pytest.raises(error) as raised:
        SOURCE.parse({FILE.name: TABLE, GPQA: json.dumps(answer).encode()})
    assert raised.value.file == "api/datasets/benchmark-official/Idavidrein%2Fgpqa.json"


def test_the_api_is_optional() -> None:
    assert LIVE.is_optional
    assert LIVE.is_set
