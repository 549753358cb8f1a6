"""Leaderboards of one domain share what the domain adds, so that many of them do not outvote the others."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aggregator.ranking.domain_balance import UNSEEN, BoardValues, balanced_posterior, shared_effects

CODING, GENERAL = [1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]
EQUAL = np.full(4, 0.25)


def one_model(values: list[float], variance: float = 0.3) -> BoardValues:
    """Return what each board says of one model."""
    return BoardValues(np.array([values]), np.full((1, len(values)), variance))


def test_twelve_coding_boards_do_not_outvote_one_general_board() -> None:
    shares = np.array([CODING] * 12 + [GENERAL])
    shared = shared_effects(shares, np.full(4, 0.3), EQUAL)
    # Coding says 2, the general board says 0.
    boards = one_model([2.0] * 12 + [0.0])
    prior = np.zeros(1), np.ones(1)
    fair = balanced_posterior(boards, *prior, shared)
    counted = balanced_posterior(boards, *prior, np.zeros_like(shared))
    assert counted.weight[0, :12].sum() > 10 * counted.weight[0, 12]
    assert fair.weight[0, :12].sum() < 1.5 * fair.weight[0, 12]
    assert fair.mean[0] < counted.mean[0] - 0.5
    # Twelve boards that share an error say less than twelve that do not.
    assert fair.variance[0] > 2 * counted.variance[0]


def test_boards_of_different_domains_say_more_together_than_boards_of_one() -> None:
    shares = np.eye(4)
    apart = shared_effects(shares, np.full(4, 0.3), EQUAL)
    together = shared_effects(np.array([CODING] * 4), np.full(4, 0.3), EQUAL)
    boards, prior = one_model([1.0] * 4), (np.zeros(1), np.ones(1))
    assert (
        balanced_posterior(boards, *prior, apart).variance[0] < balanced_posterior(boards, *prior, together).variance[0]
    )


def test_one_board_is_weighted_by_its_own_variance() -> None:
    boards = BoardValues(np.array([[1.5, 0.0]]), np.array([[0.5, UNSEEN]]))
    shared = shared_effects(np.array([CODING, GENERAL]), np.full(4, 0.3), EQUAL)
    found = balanced_posterior(boards, np.array([0.2]), np.array([1.0]), shared)
    np.testing.assert_allclose(found.mean, 0.2 + (1.5 - 0.2) / 1.5)
    np.testing.assert_allclose(found.variance, 1 / (1 / 1.0 + 1 / 0.5))


@given(st.integers(0, 10_000), st.integers(2, 8))
def test_a_better_score_never_lowers_an_ability(seed: int, count: int) -> None:
    generator = np.random.default_rng(seed)
    shares = generator.dirichlet(np.full(4, 0.3), size=count)
    shared = shared_effects(shares, generator.exponential(0.3, 4), EQUAL)
    variance = generator.exponential(0.3, (20, count)) + 0.01
    variance[generator.random((20, count)) < 0.3] = UNSEEN
    boards = BoardValues(generator.standard_normal((20, count)), variance)
    found = balanced_posterior(boards, np.zeros(20), np.full(20, 0.8), shared)
    assert (found.weight >= 0).all()
    assert (found.weight.sum(axis=1) < 1 + 1e-9).all()
    assert (found.variance > 0).all()
    assert (found.variance <= 0.8 + 1e-9).all()
    np.testing.assert_allclose(found.mean, (found.weight * boards.value).sum(axis=1))
