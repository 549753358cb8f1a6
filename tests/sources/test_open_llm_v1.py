"""Open LLM Leaderboard v1: inverted flags, several runs of a model, and rows with a wrong mean."""

from datetime import date

import polars as pl
import pytest

from aggregator.errors import SourceError
from aggregator.sources.open_llm_v1 import COLUMNS, FILE, SOURCE
from tests.support import board_files, samples
from tests.support.open_llm_files import board, only, read, runs_of_one_model

REQUIRED = {
    *("fullname", "Precision", "Model", "Average ⬆️", "Flagged", "date"),
    *("ARC", "HellaSwag", "MMLU", "TruthfulQA", "Winogrande", "GSM8K"),
}
DECORATIVE = {
    *(
        "Type",
        "Weight type",
        "Architecture",
        "Model sha",
        "Hub License",
        "Hub ❤️",
        "#Params (B)",
        "Available on the hub",
    ),
    *("Merged", "MoE", "Chat Template"),
}
FLAGS = ["Flagged", "Merged", "MoE"]


def test_every_column_that_a_rank_needs_is_required() -> None:
    assert samples.required_fields(SOURCE, FILE) == REQUIRED
    assert samples.decorative_fields(SOURCE, FILE) == DECORATIVE


def test_inverted_flags_are_corrected_and_reported() -> None:
    found = samples.parsed(SOURCE)
    assert any("inverted" in warning for warning in found.warnings)
    flagged = found.entries.filter("flagged")["raw_name"].to_list()
    assert {"Contamination/contaminated_proof_7b_v1.0", "cloudyu/Yi-34Bx2-MoE-60B", "udkai/Turdus"} <= set(flagged)
    assert len(flagged) == 4
    assert only(found, "mistralai/Mixtral-8x7B-Instruct-v0.1")["moe"] is True
    assert only(found, "meta-llama/Llama-2-7b-hf")["merged"] is False


def test_flags_that_are_not_inverted_stay_unchanged() -> None:
    (content,) = samples.files(SOURCE).values()
    found = read(SOURCE, board_files.read_parquet(content).with_columns(~pl.col(FLAGS)))
    assert found.warnings == ()
    samples.assert_same(found, samples.parsed(SOURCE))


def test_null_flags_stay_null() -> None:
    found = read(SOURCE, board(SOURCE, **dict.fromkeys(FLAGS, pl.lit(None, pl.Boolean))))
    assert found.warnings == ()
    assert found.entries.select("flagged", "merged", "moe").null_count().row(0) == (found.entries.height,) * 3


def test_only_the_three_flags_are_corrected() -> None:
    found = samples.parsed(SOURCE)
    assert found.entries["open_weights"].sum() > found.entries.height / 2
    assert not found.entries["chat_template"].any()


def test_the_least_compressed_run_of_a_model_is_kept() -> None:
    found = samples.parsed(SOURCE)
    assert only(found, "HuggingFaceH4/zephyr-7b-beta")["precision"] == "bfloat16"
    assert only(found, "meta-llama/Llama-2-7b-hf")["precision"] == "float16"
    assert only(found, "TheBloke/Llama-2-70B-chat-GPTQ")["precision"] == "GPTQ"
    assert found.rows_duplicate == 27


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([{"Precision": "GPTQ"}, {"Precision": "4bit"}], 1),
        ([{"Precision": "4bit"}, {"Precision": "8bit"}], 1),
        ([{"date": "2023-09-09T08:00:00Z"}, {"date": "2024-05-05T12:22:44Z"}], 1),
        ([{"date": "2023-09-09T08:00:00Z"}, {"date": ""}], 0),
        ([{"score": 40.0}, {"score": 60.0}], 1),
    ],
)
def test_the_documented_run_is_kept_in_any_order(runs: list[dict[str, object]], expected: int) -> None:
    marked = [run | {"Model sha": f"run {place}"} for place, run in enumerate(runs)]
    for order in (marked, marked[::-1]):
        frame = runs_of_one_model(SOURCE, *order)
        assert only(read(SOURCE, frame), frame["fullname"][-1])["revision"] == f"run {expected}"


def test_a_run_without_one_benchmark_keeps_the_others() -> None:
    with_gap = pl.when(pl.int_range(pl.len()) == 2).then(None).otherwise("GSM8K")
    frame = board(SOURCE, GSM8K=with_gap)
    found = read(SOURCE, frame)
    scores = found.scores.filter(pl.col("raw_name") == frame["fullname"][2])
    assert scores.height == len(COLUMNS) - 1
    assert "open_llm_v1/gsm8k" not in scores["benchmark"].to_list()


def test_a_timestamp_becomes_its_day() -> None:
    found = read(SOURCE, board(SOURCE, date="2024-05-05T23:59:59Z"))
    assert set(found.entries["submitted_on"]) == {date(2024, 5, 5)}
    assert found.published_on == date(2024, 5, 5)


def test_an_empty_timestamp_is_null() -> None:
    found = read(SOURCE, board(SOURCE, date=""))
    assert found.entries["submitted_on"].is_null().all()
    assert found.published_on is None


@pytest.mark.parametrize("factor", [0.01, 100, -1])
def test_a_board_in_another_unit_is_refused(factor: float) -> None:
    scaled = board(SOURCE).with_columns(pl.col("Average ⬆️", *COLUMNS) * factor)
    with pytest.raises(SourceError, match="0 usable rows"):
        read(SOURCE, scaled)


@pytest.mark.parametrize("title", COLUMNS)
def test_a_row_with_a_score_that_contradicts_the_mean_is_quarantined(title: str) -> None:
    odd = pl.when(pl.int_range(pl.len()) == 3).then(pl.lit(99.9)).otherwise(title)
    found = read(SOURCE, board(SOURCE, **{title: odd}))
    assert found.quarantined["row"].to_list() == [3]
    assert found.quarantined["reason"].to_list() == ["average is not the mean of the six scores"]


def test_unknown_sizes_are_null() -> None:
    assert only(samples.parsed(SOURCE), "moreh/MoMo-70B-lora-1.8.6-DPO")["params_b"] is None
