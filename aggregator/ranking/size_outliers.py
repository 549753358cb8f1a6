"""Scores that are unusual among models of similar size, the same kind and about the same date."""

import numpy as np
import polars as pl
from scipy.special import expit
from scipy.stats import t as student_t

from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.normal import DEVIATION_PER_MAD
from aggregator.ranking.scales import Scales
from aggregator.ranking.score_matrix import ScoreMatrix
from aggregator.ranking.size_window import MIN_MODELS, dated_windows
from aggregator.ranking.transformed_boards import TransformedBoard, transformed_boards
from aggregator.ranking.unusual import FALSE_DISCOVERY_RATE, false_discovery_q_values, tail_degrees_of_freedom

NEWEST_SHARE = 0.9
"""A model that is newer than this share of the dated models is not compared with models of any date."""
MIN_ABOVE_BASE = 2.0
"""A high score is at least this many deviations above that of the base model, where the board lists it."""
BASES = ("base_model", "family")
FOUND = ("usual", "robust_z", "q_value", "n_window", "window_low_b", "window_high_b", "first_day", "last_day")
SCHEMA: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    "benchmark": pl.String(),
    "score": pl.Float64(),
    **dict.fromkeys(FOUND, pl.Float64()),
}


def size_outliers(matrix: ScoreMatrix, scales: Scales, facts: pl.DataFrame) -> pl.DataFrame:
    """Return the scores far from those of models of similar size, the same kind and about the same date.

    `scales` are those of the matrix; `facts` is `(model_id, kind_group, params_b, day)`, `day` in days since any day or
    null. Columns as in `SCHEMA`: `usual` is the median of the compared models, `robust_z` the distance from it in
    1.4826 × median absolute deviation (positive: better), on the scale of `aggregator.ranking.scales` or without its logit,
    whichever is smaller; `first_day` and `last_day` are those of the compared models, NaN where dates were not compared. Where `facts` has the `base_model` or
    `family` of a model, a high score must also be above the score of that model: a fine-tuned model of a strong base
    is not unusual.
    """
    models = pl.DataFrame({"model_id": matrix.models}, schema={"model_id": pl.String})
    known = models.join(facts, on="model_id", how="left", maintain_order="left")
    size, day = (known[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in ("params_b", "day"))
    groups = known["kind_group"].fill_null("").to_numpy()
    bases = [_positions(known, name) for name in BASES if name in known.columns]
    parts = [pl.DataFrame(schema=SCHEMA)]
    for board in transformed_boards(matrix, scales):
        group = groups[board.rows]
        level = np.where(scales.select(board.columns).is_linear, board.y, expit(board.y))
        for name in sorted(set(group.tolist()) - {""}):
            rows = np.flatnonzero(group == name)
            if rows.size >= MIN_MODELS:
                mine = board.rows[rows]
                base = _base_scores(board, mine, [base[mine] for base in bases])
                known_variance = board.known_variance[rows]
                part = _Part(board.y[rows], level[rows], base, known_variance, size=size[mine], day=day[mine])
                parts.append(_table(part, board, rows, matrix, scales))
    return pl.concat(parts)


def _positions(known: pl.DataFrame, name: str) -> Index:
    """Return the position in `known` of the model that the column `name` has, -1 for none or the model itself."""
    at = pl.int_range(pl.len(), dtype=pl.Int64)
    position = known.select(pl.col("model_id").alias(name), at.alias("at"))
    found = known.with_columns(at.alias("own")).join(position, on=name, how="left", maintain_order="left")
    return found.select(pl.when(pl.col("at") != pl.col("own")).then("at").fill_null(-1)).to_series().to_numpy()


def _base_scores(board: TransformedBoard, mine: Index, bases: list[Index]) -> Floats:
    """Return the highest score of the bases of some models on a board; -inf where there is none."""
    best = np.full((mine.size, board.y.shape[1]), -np.inf)
    for base in bases:
        at = np.searchsorted(board.rows, base)
        listed = (base >= 0) & (board.rows[np.minimum(at, board.rows.size - 1)] == base)
        best[listed] = np.fmax(best[listed], board.y[at[listed]])
    return best


class _Part:
    """The scores of one board and kind group, models × benchmarks, compared within windows."""

    def __init__(
        self, y: Floats, level: Floats, base: Floats, known_variance: Floats, *, size: Floats, day: Floats
    ) -> None:
        """`level` is `y` without its logit."""
        self.y, self.level, self.base, self.known_variance = y, level, base, known_variance
        self.size, self.day = size, day
        self.found = {name: np.full(y.shape, np.nan) for name in FOUND}
        self.above_base = np.full(y.shape, np.nan)
        self._compare()
        z, q = self.found["robust_z"], self.found["q_value"]
        for column in range(y.shape[1]):
            seen = z[~np.isnan(z[:, column]), column]
            p_values = 2 * student_t.sf(np.abs(z[:, column]), tail_degrees_of_freedom(seen))
            q[:, column] = false_discovery_q_values(p_values)
        self.is_unusual: Bools = (q <= FALSE_DISCOVERY_RATE) & ((z < 0) | (self.above_base >= MIN_ABOVE_BASE))

    def _compare(self) -> None:
        """Fill in all of `found` but the q-values."""
        dated = self.day[~np.isnan(self.day)]
        newest = np.quantile(dated, NEWEST_SHARE) if dated.size else np.inf
        stacked, n = np.hstack([self.y, self.level, self.known_variance]), self.y.shape[1]
        for window in dated_windows(self.size, self.day):
            mine, compared = window.mine, window.compared
            # The models of one window have dates of one period, or none.
            if not window.by_date and self.day[mine[0]] > newest:
                continue
            centres, count = _medians(stacked[compared])
            centre, level, error = np.split(centres, 3)
            deviation, level_deviation = np.split(
                DEVIATION_PER_MAD * _medians(np.abs(stacked[compared, : 2 * n] - centres[: 2 * n]))[0], 2
            )
            # Models at the level of guessing differ by less than the error of their scores.
            width = np.maximum(deviation, np.sqrt(np.fmax(self.known_variance[mine], error)))
            width = np.where((count[:n] >= MIN_MODELS) & (deviation > 0), width, np.nan)
            z = (self.y[mine] - centre) / width
            # Near its ends the logit exaggerates distances, the share itself near a guesser with all models around it.
            other = (self.level[mine] - level) / np.maximum(level_deviation, 1e-9)
            z = np.where(np.abs(other) < np.abs(z), other, z)
            self.above_base[mine] = (self.y[mine] - self.base[mine]) / width
            day = self.day[compared] if window.by_date else np.array([np.nan])
            cells = (
                centre,
                z,
                np.nan,
                count[:n],
                self.size[compared[0]],
                self.size[compared[-1]],
                day.min(),
                day.max(),
            )
            for name, value in zip(FOUND, cells, strict=True):
                self.found[name][mine] = value


def _table(part: _Part, board: TransformedBoard, rows: Index, matrix: ScoreMatrix, scales: Scales) -> pl.DataFrame:
    """Return the unusual scores with the columns of `SCHEMA`."""
    usual = scales.select(board.columns).to_scores(part.found["usual"])
    at = np.nonzero(part.is_unusual)
    columns = {
        "model_id": [matrix.models[row] for row in board.rows[rows[at[0]]]],
        "benchmark": [matrix.benchmarks[column] for column in board.columns[at[1]]],
        "score": board.score[rows[at[0]], at[1]],
        **{name: values[at] for name, values in part.found.items()},
        "usual": usual[at],
    }
    return pl.DataFrame(columns, schema=SCHEMA)


def _medians(values: Floats) -> tuple[Floats, Floats]:
    """Return the median and the number of values of each column; a sort puts NaN last."""
    count = (~np.isnan(values)).sum(axis=0)
    ordered, column = np.sort(values, axis=0), np.arange(values.shape[1])
    low, high = ordered[np.maximum(count - 1, 0) // 2, column], ordered[np.minimum(count // 2, len(values) - 1), column]
    return (low + high) / 2, count.astype(np.float64)
