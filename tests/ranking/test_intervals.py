import numpy as np
import polars as pl
import pytest

from aggregator.ranking import calibrate, standings
from aggregator.ranking.intervals import ONE_SIDED, Pairs, Uncertain, rank_bounds, tie_groups
from tests.support import simulate


def some_models(seed: int, count: int = 60, factors: int = 3) -> Uncertain:
    rng = np.random.default_rng(seed)
    mean = np.sort(rng.normal(1000, 100, count))[::-1].copy()
    return Uncertain(mean, rng.normal(0, 8, (count, factors)), rng.uniform(20, 900, count))


@pytest.mark.parametrize("seed", range(5))
def test_surely_better_is_the_comparison_of_every_pair_written_out(seed: int) -> None:
    models = some_models(seed)
    count = models.mean.size
    critical = np.linspace(1.2, 3.0, count)
    apart = Pairs(models).surely_apart(slice(0, count), critical)
    for i in range(count):
        for j in range(count):
            variance = ((models.factors[i] - models.factors[j]) ** 2).sum() + models.own[i] + models.own[j]
            assert apart[i, j] == (abs(models.mean[i] - models.mean[j]) > critical[i] * np.sqrt(variance))


def test_bounds_count_the_surely_better_and_the_surely_worse() -> None:
    models = Uncertain(np.array([1300.0, 1200.0, 1195.0, 1000.0]), np.zeros((4, 1)), np.full(4, 100.0))
    low, high = rank_bounds(models)
    assert low.tolist() == [1, 2, 2, 4]
    assert high.tolist() == [1, 3, 3, 4]
    assert tie_groups(models).tolist() == [1, 2, 2, 3]


def test_an_error_that_moves_all_models_alike_hides_no_difference() -> None:
    mean, own = np.array([1010.0, 1000.0]), np.full(2, 1.0)
    shared = Uncertain(mean, np.full((2, 1), 500.0), own)
    assert Pairs(shared).surely_apart(slice(0, 2), np.full(2, ONE_SIDED))[0, 1]
    opposed = Uncertain(mean, np.array([[500.0], [-500.0]]), own)
    assert not Pairs(opposed).surely_apart(slice(0, 2), np.full(2, ONE_SIDED))[0, 1]


def test_the_intervals_of_the_first_twenty_hold_together_nine_times_in_ten() -> None:
    rng = np.random.default_rng(5)
    held = []
    for _ in range(60):
        true = rng.normal(1000, 100, 120)
        seen = true + rng.normal(0, 30, true.size)
        order = np.argsort(-seen)
        low, high = rank_bounds(Uncertain(seen[order], np.zeros((true.size, 1)), np.full(true.size, 900.0)))
        rank = 1 + (true[None, :] > true[order][:, None]).sum(axis=1)
        held.append(((low <= rank) & (rank <= high))[:20].all())
    assert np.mean(held) >= 0.85


def test_a_table_reads_from_the_top_with_groups_in_order_and_every_rank_in_its_interval() -> None:
    drawn = simulate.board("newer_board", 2, models=150)
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
        drawn = simulate.board("easy_and_hard", seed, models=150)
        table = standings(drawn.scores, calibrate(drawn.scores, draws=60), grades=("A", "B", "C"))
        true = np.array([drawn.ability[model] for model in table["model_id"]])
        rank = 1 + (true[None, :] > true[:, None]).sum(axis=1)
        inside.append(((table["rank_low"].to_numpy() <= rank) & (rank <= table["rank_high"].to_numpy())).mean())
    assert np.mean(inside) >= 0.85
