"""The combined rank inside the pipeline: what moves an ability, what moves a rank, and who has none."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from aggregator.pipeline import score
from aggregator.sources import SAMPLE
from flows.refresh import Options, refresh
from flows.runners import DirectRunner

V2 = "datasets/open-llm-leaderboard/contents/data/train-00000-of-00001.parquet"
SCORES = ("IFEval", "BBH", "MATH Lvl 5", "GPQA", "MUSR", "MMLU-PRO")


def leaderboard(mirror: Path, home: Path) -> pl.DataFrame:
    outcome = refresh(Options(home=home, mirror=str(mirror)), DirectRunner(lambda _: None))
    assert outcome.refused.is_empty(), outcome.refused["message"].to_list()
    return pl.read_parquet(outcome.generation.path / "data/leaderboard/leaderboard.parquet")


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return leaderboard(SAMPLE, tmp_path_factory.mktemp("home"))


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    return shutil.copytree(SAMPLE, tmp_path / "mirror")


def test_no_rank_stands_without_its_interval(usual: pl.DataFrame) -> None:
    ranked = usual.drop_nulls("rank")
    assert ranked.height > 100
    assert (
        ranked.select((pl.col("rank_low") <= pl.col("rank")) & (pl.col("rank") <= pl.col("rank_high")))
        .to_series()
        .all()
    )
    assert (
        ranked.select("ability_low", "ability_high", "tie_group", "evidence").null_count().sum_horizontal().item() == 0
    )


def test_ranks_follow_abilities_inside_a_track(usual: pl.DataFrame) -> None:
    for _, track in usual.drop_nulls("rank").group_by("track"):
        by_rank = track.sort("rank", "model_id")
        assert by_rank["ability"].is_sorted(descending=True)
        assert by_rank["rank"][0] == 1


def test_flagged_models_and_copies_have_scores_and_no_place(usual: pl.DataFrame) -> None:
    apart = usual.filter(pl.col("flagged") | pl.col("copy_of").is_not_null())
    assert apart.filter(pl.col("flagged")).height
    assert apart.filter(pl.col("copy_of").is_not_null()).height
    assert apart["rank"].null_count() == apart.height
    assert apart["ability"].count() > 0


def test_a_poisoned_model_moves_no_other_ability(usual: pl.DataFrame, mirror: Path, tmp_path: Path) -> None:
    table = pl.read_parquet(mirror / V2)
    victim = table.sort("Average ⬆️")["fullname"][0]
    is_victim = pl.col("fullname") == victim
    table.with_columns(
        *(pl.when(is_victim).then(99.0).otherwise(name).alias(name) for name in (*SCORES, "Average ⬆️")),
        *(pl.when(is_victim).then(0.99).otherwise(f"{name} Raw").alias(f"{name} Raw") for name in SCORES),
    ).write_parquet(mirror / V2)
    poisoned = leaderboard(mirror, tmp_path / "home")
    both = usual.join(poisoned, on="model_id", suffix="_now").drop_nulls("ability").filter(pl.col("model_id") != victim)
    assert both.height > 100
    assert both.select((pl.col("ability") - pl.col("ability_now")).abs().max()).item() <= 1e-6


def test_models_that_go_move_no_other_ability(usual: pl.DataFrame, mirror: Path, tmp_path: Path) -> None:
    table = pl.read_parquet(mirror / V2)
    table.filter(pl.int_range(pl.len()) % 2 == 0).write_parquet(mirror / V2)
    fewer = leaderboard(mirror, tmp_path / "home")
    same_scores = ["open_llm_v2_score", "open_llm_v1_score", "arena_rating", "mteb_score"]
    both = usual.join(fewer, on=["model_id", *same_scores], suffix="_now", nulls_equal=True).drop_nulls("ability")
    assert both.height > 100
    assert both.select((pl.col("ability") - pl.col("ability_now")).abs().max()).item() <= 1e-6


def table(home: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(home / "current" / "data" / name / f"{name}.parquet")


def test_every_other_method_is_held_against_the_ability(tmp_path: Path) -> None:
    leaderboard(SAMPLE, tmp_path)
    for track in ("llm", "embedding"):
        methods = table(tmp_path, "method_agreement").filter(pl.col("track") == track)["method"]
        assert set(methods) == {"mean_win_rate", "mteb_borda", "expected_borda", "bradley_terry", "weighted"}


def test_boards_that_no_model_links_leave_out_the_one_method_that_needs_a_link() -> None:
    scores = pl.DataFrame(
        {
            "model_id": ["a", "b", "c", "d", "e", "f"],
            "board": ["x", "x", "x", "y", "y", "y"],
            "benchmark": ["x/one", "x/one", "x/one", "y/two", "y/two", "y/two"],
            "score": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
        }
    )
    order = scores.select("model_id", rank=pl.int_range(1, 7), rank_low=pl.lit(1), rank_high=pl.lit(6))
    found = score._moved(scores, order)
    assert "bradley_terry" not in found["method"].to_list()
    assert found.height == 4
