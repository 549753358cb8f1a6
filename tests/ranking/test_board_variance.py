"""Variances of boards: on average those of the true effects, also where few models link the boards."""

from dataclasses import replace

import numpy as np

from aggregator.ranking import calibrate
from aggregator.ranking.board_variance import expected_variance_factors
from aggregator.ranking.calibrate import fit_to_convergence, matrix_and_scales
from aggregator.ranking.fit_data import prepare_fit
from tests.support import simulate

EFFECT = 0.35


def variance_shares(seed: int) -> tuple[float, float]:
    """Return the mean board variance of a calibration, and the one of its fit, as shares of the true one."""
    drawn = simulate.simulated_boards("newer_board", seed, models=500, boards=4, shares=False, board_effect=EFFECT)
    found = calibrate(drawn.scores, draws=2)
    matrix, scales = matrix_and_scales(drawn.scores)
    fitted = fit_to_convergence(prepare_fit(matrix, scales), np.ones(len(matrix.models)))
    unit = np.median(fitted.slope * (found.scales.high - found.scales.low) / (12 * drawn.slope))
    true = EFFECT**2 / unit**2
    return found.point.parameters.board_variance.mean() / true, fitted.board_variance.mean() / true


def test_the_variance_of_a_calibration_is_on_average_the_true_one_where_the_fit_is_below_it() -> None:
    calibrated, fitted = np.mean([variance_shares(seed) for seed in range(1, 13)], axis=0)
    assert fitted < calibrated
    assert 0.9 < calibrated < 1.15


def test_few_linked_models_leave_more_uncertainty_than_many() -> None:
    factors = []
    for models in (150, 1200):
        matrix, scales = matrix_and_scales(simulate.simulated_boards("newer_board", 1, models=models).scores)
        data = prepare_fit(matrix, scales)
        fitted = fit_to_convergence(data, np.ones(len(matrix.models)))
        fitted = replace(fitted, board_variance=np.full(data.n_boards, 0.1))
        factors.append(expected_variance_factors(data, fitted))
    assert (factors[0] > factors[1]).all()
    assert (factors[1] > 1).all()
