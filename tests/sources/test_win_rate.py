"""Mean win rates: which benchmarks count, and how many of them a model needs."""

import polars as pl
import pytest

from aggregator import schema
from aggregator.model import Domain
from aggregator.sources.win_rate import mean_win_rates

MODELS = "abcdef"


def rates(scores: dict[str, dict[str, float]], domains: dict[str, Domain] | None = None) -> dict[str, float | None]:
    """Return the mean win rates of models with `scores` by benchmark and model."""
    rows: list[dict[str, object]] = [
        {"benchmark": benchmark, "raw_name": model, "score": score}
        for benchmark, found in scores.items()
        for model, score in found.items()
    ]
    benchmarks: list[dict[str, object]] = [
        {"benchmark": name, "higher_is_better": True, "domain": (domains or {}).get(name)} for name in scores
    ]
    table = mean_win_rates(schema.frame(schema.SCORES, rows), schema.frame(schema.BENCHMARKS, benchmarks))
    return dict(table.select("raw_name", "board_score").rows())


def in_order(models: str) -> dict[str, float]:
    """Return a score for each model, the first the best."""
    return {model: 100.0 - place for place, model in enumerate(models)}


def test_benchmarks_of_other_domains_do_not_count() -> None:
    scores = {"x": in_order(MODELS), "y": in_order(MODELS), "pictures": in_order(MODELS[::-1])}
    assert rates(scores, {"pictures": Domain.VISION}) == rates({name: scores[name] for name in ("x", "y")})
    assert rates(scores, {"pictures": Domain.OTHER})["a"] == 1.0
    assert rates(scores)["a"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(("benchmarks", "least"), [(2, 2), (3, 2), (4, 2), (5, 3), (8, 3), (30, 3)])
def test_a_rank_needs_half_of_the_benchmarks_or_three(benchmarks: int, least: int) -> None:
    for present in range(1, benchmarks + 1):
        scores = {str(n): in_order(MODELS if n < present else MODELS[1:]) for n in range(benchmarks)}
        assert (rates(scores)["a"] is not None) == (present >= least), present


def test_models_without_a_counted_benchmark_have_no_rate() -> None:
    frame = mean_win_rates(schema.frame(schema.SCORES), schema.frame(schema.BENCHMARKS))
    assert frame.schema == pl.Schema({"raw_name": pl.String(), "board_score": pl.Float64()})
    assert frame.is_empty()
