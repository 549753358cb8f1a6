"""Every cell of the recorded files of boards with one column per benchmark, read a second time.

The second reading uses the standard library (and pyarrow for Parquet) and the table `BOARDS`, which states files,
columns and left-out rows on its own. `test_cells_of_collections.py` has the boards with one file per benchmark.
"""

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from aggregator.model import Parsed, Source
from aggregator.sources import (
    aider_edit,
    aider_polyglot,
    alpaca_eval,
    arena,
    arena_hard,
    bigcodebench,
    evalplus,
    livebench,
    mteb,
    open_llm_v1,
    open_llm_v2,
)
from tests.support import samples

pytestmark = pytest.mark.recordings

Cells = dict[tuple[str, str, str], float]
"""`{(benchmark, column of SCORES, raw name): value}`."""

GITHUB = "github"
LIVEBENCH = f"{GITHUB}/LiveBench/livebench.github.io/public"
HUB = "datasets"
SYSTEMS = """SelfMoA_gemma-2-9b-it-WPO-HB Shopee-SlimMoA-v1 SelfMoA_gemma-2-9b-it-SimPO TOA openpipe-moa-gpt-4-turbo-v1
Together-MoA Storm-7B-best-of-64 Together-MoA-Lite aligner-2b_gpt-4-turbo-2024-04-09 aligner-2b_claude-3-opus-20240229
aligner-2b_qwen1.5-72b-chat Samba-CoE-v0.2-best-of-16 Snorkel-Mistral-PairRM-DPO-best-of-16 pairrm-Yi-34B-Chat
Samba-CoE-v0.2 Samba-CoE-v0.1 pairrm-tulu-2-70b pairrm-tulu-2-13b pairrm-zephyr-7b-beta ultralm-13b-v2.0-best-of-16
ultralm-13b-best-of-16"""
"""AlpacaEval's rows of several models together."""


@dataclass(frozen=True)
class Table:
    """One file: `columns` is `{column of the file: (benchmark, column of SCORES)}`."""

    path: str
    name: str
    columns: Mapping[str, tuple[str, str]]
    inner: str | None = None
    """The nested object with the columns."""
    left_out: frozenset[str] = field(default_factory=frozenset)
    """Names whose rows are quarantined."""


def scores(columns: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return `columns` of scores: `{column of the file: benchmark}`."""
    return {column: (benchmark, "score") for column, benchmark in columns.items()}


def livebench_table(day: str) -> Table:
    """Return one edition: every column but the first is a task."""
    return Table(f"{LIVEBENCH}/table_{day}.csv", "model", {})


BOARDS: dict[Source, tuple[Table, ...]] = {
    **{
        source: (livebench_table(day),)
        for source, day in zip(livebench.SOURCES, ("2026_01_08", "2024_11_25", "2025_04_25", "2025_05_30"), strict=True)
    },
    aider_polyglot.SOURCE: (
        Table(
            f"{GITHUB}/Aider-AI/aider/aider/website/_data/polyglot_leaderboard.yml",
            "model",
            scores({"pass_rate_2": "polyglot"}),
            left_out=frozenset(
                {"DeepSeek R1 + claude-3-5-sonnet-20241022", "QwQ-32B + Qwen 2.5 Coder Instruct", "o3 (high) + gpt-4.1"}
            ),
        ),
    ),
    aider_edit.SOURCE: (
        Table(
            f"{GITHUB}/Aider-AI/aider/aider/website/_data/edit_leaderboard.yml",
            "model",
            scores({"pass_rate_2": "edit"}),
            left_out=frozenset({"gpt-4-turbo-2024-04-09 (diff)", "o1-mini", "o1-mini-2024-09-12"}),
        ),
    ),
    alpaca_eval.SOURCE: (
        Table(
            f"{GITHUB}/tatsu-lab/alpaca_eval/src/alpaca_eval/leaderboards/data_AlpacaEval_2/"
            "weighted_alpaca_eval_gpt4_turbo_leaderboard.csv",
            "",
            {
                "length_controlled_winrate": ("alpaca_eval", "score"),
                "lc_standard_error": ("alpaca_eval", "standard_error"),
            },
            left_out=frozenset(SYSTEMS.split()),
        ),
    ),
    arena_hard.SOURCE: (
        Table(
            f"{GITHUB}/lmarena/arena-hard-auto/leaderboard/arena_hard_leaderboard_20240731.csv",
            "model",
            {
                "score": ("arena_hard", "score"),
                "rating_q025": ("arena_hard", "score_low"),
                "rating_q975": ("arena_hard", "score_high"),
            },
        ),
    ),
    evalplus.SOURCE: (
        Table(
            f"{GITHUB}/evalplus/evalplus.github.io/results.json",
            "",
            scores({"humaneval": "humaneval", "humaneval+": "humaneval_plus", "mbpp": "mbpp", "mbpp+": "mbpp_plus"}),
            inner="pass@1",
        ),
    ),
    bigcodebench.SOURCE: tuple(
        Table(
            f"{GITHUB}/bigcode-bench/bigcode-bench.github.io/{file}.json",
            "",
            scores({column: f"{part}_{column}" for column in ("complete", "instruct")}),
            inner="pass@1",
        )
        for file, part in (("results", "full"), ("results-hard", "hard"))
    ),
}
CELLS = {
    "livebench": 126 * 23,
    "livebench_2024_11": 65 * 18 - 1,
    "livebench_2025_04": 57 * 17,
    "livebench_2025_05": 70 * 20,
    "aider_polyglot": 65,
    "aider_edit": 95,
    "alpaca_eval": 202 + 41,
    "arena_hard": 3 * 60,
    "evalplus": 2 * 125 + 2 * 89,
    "bigcodebench": 126 + 153 + 173 + 199,
}
"""How many cells the second reading finds."""

every_board = pytest.mark.parametrize("source", BOARDS, ids=lambda source: source.id)


def records(file: str, content: bytes, name: str) -> list[dict[str, Any]]:
    """Return the records of a CSV, YAML or JSON file; a row without all its cells is left out."""
    if file.endswith(".csv"):
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return [row for row in rows if None not in row.values() and None not in row]
    if file.endswith(".yml"):
        found: list[dict[str, Any]] = yaml.safe_load(content)
        return found
    payload = json.loads(content)
    return [{name: key, **value} for key, value in payload.items()] if isinstance(payload, dict) else payload


def number(value: object) -> float | None:
    """Return a cell as a number, None for an empty one."""
    return None if value in (None, "") else float(str(value))


def read_table(folder: Path, table: Table) -> Cells:
    """Return the cells of one file; of several rows of a model, those of the row with the best score."""
    best: dict[str, dict[str, Any]] = {}
    first = next((column for column, (_, kind) in table.columns.items() if kind == "score"), None)
    for record in records(table.path, (folder / table.path).read_bytes(), table.name):
        name, values = record[table.name], record[table.inner] if table.inner else record
        if name in table.left_out:
            continue
        if first is None or name not in best or (number(values[first]) or 0) > (number(best[name][first]) or 0):
            best[name] = values
    cells: Cells = {}
    for name, values in best.items():
        columns = table.columns or scores({column: column for column in values if column != table.name})
        for column, (benchmark, kind) in columns.items():
            if (value := number(values[column])) is not None:
                cells[benchmark, kind, name] = value
    return cells


@lru_cache(maxsize=32)
def parsed(source: Source, folder: Path) -> Parsed:
    return source.parse(samples.files(source, folder))


def parsed_cells(source: Source, folder: Path, kinds: set[str]) -> Cells:
    """Return the cells that the source reads, in the columns `kinds` of SCORES."""
    rows = parsed(source, folder).scores.iter_rows(named=True)
    return {
        (row["benchmark"].removeprefix(f"{source.id}/"), kind, row["raw_name"]): row[kind]
        for row in rows
        for kind in kinds
        if row[kind] is not None
    }


@every_board
def test_every_cell_equals_a_second_reading(source: Source, recordings: Path) -> None:
    expected: Cells = {}
    for table in BOARDS[source]:
        expected |= read_table(recordings, table)
    kinds = {kind for table in BOARDS[source] for _, kind in table.columns.values()} | {"score"}
    assert parsed_cells(source, recordings, kinds) == expected
    assert len(expected) == CELLS[source.id]


def test_the_history_of_livebench_is_every_cell_of_every_edition(recordings: Path) -> None:
    expected = {}
    for file in sorted((recordings / LIVEBENCH).glob("table_*.csv")):
        day = file.stem.removeprefix("table_")
        for (task, _, name), value in read_table(recordings, livebench_table(day)).items():
            expected[f"livebench/{task}", name, date.fromisoformat(day.replace("_", "-"))] = value
    history = parsed(livebench.SOURCES[0], recordings).history
    assert history is not None
    columns = ["benchmark", "raw_name", "published_on", "score"]
    found = {row[:3]: row[3] for row in history.select(columns).rows() if row[0] != "livebench/overall"}
    assert found == expected
    assert len({day for _, _, day in found}) == 10


@pytest.mark.parametrize("source", livebench.SOURCES, ids=lambda source: source.id)
def test_the_overall_score_of_livebench_is_the_mean_of_its_categories(source: Source, recordings: Path) -> None:
    day = BOARDS[source][0].path[-14:-4]
    categories = json.loads((recordings / LIVEBENCH / f"categories_{day}.json").read_bytes())
    by_model: dict[str, dict[str, float]] = defaultdict(dict)
    for (task, _, name), value in read_table(recordings, BOARDS[source][0]).items():
        by_model[name][task] = value
    found = dict(parsed(source, recordings).entries.select("raw_name", "board_score").rows())
    for name, values in by_model.items():
        if all(task in values for tasks in categories.values() for task in tasks):
            means = [sum(values[task] for task in tasks) / len(tasks) for tasks in categories.values()]
            assert found.pop(name) == pytest.approx(sum(means) / len(means), abs=1e-9)
    assert set(found.values()) <= {None}


OPEN_LLM = {
    open_llm_v2.SOURCE: (
        f"{HUB}/open-llm-leaderboard/contents/data/train-00000-of-00001.parquet",
        {
            "IFEval Raw": "ifeval",
            "BBH Raw": "bbh",
            "MATH Lvl 5 Raw": "math",
            "GPQA Raw": "gpqa",
            "MUSR Raw": "musr",
            "MMLU-PRO Raw": "mmlu_pro",
        },
    ),
    open_llm_v1.SOURCE: (
        f"{HUB}/open-llm-leaderboard-old/contents/data/train-00000-of-00001-96886cb34a7bc800.parquet",
        {
            "ARC": "arc",
            "HellaSwag": "hellaswag",
            "MMLU": "mmlu",
            "TruthfulQA": "truthfulqa",
            "Winogrande": "winogrande",
            "GSM8K": "gsm8k",
        },
    ),
}


@pytest.mark.parametrize("source", OPEN_LLM, ids=lambda source: source.id)
def test_every_score_of_the_open_llm_boards_is_that_of_one_run_of_the_model(source: Source, recordings: Path) -> None:
    path, columns = OPEN_LLM[source]
    runs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in pq.read_table(recordings / path, columns=["fullname", *columns]).to_pylist():
        runs[row["fullname"]].append({benchmark: row[column] for column, benchmark in columns.items()})
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for (benchmark, _, name), value in parsed_cells(source, recordings, {"score"}).items():
        found[name][benchmark] = value
    assert set(found) == set(runs)
    assert [name for name, values in found.items() if values not in runs[name]] == []


@pytest.mark.parametrize("source", [arena.TEXT, arena.TEXT_STYLE_CONTROL], ids=lambda source: source.id)
def test_every_current_rating_of_the_arena(source: Source, recordings: Path) -> None:
    view = source.id.removeprefix("arena_")
    kinds = {"rating": "score", "rating_lower": "score_low", "rating_upper": "score_high", "vote_count": "votes"}
    file = recordings / HUB / "lmarena-ai" / "leaderboard-dataset" / view / "latest-00000-of-00001.parquet"
    expected = {
        (row["category"], kind, row["model_name"]): row[column]
        for row in pq.read_table(file).to_pylist()
        for column, kind in kinds.items()
        if row[column] is not None
    }
    assert parsed_cells(source, recordings, set(kinds.values())) == expected


@pytest.mark.parametrize(
    "source", [mteb.ENGLISH, mteb.MULTILINGUAL, mteb.CHINESE, mteb.RETRIEVAL], ids=lambda source: source.id
)
def test_every_task_score_of_the_mteb_boards(source: Source, recordings: Path) -> None:
    rows = json.loads((recordings / source.resources[0].path).read_bytes())["rows"]
    expected = Counter(
        (task, value) for row in rows for task, value in row["scoresByTask"].items() if value is not None
    )
    cells = parsed_cells(source, recordings, {"score"})
    assert Counter((task, value) for (task, _, _), value in cells.items()) == expected
    # A row with a setting has the setting in its name.
    plain = {
        (task, "score", row["model"]["name"]): value
        for row in rows
        if not row["experiments"]
        for task, value in row["scoresByTask"].items()
        if value is not None
    }
    assert {key: cells.get(key) for key in plain} == plain
