"""Gems: strong models for their size with few downloads or likes."""

import polars as pl

from aggregator.ranking import gems
from tests.support.simulate import scores_by_size


def standings_with_one_strong_model(facts: pl.DataFrame, strong: str) -> pl.DataFrame:
    ability = 1000 + 30 * facts["params_b"].log()
    table = facts.select(
        "model_id", ability=ability + pl.when(model_id=strong).then(200).otherwise(0), evidence=pl.lit("B")
    )
    return table.with_columns(ability_low=pl.col("ability") - 20, ability_high=pl.col("ability") + 20)


def test_a_strong_model_with_few_likes_is_a_gem_and_a_popular_one_is_not() -> None:
    _, facts = scores_by_size()
    for likes, expected in ((0, ["m050"]), (10**6, [])):
        changed = facts.with_columns(likes=pl.when(model_id="m050").then(likes).otherwise("likes"))
        found = gems(standings_with_one_strong_model(facts, "m050"), changed)
        assert found["model_id"].to_list() == expected
    flagged = facts.with_columns(likes=0, flagged=pl.lit(value=True))
    assert gems(standings_with_one_strong_model(facts, "m050"), flagged).is_empty()


def test_known_downloads_count_instead_of_likes() -> None:
    _, facts = scores_by_size()
    changed = facts.with_columns(
        likes=pl.when(model_id="m050").then(0).otherwise("likes"),
        downloads=pl.when(model_id="m050").then(10**7).otherwise(100),
    )
    assert gems(standings_with_one_strong_model(facts, "m050"), changed).is_empty()


def test_a_model_with_an_extrapolated_ability_is_not_a_gem() -> None:
    _, facts = scores_by_size()
    changed = facts.with_columns(likes=0)
    assert gems(standings_with_one_strong_model(facts, "m050").with_columns(evidence=pl.lit("C")), changed).is_empty()


def test_a_gem_needs_a_rank_three_benchmarks_and_a_size() -> None:
    _, facts = scores_by_size()
    facts = facts.with_columns(likes=0)
    standings = standings_with_one_strong_model(facts, "m050").with_columns(rank=pl.lit(1), benchmarks=pl.lit(3))
    assert gems(standings, facts)["model_id"].to_list() == ["m050"]
    is_strong = pl.col("model_id") == "m050"
    for column, value in (("rank", None), ("benchmarks", 2)):
        without = standings.with_columns(pl.when(is_strong).then(value).otherwise(pl.col(column)).alias(column))
        assert gems(without, facts).is_empty()
    two_boards = standings.with_columns(
        benchmarks=pl.lit(2), evidence=pl.when(is_strong).then(pl.lit("A")).otherwise("evidence")
    )
    assert gems(two_boards, facts)["reason"].item() == (
        "at the low end of its interval above 96 % of 30 models of about its size, with 0 likes, by two leaderboards or "
        "more and 2 benchmarks"
    )
    disputed = facts.with_columns(params_b=pl.when(is_strong).then(None).otherwise("params_b"))
    assert gems(standings, disputed).is_empty()


def test_a_copy_and_a_model_below_its_base_are_no_gems() -> None:
    _, facts = scores_by_size()
    facts = facts.with_columns(likes=0)
    standings = standings_with_one_strong_model(facts, "m050")
    is_strong = pl.col("model_id") == "m050"
    better = standings.with_columns(ability=pl.when(model_id="m051").then(1500.0).otherwise("ability"))
    for column in ("copy_of", "base_model", "family"):
        linked = facts.with_columns(pl.when(is_strong).then(pl.lit("m051")).otherwise(None).alias(column))
        assert "m050" not in gems(better, linked)["model_id"]
    own_family = facts.with_columns(family="model_id")
    assert gems(standings, own_family)["model_id"].to_list() == ["m050"]
