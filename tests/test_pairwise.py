"""Two models are compared by the errors of each board, and by the difference of their abilities."""

from dataclasses import replace
from math import inf, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from aggregator.pairwise import (
    Benchmark,
    Measured,
    UncertainAbility,
    Wins,
    board_verdict,
    board_verdicts,
    domain_wins,
    normal_cdf,
    probability_above_zero,
    probability_better,
    share_benchmark,
    verdict_word,
)

SHARE = Benchmark("x/m", "x", scale_low=0.0, scale_high=1.0)
"""A benchmark with scores from 0 to 1."""
numbers = st.floats(-1e3, 1e3)
widths = st.floats(0.1, 100)


@given(st.floats(-30, 30))
def test_the_normal_distribution_is_that_of_scipy(x: float) -> None:
    assert normal_cdf(x) == pytest.approx(float(ndtr(x)), rel=1e-12, abs=1e-300)


measured = st.tuples(numbers, widths, widths).map(lambda one: Measured(one[0], one[0] - one[1], one[0] + one[2]))


@given(measured, measured, st.booleans())
def test_scores_whose_intervals_do_not_overlap_are_told_apart(
    first: Measured, second: Measured, is_higher_better: bool
) -> None:
    benchmark = Benchmark("x/overall", "x", higher_is_better=is_higher_better)
    found = board_verdict("x", [share_benchmark(benchmark, first, second)])
    assert found.probability is not None
    if max(float(str(first.low)), float(str(second.low))) > min(float(str(first.high)), float(str(second.high))):
        assert max(found.probability, 1 - found.probability) > 0.975
        assert (found.probability > 0.5) == ((first.score > second.score) == is_higher_better)
    reverse = board_verdict("x", [share_benchmark(benchmark, second, first)])
    assert reverse.probability == pytest.approx(1 - found.probability)


@given(numbers, numbers, st.lists(numbers, min_size=2, max_size=2), widths, widths)
def test_the_two_probabilities_of_a_pair_add_up_to_one(
    a: float, b: float, shared: list[float], s: float, t: float
) -> None:
    first, second = UncertainAbility(a, (shared[0], 1.0), s, 0.0), UncertainAbility(b, (shared[1], 1.0), t, 0.0)
    assert probability_better(first, second) + probability_better(second, first) == pytest.approx(1)


def test_errors_that_both_share_cancel() -> None:
    alone = probability_better(UncertainAbility(10, (0.0,), 5, 0.0), UncertainAbility(0, (0.0,), 5, 0.0))
    shared = probability_better(UncertainAbility(10, (40.0,), 5, 0.0), UncertainAbility(0, (40.0,), 5, 0.0))
    other = probability_better(UncertainAbility(10, (40.0,), 5, 0.0), UncertainAbility(0, (-40.0,), 5, 0.0))
    assert alone == shared == pytest.approx(float(ndtr(10 / sqrt(50))))
    assert other < 0.6


def test_the_distance_of_one_more_board_draws_a_probability_towards_one_half() -> None:
    near = probability_better(UncertainAbility(30, (0.0,), 5, 0.0), UncertainAbility(0, (0.0,), 5, 0.0))
    far = probability_better(UncertainAbility(30, (0.0,), 5, 20.0), UncertainAbility(0, (0.0,), 5, 20.0))
    assert near > 0.99
    assert far == pytest.approx(float(ndtr(30 / sqrt(2 * 25 + 2 * 400))))


def test_a_domain_has_errors_of_the_same_shape_and_its_own_size() -> None:
    found = UncertainAbility(1000, (3.0,), 4.0, 7.0).in_domain(1100, 10.0)
    assert (found.ability, found.shared, found.deviation) == (1100, (6.0,), 8.0)
    assert found.total_deviation == pytest.approx(10)


def test_equal_values_and_values_without_error_have_a_probability() -> None:
    assert [probability_above_zero(*case) for case in ((0, 0), (0, 4), (1, 0), (-1, 0))] == [0.5, 0.5, 1.0, 0.0]


def test_the_words_begin_at_75_and_95_percent() -> None:
    found = [verdict_word(value) for value in (0.5, 0.74, 0.75, 0.94, 0.95, 0.26, 0.25, 0.05)]
    apart, leans, neither = "told apart", "leans to", "not told apart"
    assert found == [neither, neither, leans, leans, apart, neither, leans, apart]


def test_the_binomial_error_needs_items_and_ends_and_is_never_zero() -> None:
    items = replace(SHARE, n_items=100)
    assert share_benchmark(items, Measured(1.0), Measured(0.5)).variance == pytest.approx(
        0.25 / 100 + 0.995 * 0.005 / 100
    )
    assert share_benchmark(SHARE, Measured(1.0), Measured(0.5)).variance is None
    assert share_benchmark(Benchmark("x/m", "x", n_items=100), Measured(1.0), Measured(0.5)).variance is None


def test_a_stated_error_counts_before_the_items_and_chance_shrinks_the_scale() -> None:
    benchmark = replace(SHARE, n_items=100, chance=0.25)
    found = share_benchmark(benchmark, Measured(0.7, standard_error=0.03), Measured(0.4, standard_error=0.04))
    assert found.difference == pytest.approx(0.4)
    assert found.variance == pytest.approx((0.05 / 0.75) ** 2)
    assert found.basis == ("standard error",)


def test_the_mean_over_the_benchmarks_of_a_board_has_the_errors_of_all() -> None:
    shared = [
        share_benchmark(
            replace(SHARE, name=f"x/{name}"), Measured(a, standard_error=0.1), Measured(b, standard_error=0.1)
        )
        for name, a, b in (("m", 0.6, 0.5), ("n", 0.5, 0.55), ("o", 0.5, 0.5))
    ]
    found = board_verdict("x", shared)
    assert found.probability == pytest.approx(float(ndtr((0.05 / 3) / sqrt(6 * 0.01 / 9))))
    assert (found.won, found.lost, found.tied, found.ahead) == (1, 1, 1, 1)


def test_a_board_without_errors_counts_benchmarks_and_its_overall_score_decides_who_is_ahead() -> None:
    scores = {"x/overall": (60, 50), "x/m": (1, 2), "x/n": (1, 2), "x/o": (9, 2)}
    shared = [share_benchmark(Benchmark(name, "x"), Measured(a), Measured(b)) for name, (a, b) in scores.items()]
    found = board_verdict("x", shared)
    assert (found.probability, found.word, found.basis) == (None, None, "no error published")
    assert (found.ahead, found.won, found.lost) == (1, 1, 2)
    assert board_verdict("x", shared[1:]).ahead == -1


def test_benchmarks_without_a_common_scale_have_no_mean() -> None:
    shared = [
        share_benchmark(Benchmark(f"x/{name}", "x"), Measured(a, a - 1, a + 1), Measured(0, -1, 1))
        for name, a in (("m", 9), ("n", 9))
    ]
    assert board_verdict("x", shared).probability is None
    assert board_verdict("x", shared[:1]).probability is not None


def test_wins_are_counted_by_the_same_benchmark_of_the_same_board() -> None:
    shared = [
        share_benchmark(
            Benchmark(f"{board}/{name}", board, domain),
            Measured(a, *ends),
            Measured(0, *(end and -end for end in ends)),
        )
        for board, name, domain, a, *ends in (
            ("x", "overall", "preference", 5, 4, 6),
            ("x", "german", "preference", -5, -6, -4),
            ("x", "coding", "coding", -5, -6, -4),
            ("y", "code", "coding", 1, None, None),
            ("y", "sums", None, 1, None, None),
        )
    ]
    assert [found.source for found in board_verdicts(shared)] == ["x", "y"]
    assert domain_wins(shared) == {"preference": Wins(1, 0, 0), "coding": Wins(1, 1, 0)}


def test_an_infinite_difference_is_told_apart() -> None:
    assert normal_cdf(inf) == 1
    assert normal_cdf(-inf) == 0
