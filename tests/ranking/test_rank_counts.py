"""Ranks by counting equal ranks by sorting."""

import numpy as np
import pytest
from scipy.stats import rankdata

from aggregator.ranking.rank_counts import place_bounds, ranks_in_draws


@pytest.mark.parametrize("draws", [1, 3, 57])
def test_they_are_those_of_sorting(draws: int) -> None:
    ability = np.random.default_rng(draws).permuted(np.arange(400.0)[:, None].repeat(draws, axis=1), axis=0)
    assert (ranks_in_draws(ability) == rankdata(-ability, axis=0)).all()


def test_abilities_of_one_bin_share_the_middle_of_their_ranks() -> None:
    assert ranks_in_draws(np.array([[5.0], [3.01], [3.02], [3.03], [1.0]])).ravel().tolist() == [1, 3, 3, 3, 5]


def test_the_interval_holds_nine_tenths_of_the_draws_and_the_rank() -> None:
    rng = np.random.default_rng(0)
    ability = np.linspace(1200, 800, 300)
    draws = ability[:, None] + 20 * rng.standard_normal((300, 200))
    rank, low, high = place_bounds(ability, draws)
    assert rank.tolist() == list(range(1, 301))
    true = rankdata(-(ability[:, None] + 20 * rng.standard_normal((300, 100))), axis=0)
    inside = (low[:, None] <= true) & (true <= high[:, None])
    assert 0.87 <= inside.mean() <= 0.94
    assert (low <= rank).all()
    assert (rank <= high).all()


def test_no_rows_have_no_places() -> None:
    assert [part.size for part in place_bounds(np.zeros(0), np.zeros((0, 10)))] == [0, 0, 0]
