"""The ranking on the recorded leaderboards. The bounds are requirements, not measured values."""

import json
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest

from aggregator.model import Track
from aggregator.ranking import (
    Calibration,
    arena_estimates,
    calibrate,
    families,
    link_shifts,
    outliers,
    rank,
    score,
    standings,
)
from tests.support.recorded import RecordedBoards, read_recordings

pytestmark = pytest.mark.recordings


@pytest.fixture(scope="module")
def llm(recordings: Path) -> RecordedBoards:
    return read_recordings(recordings, Track.LLM)


@pytest.fixture(scope="module")
def calibration(llm: RecordedBoards) -> Calibration:
    return calibrate(llm.scores, draws=30)


@pytest.fixture(scope="module")
def table(llm: RecordedBoards, calibration: Calibration) -> pl.DataFrame:
    return standings(llm.scores, calibration)


def test_the_borda_ranks_are_those_that_mteb_publishes(recordings: Path) -> None:
    name = "MTEB(eng, v2)"
    tasks = json.loads((recordings / "mteb_benchmark_definitions.json").read_text())[name]["tasks"]
    wanted = pl.DataFrame(
        [
            (task["name"], split, subset)
            for task in tasks
            for split in task["eval_splits"]
            for subset in task["hf_subsets"]
        ],
        schema=["task_name", "split", "subset"],
        orient="row",
    )
    raw = pl.scan_parquet(recordings / "datasets/mteb/results/data/train-00000-of-00001.parquet")
    rows = raw.join(wanted.lazy(), on=wanted.columns).select("model_name", "task_name", "score").collect()
    ours = rank(rows.rename({"model_name": "model_id", "task_name": "benchmark"}), "mteb_borda", draws=2)
    payload = recordings / "mteb-leaderboard-backend/v1/benchmarks" / quote(name, safe="") / "scores.json"
    published = {row["model"]["name"]: row["rank"] for row in json.loads(payload.read_text())["rows"]}
    assert len(published) > 300
    assert {
        model: place for model, place in ours.select("model_id", "rank").iter_rows() if model in published
    } == published


def test_removing_half_of_the_models_or_adding_500_moves_no_ability(
    llm: RecordedBoards, calibration: Calibration
) -> None:
    before = score(llm.scores, calibration)
    half = llm.scores.filter(pl.col("model_id").hash(1) % 2 == 0)
    rows = llm.scores.filter(board="open_llm_v1")
    some = rows["model_id"].unique().sort().head(500).to_list()
    added = rows.filter(pl.col("model_id").is_in(some)).with_columns(
        (pl.lit("added/") + pl.col("model_id")).alias("model_id"), score=pl.col("score").shuffle(seed=1)
    )
    for frame in (half, pl.concat([llm.scores, added])):
        both = score(frame, calibration).join(before, on="model_id", suffix="_before")
        assert both.height > 5000
        for column in ("ability", "ability_low", "ability_high"):
            assert (both[column] - both[f"{column}_before"]).abs().max() <= 1e-6  # type: ignore[operator] # a Series can hold any type


def test_a_poisoned_model_moves_no_other_ability_and_no_other_rank_by_more_than_one(
    llm: RecordedBoards, calibration: Calibration, table: pl.DataFrame
) -> None:
    boards = llm.scores.group_by("model_id").agg(pl.col("board").n_unique().alias("boards"))
    victim = llm.scores.filter(board="open_llm_v2").join(boards.filter(boards=2), on="model_id")["model_id"].min()
    here = (pl.col("model_id") == victim) & (pl.col("board") == "open_llm_v2")
    poisoned = llm.scores.with_columns(score=pl.when(here).then(1.0).otherwise("score"))
    after = standings(poisoned, calibration).join(table, on="model_id", suffix="_before")
    others = after.filter(pl.col("model_id") != victim)
    assert (others["ability"] - others["ability_before"]).abs().max() == 0
    assert (others["rank"] - others["rank_before"]).abs().max() <= 1  # type: ignore[operator] # a Series can hold any type


def test_the_best_known_models_are_at_the_top_of_the_table(table: pl.DataFrame) -> None:
    top = table.head(40)["model_id"].str.to_lowercase()
    assert all(top.str.contains(name).any() for name in ("gemini-3-pro", "claude-opus-4-5", "gpt-5"))
    assert table.height > 10_000
    assert table["clearly_better"][0] == 0
    assert table["clearly_worse"][0] > 10_000
    small, large = (
        table.filter(pl.col("model_id").str.ends_with(name))["ability"][0]
        for name in ("gpt2", "Llama-3.1-70B-Instruct")
    )
    assert large > small + 250


def test_the_calibration_is_small_and_no_shift_is_found_on_its_own_data(
    llm: RecordedBoards, calibration: Calibration, tmp_path: Path
) -> None:
    calibration.save(tmp_path / "llm.npz")
    assert (tmp_path / "llm.npz").stat().st_size < 2_000_000
    shifts = link_shifts(llm.scores, calibration)
    assert shifts.height >= 1
    assert shifts["shift"].to_list() == pytest.approx([0.0] * shifts.height)


def test_arena_estimates_reach_the_required_quality(llm: RecordedBoards) -> None:
    found = arena_estimates(llm.scores, llm.facts)
    quality = found.quality.row(0, named=True)
    assert quality["n_models"] >= 60
    assert quality["mean_absolute_error"] <= 33
    assert 0.85 <= quality["coverage_90"] <= 0.95
    assert found.estimates["estimate"].count() >= 300


def test_outliers_are_a_small_part_of_all_scores_and_give_no_cause(llm: RecordedBoards) -> None:
    frame = llm.scores.filter(pl.col("board").str.starts_with("open_llm"))
    found = outliers(frame, llm.facts)
    assert 50 < found.height < 0.05 * frame.height
    assert not found["reason"].str.contains("(?i)contaminat").any()


def test_some_families_are_on_all_three_leaderboards(recordings: Path) -> None:
    everything = read_recordings(recordings, *Track)
    found = families(everything.board_ranks, everything.models)
    assert found.filter(boards=3).height >= 5
    assert found.drop_nulls("rank").filter(~pl.col("rank").is_between("rank_low", "rank_high")).is_empty()
