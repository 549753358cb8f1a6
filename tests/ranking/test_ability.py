"""Abilities: they recover the true order of simulated boards, and each depends on the model's own scores alone."""

import hypothesis
import numpy as np
import polars as pl
import pytest
from hypothesis import strategies as st
from scipy.stats import kendalltau

from aggregator.errors import UsageError
from aggregator.ranking import Calibration, UnlinkedError, calibrate, rank, score, standings
from aggregator.ranking.ability import abilities
from aggregator.ranking.board_blocks import board_coverage, is_evidence, split_by_board
from aggregator.ranking.coverage_priors import pattern_positions
from aggregator.ranking.latent_model import posterior
from aggregator.ranking.score_matrix import score_matrix
from aggregator.ranking.standings import RANK_COLUMNS
from tests.support import reference_ranking, simulate
from tests.support.simulate import DRAWS, shares_and_ratings


def mean_z(scores: pl.DataFrame) -> dict[str, float]:
    """Return the mean standardised score of each model."""
    column = pl.col("score")
    z = (column - column.mean().over("benchmark")) / column.std().over("benchmark")
    return dict(scores.select("model_id", z=z.fill_nan(None).fill_null(0.0)).group_by("model_id").mean().iter_rows())


def test_ability_recovers_the_true_order_from_scores_missing_not_at_random_and_its_intervals_hold() -> None:
    gains, coverage = [], []
    for mechanism in simulate.MECHANISMS:
        for seed, settings in enumerate(
            ({}, {"shares": False, "boards": 2}, {"boards": 6, "benchmarks": 2, "board_effect": 0.4})
        ):
            drawn = simulate.simulated_boards(mechanism, 10 + seed, **settings)  # type: ignore[arg-type] # of several types
            found = score(drawn.scores, calibrate(drawn.scores, draws=DRAWS))
            true = np.array([drawn.ability[model] for model in found["model_id"]])
            mean_of = mean_z(drawn.scores)
            by_mean = kendalltau([mean_of[model] for model in found["model_id"]], true).statistic
            gains.append(kendalltau(found["ability"].to_numpy(), true).statistic - by_mean)
            shown = 1000 + 100 * (true - true.mean()) / true.std()
            inside = (found["ability_low"].to_numpy() <= shown) & (shown <= found["ability_high"].to_numpy())
            coverage.append(inside.mean())
    assert np.mean(gains) >= 0.03
    assert 0.85 <= np.mean(coverage) <= 0.96
    assert min(coverage) > 0.75


def test_adding_or_removing_other_models_moves_no_ability(
    simulated: simulate.SimulatedBoards, calibration: Calibration
) -> None:
    everyone = score(simulated.scores, calibration)
    names = everyone["model_id"].sort()
    half = simulated.scores.filter(pl.col("model_id").is_in(names.gather_every(2).to_list()))
    added = simulate.simulated_boards("strong_skip_easy", 99).scores.with_columns(
        ("new/" + pl.col("model_id")).alias("model_id")
    )
    for frame in (half, pl.concat([simulated.scores, added]), simulated.scores.reverse()):
        both = score(frame, calibration).join(everyone, on="model_id", suffix="_before")
        for name in ("ability", "ability_low", "ability_high"):
            assert (both[name] - both[f"{name}_before"]).abs().max() <= 1e-6  # type: ignore[operator] # a Series can hold any type
        assert both.filter(pl.col("evidence") != pl.col("evidence_before")).is_empty()


def test_a_poisoned_model_moves_no_other_ability_and_no_other_rank_by_more_than_one(
    simulated: simulate.SimulatedBoards, calibration: Calibration
) -> None:
    top = pl.when(model_id="m0007").then(0.999).otherwise("score")
    poisoned = standings(simulated.scores.with_columns(score=top), calibration)
    before = standings(simulated.scores, calibration)
    others = poisoned.join(before, on="model_id", suffix="_before").filter(pl.col("model_id") != "m0007")
    assert (others["ability"] - others["ability_before"]).abs().max() == 0
    assert (others["rank"] - others["rank_before"]).abs().max() <= 1  # type: ignore[operator] # a Series can hold any type


def test_the_reference_cohort_has_mean_1000_and_deviation_100(
    simulated: simulate.SimulatedBoards, calibration: Calibration
) -> None:
    cohort = score(simulated.scores, calibration).filter(pl.col("model_id").is_in(list(calibration.cohort)))
    assert cohort["ability"].mean() == pytest.approx(1000)
    assert cohort["ability"].std(ddof=0) == pytest.approx(100)


def test_boards_that_no_model_links_are_refused_and_named() -> None:
    left = simulate.simulated_boards("at_random", 1, models=30, boards=1).scores.with_columns(board=pl.lit("left"))
    right = simulate.simulated_boards("at_random", 2, models=30, boards=1).scores.with_columns(
        board=pl.lit("right"), model_id=pl.lit("x") + pl.col("model_id")
    )
    with pytest.raises(UnlinkedError, match=r"left/b00.*\|.*right/b00"):
        rank(pl.concat([left, right]), "ability")


def test_a_coverage_pattern_outside_the_calibration_has_a_wider_prior() -> None:
    drawn = simulate.simulated_boards("at_random", 3, models=120, boards=3, benchmarks=4)
    boards = drawn.scores.group_by("model_id").agg(pl.col("board").n_unique().alias("n"))
    on_several = drawn.scores.join(boards.filter(pl.col("n") > 1), on="model_id")
    calibration = calibrate(on_several, draws=DRAWS)
    assert (0,) not in calibration.patterns
    model = on_several["model_id"][0]
    full = on_several.filter(model_id=model)
    alone = full.filter(board=full["board"][0])[:1]
    thin, thick = score(alone, calibration).row(0, named=True), score(full, calibration).row(0, named=True)
    assert thin["ability_high"] - thin["ability_low"] > thick["ability_high"] - thick["ability_low"]
    assert (thin["evidence"], thick["evidence"]) == ("C", "A")


def test_evidence_counts_boards_with_scores_on_half_of_their_benchmarks(calibration: Calibration) -> None:
    rows = [("one", "board_0", f"b0{b}", 0.5) for b in range(3)]
    rows += [("two", f"board_{b // 5}", f"b{b:02}", 0.5) for b in (0, 1, 2, 5, 6, 7)]
    rows += [("none", "board_0", "b00", 0.5), ("none", "board_1", "b05", 0.5)]
    frame = pl.DataFrame(rows, schema=["model_id", "board", "benchmark", "score"], orient="row")
    assert dict(score(frame, calibration).select("model_id", "evidence").iter_rows()) == {
        "one": "B",
        "two": "A",
        "none": "C",
    }
    ranked = standings(frame, calibration)
    assert ranked.filter(model_id="none")["rank"].item() is None
    assert ranked["rank"].drop_nulls().to_list() == [1, 2]
    assert standings(frame, calibration, grades=("A", "B", "C"))["rank"].null_count() == 0


def test_benchmarks_outside_the_calibration_are_left_out(
    simulated: simulate.SimulatedBoards, calibration: Calibration
) -> None:
    extra = simulated.scores.with_columns(benchmark=pl.lit("new"))[:5]
    assert score(pl.concat([simulated.scores, extra]), calibration).equals(score(simulated.scores, calibration))
    with pytest.raises(UsageError, match="none of these benchmarks"):
        score(extra, calibration)


def test_a_large_known_error_widens_the_interval() -> None:
    frame = shares_and_ratings()
    calibration = calibrate(frame, draws=DRAWS)
    alone = frame.filter(model_id="m1")
    certain = score(alone, calibration).select(pl.col("ability_high") - pl.col("ability_low")).item()
    uncertain = (
        score(alone.with_columns(standard_error=80.0), calibration)
        .select(pl.col("ability_high") - pl.col("ability_low"))
        .item()
    )
    assert uncertain > 1.2 * certain


def test_lower_is_better_gives_the_abilities_of_the_negated_scores() -> None:
    frame = shares_and_ratings().filter(pl.col("board") == "votes", pl.col("benchmark") != "overall")
    negated = frame.with_columns(-pl.col("score"), higher_is_better=pl.lit(False))
    one, other = (rank(each, "ability", draws=3).sort("model_id")["score"].to_numpy() for each in (frame, negated))
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_rank_by_ability_has_the_columns_of_every_method(simulated: simulate.SimulatedBoards) -> None:
    ability = rank(simulated.scores, draws=20)
    assert ability.schema == rank(simulated.scores, "mean_win_rate", draws=20).schema
    assert ability["score"].is_sorted(descending=True)
    assert ability.filter(~pl.col("rank").is_between("rank_low", "rank_high")).is_empty()


@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(
    seed=st.integers(0, 10**6),
    models=st.integers(1, 15),
    benchmarks=st.integers(1, 7),
    missing=st.floats(0, 0.8),
    levels=st.integers(1, 4),
)
def test_any_small_table_is_ranked_with_finite_numbers_or_refused(
    seed: int, models: int, benchmarks: int, missing: float, levels: int
) -> None:
    board = reference_ranking.sparse_board(seed, models, benchmarks, missing, levels)
    try:
        table = rank(board, "ability", draws=8)
    except UsageError:
        return
    assert table["model_id"].sort().to_list() == board["model_id"].unique().sort().to_list()
    assert table.select(pl.all_horizontal(pl.col("score", "score_low", "score_high").is_finite().all())).item()
    assert table.filter(~pl.col("score").is_between("score_low", "score_high")).is_empty()
    assert table.filter(~pl.col("rank").is_between("rank_low", "rank_high")).is_empty()


def test_three_benchmarks_of_a_large_board_are_evidence_if_they_are_enough_of_it() -> None:
    coverage = np.array([[3 / 20, 3 / 41, 2 / 3], [2 / 20, 20 / 41, 1 / 3], [10 / 20, 7 / 41, 0]])
    board_of = (0,) * 20 + (1,) * 41 + (2,) * 3
    assert is_evidence(coverage, board_of).tolist() == [[True, False, True], [False, True, False], [True, True, False]]


def test_the_posterior_of_every_draw_is_that_of_the_latent_model(
    simulated: simulate.SimulatedBoards, calibration: Calibration
) -> None:
    matrix = score_matrix(simulated.scores)
    y, known_variance = calibration.scales.transform(matrix.score, matrix.standard_error)
    seen = board_coverage(matrix.present, calibration.board_of, len(calibration.boards)) > 0
    blocks = split_by_board(y, known_variance, calibration.board_of, len(calibration.boards))
    found = abilities(simulated.scores, calibration)
    for draw in (0, len(calibration.draws) - 1):
        parameters = calibration.draws[draw]
        expected = posterior(blocks, *parameters.with_priors(pattern_positions(seen, calibration.patterns), seen))
        shown = 1000 + 100 * (expected.mean - parameters.reference_mean) / parameters.reference_deviation
        np.testing.assert_allclose(found.draw_means[:, draw], shown, rtol=1e-9)


def test_unranked_models_have_an_ability_and_change_no_rank(
    simulated: simulate.SimulatedBoards, calibration: Calibration
) -> None:
    everybody = standings(simulated.scores, calibration)
    some = everybody.drop_nulls("rank")["model_id"][:5].to_list()
    others = standings(simulated.scores.filter(~pl.col("model_id").is_in(some)), calibration)
    found = standings(simulated.scores, calibration, unranked=some)
    assert found.filter(pl.col("model_id").is_in(some))["rank"].null_count() == 5
    assert found.filter(pl.col("model_id").is_in(some))["ability"].null_count() == 0
    ranks = ["model_id", *RANK_COLUMNS]
    assert found.drop_nulls("rank").select(ranks).equals(others.drop_nulls("rank").select(ranks))
