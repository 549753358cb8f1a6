"""Predictions of missing scores: accuracy, coverage, refusals, and frames of every shape."""

import time
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

import aggregator
from aggregator.errors import UsageError
from aggregator.ranking import fit_predictor
from aggregator.ranking.prediction_intervals import Effort
from tests.ranking.test_estimates import TARGET, rated_boards

QUICK = Effort(factors=(2,), folds=3, iterations=15)


def two_factor_scores(
    n_models: int = 150, n_benchmarks: int = 16, seed: int = 0, *, missing: float = 0.3, families: bool = False
) -> pl.DataFrame:
    """Shares of one board, from two factors and noise; with `families`, models whose names begin alike are alike."""
    rng = np.random.default_rng(seed)
    family = rng.integers(0, n_models // 6, n_models)
    shared = rng.normal(size=(n_models // 6, 2))[family] if families else 0.0
    factors = shared * 1.2 + rng.normal(size=(n_models, 2)) * (0.5 if families else 1.0)
    loadings = np.stack([rng.uniform(0.6, 1.4, n_benchmarks), rng.normal(0, 0.6, n_benchmarks)])
    share = expit(factors @ loadings + rng.normal(0, 1, n_benchmarks) + rng.normal(0, 0.25, (n_models, n_benchmarks)))
    seen = rng.random(share.shape) > missing
    words = [f"w{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(n_models)]
    names = [f"{words[family[m]]}-{words[m]}" if families else words[m] for m in range(n_models)]
    row, column = np.nonzero(seen)
    return pl.DataFrame(
        {
            "model_id": [names[m] for m in row],
            "board": ["lab"] * row.size,
            "benchmark": [f"lab/b{b:02d}" for b in column],
            "score": share[row, column],
        }
    )


def hide(scores: pl.DataFrame, share: float = 0.15, seed: int = 1) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the scores that stay and those that are hidden."""
    chosen = np.random.default_rng(seed).random(scores.height) < share
    return scores.filter(~chosen), scores.filter(chosen)


@cache
def hidden_cells() -> pl.DataFrame:
    """Return predictions of hidden cells with `actual` and `usual`, the mean of the benchmark."""
    kept, hidden = hide(two_factor_scores())
    found = aggregator.predict(kept, hidden.select("model_id", "board", "benchmark"))
    usual = kept.group_by("benchmark").agg(usual=pl.col("score").mean())
    return found.with_columns(actual=hidden["score"]).join(usual, on="benchmark", maintain_order="left")


def mean_error(table: pl.DataFrame, column: str = "predicted") -> float:
    return float(np.sqrt(np.mean((table[column] - table["actual"]).to_numpy() ** 2)))


def test_hidden_scores_are_predicted_with_intervals_that_hold_nine_in_ten() -> None:
    table = hidden_cells().filter(pl.col("reason").is_null())
    assert table.height > 0.95 * hidden_cells().height
    assert mean_error(table) < 0.4 * mean_error(table, "usual")
    inside = table.select(pl.col("actual").is_between("low", "high").mean()).item()
    assert 0.85 <= inside <= 0.95
    assert table.filter(~pl.col("predicted").is_between("low", "high")).is_empty()


def test_two_factors_predict_better_than_one() -> None:
    kept, hidden = hide(two_factor_scores())
    errors = []
    for factors in ((1,), (2,)):
        predictor = fit_predictor(kept, Effort(factors=factors, folds=3))
        found = predictor.predict(hidden["model_id"].to_list(), hidden["benchmark"].to_list(), 0.9)
        table = found.with_columns(actual=hidden["score"]).drop_nulls("predicted")
        errors.append(mean_error(table))
    assert errors[1] < 0.8 * errors[0]


def test_a_higher_level_gives_wider_intervals_that_hold_more() -> None:
    kept, hidden = hide(two_factor_scores())
    targets = hidden.select("model_id", "board", "benchmark")
    widths, inside = [], []
    for level in (0.5, 0.98):
        found = aggregator.predict(kept, targets, level=level).with_columns(actual=hidden["score"])
        found = found.drop_nulls("predicted")
        widths.append(found.select((pl.col("high") - pl.col("low")).mean()).item())
        inside.append(found.select(pl.col("actual").is_between("low", "high").mean()).item())
    assert widths[0] < 0.5 * widths[1]
    assert abs(inside[0] - 0.5) < 0.1
    assert inside[1] > 0.95


def test_names_that_begin_alike_help_and_names_without_meaning_have_no_effect() -> None:
    scores = two_factor_scores(missing=0.6, families=True)
    models = scores["model_id"].unique().sort()
    shuffled = dict(zip(models, models.sample(fraction=1.0, shuffle=True, seed=3), strict=True))
    anonymous = {name: f"x{number:03d}" for number, name in enumerate(models)}
    errors = []
    for names in ({}, anonymous):
        renamed = scores.with_columns(pl.col("model_id").replace(names)) if names else scores
        kept, hidden = hide(renamed)
        found = aggregator.predict(kept, hidden.select("model_id", "board", "benchmark"))
        errors.append(mean_error(found.with_columns(actual=hidden["score"]).drop_nulls("predicted")))
    assert errors[0] < 0.97 * errors[1]
    for names, has_effect in (({}, True), (shuffled, False)):
        renamed = scores.with_columns(pl.col("model_id").replace(names)) if names else scores
        ensemble = fit_predictor(renamed, QUICK).ensemble
        assert ensemble is not None
        assert any(effect.any() for effect in ensemble.models[0].group_effect) is has_effect


def test_each_scale_and_direction_gives_the_same_predictions_in_its_own_unit() -> None:
    scores, hidden = hide(two_factor_scores())
    targets = hidden.select("model_id", "board", "benchmark")
    plain = aggregator.predict(scores, targets)
    ends = {"scale_low": 0.0, "scale_high": 100.0}
    percent = scores.with_columns(score=100 * pl.col("score"), **{name: pl.lit(end) for name, end in ends.items()})
    error = scores.with_columns(score=1 - pl.col("score"), higher_is_better=pl.lit(False))
    in_percent, as_error = aggregator.predict(percent, targets), aggregator.predict(error, targets)
    for name, opposite in (("predicted", "predicted"), ("low", "high"), ("high", "low")):
        assert np.allclose(in_percent[name].to_numpy(), 100 * plain[name].to_numpy(), equal_nan=True, atol=1e-6)
        assert np.allclose(as_error[name].to_numpy(), 1 - plain[opposite].to_numpy(), equal_nan=True, atol=1e-8)


def test_ratings_without_ends_are_predicted_in_rating_points() -> None:
    scores = two_factor_scores()
    as_rating = pl.when(pl.col("benchmark") == "lab/b00").then(1200 + 300 * (pl.col("score") - 0.5)).otherwise("score")
    kept, hidden = hide(scores.with_columns(score=as_rating))
    found = aggregator.predict(kept, hidden.select("model_id", "board", "benchmark"))
    rated = found.with_columns(actual=hidden["score"]).filter(benchmark="lab/b00").drop_nulls("predicted")
    assert rated.height > 10
    assert mean_error(rated) < 40
    assert rated.select(pl.col("actual").is_between("low", "high").mean()).item() > 0.75


def test_a_known_error_of_the_benchmark_widens_its_intervals() -> None:
    kept, hidden = hide(two_factor_scores())
    targets = hidden.select("model_id", "board", "benchmark")
    widths = []
    for n_items in (10, 100_000):
        few = pl.when(pl.col("benchmark") == "lab/b00").then(n_items)
        noisy = kept.with_columns(n_items=few)
        found = aggregator.predict(noisy, targets).filter(benchmark="lab/b00").drop_nulls("predicted")
        widths.append(found.select((pl.col("high") - pl.col("low")).mean()).item())
    assert widths[0] > 1.1 * widths[1]


def test_a_hidden_board_has_wider_intervals_than_a_hidden_cell_and_they_hold() -> None:
    scores = two_factor_scores(200, 18)
    board = (pl.lit("board") + (pl.col("benchmark").str.tail(2).cast(pl.Int64) // 6).cast(pl.String)).alias("board")
    scores = scores.with_columns(board, pl.col("benchmark").str.tail(3))
    # What a board has in common beyond the factors: its harness.
    effects = scores.select("model_id", "board").unique(maintain_order=True)
    effects = effects.with_columns(effect=np.random.default_rng(5).normal(0, 0.5, effects.height))
    logit = (pl.col("score") / (1 - pl.col("score"))).log() + pl.col("effect")
    scores = scores.join(effects, on=["model_id", "board"], maintain_order="left")
    scores = scores.with_columns(score=1 / (1 + (-logit).exp())).drop("effect")
    chosen = set(scores["model_id"].unique().sort()[::5])
    whole = scores.filter(pl.col("model_id").is_in(list(chosen)), board="board1")
    rest = scores.join(whole, on=["model_id", "benchmark"], how="anti")
    kept, cells = hide(rest, 0.1)
    found = {
        kind: aggregator.predict(kept, hidden.select("model_id", "board", "benchmark"))
        .with_columns(actual=hidden["score"])
        .drop_nulls("predicted")
        for kind, hidden in {"board": whole, "cell": cells}.items()
    }
    inside = {
        kind: table.select(pl.col("actual").is_between("low", "high").mean()).item() for kind, table in found.items()
    }
    width = {kind: table.select((pl.col("high") - pl.col("low")).mean()).item() for kind, table in found.items()}
    assert width["board"] > 1.1 * width["cell"]
    assert 0.82 <= inside["board"] <= 0.97
    ensemble = fit_predictor(kept).ensemble
    assert ensemble is not None
    assert ensemble.held_out.absent.mean() > 0.3
    scored, unscored = ensemble.reach(0.9).mean(axis=1)
    assert unscored > 1.03 * scored
    # Each kind has the coverage that its own held-out cells measured.
    assert abs(np.mean(ensemble.held_out.ratio[ensemble.held_out.absent] < unscored) - 0.9) < 0.03
    assert 0.84 <= inside["cell"] <= 0.96


def test_predictions_do_not_depend_on_the_order_of_rows_and_are_repeatable() -> None:
    scores, hidden = hide(two_factor_scores(80, 8))
    targets = hidden.select("model_id", "board", "benchmark")
    first = aggregator.predict(scores, targets)
    again = aggregator.predict(scores.sample(fraction=1.0, shuffle=True, seed=9), targets)
    assert first.equals(again)
    assert first.select("model_id", "board", "benchmark").equals(targets)


def test_large_sparse_frames_take_seconds() -> None:
    rng = np.random.default_rng(0)
    n_models, n_benchmarks = 11_000, 100
    ability, difficulty = rng.normal(size=n_models), rng.normal(size=n_benchmarks)
    row = np.repeat(np.arange(n_models), 6)
    column = (np.tile(np.arange(6), n_models) + 6 * rng.integers(0, 16, n_models)[row]) % n_benchmarks
    linked = rng.integers(0, n_models, 6000)
    row, column = np.concatenate([row, linked]), np.concatenate([column, rng.integers(0, n_benchmarks, linked.size)])
    score = expit(ability[row] - difficulty[column] + rng.normal(0, 0.4, row.size))
    frame = {"model_id": [f"m{m}" for m in row], "board": [f"board{b // 6}" for b in column]}
    scores = pl.DataFrame(frame | {"benchmark": [f"b{b}" for b in column], "score": score})
    scores = scores.unique(["model_id", "benchmark"], keep="first", maintain_order=True)
    kept, hidden = hide(scores, 0.05)
    started = time.process_time()
    found = aggregator.predict(kept, hidden.select("model_id", "board", "benchmark"))
    assert time.process_time() - started < 40
    table = found.with_columns(actual=hidden["score"]).drop_nulls("predicted")
    assert table.height > 0.7 * hidden.height
    assert mean_error(table) < 0.14
    assert 0.85 <= table.select(pl.col("actual").is_between("low", "high").mean()).item() <= 0.96


def test_quality_is_measured_on_cells_that_the_fit_did_not_see() -> None:
    scores = two_factor_scores(100, 10)
    quality = fit_predictor(scores, QUICK).quality()
    assert quality["benchmark"].to_list() == sorted(scores["benchmark"].unique())
    # All scores of a model can be in one fold: nothing is left to predict them from.
    assert 0.97 * scores.height < quality["n_cells"].sum() <= scores.height
    assert 0.85 <= np.average(quality["coverage_90"], weights=quality["n_cells"]) <= 0.95
    # Noise cannot be predicted: an error that is measured on the fitted cells themselves would be near 0.
    noise = scores.with_columns(score=np.random.default_rng(1).uniform(0.2, 0.8, scores.height))
    assert fit_predictor(noise, QUICK).quality()["mean_absolute_error"].mean() > 0.13  # type: ignore[operator] # a number


def test_arena_ratings_of_models_on_the_open_llm_board_alone_are_the_arena_estimates() -> None:
    scores, facts = rated_boards()
    estimates = aggregator.ranking.arena_estimates(scores, facts).estimates
    targets = estimates.select("model_id", board=pl.lit("arena_text_style_control"), benchmark=pl.lit(TARGET))
    found = aggregator.predict(scores, targets, facts=facts)
    assert found["predicted"].to_list() == estimates["estimate"].to_list()
    assert found["reason"].to_list() == estimates["reason"].to_list()
    without = aggregator.predict(scores, targets)
    assert without["predicted"].to_list() != found["predicted"].to_list()


@pytest.mark.parametrize("level", [0.0, 1.0, 90])
def test_a_level_that_is_no_probability_is_an_error(level: float) -> None:
    scores = two_factor_scores(30, 4)
    with pytest.raises(UsageError, match="between 0 and 1"):
        aggregator.predict(scores, scores.head(1), level=level)
