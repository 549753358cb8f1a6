"""Rank intervals and tie groups: pairwise comparisons are exact, and the intervals hold the true ranks."""

import numpy as np
import polars as pl
import pytest

from aggregator.ranking import calibrate, standings
from aggregator.ranking.normal import QUANTILE_95
from aggregator.ranking.rank_intervals import PairwiseComparisons, UncertainAbilities, rank_bounds, tie_groups
from tests.support import simulate


def some_models(seed: int, count: int = 60, n_components: int = 3) -> UncertainAbilities:
    rng = np.random.default_rng(seed)
    mean = np.sort(rng.normal(1000, 100, count))[::-1].copy()
    return UncertainAbilities(mean, rng.normal(0, 8, (count, n_components)), rng.uniform(20, 900, count))


@pytest.mark.parametrize("seed", range(5))
def test_pairwise_comparisons_equal_the_formula_for_every_pair(seed: int) -> None:
    models = some_models(seed)
    count = models.mean.size
    critical = np.linspace(1.2, 3.0, count)
    differ = PairwiseComparisons(models).differ(slice(0, count), critical)
    for i in range(count):
        for j in range(count):
            variance = (
                ((models.components[i] - models.components[j]) ** 2).sum()
                + models.own_variance[i]
                + models.own_variance[j]
            )
            assert differ[i, j] == (abs(models.mean[i] - models.mean[j]) > critical[i] * np.sqrt(variance))


def test_rank_bounds_count_the_significantly_better_and_worse_models() -> None:
    models = UncertainAbilities(np.array([1300.0, 1200.0, 1195.0, 1000.0]), np.zeros((4, 1)), np.full(4, 100.0))
    low, high = rank_bounds(models)
    assert low.tolist() == [1, 2, 2, 4]
    assert high.tolist() == [1, 3, 3, 4]
    assert tie_groups(models).tolist() == [1, 2, 2, 3]


def test_an_error_common_to_all_models_hides_no_difference() -> None:
    mean, own_variance = np.array([1010.0, 1000.0]), np.full(2, 1.0)
    shared = UncertainAbilities(mean, np.full((2, 1), 500.0), own_variance)
    assert PairwiseComparisons(shared).differ(slice(0, 2), np.full(2, QUANTILE_95))[0, 1]
    opposed = UncertainAbilities(mean, np.array([[500.0], [-500.0]]), own_variance)
    assert not PairwiseComparisons(opposed).differ(slice(0, 2), np.full(2, QUANTILE_95))[0, 1]


def test_the_intervals_of_the_first_twenty_hold_together_nine_times_in_ten() -> None:
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(60):
        true = rng.normal(1000, 100, 120)
        seen = true + rng.normal(0, 30, true.size)
        order = np.argsort(-seen)
        low, high = rank_bounds(UncertainAbilities(seen[order], np.zeros((true.size, 1)), np.full(true.size, 900.0)))
        rank = 1 + (true[None, :] > true[order][:, None]).sum(axis=1)
        inside.append(((low <= rank) & (rank <= high))[:20].all())
    assert np.mean(inside) >= 0.85


def test_standings_have_ranks_and_tie_groups_in_order_and_every_rank_in_its_interval() -> None:
    drawn = simulate.simulated_boards("newer_board", 2, models=150)
    table = standings(drawn.scores, calibrate(drawn.scores, draws=60))
    assert table["rank"].is_sorted()
    assert table["tie_group"].is_sorted()
    assert table["tie_group"][0] == 1
    assert table["tie_group"].diff().max() == 1
    assert table.filter(~pl.col("rank").is_between("rank_low", "rank_high")).is_empty()
    assert table["rank_low"].min() == 1
    assert table["rank_high"].max() == table.height


def test_true_ranks_lie_in_their_intervals() -> None:
    inside = []
    for seed in range(4):
        drawn = simulate.simulated_boards("near_ability", seed, models=150)
        table = standings(drawn.scores, calibrate(drawn.scores, draws=60), grades=("A", "B", "C"))
        true = np.array([drawn.ability[model] for model in table["model_id"]])
        rank = 1 + (true[None, :] > true[:, None]).sum(axis=1)
        inside.append(((table["rank_low"].to_numpy() <= rank) & (rank <= table["rank_high"].to_numpy())).mean())
    assert np.mean(inside) >= 0.85
