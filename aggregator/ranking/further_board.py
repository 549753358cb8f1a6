"""How far one more leaderboard would place a model from its ability: the typical error of a leaderboard."""

import numpy as np

from aggregator.ranking.ability import display_unit
from aggregator.ranking.calibration import Calibration


def further_board_deviation(calibration: Calibration) -> float:
    """Return the median over leaderboards of the deviation with which one measures an ability, in displayed points.

    The variance of a leaderboard is that of its own effect plus that of its scores: 1 / Σ slope² / noise over the
    columns that measure a model with all of them. A further leaderboard has the better of two models ahead with the
    probability `normal_cdf(difference / deviation)`; the variance of that deviation is the one of the difference of both
    abilities plus twice this one (`docs/against-other-methods.md` has the measurement).
    """
    parameters, board = calibration.point.parameters, np.array(calibration.board_of)
    information = parameters.slope**2 / parameters.noise_variance
    variances = []
    for position in range(len(calibration.boards)):
        columns = np.flatnonzero(board == position)
        overall = columns[calibration.is_extra[columns]]
        measuring = overall if overall.size else columns
        variances.append(parameters.board_variance[position] + 1 / information[measuring].sum())
    return display_unit(calibration.point) * float(np.sqrt(np.median(variances)))
