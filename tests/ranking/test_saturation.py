"""Health of benchmarks: a ceiling, a lack of discrimination and a drift are found, and nothing else is."""

import numpy as np
import polars as pl
import pytest

from aggregator.ranking import calibrate
from aggregator.ranking.ability import abilities
from aggregator.ranking.health import MIN_JUDGED, MIN_WEIGHT
from aggregator.ranking.saturation import saturation

MODELS = 240
CEILING, NOISE = "board_0/ceiling", "board_0/noise"


def simulated(seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return scores of three boards and the release dates of the models.

    One benchmark has a ceiling for the better half, one measures nothing, and one overrates newer models.
    """
    rng = np.random.default_rng(seed)
    theta, year = rng.standard_normal(MODELS), rng.uniform(0, 4, MODELS)
    rows = []
    for board in range(3):
        local = theta + 0.2 * rng.standard_normal(MODELS)
        for benchmark in range(5):
            raw = local + 0.3 * benchmark - 0.6 + 0.4 * rng.standard_normal(MODELS)
            rows += column(f"board_{board}", f"b{benchmark}", raw)
    level = np.minimum(theta, 0.0) * 2 + 1.5 + 0.25 * rng.standard_normal(MODELS)
    rows += column("board_0", "ceiling", level)
    rows += column("board_0", "noise", rng.standard_normal(MODELS))
    rows += column("board_1", "drifting", theta + 0.5 * (year - 2) + 0.3 * rng.standard_normal(MODELS))
    scores = pl.DataFrame(rows, schema=["model_id", "board", "benchmark", "score"], orient="row")
    days = pl.Series([int(365.25 * (50 + one)) for one in year]).cast(pl.Int32).cast(pl.Date)
    return scores, pl.DataFrame({"model_id": [f"m{m:03}" for m in range(MODELS)], "released_on": days})


def column(board: str, benchmark: str, raw: np.ndarray) -> list[tuple[str, str, str, float]]:
    share = 1 / (1 + np.exp(-raw))
    return [(f"m{m:03}", board, benchmark, float(one)) for m, one in enumerate(share)]


@pytest.fixture(scope="module")
def health() -> dict[str, dict[str, object]]:
    scores, released = simulated()
    found = saturation(scores, calibrate(scores, draws=20), released)
    return {str(row["benchmark"]): row for row in found.iter_rows(named=True)}


def test_a_ceiling_and_a_benchmark_that_measures_nothing_are_saturated_and_no_other_one(
    health: dict[str, dict[str, object]],
) -> None:
    assert {name for name, row in health.items() if row["is_saturated"]} == {CEILING, NOISE}
    assert "at its ceiling" in str(health[CEILING]["reason"])
    assert "does not discriminate" in str(health[NOISE]["reason"])


def test_a_saturated_benchmark_has_less_weight_and_every_other_one_has_1(health: dict[str, dict[str, object]]) -> None:
    for name, row in health.items():
        weight = float(str(row["weight"]))
        assert MIN_WEIGHT <= weight < 0.25 if name in (CEILING, NOISE) else weight == 1


def test_the_ceiling_is_measured_among_the_better_models(health: dict[str, dict[str, object]]) -> None:
    ceiling, usual = health[CEILING], health["board_0/b2"]
    assert float(str(ceiling["ceiling_share"])) > float(str(usual["ceiling_share"]))
    assert float(str(ceiling["discrimination"])) > 0.6
    assert float(str(ceiling["discrimination_top"])) < 0.3 < float(str(usual["discrimination_top"]))


def test_a_drift_is_found_with_its_size_and_only_where_there_is_one(health: dict[str, dict[str, object]]) -> None:
    assert {name for name, row in health.items() if row["is_drifted"]} == {"board_1/drifting"}
    row = health["board_1/drifting"]
    assert abs(float(str(row["drift"])) - 50) < 4 * float(str(row["drift_error"]))
    assert "rates newer models higher" in str(row["reason"])


def test_without_dates_there_is_no_drift() -> None:
    scores, _ = simulated()
    found = saturation(scores, calibrate(scores, draws=20))
    assert found["drift"].null_count() == found.height
    assert not found["is_drifted"].any()


def test_a_benchmark_with_few_models_on_other_boards_is_not_judged() -> None:
    scores, _ = simulated()
    few = (pl.col("benchmark") != "ceiling") | (pl.col("model_id") < f"m{MIN_JUDGED - 1:03}")
    some = scores.filter(few)
    row = saturation(some, calibrate(some, draws=20)).row(by_predicate=pl.col("benchmark") == CEILING, named=True)
    assert (row["n_judged"], row["is_saturated"], row["discrimination"]) == (MIN_JUDGED - 1, False, None)
    assert "not judged" in row["reason"]


def test_the_weight_is_one_factor_for_all_scores_of_the_benchmark() -> None:
    scores, _ = simulated()
    calibration = calibrate(scores, draws=20)
    lowered = calibration.benchmarks.index(NOISE)
    assert calibration.weights[lowered] < 1
    # A model whose scores differ in this benchmark alone hardly moves.
    base = scores.filter(pl.col("model_id") == "m000")
    found = [
        abilities(base.with_columns(score=pl.when(benchmark=name).then(0.99).otherwise("score")), calibration).point[0]
        for name in ("noise", "b2")
    ]
    plain = abilities(base, calibration).point[0]
    assert abs(found[0] - plain) < 0.2 * abs(found[1] - plain)


def test_a_linear_simulation_has_no_saturated_benchmark() -> None:
    scores, _ = simulated(7)
    plain = scores.filter(~pl.col("benchmark").is_in(["ceiling", "noise", "drifting"]))
    assert set(calibrate(plain, draws=20).weights) == {1.0}
