"""Every source on the recordings: no row is lost, and ranks and scores agree with a second computation."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aggregator.model import Parsed, Source
from aggregator.sources import BUILT_IN, arena, mteb, mteb_results
from aggregator.sources.mteb_definitions import set_of
from tests.support import samples

pytestmark = pytest.mark.recordings

COUNTS = {
    "open_llm_v2": (4576, 4497, 79, 0, 4497),
    "open_llm_v1": (7169, 6811, 358, 0, 6811),
    "arena_text_style_control": (46719, 46719, 0, 0, 325),
    "arena_text": (69134, 69133, 1, 0, 625),
    "mteb_eng_v2": (317, 317, 0, 0, 317),
    "mteb_multilingual_v2": (426, 426, 0, 0, 426),
    "mteb_cmn_v1": (252, 252, 0, 0, 252),
    "rteb_eng": (251, 251, 0, 0, 251),
    "livebench": (717, 716, 0, 1, 313),
    "livebench_2024_11": (65, 65, 0, 0, 65),
    "livebench_2025_04": (57, 57, 0, 0, 57),
    "livebench_2025_05": (70, 70, 0, 0, 70),
    "aider_polyglot": (69, 65, 1, 3, 65),
    "aider_edit": (98, 95, 0, 3, 95),
    "alpaca_eval": (223, 202, 0, 21, 202),
    "arena_hard": (60, 60, 0, 0, 60),
    "evalplus": (125, 125, 0, 0, 125),
    "bigcodebench": (404, 404, 0, 0, 202),
    "hub_benchmarks": (93, 93, 0, 0, 93),
    "zeroeval": (267, 264, 0, 3, 71),
    "epoch_runs": (541, 539, 2, 0, 147),
    "epoch_external": (2366, 1327, 643, 396, 392),
    "vectara": (96, 96, 0, 0, 96),
    "mteb_results": (1293183, 1292920, 95, 168, 673),
}
"""Rows read, accepted, duplicate and quarantined, and the number of names."""
SCORES = {
    "open_llm_v2": 6 * 4497,
    "open_llm_v1": 6 * 6811,
    "arena_text_style_control": 6898,
    "arena_text": 6897,
    "mteb_eng_v2": 9966,
    "mteb_multilingual_v2": 25517,
    "mteb_cmn_v1": 3385,
    "rteb_eng": 2370,
    "mteb_results": 109598,
}
EXPECTED_WARNINGS = {"open_llm_v1": ("`Flagged`, `Merged` and `MoE` are inverted in this file; they were turned back",)}


@lru_cache(maxsize=16)
def parsed(source: Source, folder: Path) -> Parsed:
    return source.parse(samples.files(source, folder))


@pytest.mark.parametrize("source", [source for source in BUILT_IN if source.is_on], ids=lambda source: source.id)
def test_every_row_is_accounted_for(source: Source, recordings: Path) -> None:
    found = parsed(source, recordings)
    counts = (found.rows_read, found.rows_accepted, found.rows_duplicate, found.rows_quarantined, found.entries.height)
    assert counts == COUNTS[source.id]
    samples.assert_no_row_lost(found)
    assert found.scores.height == SCORES.get(source.id, found.scores.height)
    assert found.warnings == EXPECTED_WARNINGS.get(source.id, ())


def test_the_quarantined_results_are_empty_or_speeds(recordings: Path) -> None:
    quarantined = parsed(mteb_results.SOURCE, recordings).quarantined
    assert dict(quarantined["reason"].value_counts().rows()) == {
        "`score` empty": 153,
        "`score` above the largest possible value": 15,
    }


def cells_of(recordings: Path, benchmark: str) -> pl.LazyFrame:
    tasks: list[dict[str, Any]] = json.loads((recordings / "mteb_benchmark_definitions.json").read_bytes())[benchmark][
        "tasks"
    ]
    rows = {
        (task["name"], split, subset)
        for task in tasks
        for split in task["eval_splits"]
        for subset in task["hf_subsets"]
    }
    cells = pl.LazyFrame(sorted(rows), schema=["task_name", "split", "subset"], orient="row")
    results = pl.scan_parquet(recordings / mteb_results.FILE.path)
    return results.join(cells, on=["task_name", "split", "subset"], how="semi").drop_nulls("score")


@pytest.mark.parametrize(
    ("source", "benchmark"), [(mteb.ENGLISH, "MTEB(eng, v2)"), (mteb.CHINESE, "MTEB(cmn, v1)")], ids=["eng", "cmn"]
)
def test_the_rank_of_the_board_is_the_borda_count_over_its_tasks(
    source: Source, benchmark: str, recordings: Path
) -> None:
    # The board ranks all models with a result, and then shows only those in its registry.
    by_task = cells_of(recordings, benchmark).group_by("model_name", "task_name").agg(pl.col("score").mean()).collect()
    models = by_task["model_name"].n_unique()
    points = models - pl.col("score").rank("average", descending=True).over("task_name")
    borda = (
        by_task.with_columns(points=points)
        .group_by("model_name")
        .agg(pl.col("points").sum())
        .select(raw_name="model_name", borda=pl.col("points").rank("min", descending=True).cast(pl.Int64))
    )
    entries = parsed(source, recordings).entries
    both = entries.select("raw_name", "board_rank").join(borda, on="raw_name", how="left")
    assert both.filter(pl.col("board_rank").ne_missing(pl.col("borda"))).rows() == []
    assert both.height == COUNTS[source.id][0]


@pytest.mark.parametrize(
    ("source", "others"),
    [
        (mteb.ENGLISH, set()),
        (mteb.CHINESE, set()),
        (mteb.RETRIEVAL, set()),
        # The board counts a subset twice where two revisions of a model ran it.
        (mteb.MULTILINGUAL, {"DiaBlaBitextMining", "GermanSTSBenchmark", "PpcPC"}),
    ],
    ids=lambda value: value.id if isinstance(value, Source) else "",
)
def test_every_task_score_of_a_board_is_that_of_the_raw_results(
    source: Source, others: set[str], recordings: Path
) -> None:
    benchmark = json.loads(samples.files(source, recordings)["scores"])["benchmarkName"]
    board = _by_task(source, recordings)
    names = {task: one.name for task in board["task"].unique() if (one := set_of(benchmark, task))}
    renamed = board.with_columns(pl.col("task").replace_strict(names))
    both = renamed.join(_by_task(mteb_results.SOURCE, recordings), on=["raw_name", "task"], suffix="_raw")
    assert both.height == board.height == SCORES[source.id]
    assert set(both.filter((pl.col("score") - pl.col("score_raw")).abs() > 1e-9)["task"]) == others


@pytest.mark.parametrize("source", [mteb.ENGLISH, mteb.CHINESE, mteb.RETRIEVAL], ids=lambda source: source.id)
def test_a_task_with_one_name_on_a_board_and_in_the_raw_results_has_one_score(source: Source, recordings: Path) -> None:
    both = _by_task(source, recordings).join(
        _by_task(mteb_results.SOURCE, recordings), on=["raw_name", "task"], suffix="_raw"
    )
    assert both.height > 0.85 * SCORES[source.id]
    assert both.filter((pl.col("score") - pl.col("score_raw")).abs() > 1e-9).rows() == []


def _by_task(source: Source, recordings: Path) -> pl.DataFrame:
    scores = parsed(source, recordings).scores
    return scores.select("raw_name", "score", task=pl.col("benchmark").str.strip_prefix(f"{source.id}/"))


def test_arena_ranks_equal_brute_force_ranks_on_the_whole_history(recordings: Path) -> None:
    for source in (arena.TEXT_STYLE_CONTROL, arena.TEXT):
        history = parsed(source, recordings).history
        assert history is not None
        overall = history.filter(pl.col("benchmark") == f"{source.id}/overall")
        pairs = overall.join(overall.select("published_on", rival="score_low"), on="published_on")
        better = pairs.group_by("raw_name", "published_on").agg(
            brute=1 + (pl.col("rival") > pl.col("score_high")).sum()
        )
        both = overall.join(better, on=["raw_name", "published_on"])
        assert both.height == overall.height
        assert both.filter(pl.col("rank") != pl.col("brute")).rows() == []
