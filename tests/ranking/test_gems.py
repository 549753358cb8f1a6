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
