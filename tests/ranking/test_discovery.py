"""Outliers and gems."""

import numpy as np
import polars as pl

from aggregator.ranking import gems, outliers
from aggregator.ranking.outliers import false_discovery
from aggregator.ranking.size_window import same_size


def crowd(n_models: int = 400, seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    size = np.exp(rng.uniform(0, 4, n_models))
    score = 0.2 + 0.1 * np.log(size) + rng.normal(0, 0.03, n_models)
    names = [f"m{m:03}" for m in range(n_models)]
    scores = pl.DataFrame({"model_id": names, "board": "open_llm_v2", "benchmark": "open_llm_v2/math", "score": score})
    facts = pl.DataFrame({"model_id": names, "kind": "chat", "params_b": size, "likes": rng.integers(0, 100, n_models)})
    return scores, facts


def test_a_planted_score_is_found_with_its_window_and_a_factual_sentence() -> None:
    scores, facts = crowd()
    planted = scores.with_columns(score=pl.when(model_id="m007").then(0.95).otherwise("score"))
    found = outliers(planted, facts)
    row = found.row(0, named=True)
    assert (row["model_id"], row["direction"], row["kind_group"]) == ("m007", "high", "tuned")
    assert row["reason"].startswith("unusually high for its size: 0.95 where")
    assert row["n_window"] >= 30
    assert row["window_low_b"] <= facts.filter(model_id="m007")["params_b"].item() <= row["window_high_b"]
    assert not any(word in sentence for sentence in found["reason"] for word in ("contaminat", "cheat", "leak"))


def test_few_are_listed_where_nothing_is_unusual() -> None:
    assert sum(outliers(*crowd(seed=seed)).height for seed in range(10)) <= 3


def test_a_large_model_is_not_unusual_for_being_better_than_small_ones() -> None:
    scores, facts = crowd()
    assert outliers(scores, facts).filter(pl.col("robust_z") > 0).is_empty()


def test_kinds_are_held_against_their_own() -> None:
    scores, facts = crowd()
    renamed = (pl.lit("base/") + pl.col("model_id")).alias("model_id")
    bases = scores.with_columns(renamed, score=pl.col("score") - 0.15)
    base_facts = facts.with_columns(renamed, kind=pl.lit("pretrained"))
    together = outliers(pl.concat([scores, bases]), pl.concat([facts, base_facts]))
    assert together.height <= 2


def test_a_handful_of_models_is_not_judged() -> None:
    scores, facts = crowd(20)
    planted = scores.with_columns(score=pl.when(model_id="m007").then(50.0).otherwise("score"))
    assert outliers(planted, facts).is_empty()


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    p_values = np.array([0.01, 0.04, 0.03, np.nan, 0.5])
    np.testing.assert_allclose(false_discovery(p_values), [0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, np.nan, 0.5])


def test_windows_hold_the_model_itself_and_never_reach_beyond_twice_its_size() -> None:
    rng = np.random.default_rng(0)
    sizes = np.r_[np.exp(rng.uniform(0, 3, 200)), np.nan, -1.0, 0.0, 900.0]
    for mine, window in same_size(sizes):
        assert set(mine.tolist()) <= set(window.tolist())
        assert window.size >= 30
        assert sizes[window].max() <= 2.001 * sizes[mine[0]]
        assert sizes[window].min() >= sizes[mine[0]] / 2.001
        assert not set(window.tolist()) & {200, 201, 202}


def ranked(facts: pl.DataFrame, star: str) -> pl.DataFrame:
    ability = 1000 + 30 * facts["params_b"].log()
    table = facts.select(
        "model_id", ability=ability + pl.when(model_id=star).then(200).otherwise(0), evidence=pl.lit("B")
    )
    return table.with_columns(ability_low=pl.col("ability") - 20, ability_high=pl.col("ability") + 20)


def test_a_strong_model_that_few_like_is_a_gem_and_a_famous_one_is_not() -> None:
    _, facts = crowd()
    for likes, expected in ((0, ["m050"]), (10**6, [])):
        told = facts.with_columns(likes=pl.when(model_id="m050").then(likes).otherwise("likes"))
        found = gems(ranked(facts, "m050"), told)
        assert found["model_id"].to_list() == expected
    flagged = facts.with_columns(likes=0, flagged=pl.lit(value=True))
    assert gems(ranked(facts, "m050"), flagged).is_empty()


def test_downloads_count_where_they_are_known() -> None:
    _, facts = crowd()
    told = facts.with_columns(
        likes=pl.when(model_id="m050").then(0).otherwise("likes"),
        downloads=pl.when(model_id="m050").then(10**7).otherwise(100),
    )
    assert gems(ranked(facts, "m050"), told).is_empty()


def test_an_extrapolated_ability_makes_no_gem() -> None:
    _, facts = crowd()
    told = facts.with_columns(likes=0)
    assert gems(ranked(facts, "m050").with_columns(evidence=pl.lit("C")), told).is_empty()
