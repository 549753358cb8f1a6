"""Scores, and whole boards, far from what the other scores of the model predict."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import ndtr

from aggregator.ranking.ability import DISPLAY_DEVIATION, DISPLAY_MEAN
from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.leave_one_out import Predictions, leave_one_out
from aggregator.ranking.median import median
from aggregator.ranking.normal import DEVIATION_PER_MAD
from aggregator.ranking.score_matrix import ScoreMatrix
from aggregator.ranking.unusual import FALSE_DISCOVERY_RATE, false_discovery_q_values

MIN_GROUP = 30
"""Fewest models of a kind for a centre and a spread of their own."""
MIN_OTHER_SCORES = 2
"""Fewest other scores that predict a score; another board counts with one."""

SCHEMA: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    "benchmark": pl.String(),
    "kind_of_reason": pl.String(),
    **dict.fromkeys(
        ("score", "predicted", "predicted_low", "predicted_high", "residual_z", "residual_q_value"), pl.Float64()
    ),
    "other_scores": pl.Int64(),
    "other_boards": pl.Int64(),
}


def residual_outliers(matrix: ScoreMatrix, kinds: pl.DataFrame, calibration: Calibration) -> pl.DataFrame:
    """Return the scores, and the boards, that are far from the model's other ones; columns as in `SCHEMA`.

    `kinds` is `(model_id, kind_group)`. `residual_z` is the distance from the prediction in predictive standard
    deviations, after the median distance of the kind of model on that benchmark, divided by the spread of these
    distances if it is above 1. `kind_of_reason` is `other_boards` for a whole board and for a score that is the only
    one of its board, else `other_scores`.
    """
    found = leave_one_out(matrix, calibration)
    group = _group_numbers(matrix.models, kinds)
    parts = []
    for part, predictions in found.of_scores:
        board = calibration.board_of[part.columns[0]]
        scales = calibration.scales.select(part.columns)
        names = [calibration.benchmarks[at] for at in part.columns]
        enough = (predictions.n_scores >= MIN_OTHER_SCORES) | (predictions.n_boards > 0)
        alone = np.broadcast_to((found.counted[part.rows, board] <= 1)[:, None], part.y.shape)
        cells = _Cells.unusual(predictions, enough, group[part.rows])
        low, high = (scales.to_scores(end) for end in predictions.interval())
        values = [part.score, scales.to_scores(predictions.predicted), np.minimum(low, high), np.maximum(low, high)]
        parts.append(cells.table([matrix.models[at] for at in part.rows], names, values, alone))
    boards, several = found.of_boards, found.counted > 1
    cells = _Cells.unusual(boards, several, group)
    abilities = [_displayed(each, calibration) for each in (boards.value, boards.predicted, *boards.interval())]
    parts.append(cells.table(matrix.models, calibration.boards, abilities, several))
    return pl.concat([pl.DataFrame(schema=SCHEMA), *parts])


def _group_numbers(models: Sequence[str], kinds: pl.DataFrame) -> Index:
    """Return a number for the kind group of each model, -1 if it is unknown."""
    group_of = dict(kinds.drop_nulls().iter_rows())
    number_of = {name: at for at, name in enumerate(sorted(set(group_of.values())))}
    return np.array([number_of.get(group_of.get(model, ""), -1) for model in models], dtype=np.intp)


def _displayed(ability: Floats, calibration: Calibration) -> Floats:
    """Return abilities on the displayed scale."""
    point = calibration.point
    return DISPLAY_MEAN + DISPLAY_DEVIATION * (ability - point.reference_mean) / point.reference_deviation


class _Cells:
    """The unusual cells of an array of predictions."""

    def __init__(self, predictions: Predictions, z: Floats, q: Floats) -> None:
        self.predictions, self.z, self.q = predictions, z, q
        self.at = np.nonzero(q <= FALSE_DISCOVERY_RATE)

    @classmethod
    def unusual(cls, predictions: Predictions, comparable: Bools, group: Index) -> "_Cells":
        """Find the cells by their false discovery rate, among the `comparable` ones of each column."""
        z = np.where(comparable, predictions.distance, np.nan)
        for column in z.T:
            _standardise(column, group)
        # The spread is at least that of the calibration, and with it the normal distribution holds up to its last percent.
        p_values = 2 * ndtr(-np.abs(z))
        return cls(predictions, z, np.column_stack([false_discovery_q_values(column) for column in p_values.T]))

    def table(
        self, models: Sequence[str], names: Sequence[str], values: Sequence[Floats], by_boards: Bools
    ) -> pl.DataFrame:
        """Return the cells with the columns of `SCHEMA`.

        `values` are the score, the predicted one and the ends of its interval; `by_boards` is true where the other
        boards alone predict.
        """
        row, column = (at.tolist() for at in self.at)
        shown = (each[self.at] for each in values)
        numbers = dict(zip(("score", "predicted", "predicted_low", "predicted_high"), shown, strict=True))
        columns = {
            "model_id": [models[at] for at in row],
            "benchmark": [names[at] for at in column],
            "kind_of_reason": np.where(by_boards[self.at], "other_boards", "other_scores").tolist(),
            **numbers,
            "residual_z": self.z[self.at],
            "residual_q_value": self.q[self.at],
            "other_scores": self.predictions.n_scores[self.at].astype(np.int64),
            "other_boards": self.predictions.n_boards[self.at].astype(np.int64),
        }
        return pl.DataFrame(columns, schema=SCHEMA)


def _standardise(distance: Floats, group: Index) -> None:
    """Subtract the median distance of each kind and divide by the spread, in place: a spread below 1 counts as 1."""
    seen = np.flatnonzero(~np.isnan(distance))
    if seen.size < MIN_GROUP:
        return
    values, groups = distance[seen], group[seen]
    centre, spread = _centre_and_spread(values)
    distance[seen] = (values - centre) / max(spread, 1.0)
    for one in np.flatnonzero(np.bincount(groups + 1) >= MIN_GROUP) - 1:
        mine = groups == one
        own_centre, own_spread = _centre_and_spread(values[mine])
        distance[seen[mine]] = (values[mine] - own_centre) / max(own_spread, spread, 1.0)


def _centre_and_spread(values: Floats) -> tuple[float, float]:
    centre = median(values)
    return centre, DEVIATION_PER_MAD * median(np.abs(values - centre))
