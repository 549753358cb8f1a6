"""Simulated boards and their calibration, shared by the tests of ranking."""

import pytest

from aggregator.ranking import Calibration, calibrate
from tests.support import simulate


@pytest.fixture(scope="session")
def simulated() -> simulate.SimulatedBoards:
    return simulate.simulated_boards("near_ability", 1)


@pytest.fixture(scope="session")
def calibration(simulated: simulate.SimulatedBoards) -> Calibration:
    return calibrate(simulated.scores, draws=simulate.DRAWS)
