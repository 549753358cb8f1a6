"""Size windows: the models of similar size with which one model is compared."""

import numpy as np

from aggregator.ranking.size_window import size_windows


def test_a_window_holds_the_model_itself_and_sizes_up_to_a_factor_of_two() -> None:
    rng = np.random.default_rng(0)
    sizes = np.r_[np.exp(rng.uniform(0, 3, 200)), np.nan, -1.0, 0.0, 900.0]
    for mine, window in size_windows(sizes):
        assert set(mine.tolist()) <= set(window.tolist())
        assert window.size >= 30
        assert sizes[window].max() <= 2.001 * sizes[mine[0]]
        assert sizes[window].min() >= sizes[mine[0]] / 2.001
        assert not set(window.tolist()) & {200, 201, 202}
