"""Tails of the prior: normal abilities keep a normal prior, heavy tails shrink less, and better scores never rank lower."""

import numpy as np
import pytest

from aggregator.ranking import calibrate, score
from aggregator.ranking.ability_tails import NORMAL, SCALES, TAILS, Measured, fit_tails, tail_factors
from tests.support.populations import population

HEAVY = (0.3, 0.55, 0.13, 0.02)


def simulated(theta: np.ndarray, error: float) -> Measured:
    rng = np.random.default_rng(4)
    ones = np.ones(theta.size)
    return Measured(theta + error * rng.standard_normal(theta.size), ones / error**2, 0 * ones, ones)


def test_normal_abilities_have_a_normal_prior() -> None:
    theta = np.random.default_rng(1).standard_normal(3000)
    assert fit_tails(simulated(theta, 0.4)) == NORMAL


def test_heavy_tailed_abilities_have_narrow_and_wide_components_with_the_variance_of_the_prior() -> None:
    theta = np.random.default_rng(2).standard_t(4, 5000) / np.sqrt(2)
    weights = fit_tails(simulated(theta, 0.4))
    assert weights[0] > 0.1
    assert weights[2] + weights[3] > 0.02
    assert np.array(weights) @ SCALES == pytest.approx(1, abs=0.1)


def test_the_factors_give_the_mean_and_variance_of_the_posterior_by_numerical_integration() -> None:
    measured = Measured(
        np.array([0.3, 2.5, -6.0]), np.array([4.0, 1.0, 9.0]), np.array([0.1, 0.0, -0.2]), np.array([1.0, 0.8, 1.3])
    )
    factors = tail_factors(measured, HEAVY)
    variance = 1 / (1 / (measured.prior_variance * factors.prior) + measured.precision)
    mean = variance * (
        measured.prior_mean / (measured.prior_variance * factors.prior) + measured.precision * measured.estimate
    )
    theta = np.linspace(-40, 40, 400_001)
    for m in range(3):
        scales = SCALES * measured.prior_variance[m]
        prior = sum(
            w / np.sqrt(c) * np.exp(-((theta - measured.prior_mean[m]) ** 2) / (2 * c))
            for w, c in zip(HEAVY, scales, strict=True)
        )
        density = prior * np.exp(-measured.precision[m] * (theta - measured.estimate[m]) ** 2 / 2)
        density /= density.sum()
        expected = (density * theta).sum()
        assert mean[m] == pytest.approx(expected, abs=1e-6)
        spread = np.sqrt((density * (theta - expected) ** 2).sum())
        assert factors.deviation[m] * np.sqrt(variance[m]) == pytest.approx(spread, rel=1e-6)


def test_a_better_estimate_gives_a_higher_ability() -> None:
    estimate = np.linspace(-12, 12, 2001)
    ones = np.ones(estimate.size)
    measured = Measured(estimate, 5 * ones, 0 * ones, ones)
    prior = tail_factors(measured, HEAVY).prior
    mean = estimate * 5 / (5 + 1 / prior)
    assert (np.diff(mean) > 0).all()


def test_a_calibration_of_heavy_tails_keeps_its_cohort_at_1000_and_shrinks_the_best_models_less() -> None:
    drawn = population("heavy_tails", 3)
    calibration = calibrate(drawn.scores, draws=20)
    assert TAILS in calibration.optional
    found = score(drawn.scores, calibration)
    assert found["ability"].mean() == pytest.approx(1000)
    assert found["ability"].std(ddof=0) == pytest.approx(100)
    assert TAILS not in calibrate(population("plain", 3).scores, draws=3).optional
