"""The posterior by domain equals conditioning of one normal vector, and boards of one domain do not outvote the others."""

import numpy as np
import pytest

from aggregator.ranking.arrays import Floats
from aggregator.ranking.domain_posterior import SEVERAL, DomainVariances, domain_posterior
from aggregator.ranking.domain_variances import domain_variances
from aggregator.ranking.latent_model import BoardBlock, Parameters, posterior


def plain_parameters(benchmarks: int, boards: int, *, noise: float = 0.2, board: float = 0.1) -> Parameters:
    return Parameters(
        intercept=np.zeros(benchmarks),
        slope=np.ones(benchmarks),
        noise_variance=np.full(benchmarks, noise),
        board_variance=np.full(boards, board),
        prior_mean=np.zeros(1),
        prior_variance=np.ones(1),
    )


def single_columns(y: Floats) -> tuple[BoardBlock, ...]:
    """Return one board per column of models × boards; NaN where missing."""
    blocks = []
    for board in range(y.shape[1]):
        rows = np.flatnonzero(~np.isnan(y[:, board]))
        values = y[rows, board][:, None]
        blocks.append(BoardBlock(board, rows, np.array([board]), values, np.zeros_like(values), np.zeros_like(values)))
    return tuple(blocks)


@pytest.mark.parametrize("seed", range(4))
def test_it_equals_conditioning_of_the_joint_normal_distribution(seed: int) -> None:
    rng = np.random.default_rng(seed)
    models, domains, boards = 6, 3, 4
    board_of = np.array([0, 0, 0, 1, 1, 2, 3, 3, 3])
    domain_of = np.array([0, 1, SEVERAL, 0, 0, 2, 1, 1, SEVERAL])
    count = board_of.size
    parameters = Parameters(
        intercept=rng.normal(size=count),
        slope=rng.uniform(0.5, 2, count),
        noise_variance=rng.uniform(0.1, 0.5, count),
        board_variance=np.array([0.2, 0.4, 0.0, 0.1]),
        prior_mean=rng.normal(size=2),
        prior_variance=rng.uniform(0.5, 1.5, 2),
    )
    pattern, variance = rng.integers(0, 2, models), np.array([0.3, 0.05, 0.6])
    y, known = rng.normal(size=(models, count)), rng.uniform(0, 0.2, (models, count))
    y[rng.random(y.shape) < 0.4] = np.nan
    blocks = []
    for board in range(boards):
        columns = np.flatnonzero(board_of == board)
        rows = np.flatnonzero(~np.isnan(y[:, columns]).all(axis=1))
        mine = np.ix_(rows, columns)
        blocks.append(
            BoardBlock(board, rows, columns, np.nan_to_num(y[mine]), known[mine], np.isnan(y[mine]).astype(float))
        )
    found = domain_posterior(tuple(blocks), parameters, pattern, domain_of, variance)

    measures = np.where(domain_of[:, None] == SEVERAL, 1 / domains, domain_of[:, None] == np.arange(domains))
    for m in range(models):
        prior = parameters.prior_variance[pattern[m]] * np.ones((domains, domains)) + np.diag(variance)
        mean = np.full(domains, parameters.prior_mean[pattern[m]])
        has = np.flatnonzero(~np.isnan(y[m]))
        loading = parameters.slope[has, None] * measures[has]
        same = board_of[has][:, None] == board_of[has]
        effect = (
            same * parameters.board_variance[board_of[has]] * np.outer(parameters.slope[has], parameters.slope[has])
        )
        total = loading @ prior @ loading.T + effect + np.diag(parameters.noise_variance[has] + known[m, has])
        gain = prior @ loading.T @ np.linalg.inv(total) if has.size else np.zeros((domains, 0))
        expected = mean + gain @ (y[m, has] - parameters.intercept[has] - loading @ mean)
        covariance = prior - gain @ loading @ prior
        assert found.mean[m] == pytest.approx(expected)
        assert found.variance[m] == pytest.approx(np.diag(covariance))
        off = covariance[~np.eye(domains, dtype=bool)]
        assert found.common_variance[m] == pytest.approx(off.mean())
        # The same with θ as the first unknown.
        shared = parameters.prior_variance[pattern[m]]
        joint = np.full((domains + 1, domains + 1), shared)
        joint[1:, 1:] = prior
        full = np.column_stack([np.zeros(has.size), loading])
        gain = joint @ full.T @ np.linalg.inv(total) if has.size else np.zeros((domains + 1, 0))
        theta = mean[0] + gain[0] @ (y[m, has] - parameters.intercept[has] - loading @ mean)
        assert found.theta_mean[m] == pytest.approx(theta)
        assert found.theta_variance[m] == pytest.approx((joint - gain @ full @ joint)[0, 0])
        for k in range(domains):
            if not (domain_of[has] == k).any():
                assert found.borrowed[m, k] == 1
            else:
                assert 0 < found.borrowed[m, k] < 1


def test_twelve_boards_of_one_domain_do_not_outvote_the_others() -> None:
    """Model 0 has one board of each of four domains; model 1 has twelve of the first, with the same scores."""
    domain_of = np.array([0] * 12 + [1, 2, 3])
    y = np.full((2, 15), np.nan)
    y[0, 0], y[1, :12], y[:, 12:] = 2.0, 2.0, 0.0
    parameters, variance = plain_parameters(15, 15), np.full(4, 0.3)
    blocks, pattern = single_columns(y), np.zeros(2, dtype=np.intp)
    found = domain_posterior(blocks, parameters, pattern, domain_of, variance)
    together, by_domain = posterior(blocks, parameters, pattern).mean, found.mean.mean(axis=1)
    assert together[1] > 1.4
    assert by_domain[1] < 0.75
    assert by_domain[1] - by_domain[0] < (together[1] - together[0]) / 4
    # The twelve boards measure their own domain better.
    assert found.borrowed[1, 0] < found.borrowed[0, 0]
    assert found.variance[1, 0] < found.variance[0, 0]
    assert found.mean[1, 0] > found.mean[0, 0]


def test_a_domain_without_benchmarks_has_the_expected_ability_and_a_wider_interval() -> None:
    parameters = plain_parameters(2, 2)
    found = domain_posterior(
        single_columns(np.array([[1.0, 1.0]])),
        parameters,
        np.zeros(1, dtype=np.intp),
        np.array([0, 1]),
        np.full(3, 0.2),
    )
    assert found.borrowed[0, 2] == 1
    assert found.variance[0, 2] > found.variance[0, 0]
    assert 0 < found.mean[0, 2] < found.mean[0, 0]


def test_deviations_that_two_boards_agree_on_are_found_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    models, boards = 400, 8
    domain_of = np.repeat([0, 1, 2, 3], 2)
    deviation = np.column_stack([rng.normal(0, np.sqrt(0.5), models), np.zeros((models, 3))])
    y = rng.normal(size=models)[:, None] + deviation[:, domain_of] + rng.normal(0, np.sqrt(0.2), (models, boards))
    names = tuple(f"b{k}" for k in range(boards))
    fitted = domain_variances(
        single_columns(y),
        plain_parameters(boards, boards, board=0.0, noise=0.3),
        np.zeros(models, dtype=np.intp),
        benchmarks=names,
        boards=names,
        domains=("real", "none", "nothing", "no"),
        domain_of=domain_of,
    )
    assert 0.3 < fitted.variance["real"] < 0.7
    assert max(fitted.variance[name] for name in ("none", "nothing", "no")) < 0.1
    # The given noise was too high by a half.
    assert 0.55 < np.mean(list(fitted.noise_share.values())) < 0.8


def test_models_of_one_domain_say_nothing_about_the_variance_of_domains() -> None:
    y = np.random.default_rng(0).normal(size=(20, 2))
    names = ("b0", "b1")
    fitted = domain_variances(
        single_columns(y),
        plain_parameters(2, 2),
        np.zeros(20, dtype=np.intp),
        benchmarks=names,
        boards=names,
        domains=("only",),
        domain_of=np.zeros(2, dtype=np.intp),
    )
    assert fitted == DomainVariances()
