"""Size windows: the models of similar size with which one model is compared."""

import numpy as np

from aggregator.ranking.size_window import DAYS, PERIODS, dated_windows, size_windows


def test_a_window_holds_the_model_itself_and_sizes_up_to_a_factor_of_two() -> None:
    rng = np.random.default_rng(0)
    sizes = np.r_[np.exp(rng.uniform(0, 3, 200)), np.nan, -1.0, 0.0, 900.0]
    for mine, window in size_windows(sizes):
        assert set(mine.tolist()) <= set(window.tolist())
        assert window.size >= 30
        assert sizes[window].max() <= 2.001 * sizes[mine[0]]
        assert sizes[window].min() >= sizes[mine[0]] / 2.001
        assert not set(window.tolist()) & {200, 201, 202}


def test_a_window_by_date_has_models_of_the_own_and_the_next_periods() -> None:
    rng = np.random.default_rng(0)
    sizes, days = np.exp(rng.uniform(0, 0.2, 300)), rng.uniform(0, 3000, 300)
    days[::7] = np.nan
    seen = np.zeros(sizes.size, dtype=int)
    for window in dated_windows(sizes, days):
        seen[window.mine] += 1
        assert window.compared.size >= 30
        if window.by_date:
            apart = np.abs(days[window.compared] - days[window.mine[0]])
            assert apart.max() <= (PERIODS + 1) * DAYS
        assert window.by_date or np.isnan(days[window.mine]).all() or np.isnan(days[window.compared]).any()
    assert (seen == 1).all()


def test_with_too_few_dated_models_all_dates_are_compared() -> None:
    sizes = np.full(60, 7.0)
    days = np.r_[np.full(40, 0.0), np.full(20, 2000.0)]
    windows = {window.by_date: window for window in dated_windows(sizes, days)}
    assert windows[True].compared.size == 40
    assert windows[False].compared.size == 60
