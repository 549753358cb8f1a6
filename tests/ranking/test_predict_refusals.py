"""Cells without a prediction have a reason, and odd frames have no error."""

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

import aggregator
from aggregator.errors import UsageError
from tests.ranking.test_predict import two_factor_scores


def reason_of(scores: pl.DataFrame, model: str, benchmark: str, board: str | None = "lab") -> str:
    """Return the reason against the prediction of one cell."""
    targets = pl.DataFrame(
        {"model_id": [model], "board": [board], "benchmark": [benchmark]}, schema_overrides={"board": pl.String}
    )
    found = aggregator.predict(scores, targets).row(0, named=True)
    assert [found[name] for name in ("predicted", "low", "high")] == [None, None, None]
    return str(found["reason"])


def cells(*rows: tuple[str, str, str, float]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=["model_id", "board", "benchmark", "score"], orient="row")


SCORES = two_factor_scores(60, 8)
SOME_MODEL = SCORES["model_id"][0]


def test_an_unknown_model_or_benchmark_is_refused() -> None:
    assert reason_of(SCORES, "nobody", "lab/b00") == "no score of the model is known"
    assert reason_of(SCORES, SOME_MODEL, "lab/other") == "no score of the benchmark is known"
    assert reason_of(SCORES, SOME_MODEL, "b00", board="elsewhere") == "no score of the benchmark is known"


def test_a_measured_cell_is_not_predicted() -> None:
    known = SCORES.row(0, named=True)
    assert reason_of(SCORES, known["model_id"], known["benchmark"]) == "the score is measured"


def test_a_model_with_one_score_is_refused() -> None:
    more = pl.concat([SCORES, cells(("single", "lab", "lab/b00", 0.5))])
    assert "1 score to predict from" in reason_of(more, "single", "lab/b01")
    two = pl.concat([more, cells(("single", "lab", "lab/b02", 0.5))])
    targets = pl.DataFrame({"model_id": ["single"], "board": ["lab"], "benchmark": ["lab/b01"]})
    assert aggregator.predict(two, targets)["reason"].to_list() == [None]


def test_a_benchmark_with_few_models_is_refused() -> None:
    few = cells(
        *((name, "lab", "lab/rare", 0.1 * at) for at, name in enumerate(SCORES["model_id"].unique().sort()[:4]))
    )
    others = SCORES.filter(~pl.col("model_id").is_in(few["model_id"].to_list()))
    assert "scores of 4 models, and 5" in reason_of(pl.concat([SCORES, few]), others["model_id"][0], "lab/rare")


def test_a_model_that_shares_no_benchmark_is_refused() -> None:
    other = two_factor_scores(40, 6, seed=7).with_columns(
        pl.lit("far").alias("board"),
        pl.col("benchmark").str.replace("lab", "far"),
        pl.lit("far-").add(pl.col("model_id")).alias("model_id"),
    )
    reason = reason_of(pl.concat([SCORES, other]), SOME_MODEL, "far/b00", board="far")
    assert "0 models share another benchmark" in reason


def test_a_model_unlike_all_models_of_the_benchmark_is_an_extrapolation() -> None:
    rng = np.random.default_rng(0)
    ability = np.concatenate([rng.normal(0, 0.3, 80), [6.0, 6.2, 5.8, 6.1]])
    rows = [
        (
            f"m{chr(97 + m // 26)}{chr(97 + m % 26)}",
            "lab",
            f"lab/b{b}",
            float(expit(theta - 3 + 0.2 * b + rng.normal(0, 0.1))),
        )
        for m, theta in enumerate(ability)
        for b in range(6)
        if b > 0 or m < 80
    ]
    last = rows[-1][0]
    assert "extrapolation" in reason_of(cells(*rows), last, "lab/b0")


def test_a_model_with_a_strange_profile_is_an_extrapolation_although_its_predicted_score_is_usual() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=100), np.concatenate([rng.normal(0, 0.3, 92), rng.normal(7, 0.3, 8)])
    first[92:] = 0.0
    rows = [
        (f"m{chr(97 + m // 26)}{chr(97 + m % 26)}", "lab", f"lab/b{b}", float(expit(logit + rng.normal(0, 0.1))))
        for m in range(100)
        for b, logit in enumerate(
            (first[m], first[m] + 0.2 * second[m], 0.3 * second[m], first[m] - 0.2 * second[m], 0.3 * second[m] - 1)
        )
        if b > 0 or m < 92
    ]
    assert "scores are unlike" in reason_of(cells(*rows), rows[-1][0], "lab/b0")
    usual = next(row for row in rows if row[2] == "lab/b0")
    kept = cells(*(row for row in rows if row is not usual))
    targets = pl.DataFrame({"model_id": [usual[0]], "board": ["lab"], "benchmark": ["lab/b0"]})
    assert aggregator.predict(kept, targets)["reason"].to_list() == [None]


def test_frames_of_one_benchmark_or_without_variation_have_reasons_only() -> None:
    one = SCORES.filter(benchmark="lab/b00")
    missing = next(name for name in SCORES["model_id"].unique().sort() if name not in one["model_id"].to_list())
    assert reason_of(one, missing, "lab/b00") == "no score of the model is known"
    rating = SCORES.filter(pl.col("benchmark") == "lab/b01").with_columns(score=pl.lit(1200.0))
    constant = pl.concat([SCORES.filter(pl.col("benchmark") != "lab/b01"), rating])
    lacking = next(name for name in SCORES["model_id"].unique().sort() if name not in rating["model_id"].to_list())
    assert reason_of(constant, lacking, "lab/b01") == "all models of the benchmark have the same score"


def test_a_constant_share_and_columns_of_few_cells_cause_no_error() -> None:
    zero = SCORES.filter(pl.col("benchmark") == "lab/b01").with_columns(score=pl.lit(0.0))
    scores = pl.concat([SCORES.filter(pl.col("benchmark") != "lab/b01"), zero])
    names = SCORES["model_id"].unique().sort()
    few = cells(*((name, "lab", "lab/five", 0.2 + 0.1 * at) for at, name in enumerate(names[:5])))
    targets = pl.DataFrame({"model_id": names, "board": ["lab"] * len(names), "benchmark": ["lab/b01"] * len(names)})
    found = aggregator.predict(pl.concat([scores, few]), targets)
    given = found.drop_nulls("predicted")
    assert found.filter(pl.col("predicted").is_null() == pl.col("reason").is_null()).is_empty()
    assert given["predicted"].max() < 0.1  # type: ignore[operator] # a number


@pytest.mark.parametrize("column", ["model_id", "benchmark"])
def test_null_targets_keep_their_row(column: str) -> None:
    targets = SCORES.head(3).select("model_id", "board", "benchmark")
    targets = targets.with_columns(
        pl.when(pl.int_range(pl.len()) == 1).then(None).otherwise(pl.col(column)).alias(column)
    )
    found = aggregator.predict(SCORES, targets)
    assert found.height == 3
    assert found["reason"][1] in {"no score of the model is known", "no score of the benchmark is known"}


def test_no_targets_give_no_rows_and_a_missing_column_is_an_error() -> None:
    targets = SCORES.select("model_id", "board", "benchmark")
    assert aggregator.predict(SCORES, targets.clear()).is_empty()
    with pytest.raises(UsageError, match="`benchmark`"):
        aggregator.predict(SCORES, targets.drop("benchmark"))


def test_a_bare_benchmark_and_a_missing_board_are_understood_as_in_the_scores() -> None:
    known = SCORES.filter(model_id=SOME_MODEL)["benchmark"].to_list()
    missing = next(name for name in SCORES["benchmark"].unique().sort() if name not in known)
    bare = pl.DataFrame({"model_id": [SOME_MODEL], "board": ["lab"], "benchmark": [missing.partition("/")[2]]})
    whole = pl.DataFrame({"model_id": [SOME_MODEL], "benchmark": [missing]})
    first, second = (aggregator.predict(SCORES, targets)["predicted"][0] for targets in (bare, whole))
    assert first is not None
    assert first == second


def test_no_targets_and_measured_targets_alone_are_no_error() -> None:
    targets = SCORES.select("model_id", "board", "benchmark")
    assert aggregator.predict(SCORES, targets.clear()).height == 0
    assert set(aggregator.predict(SCORES, targets.head(3))["reason"]) == {"the score is measured"}
