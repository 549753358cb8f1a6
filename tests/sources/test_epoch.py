"""Epoch AI's boards: which run is kept, errors in text, settings in names, and who measured."""

import pytest

from aggregator.errors import MissingColumn, SourceError
from aggregator.model import Parsed
from aggregator.sources import epoch_external, epoch_models, epoch_runs
from tests.support import samples

VERSIONS = epoch_models.VERSIONS.name
RUN_COLUMNS = ("task", "model", "Best score (across scorers)", "Scores", "started_at", "Status", "task version")
MMLU = "external/external_benchmark_mmlu.csv"
SHOT_COLUMNS = ("Model version", "EM", "Shots", "Source")


def csv_file(columns: tuple[str, ...], *rows: tuple[str, ...]) -> bytes:
    return "\ufeff{}\n".format("\n".join(",".join(row) for row in [columns, *rows])).encode()


def parse_runs(*rows: tuple[str, ...]) -> Parsed:
    fill = [(f"GPQA diamond,model-{n},0.{n},choice:0.{n}±0.01,1 May 2025 1:00pm,Success,1.0.0",) for n in range(40, 70)]
    files = samples.files(epoch_runs.SOURCE)
    return epoch_runs.parse({**files, epoch_runs.FILE.name: csv_file(RUN_COLUMNS, *fill, *rows)})


def score_of(found: Parsed, benchmark: str, name: str) -> dict[str, object]:
    source = found.entries["source"][0]
    return found.scores.filter(benchmark=f"{source}/{benchmark}", raw_name=name).row(0, named=True)


def test_the_latest_run_is_kept_and_not_the_best() -> None:
    found = parse_runs(
        ("GPQA diamond", "m", "0.900", "choice:0.9±0.02", "3 January 2025 9:05am", "Success", "1.0.0"),
        ("GPQA diamond", "m", "0.850", "choice:0.85±0.02", "16 November 2025 12:30pm", "Success", "1.0.1"),
        ("GPQA diamond", "m", "0.800", "choice:0.8±0.02", "2 March 2025 11:00pm", "Success", "1.0.1"),
    )
    kept = score_of(found, "gpqa_diamond", "m")
    assert (kept["score"], kept["standard_error"], kept["setting"]) == (0.85, 0.02, "version=1.0.1")
    assert found.rows_duplicate == 2
    samples.assert_no_row_lost(found)


def test_the_error_is_that_of_the_highest_of_several_scorers() -> None:
    text = '"exact:0.84±0.05,graded:0.9±0.04,other:0.1±0.3"'
    found = parse_runs(("GPQA diamond", "m", "0.903", text, "", "Success", "1.0.0"))
    assert score_of(found, "gpqa_diamond", "m")["standard_error"] == 0.04


def test_an_error_that_is_rounded_to_zero_is_unknown() -> None:
    found = parse_runs(("GPQA diamond", "m", "0.000", "choice:0±0", "", "Success", "1.0.0"))
    assert score_of(found, "gpqa_diamond", "m")["standard_error"] is None


def test_failed_runs_and_contradictory_scores_are_quarantined() -> None:
    found = parse_runs(
        ("GPQA diamond", "a", "0.900", "choice:0.9±0.02", "", "Error", "1.0.0"),
        ("GPQA diamond", "b", "0.900", "choice:0.09±0.02", "", "Success", "1.0.0"),
        ("GPQA diamond", "c", "0.900", "choice", "", "Success", "1.0.0"),
    )
    assert dict(found.quarantined.select("raw_name", "reason").rows()) == {
        "a": "the run did not succeed",
        "b": "the best score is none of the scores",
        "c": "the best score is none of the scores",
    }


def test_a_new_task_is_a_benchmark_and_another_spelling_of_a_task_is_not() -> None:
    found = parse_runs(
        ("Chess Puzzles 2026", "m", "0.300", "choice:0.3±0.02", "", "Success", "1.0.0"),
        ("GPQA Diamond", "m", "0.300", "choice:0.3±0.02", "", "Success", "1.0.0"),
    )
    titles = dict(found.benchmarks.select("benchmark", "title").rows())
    assert titles == {"epoch_runs/gpqa_diamond": "GPQA diamond", "epoch_runs/chess_puzzles_2026": "Chess Puzzles 2026"}
    assert score_of(found, "gpqa_diamond", "m")["score"] == 0.3


def test_names_state_effort_thinking_and_budget() -> None:
    names = ("gpt-9_high", "gpt-9_xhigh", "claude-9_16K", "deepseek-9_thinking", "gpt-9-high")
    found = parse_runs(*((("GPQA diamond", name, "0.3", "choice:0.3±0.02", "", "Success", "1.0.0")) for name in names))
    columns = found.entries.select("raw_name", "effort", "thinking", "thinking_budget")
    assert {row[0]: row[1:] for row in columns.rows() if row[0] in names} == {
        "gpt-9_high": ("high", None, None),
        "gpt-9_xhigh": ("xhigh", None, None),
        "claude-9_16K": (None, True, 16000),
        "deepseek-9_thinking": (None, True, None),
        "gpt-9-high": (None, None, None),
    }


def test_a_link_to_another_repository_is_no_id_of_the_version() -> None:
    columns = ("id", "Hugging Face developer id", "Link", "Version release date")
    fill = [(f"version-{n}", "", "", "") for n in range(30)]
    given = [
        ("Llama-2-70b-hf", "meta-llama", "https://huggingface.co/meta-llama/Llama-2-7b", "2023-07-18"),
        ("Baichuan-2-7B-Base", "baichuan-inc", "https://huggingface.co/baichuan-inc/Baichuan2-7B-Base", "2023-09-20"),
        ("qwen2-72b-instruct", "Qwen", "https://huggingface.co/Qwen/Qwen2-72B-Instruct", "soon"),
        ("gpt-9", "", "https://huggingface.co/papers/gpt-9", ""),
    ]
    table, warnings = epoch_models.read_versions("epoch_runs", csv_file(columns, *fill, *given))
    found = {row[0]: row[1:] for row in table.select("raw_name", "hf_id", "developer").rows()}
    assert found["Llama-2-70b-hf"] == (None, "meta-llama")
    assert found["Baichuan-2-7B-Base"] == ("baichuan-inc/Baichuan2-7B-Base", "baichuan-inc")
    assert found["qwen2-72b-instruct"] == ("Qwen/Qwen2-72B-Instruct", "Qwen")
    assert found["gpt-9"] == (None, None)
    assert warnings == ()
    with pytest.raises(MissingColumn, match="Link"):
        epoch_models.read_versions("epoch_runs", csv_file(columns[:2], *(row[:2] for row in fill)))


def parse_mmlu(*rows: tuple[str, ...]) -> Parsed:
    fill = [(f"model-{n}", f"{n}%", "5", "Stanford HELM") for n in range(30, 40)]
    versions = samples.files(epoch_external.SOURCE)[VERSIONS]
    return epoch_external.parse({VERSIONS: versions, MMLU: csv_file(SHOT_COLUMNS, *fill, *rows)})


def test_a_leaderboard_comes_before_a_paper_with_a_better_score() -> None:
    found = parse_mmlu(
        ("m", "71.5%", "5-shot", "Some Technical Report"),
        ("m", "68.0%", "", "Stanford CRFM Leaderboard"),
        ("m", "67.0%", "0", "Stanford HELM"),
        ("n", "60.0%", "few", "Some Technical Report"),
    )
    kept, only = score_of(found, "mmlu", "m"), score_of(found, "mmlu", "n")
    assert (kept["score"], kept["measured_by"], kept["setting"]) == (68.0, "third_party", None)
    assert kept["reference"] == "Stanford CRFM Leaderboard"
    assert (only["score"], only["measured_by"], only["setting"]) == (60.0, "self_reported", "shots=few")
    assert found.rows_duplicate == 2


def test_rows_without_a_version_are_quarantined_and_refuse_nothing() -> None:
    found = parse_mmlu(*((("", "50%", "5", "Paper")) for _ in range(30)))
    assert set(found.quarantined["reason"]) == {"`Model version` empty"}
    assert (found.rows_quarantined, found.entries.height) == (30, 10)


def test_a_column_of_shots_without_numbers_is_left_empty_and_reported() -> None:
    found = parse_mmlu(*((f"m{n}", "50%", "about five", "Paper") for n in range(12)))
    assert any("`Shots` holds no numbers" in warning for warning in found.warnings)
    assert found.scores["setting"].is_null().all()
    assert found.scores.height == 22


def test_fractions_in_place_of_percentages_refuse_the_board() -> None:
    rows = [(f"m{n}", f"0.{n}", "5", "Paper") for n in range(10, 20)]
    versions = samples.files(epoch_external.SOURCE)[VERSIONS]
    with pytest.raises(SourceError, match="`EM`") as raised:
        epoch_external.parse({VERSIONS: versions, MMLU: csv_file(SHOT_COLUMNS, *rows)})
    assert raised.value.file.endswith("data/external_benchmark_mmlu.csv")


def test_a_file_that_is_not_declared_is_named_in_a_warning() -> None:
    versions = samples.files(epoch_external.SOURCE)[VERSIONS]
    rows = [(f"model-{n}", f"{n}%", "5", "Stanford HELM") for n in range(30, 40)]
    files = {VERSIONS: versions, MMLU: csv_file(SHOT_COLUMNS, *rows), "external/external_benchmark_new.csv": b"a,b\n"}
    assert epoch_external.parse(files).warnings == (
        "`external/external_benchmark_new.csv` is not declared in epoch_tables.py; it was not read",
    )
