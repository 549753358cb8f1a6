"""The combined rank in a refresh: which models have a rank, and what changes an ability."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from aggregator.model import Track
from aggregator.pipeline.comparisons import method_orders, method_tables
from aggregator.sources import SAMPLE
from tests.support.refreshes import read_table, run_refresh

V2 = "datasets/open-llm-leaderboard/contents/data/train-00000-of-00001.parquet"
SCORES = ("IFEval", "BBH", "MATH Lvl 5", "GPQA", "MUSR", "MMLU-PRO")


def leaderboard(mirror: Path, home: Path) -> pl.DataFrame:
    result = run_refresh(home, mirror=str(mirror))
    assert result.refused.is_empty(), result.refused["message"].to_list()
    return read_table(result, "leaderboard")


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return leaderboard(SAMPLE, tmp_path_factory.mktemp("home"))


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    return shutil.copytree(SAMPLE, tmp_path / "mirror")


def test_every_rank_has_an_interval(usual: pl.DataFrame) -> None:
    ranked = usual.drop_nulls("rank")
    assert ranked.height > 100
    assert (
        ranked.select((pl.col("rank_low") <= pl.col("rank")) & (pl.col("rank") <= pl.col("rank_high")))
        .to_series()
        .all()
    )
    assert (
        ranked.select("ability_low", "ability_high", "evidence", "percentile").null_count().sum_horizontal().item() == 0
    )


def test_ranks_follow_abilities_inside_a_track(usual: pl.DataFrame) -> None:
    for _, track in usual.drop_nulls("rank").group_by("track"):
        by_rank = track.sort("rank", "model_id")
        assert by_rank["ability"].is_sorted(descending=True)
        assert by_rank["rank"][0] == 1


def test_flagged_models_and_copies_have_an_ability_and_no_rank(usual: pl.DataFrame) -> None:
    unranked = usual.filter(pl.col("flagged") | pl.col("copy_of").is_not_null())
    assert unranked.filter(pl.col("flagged")).height
    assert unranked.filter(pl.col("copy_of").is_not_null()).height
    assert unranked["rank"].null_count() == unranked.height
    assert unranked["ability"].count() > 0


def test_a_manipulated_model_changes_no_other_ability(usual: pl.DataFrame, mirror: Path, tmp_path: Path) -> None:
    table = pl.read_parquet(mirror / V2)
    changed = table.sort("Average ⬆️")["fullname"][0]
    is_changed = pl.col("fullname") == changed
    table.with_columns(
        *(pl.when(is_changed).then(99.0).otherwise(name).alias(name) for name in (*SCORES, "Average ⬆️")),
        *(pl.when(is_changed).then(0.99).otherwise(f"{name} Raw").alias(f"{name} Raw") for name in SCORES),
    ).write_parquet(mirror / V2)
    manipulated = leaderboard(mirror, tmp_path / "home")
    both = (
        usual.join(manipulated, on="model_id", suffix="_now")
        .drop_nulls("ability")
        .filter(pl.col("model_id") != changed)
    )
    assert both.height > 100
    assert both.select((pl.col("ability") - pl.col("ability_now")).abs().max()).item() <= 1e-6


def test_removed_models_change_no_other_ability(usual: pl.DataFrame, mirror: Path, tmp_path: Path) -> None:
    table = pl.read_parquet(mirror / V2)
    table.filter(pl.int_range(pl.len()) % 2 == 0).write_parquet(mirror / V2)
    fewer = leaderboard(mirror, tmp_path / "home")
    same_scores = ["open_llm_v2_score", "open_llm_v1_score", "arena_rating", "mteb_score"]
    both = usual.join(fewer, on=["model_id", *same_scores], suffix="_now", nulls_equal=True).drop_nulls("ability")
    assert both.height > 100
    assert both.select((pl.col("ability") - pl.col("ability_now")).abs().max()).item() <= 1e-6


def test_every_other_method_is_compared_with_the_ability(tmp_path: Path) -> None:
    result = run_refresh(tmp_path, mirror=str(SAMPLE))
    for track in ("llm", "embedding"):
        methods = read_table(result, "method_agreement").filter(pl.col("track") == track)["method"]
        assert set(methods) == {"mean_win_rate", "mteb_borda", "expected_borda", "bradley_terry", "weighted"}


def test_bradley_terry_is_left_out_when_no_model_links_the_boards() -> None:
    scores = pl.DataFrame(
        {
            "model_id": ["a", "b", "c", "d", "e", "f"],
            "board": ["x", "x", "x", "y", "y", "y"],
            "benchmark": ["x/one", "x/one", "x/one", "y/two", "y/two", "y/two"],
            "score": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
        }
    )
    methods = method_orders({Track.LLM: scores})
    places = {"rank": pl.int_range(1, 7), "rank_low": pl.lit(1), "rank_high": pl.lit(6)}
    order = scores.select("model_id", **places, ability=pl.lit(0.0), coverage=pl.lit(1.0))
    found = method_tables(methods, {Track.LLM: order})["method_agreement"]
    assert "bradley_terry" not in found["method"].to_list()
    assert found.height == 4
