"""Rank intervals and comparisons: quantiles of the ranks of the draws, exact counts, and intervals that hold the truth."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm, rankdata

from aggregator.ranking import calibrate, standings
from aggregator.ranking.ability import abilities
from aggregator.ranking.normal import QUANTILE_95
from aggregator.ranking.own_deviates import own_deviates
from aggregator.ranking.rank_intervals import clear_counts, rank_bounds, rank_draws
from aggregator.ranking.uncertainty import UncertainAbilities, shared_axes, split_uncertainty
from tests.support import simulate
from tests.support.populations import MECHANISMS, population

NAMES = tuple(f"m{m}" for m in range(400))


def some_models(seed: int, count: int = 60, n_components: int = 3) -> UncertainAbilities:
    rng = np.random.default_rng(seed)
    mean = np.sort(rng.normal(1000, 100, count))[::-1].copy()
    return UncertainAbilities(mean, rng.normal(0, 8, (count, n_components)), rng.uniform(5, 30, count))


def test_the_ranks_of_a_draw_count_the_models_that_are_better_in_it() -> None:
    draws = np.random.default_rng(1).normal(size=(70, 130))
    assert (rank_draws(draws) == rankdata(-draws, axis=0)).all()


def test_a_rank_interval_goes_from_the_5_to_the_95_percent_quantile_of_the_ranks_and_holds_the_rank() -> None:
    rng = np.random.default_rng(2)
    draws = np.linspace(0, 5, 80)[:, None] + rng.normal(size=(80, 500))
    ranks = rankdata(-draws, axis=0)
    rank = rankdata(-draws.mean(axis=1)).astype(np.intp)
    low, high = rank_bounds(draws, rank)
    inside = ((low[:, None] <= ranks) & (ranks <= high[:, None])).mean(axis=1)
    assert inside.min() > 0.89
    assert np.abs(low - np.quantile(ranks, 0.05, axis=1)).max() <= 2
    assert np.abs(high - np.quantile(ranks, 0.95, axis=1)).max() <= 2
    far = np.full(80, 80)
    assert (rank_bounds(draws, far)[1] == 80).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_counts_of_clearly_better_and_worse_models_equal_the_formula_for_every_pair(seed: int) -> None:
    models = some_models(seed, count=150)
    better, worse = clear_counts(models)
    for i in range(150):
        difference = models.mean - models.mean[i]
        variance = (
            ((models.shared - models.shared[i]) ** 2).sum(axis=1) + models.deviation**2 + models.deviation[i] ** 2
        )
        clear = np.abs(difference) > QUANTILE_95 * np.sqrt(variance)
        clear[i] = False
        assert better[i] == (clear & (difference > 0)).sum()
        assert worse[i] == (clear & (difference < 0)).sum()


def test_clearly_better_means_a_probability_of_95_percent_or_more() -> None:
    models = some_models(7, count=120)
    better, _ = clear_counts(models)
    everybody = np.arange(120)
    probability = models.probability_better(everybody[None, :], everybody[:, None])
    assert better.tolist() == (probability > 0.95).sum(axis=1).tolist()


def test_the_probability_of_a_pair_is_that_of_its_normal_difference() -> None:
    models = UncertainAbilities(np.array([1020.0, 1000.0]), np.array([[3.0, 0.0], [0.0, 4.0]]), np.array([8.0, 6.0]))
    assert models.probability_better(np.array([0]), np.array([1]))[0] == pytest.approx(norm.cdf(20 / np.sqrt(125)))
    assert models.probability_better(np.array([1]), np.array([0]))[0] == pytest.approx(norm.cdf(-20 / np.sqrt(125)))
    assert models.probability_better(np.array([0]), np.array([0]))[0] == 0.5


def test_an_error_common_to_all_models_hides_no_difference() -> None:
    mean, deviation = np.array([1010.0, 1000.0]), np.full(2, 1.0)
    shared = UncertainAbilities(mean, np.full((2, 1), 500.0), deviation)
    assert clear_counts(shared)[1].tolist() == [1, 0]
    opposed = UncertainAbilities(mean, np.array([[500.0], [-500.0]]), deviation)
    assert clear_counts(opposed)[1].tolist() == [0, 0]


def test_shared_and_own_errors_together_have_the_variance_of_the_draws_and_of_the_posterior() -> None:
    rng = np.random.default_rng(3)
    draw_means = 1000 + rng.normal(size=(50, 20)) @ rng.normal(size=(20, 200))
    deviation = rng.uniform(5, 20, 50)
    found = split_uncertainty(draw_means.mean(axis=1), deviation, draw_means, shared_axes(draw_means[::2]))
    assert found.total_deviation**2 == pytest.approx(deviation**2 + draw_means.var(axis=1, ddof=1))


def test_the_deviates_of_a_model_do_not_depend_on_other_models_and_those_of_two_are_independent() -> None:
    found = own_deviates(NAMES, 500)
    assert (own_deviates(NAMES[::-1][:50], 500) == found[::-1][:50]).all()
    assert np.abs(found.mean(axis=1)).max() < 0.02
    assert np.abs(found.std(axis=1) - 1).max() < 0.05
    correlation = np.asarray(np.corrcoef(found))[np.triu_indices(len(NAMES), 1)]
    assert correlation.std() == pytest.approx(1 / np.sqrt(500), rel=0.05)
    quantiles = np.quantile(found[:, :200], [0.05, 0.95], axis=1)
    assert quantiles == pytest.approx(np.array([[-QUANTILE_95], [QUANTILE_95]]) * np.ones(len(NAMES)), abs=0.15)


def test_standings_have_ranks_in_order_in_their_intervals_and_counts_of_all_other_models() -> None:
    drawn = simulate.simulated_boards("newer_board", 2, models=150)
    table = standings(drawn.scores, calibrate(drawn.scores, draws=60))
    assert table["rank"].is_sorted()
    assert table.filter(~pl.col("rank").is_between("rank_low", "rank_high")).is_empty()
    assert table["rank_low"].min() == 1
    assert table["rank_high"].max() == table.height
    counts = table.select(pl.sum_horizontal("clearly_better", "not_told_apart", "clearly_worse")).to_series()
    assert counts.to_list() == [table.height - 1] * table.height
    assert table["percentile"].to_list() == pytest.approx(
        [100 * (1 - i / (table.height - 1)) for i in range(table.height)]
    )


def test_the_only_ranked_model_is_better_than_all_others() -> None:
    drawn = simulate.simulated_boards("newer_board", 2, models=50)
    calibration = calibrate(drawn.scores, draws=10)
    first = standings(drawn.scores, calibration)["model_id"][0]
    alone = standings(drawn.scores.filter(model_id=first), calibration).row(0, named=True)
    assert (alone["rank"], alone["rank_low"], alone["rank_high"], alone["percentile"]) == (1, 1, 1, 100.0)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_nine_of_ten_true_ranks_and_abilities_lie_in_their_intervals(mechanism: str) -> None:
    ranks, shown, several = [], [], []
    for seed in (1, 2):
        drawn = population(mechanism, seed, models=600)
        calibration = calibrate(drawn.scores, draws=100, seed=seed)
        table = standings(drawn.scores, calibration, grades=("A", "B", "C"))
        true = np.array([drawn.ability[model] for model in table["model_id"]])
        rank = rankdata(-true)
        ranks.append((table["rank_low"].to_numpy() <= rank) & (rank <= table["rank_high"].to_numpy()))
        displayed = 1000 + 100 * (true - true.mean()) / true.std()
        shown.append((table["ability_low"].to_numpy() <= displayed) & (displayed <= table["ability_high"].to_numpy()))
        boards = drawn.scores.group_by("model_id").agg(pl.col("board").n_unique())
        several.append(table.join(boards, on="model_id", maintain_order="left")["board"].to_numpy() > 1)
    inside, on_several = np.concatenate(ranks), np.concatenate(several)
    for part in (inside, inside[on_several], inside[~on_several], np.concatenate(shown)):
        assert 0.84 < part.mean() < 0.95


def test_the_draws_of_a_model_do_not_depend_on_the_models_ranked_with_it() -> None:
    drawn = simulate.simulated_boards("newer_board", 3, models=150)
    calibration = calibrate(drawn.scores, draws=60)
    everybody = abilities(drawn.scores, calibration)
    some = set(everybody.models[::7])
    few = abilities(drawn.scores.filter(pl.col("model_id").is_in(list(some))), calibration)
    kept = [name in some for name in everybody.models]
    np.testing.assert_allclose(few.draws, everybody.draws[kept], rtol=1e-12)
