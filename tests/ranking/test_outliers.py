"""Outliers: unusual scores are found by size and kind, few are listed by chance, and no cause is given."""

import numpy as np
import polars as pl

from aggregator.ranking import outliers
from aggregator.ranking.outliers import false_discovery_q_values
from tests.support.simulate import scores_by_size


def test_a_planted_score_is_found_with_its_window_and_a_factual_sentence() -> None:
    scores, facts = scores_by_size()
    planted = scores.with_columns(score=pl.when(model_id="m007").then(0.95).otherwise("score"))
    found = outliers(planted, facts)
    row = found.row(0, named=True)
    assert (row["model_id"], row["direction"], row["kind_group"]) == ("m007", "high", "tuned")
    assert row["reason"].startswith("unusually high for its size: 0.95 where")
    assert row["n_window"] >= 30
    assert row["window_low_b"] <= facts.filter(model_id="m007")["params_b"].item() <= row["window_high_b"]
    assert not any(word in sentence for sentence in found["reason"] for word in ("contaminat", "cheat", "leak"))


def test_few_scores_are_listed_when_none_is_unusual() -> None:
    assert sum(outliers(*scores_by_size(seed=seed)).height for seed in range(10)) <= 3


def test_a_large_model_is_not_an_outlier_for_being_better_than_small_ones() -> None:
    scores, facts = scores_by_size()
    assert outliers(scores, facts).filter(pl.col("robust_z") > 0).is_empty()


def test_a_model_is_compared_with_models_of_its_kind_only() -> None:
    scores, facts = scores_by_size()
    renamed = (pl.lit("base/") + pl.col("model_id")).alias("model_id")
    bases = scores.with_columns(renamed, score=pl.col("score") - 0.15)
    base_facts = facts.with_columns(renamed, kind=pl.lit("pretrained"))
    together = outliers(pl.concat([scores, bases]), pl.concat([facts, base_facts]))
    assert together.height <= 2


def test_fewer_than_thirty_models_give_no_outliers() -> None:
    scores, facts = scores_by_size(20)
    planted = scores.with_columns(score=pl.when(model_id="m007").then(50.0).otherwise("score"))
    assert outliers(planted, facts).is_empty()


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    p_values = np.array([0.01, 0.04, 0.03, np.nan, 0.5])
    np.testing.assert_allclose(false_discovery_q_values(p_values), [0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, np.nan, 0.5])
