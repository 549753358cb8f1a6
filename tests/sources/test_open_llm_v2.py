"""Open LLM Leaderboard v2: several runs of a model, two scales per score, and rows that contradict themselves."""

import polars as pl
import pytest

from aggregator.errors import SourceError
from aggregator.sources.open_llm_v2 import FILE, NORMALIZED, SOURCE
from tests.support import samples
from tests.support.open_llm_files import board, only, read, runs_of_one_model

REQUIRED = {
    *("fullname", "Precision", "Model", "Average ⬆️", "Flagged", "Submission Date"),
    *("IFEval Raw", "IFEval", "BBH Raw", "BBH", "MATH Lvl 5 Raw", "MATH Lvl 5", "GPQA Raw", "GPQA", "MUSR Raw", "MUSR"),
    *("MMLU-PRO Raw", "MMLU-PRO"),
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
    *("Merged", "MoE", "Chat Template", "Upload To Hub Date", "Base Model"),
}


def test_every_column_that_a_rank_needs_is_required() -> None:
    assert samples.required_fields(SOURCE, FILE) == REQUIRED
    assert samples.decorative_fields(SOURCE, FILE) == DECORATIVE


def test_of_two_precisions_bfloat16_is_kept_also_with_a_lower_score() -> None:
    found = samples.parsed(SOURCE)
    assert only(found, "Qwen/Qwen2.5-0.5B-Instruct")["precision"] == "bfloat16"
    assert only(found, "Qwen/Qwen2.5-0.5B-Instruct")["board_score"] == pytest.approx(8.14, abs=0.01)
    assert found.rows_duplicate == 11


# The least compressed run is kept; of those the latest; of those the best. An unknown precision is last.
PRECISION = "Precision"
DAY = "Submission Date"


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([{PRECISION: "4bit"}, {PRECISION: "float16"}], 1),
        ([{PRECISION: "float16"}, {PRECISION: "bfloat16"}], 1),
        ([{PRECISION: "GPTQ"}, {PRECISION: "8bit"}, {PRECISION: "4bit"}], 1),
        ([{PRECISION: "int3"}, {PRECISION: "GPTQ"}], 1),
        ([{DAY: "2024-06-09"}, {DAY: "2025-01-01"}], 1),
        ([{DAY: "2024-06-09"}, {DAY: ""}], 0),
        ([{PRECISION: "bfloat16", DAY: "2024-06-09"}, {PRECISION: "float16", DAY: "2025-01-01"}], 0),
    ],
)
def test_the_documented_run_is_kept_in_any_order(runs: list[dict[str, str]], expected: int) -> None:
    marked = [run | {"Model sha": f"run {place}"} for place, run in enumerate(runs)]
    for order in (marked, marked[::-1]):
        frame = runs_of_one_model(SOURCE, *order)
        found = read(SOURCE, frame)
        assert only(found, frame["fullname"][-1])["revision"] == f"run {expected}"
        assert found.rows_duplicate == len(runs) - 1
        assert found.accepted["rows"].sum() == found.entries.height


def test_of_two_runs_of_one_precision_and_day_the_better_one_is_kept() -> None:
    frame = runs_of_one_model(SOURCE, {"Model sha": "worse"}, {"Model sha": "better"})
    better = pl.col("Model sha") == "better"
    more = pl.when(better).then(pl.col("BBH") + 0.6).otherwise("BBH")
    mean = pl.when(better).then(pl.col("Average ⬆️") + 0.1).otherwise("Average ⬆️")
    found = read(SOURCE, frame.with_columns(more.alias("BBH"), mean.alias("Average ⬆️")))
    assert only(found, frame["fullname"][-1])["revision"] == "better"


def test_unknown_sizes_are_null_and_others_are_kept() -> None:
    found = samples.parsed(SOURCE)
    for name in ("google/umt5-base", "allenai/OLMo-1.7-7B-hf", "databricks/dbrx-base"):
        assert only(found, name)["params_b"] is None
    assert only(found, "mistralai/Mistral-7B-v0.1")["params_b"] == pytest.approx(7.242, abs=0.01)


def test_a_name_without_a_slash_has_no_organization() -> None:
    entry = only(samples.parsed(SOURCE), "gpt2")
    assert entry["hf_id"] == "gpt2"
    assert entry["organization"] is None


def test_names_that_differ_in_case_are_different_entries() -> None:
    names = samples.parsed(SOURCE).entries["raw_name"]
    assert {"DeepMount00/Llama-3.1-8b-ITA", "DeepMount00/Llama-3.1-8b-Ita"} <= set(names)


def test_base_models_are_kept_as_the_board_writes_them() -> None:
    found = samples.parsed(SOURCE)
    assert only(found, "MaziyarPanahi/calme-3.2-instruct-78b")["base_models"] == ["Removed"]
    assert only(found, "dfurman/CalmeRys-78B-Orpo-v0.1")["base_models"] == ["dfurman/CalmeRys-78B-Orpo-v0.1 (Merge)"]


def test_flags_are_not_inverted() -> None:
    found = samples.parsed(SOURCE).entries
    assert found.filter("flagged")["raw_name"].to_list() == ["newsbang/Homer-v0.5-Qwen2.5-7B"]
    assert 0 < found["merged"].sum() < found.height / 2
    assert only(samples.parsed(SOURCE), "mistralai/Mixtral-8x7B-Instruct-v0.1")["moe"] is True


def test_the_id_comes_from_the_id_column_and_the_link_is_kept_too() -> None:
    html = '<a target="_blank" href="https://huggingface.co/famous/model" style="x">famous/model</a>  <a href="https://huggingface.co/datasets/d">📑</a>'
    found = read(SOURCE, board(SOURCE, Model=html))
    assert set(found.entries["link"]) == {"famous/model"}
    assert (found.entries["hf_id"] == found.entries["raw_name"]).all()
    links = samples.parsed(SOURCE).entries.filter(pl.col("link") != pl.col("hf_id"))
    assert links.is_empty()


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("🟢 pretrained", "pretrained"),
        ("🟩 continuously pretrained", "continuously_pretrained"),
        ("🔶 fine-tuned on domain-specific datasets", "fine_tuned"),
        ("💬 chat models (RLHF, DPO, IFT, ...)", "chat"),
        ("🤝 base merges and moerges", "merge"),
        ("🌸 multimodal", "multimodal"),
        ("❓ other", "other"),
        ("", None),
        ("a kind of tomorrow", None),
    ],
)
def test_the_kind_is_read_from_its_emoji(written: str, kind: str | None) -> None:
    assert set(read(SOURCE, board(SOURCE, Type=written)).entries["kind"]) == {kind}


def test_blanks_are_null() -> None:
    found = read(
        SOURCE, board(SOURCE, **{"Hub License": " ", "Model sha": "", "Base Model": "", "Submission Date": ""})
    )
    assert (
        found.entries.select("license", "revision", "submitted_on").null_count().row(0) == (found.entries.height,) * 3
    )
    assert found.published_on is None


def test_scores_have_both_scales_and_the_mean_of_the_normalized_ones_is_the_average_of_the_board() -> None:
    found = samples.parsed(SOURCE)
    means = found.scores.group_by("raw_name").agg(pl.col("score_normalized").mean())
    both = found.entries.join(means, on="raw_name")
    assert both.height == found.entries.height
    assert (both["board_score"] - both["score_normalized"]).abs().max() < 1e-9  # type: ignore[operator] # a number, never null here
    assert found.scores["score"].max() <= 1  # type: ignore[operator] # as above


@pytest.mark.parametrize("title", NORMALIZED)
def test_a_row_with_a_score_that_contradicts_the_mean_is_quarantined(title: str) -> None:
    odd = pl.when(pl.int_range(pl.len()) == 3).then(pl.lit(99.9)).otherwise(title)
    found = read(SOURCE, board(SOURCE, **{title: odd}))
    assert found.quarantined["row"].to_list() == [3]
    assert "average is not the mean of the six scores" in found.quarantined["reason"][0]
    samples.assert_no_row_lost(found)


@pytest.mark.parametrize("title", ["IFEval", "MATH Lvl 5", "GPQA", "MMLU-PRO"])
def test_a_row_with_a_raw_score_that_contradicts_the_normalized_one_is_quarantined(title: str) -> None:
    odd = pl.when(pl.int_range(pl.len()) == 3).then(pl.lit(0.99)).otherwise(f"{title} Raw")
    found = read(SOURCE, board(SOURCE, **{f"{title} Raw": odd}))
    assert found.quarantined["row"].to_list() == [3]
    assert found.quarantined["reason"][0] == "score is not what its raw score gives"


def test_a_board_of_fractions_is_refused() -> None:
    scaled = board(SOURCE).with_columns(pl.col("Average ⬆️", *NORMALIZED) / 100)
    with pytest.raises(SourceError, match="score is not what its raw score gives"):
        read(SOURCE, scaled)


def test_a_row_with_nan_is_quarantined_with_its_name() -> None:
    name = board(SOURCE)["fullname"][5]
    odd = pl.when(pl.int_range(pl.len()) == 5).then(float("nan")).otherwise("Average ⬆️")
    found = read(SOURCE, board(SOURCE, **{"Average ⬆️": odd}))
    assert found.quarantined.select("file", "row", "raw_name").rows() == [(FILE.path, 5, name)]
    assert "`Average ⬆️` not a number" in found.quarantined["reason"][0]


def test_known_columns_of_an_older_export_are_not_reported() -> None:
    old = board(SOURCE, **{"Maintainer's Highlight": False}).drop("Official Providers")
    assert read(SOURCE, old).warnings == ()


def test_dictionary_encoded_text_and_narrow_numbers_mean_the_same() -> None:
    frame = board(SOURCE)
    narrow = frame.with_columns(
        pl.col("Precision", "Type", "Hub License").cast(pl.Categorical), pl.col("Hub ❤️").cast(pl.Int32)
    )
    samples.assert_same(read(SOURCE, narrow), read(SOURCE, frame))


def test_a_name_with_control_characters_is_quarantined() -> None:
    odd = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("org/mo\x00del")).otherwise("fullname")
    found = read(SOURCE, board(SOURCE, fullname=odd))
    assert found.quarantined["reason"].to_list() == ["`fullname` holds characters that it cannot have"]
