"""Abilities by domain recover known ones, borrow where evidence is thin, and depend on the model's own scores alone."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aggregator.errors import UsageError
from aggregator.ranking import Calibration, calibrate
from aggregator.ranking.ability import abilities_of, calibrated_scores
from aggregator.ranking.domain_posterior import DomainVariances
from aggregator.ranking.domains import (
    DomainAbilities,
    abilities_by_domain,
    domain_shares,
    frozen_variances,
    reweighted,
    to_header,
    with_domain_variances,
)
from tests.support.simulate_domains import VARIANCE, SimulatedDomains, simulated_domains

DOMAINS = tuple(VARIANCE)


@pytest.fixture(scope="module")
def drawn() -> SimulatedDomains:
    return simulated_domains(0)


@pytest.fixture(scope="module")
def calibration(drawn: SimulatedDomains) -> Calibration:
    return with_domain_variances(drawn.scores, calibrate(drawn.scores, draws=25), drawn.domain_of)


def of_models(
    scores: pl.DataFrame, calibration: Calibration, domain_of: dict[str, str]
) -> tuple[tuple[str, ...], DomainAbilities, np.ndarray]:
    """Return the models, their abilities by domain and their overall abilities."""
    scored = calibrated_scores(scores, calibration)
    found = abilities_of(scored, calibration)
    by_domain = abilities_by_domain(scored, calibration, found, domain_of)
    assert by_domain is not None
    return found.models, by_domain, found.point


@pytest.mark.parametrize("seed", [1, 2])
def test_the_intervals_hold_the_true_abilities_which_the_overall_ability_misses_by_more(seed: int) -> None:
    drawn = simulated_domains(seed)
    calibration = with_domain_variances(drawn.scores, calibrate(drawn.scores, draws=25), drawn.domain_of)
    models, found, overall = of_models(drawn.scores, calibration, drawn.domain_of)
    assert found.domains == DOMAINS
    row = [drawn.models.index(name) for name in models]
    cohort = np.isin(models, calibration.cohort)
    theta = drawn.theta[row]
    true = 1000 + 100 * (drawn.delta[row] - theta[cohort].mean()) / theta[cohort].std()
    inside = np.abs(found.ability - true) < 1.645 * found.deviation
    measured = found.benchmarks > 0
    assert 0.85 <= inside[measured].mean() <= 0.95
    assert 0.85 <= inside[~measured].mean() <= 0.95
    error = np.sqrt(((found.ability - true)[measured] ** 2).mean())
    assert error <= 0.93 * np.sqrt(((overall[:, None] - true)[measured] ** 2).mean())


def test_the_fitted_variances_are_near_the_true_ones(calibration: Calibration) -> None:
    fitted = frozen_variances(calibration)
    for domain, true in VARIANCE.items():
        # Domains of few models are shrunk to the common variance.
        assert true / 2 <= fitted.variance[domain] <= 2 * true + 0.03, domain
    assert min(fitted.variance["following"], fitted.variance["agents"]) > max(
        fitted.variance[name] for name in ("math", "knowledge", "reasoning")
    )


def test_what_is_not_measured_is_borrowed(drawn: SimulatedDomains, calibration: Calibration) -> None:
    _, found, _ = of_models(drawn.scores, calibration, drawn.domain_of)
    none = found.benchmarks == 0
    assert (found.borrowed[none] == 1).all()
    assert (found.borrowed[~none] < 1).all()
    assert (found.borrowed >= 0).all()
    assert (found.boards <= found.benchmarks).all()
    assert ((found.boards == 0) == none).all()


def test_other_models_move_no_ability_in_any_domain(drawn: SimulatedDomains, calibration: Calibration) -> None:
    models, everyone, _ = of_models(drawn.scores, calibration, drawn.domain_of)
    half = drawn.scores.filter(pl.col("model_id").is_in(models[::2]))
    added = simulated_domains(5).scores.with_columns(model_id=pl.lit("new/") + pl.col("model_id"))
    for frame in (half, pl.concat([half, added])):
        others, found, _ = of_models(frame, calibration, drawn.domain_of)
        row, before = [others.index(name) for name in models[::2]], slice(None, None, 2)
        assert np.abs(found.ability[row] - everyone.ability[before]).max() < 1e-9
        assert np.abs(found.deviation[row] - everyone.deviation[before]).max() < 1e-9


def test_the_variances_are_part_of_the_saved_calibration(calibration: Calibration, tmp_path: Path) -> None:
    calibration.save(tmp_path / "llm.npz")
    loaded = Calibration.load(tmp_path / "llm.npz")
    assert frozen_variances(loaded) == frozen_variances(calibration)
    assert loaded.version == calibration.version
    other = replace(calibration, optional=to_header(DomainVariances(variance={"math": 0.5})))
    assert other.version != calibration.version
    first, second = BytesIO(), BytesIO()
    calibration.write(first)
    loaded.write(second)
    assert first.getvalue() == second.getvalue()


def test_a_calibration_without_variances_gives_every_domain_the_same(
    drawn: SimulatedDomains, calibration: Calibration
) -> None:
    plain = replace(calibration, optional={})
    assert set(frozen_variances(plain).of(DOMAINS)) == {DomainVariances().common}
    _, found, _ = of_models(drawn.scores, plain, drawn.domain_of)
    assert np.isfinite(found.ability).all()


def test_less_noise_and_smaller_board_effects_beside_the_deviations_narrow_the_intervals(
    drawn: SimulatedDomains, calibration: Calibration
) -> None:
    fitted = frozen_variances(calibration)
    _, found, _ = of_models(drawn.scores, calibration, drawn.domain_of)
    for changed in (
        replace(fitted, noise_share={name: share / 2 for name, share in fitted.noise_share.items()}),
        replace(fitted, board_variance=dict.fromkeys(fitted.board_variance, 0.0)),
    ):
        other = replace(calibration, optional=to_header(changed))
        _, better, _ = of_models(drawn.scores, other, drawn.domain_of)
        assert (better.deviation <= found.deviation + 1e-9).all()
        assert better.deviation.mean() < 0.98 * found.deviation.mean()


def test_an_overall_score_beside_its_own_benchmarks_counts_nothing_twice(drawn: SimulatedDomains) -> None:
    board = pl.col("board") == "board_1"
    overall = (
        drawn.scores.filter(board)
        .group_by("model_id", "board")
        .agg(pl.col("score").mean())
        .with_columns(benchmark=pl.lit("board_1/average"))
        .select(drawn.scores.columns)
    )
    # Some models have the overall score alone.
    alone = overall["model_id"].sort().head(15).to_list()
    both = pl.concat([drawn.scores.filter(~board | ~pl.col("model_id").is_in(alone)), overall])
    domain_of = drawn.domain_of | {"board_1/average": "general"}
    calibration = with_domain_variances(both, calibrate(both, draws=5), domain_of)
    models, found, _ = of_models(both, calibration, domain_of)
    moved = pl.when(pl.col("benchmark") == "board_1/average").then(pl.col("score") * 0.5).otherwise("score")
    _, after, _ = of_models(both.with_columns(score=moved), calibration, domain_of)
    change = np.abs(after.ability - found.ability).max(axis=1)
    is_alone = np.isin(models, alone)
    assert change[np.isin(models, overall["model_id"].to_list()) & ~is_alone].max() < 1e-9
    assert change[is_alone].min() > 1


def test_the_shares_of_a_board_sum_to_one_and_several_domains_count_for_all() -> None:
    frame = pl.DataFrame(
        [
            ("a", "a/1", "coding"),
            ("a", "a/2", "coding"),
            ("a", "a/3", "math"),
            ("a", "a/4", "general"),
            ("b", "b/1", None),
            ("c", "c/1", "math"),
        ],
        schema=["board", "benchmark", "domain"],
        orient="row",
    )
    shares = domain_shares(frame)
    assert shares.columns == ["board", "coding", "math"]
    assert shares.rows() == [("a", 0.625, 0.375), ("b", 0.5, 0.5), ("c", 0.0, 1.0)]


@pytest.fixture
def table() -> pl.DataFrame:
    rows = [
        ("coder", "coding", 1200.0, 30.0, 20.0, 1100.0, 50.0, 0.2),
        ("coder", "math", 1000.0, 40.0, 20.0, 1100.0, 50.0, 0.3),
        ("counter", "coding", 1000.0, 30.0, 20.0, 1100.0, 50.0, 0.2),
        ("counter", "math", 1150.0, 40.0, 20.0, 1100.0, 50.0, 0.3),
        ("one board", "coding", 1300.0, 30.0, 20.0, 700.0, 50.0, 0.2),
        ("unmeasured", "coding", 1250.0, 50.0, 20.0, 1250.0, 50.0, 1.0),
        ("unmeasured", "math", 1250.0, 50.0, 20.0, 1250.0, 50.0, 1.0),
    ]
    columns = [
        "id",
        "domain",
        "ability",
        "deviation",
        "common_deviation",
        "elsewhere",
        "elsewhere_deviation",
        "borrowed",
    ]
    return pl.DataFrame(rows, orient="row", schema=columns)


def test_weights_change_the_order_and_its_interval_follows_from_the_covariances(table: pl.DataFrame) -> None:
    by_coding, by_math = reweighted(table, {"coding": 2, "math": 1}), reweighted(table, {"coding": 1, "math": 3})
    assert by_coding["id"].to_list() == ["coder", "one board", "counter"]
    assert by_math["id"].to_list() == ["counter", "coder", "one board"]
    assert by_coding["rank"].to_list() == [1, 2, 3]
    first = by_coding.row(0, named=True)
    assert first["ability"] == pytest.approx((2 * 1200 + 1000) / 3)
    covariance = np.array([[30.0**2, 20.0**2], [20.0**2, 40.0**2]])
    weight = np.array([2, 1]) / 3
    reach = 1.6448536 * np.sqrt(weight @ covariance @ weight)
    assert first["ability_high"] - first["ability"] == pytest.approx(reach)
    assert first["rank_low"] <= first["rank"] <= first["rank_high"]


def test_a_domain_without_a_row_counts_as_all_borrowed(table: pl.DataFrame) -> None:
    found = reweighted(table, {"coding": 3, "math": 1}).filter(id="one board").row(0, named=True)
    assert found["ability"] == pytest.approx((3 * 1300 + 700) / 4)
    assert found["borrowed"] == pytest.approx((3 * 0.2 + 1) / 4)
    covariance = np.array([[30.0**2, 20.0**2], [20.0**2, 50.0**2]])
    weight = np.array([3, 1]) / 4
    assert found["ability_high"] - found["ability"] == pytest.approx(1.6448536 * np.sqrt(weight @ covariance @ weight))


def test_a_domain_without_a_weight_does_not_count(table: pl.DataFrame) -> None:
    alone = reweighted(table, {"coding": 5})
    assert alone["id"].to_list() == ["one board", "coder", "counter"]
    assert alone["ability"].to_list() == [1300, 1200, 1000]


@pytest.mark.parametrize("weights", [{"codin": 1.0}, {}, {"coding": 0.0}, {"coding": -1.0, "math": 2.0}])
def test_unknown_domains_and_weights_that_are_not_positive_are_refused(
    table: pl.DataFrame, weights: dict[str, float]
) -> None:
    with pytest.raises(UsageError) as caught:
        reweighted(table, weights)
    assert "coding" in str(caught.value.hint)
