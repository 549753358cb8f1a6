"""How far one more leaderboard would place a model from its ability."""

import numpy as np
import pytest

from aggregator.ranking import calibrate
from aggregator.ranking.further_board import further_board_deviation
from tests.support import simulate


@pytest.mark.parametrize("seed", [3, 4])
def test_boards_with_larger_effects_carry_less_far(seed: int) -> None:
    """The deviation follows the effect of the simulated boards, in points of the displayed scale."""
    found = {}
    for effect in (0.1, 0.5):
        simulated = simulate.simulated_boards("at_random", seed, models=400, noise=0.3, board_effect=effect)
        spread = 100 / np.std(list(simulated.ability.values()))
        found[effect] = further_board_deviation(calibrate(simulated.scores, draws=2)) / spread
    assert 0 < found[0.1] < 0.35
    assert 0.35 < found[0.5] < 0.75
