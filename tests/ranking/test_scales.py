"""Scales: shares become logits above chance, ratings stay linear, and the order never changes."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.ranking.arrays import Floats
from aggregator.ranking.calibrate import matrix_and_scales
from aggregator.ranking.scales import LINEAR, LOGIT, Scales
from aggregator.sources import open_llm_v1, open_llm_v2
from aggregator.sources.board import benchmark_rows


def scales_of(frame: pl.DataFrame) -> tuple[Scales, Floats, Floats]:
    matrix, found = matrix_and_scales(frame)
    return found, *found.transform(matrix.score, matrix.standard_error)


def column(values: list[float], benchmark: str = "b", **extra: float) -> pl.DataFrame:
    names = [f"m{i}" for i in range(len(values))]
    return pl.DataFrame({"model_id": names, "board": "x", "benchmark": benchmark, "score": values}).with_columns(
        pl.lit(value).alias(name) for name, value in extra.items()
    )


def test_shares_become_logits_of_the_share_above_chance() -> None:
    found, y, _ = scales_of(column([0.25, 0.625, 0.9], scale_low=0.0, scale_high=1.0, chance=0.25))
    assert found.kind == (LOGIT,)
    assert y[1, 0] == pytest.approx(0.0)
    assert y[2, 0] == pytest.approx(np.log((0.65 / 0.75) / (0.1 / 0.75)))


def test_a_hundred_point_scale_gives_what_the_unit_scale_gives() -> None:
    unit = [0.3, 0.5, 0.7]
    _, y, _ = scales_of(column(unit, scale_low=0.0, scale_high=1.0, chance=0.25))
    _, percent, _ = scales_of(column([100 * v for v in unit], scale_low=0.0, scale_high=100.0, chance=25.0))
    np.testing.assert_allclose(y, percent)


def test_ratings_and_scores_below_zero_stay_linear() -> None:
    for values in ([1000.0, 1100.0, 1400.0], [-0.9, -0.2, 0.4, 0.8]):
        found, y, _ = scales_of(column(values))
        assert found.kind == (LINEAR,)
        assert np.diff(y[:, 0]) / np.diff(values) == pytest.approx(
            np.full(len(values) - 1, np.diff(y[:2, 0])[0] / np.diff(values)[0])
        )


def test_more_items_mean_less_known_error_and_a_given_error_replaces_it() -> None:
    few = column([0.2, 0.5, 0.8], scale_low=0.0, scale_high=1.0, chance=0.0, n_items=100.0)
    variance = [scales_of(few.with_columns(n_items=n))[2][1, 0] for n in (100.0, 10_000.0)]
    assert variance == pytest.approx([0.25 / 100 * 16, 0.25 / 10_000 * 16])
    guessed = few.with_columns(chance=0.25, score=pl.lit(0.625))
    assert scales_of(guessed)[2][1, 0] == pytest.approx(0.625 * 0.375 / 100 / 0.75**2 * 16)
    given_error = scales_of(few.with_columns(standard_error=0.1))[2][1, 0]
    assert given_error == pytest.approx(0.01 * 16)


def test_nothing_is_infinite_at_the_ends_of_a_scale() -> None:
    _, y, variance = scales_of(column([0.0, 0.1, 0.5, 1.0], scale_low=0.0, scale_high=1.0, chance=0.1, n_items=50.0))
    assert np.isfinite(y).all()
    assert np.isfinite(variance).all()


def test_the_open_llm_boards_declare_the_chance_and_the_items_of_their_benchmarks() -> None:
    declared = pl.concat([benchmark_rows(board.SOURCE.id, board.BENCHMARKS) for board in (open_llm_v1, open_llm_v2)])
    metadata = declared.select("benchmark", "scale_low", "scale_high", "chance", "n_items")
    frame = metadata.join(pl.DataFrame({"model_id": ["a", "b", "c"], "share": [0.5, 0.6, 0.7]}), how="cross")
    found, _, _ = scales_of(frame.with_columns(score=pl.col("share") * pl.col("scale_high")))
    low = dict(zip(declared.sort("benchmark")["benchmark"], zip(found.low, found.items, strict=True), strict=True))
    assert low["open_llm_v2/gpqa"] == (0.25, 1192)
    assert low["open_llm_v2/bbh"] == (0.29, 5761)
    assert low["open_llm_v1/arc"] == (25.0, 1172)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20))
def test_a_better_score_is_never_transformed_to_a_lower_number(values: list[float]) -> None:
    for frame in (column(values), column(values).with_columns(higher_is_better=pl.lit(value=False))):
        matrix, found = matrix_and_scales(frame)
        y, _ = found.transform(matrix.score, matrix.standard_error)
        order = np.argsort(matrix.oriented[:, 0], kind="stable")
        assert (np.diff(y[order, 0]) >= -1e-12).all()
