"""Every cell of the recorded files of boards with one benchmark per file or per group of rows, read a second time.

The second reading uses the standard library and the tables below, which state the files and columns on their own.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.parquet as pq
import pytest

from aggregator.model import Parsed, Source
from aggregator.sources import epoch_external, epoch_runs, hub_benchmarks, vectara, zeroeval
from tests.support import samples

pytestmark = pytest.mark.recordings

Cells = dict[tuple[str, str], float]

EPOCH = "github/epoch-research/benchmark-stitching/data"
EPOCH_COLUMNS = {
    "anli": "Score",
    "arc_agi": "Score",
    "arc_ai2": "Challenge score",
    "balrog": "Average progress",
    "bbh": "Average",
    "boolq": "Score",
    "cadeval": "Overall pass (%)",
    "csqa2": "Score",
    "cybench": "Unguided % Solved",
    "deepresearch": "Average score",
    "factorio_learning_environment": "Lab Success %",
    "geobench": "ACW Avg Score",
    "gsm8k": "EM",
    "gso_bench": "Score OPT@1",
    "hellaswag": "Overall accuracy",
    "lambada": "Score",
    "lech_mazur_writing": "Mean score",
    "mcbench": "ELO",
    "metr": "average_score",
    "mmlu": "EM",
    "openbookqa": "Accuracy",
    "os_world": "Score",
    "osuniverse": "Weighted Score",
    "piqa": "Score",
    "scienceqa": "Score",
    "simple_bench": "Score (AVG@5)",
    "superglue": "Score",
    "terminal_bench": "Accuracy mean",
    "the_agent_company": "% Resolved",
    "triviaqa": "EM",
    "videomme": "Overall (no subtitles)",
    "vpct": "Correct",
    "weirdml": "Accuracy",
    "winogrande": "Accuracy",
}
LEADERBOARDS = {
    "ARC Prize Leaderboard",
    "Balrog Leaderboard",
    "CadEval Dashboard",
    "Cybench leaderboard",
    "DeepResearchBench Leaderboard",
    "FLE v0.2 release notes",
    "Factorio Learning Environment Leaderboard",
    "GSO Leaderboard",
    "GeoBench leaderboard",
    "HellaSwag official leaderboard",
    "MCBench Leaderboard",
    "METR - Measuring AI Ability to Complete Long Tasks",
    "OS World Website",
    "OSUniverse Paper",
    "ScienceQA leaderboard",
    "SimpleBench Leaderboard",
    "Standford HELM",
    "Stanford CRFM Leaderboard",
    "Stanford HELM",
    "Terminal-Bench Leaderboard",
    "TheAgentCompany experiment results github",
    "TheAgentCompany leaderboard",
    "VPCT leaderboard",
    "Video-MME Leaderboard",
    "WeirdML Leaderboard",
    "lechmazur/writing Github repository",
}
EPOCH_TASKS = {
    "GPQA diamond": "gpqa_diamond",
    "MATH level 5": "math_level_5",
    "OTIS Mock AIME 2024-2025": "otis_mock_aime_2024_2025",
    "FrontierMath-2025-02-28-Private": "frontiermath_2025_02_28_private",
    "FrontierMath-2025-02-28-Public": "frontiermath_2025_02_28_public",
    "FrontierMath-Tier-4-2025-07-01-Private": "frontiermath_tier_4_2025_07_01_private",
    "FrontierMath-Tier-4-2025-07-01-Public": "frontiermath_tier_4_2025_07_01_public",
    "SWE-Bench verified": "swe_bench_verified",
}
ZEROEVAL_FIELDS = {
    "crux": ("crux", "Acc", "Total"),
    "gsm": ("gsm", "Acc", "Total"),
    "math-l5": ("math_l5", "Acc", "Total"),
    "mmlu-redux": ("mmlu_redux", "Acc", "Total"),
    "zebra-grid": ("zebra_logic", "Puzzle Acc", "Total Puzzles"),
}


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read_vectara(folder: Path) -> Cells:
    text = (folder / "github/vectara/hallucination-leaderboard/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|([^|]+)\|([\d.]+) %\|[\d.]+ %\|[\d.]+ %\|[\d.]+\|$", text, re.MULTILINE)
    return {("hallucination_rate", name): float(rate) for name, rate in rows}


def read_zeroeval(folder: Path) -> Cells:
    found: Cells = {}
    for file, (benchmark, score, total) in ZEROEVAL_FIELDS.items():
        path = folder / f"github/WildEval/ZeroEval/result_dirs/{file}.summary.json"
        rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        usual = median(row[total] for row in rows)
        found |= {(benchmark, row["Model"]): float(row[score]) for row in rows if row[total] >= 0.9 * usual}
    return found


def read_epoch_runs(folder: Path) -> Cells:
    def start(row: Mapping[str, str]) -> datetime:
        return datetime.strptime(row["started_at"] or "1 January 2000 1:00am", "%d %B %Y %I:%M%p")  # noqa: DTZ007 - compared with each other alone

    rows = sorted(read_rows(folder / EPOCH / "benchmarks_runs.csv"), key=start)
    return {(EPOCH_TASKS[row["task"]], row["model"]): float(row["Best score (across scorers)"]) for row in rows}


def epoch_rows(folder: Path) -> Iterator[tuple[str, dict[str, str], float]]:
    for name, column in EPOCH_COLUMNS.items():
        for row in read_rows(folder / EPOCH / f"external_benchmark_{name}.csv"):
            if row["Model version"] and row[column]:
                yield name, row, float(row[column].removesuffix("%"))


def read_epoch_external(folder: Path) -> Cells:
    best: dict[tuple[str, str], tuple[bool, float]] = {}
    for name, row, score in epoch_rows(folder):
        key = (name, row["Model version"].strip())
        best[key] = max(best.get(key, (False, 0.0)), (row["Source"] in LEADERBOARDS, score))
    return {key: score for key, (_, score) in best.items()}


def read_hub(folder: Path) -> Cells:
    path = folder / "datasets/OpenEvals/leaderboard-data/data/train-00000-of-00001.parquet"
    return {
        (column.removesuffix("_score"), row["model_name"]): value
        for row in pq.read_table(path).to_pylist()
        for column, value in row.items()
        if column.endswith("_score") and column != "aggregate_score" and value is not None
    }


BOARDS = [
    (vectara.SOURCE, read_vectara, 96),
    (zeroeval.SOURCE, read_zeroeval, 264),
    (epoch_runs.SOURCE, read_epoch_runs, 539),
    (epoch_external.SOURCE, read_epoch_external, 1327),
    (hub_benchmarks.SOURCE, read_hub, 207),
]


def parsed(source: Source, folder: Path) -> Parsed:
    return source.parse(samples.files(source, folder))


@pytest.mark.parametrize(("source", "read", "cells"), BOARDS, ids=[source.id for source, _, _ in BOARDS])
def test_every_cell_equals_a_second_reading(source: Source, read: Any, cells: int, recordings: Path) -> None:
    expected = {(f"{source.id}/{benchmark}", name): score for (benchmark, name), score in read(recordings).items()}
    found = parsed(source, recordings)
    assert {(benchmark, name): score for benchmark, name, score in _cells(found)} == expected
    assert len(expected) == cells
    samples.assert_no_row_lost(found)
    assert found.warnings == ()


def _cells(found: Parsed) -> list[tuple[str, str, float]]:
    return found.scores.select("benchmark", "raw_name", "score").rows()


def test_every_external_file_is_declared(recordings: Path) -> None:
    files = {path.stem.removeprefix("external_benchmark_") for path in (recordings / EPOCH).glob("external_*.csv")}
    assert files == set(EPOCH_COLUMNS)


def test_external_scores_have_their_source_and_who_measured(recordings: Path) -> None:
    found = parsed(epoch_external.SOURCE, recordings).scores
    titles = {row["Source"] for _, row, _ in epoch_rows(recordings)}
    assert set(found["reference"].drop_nulls()) <= titles
    for title, measured_by in found.select("reference", "measured_by").rows():
        assert measured_by == ("third_party" if title in LEADERBOARDS else "self_reported"), title


def test_errors_of_runs_are_those_of_the_best_scorer(recordings: Path) -> None:
    found = parsed(epoch_runs.SOURCE, recordings).scores.rows(named=True)
    errors = {(row["benchmark"].partition("/")[2], row["raw_name"]): row["standard_error"] for row in found}
    seen = 0
    for row in read_rows(recordings / EPOCH / "benchmarks_runs.csv"):
        pairs = [tuple(map(float, text.split(":")[1].split("±"))) for text in row["Scores"].split(",")]
        key, best = (EPOCH_TASKS[row["task"]], row["model"]), max(pairs)[1]
        if errors[key] is not None:
            seen += errors[key] == best
    assert seen >= sum(error is not None for error in errors.values()) - 2
