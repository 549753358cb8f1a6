"""Hide 15 % of the cells of a score matrix and predict them, by every method that predicts scores.

    python -m benchmarks.hidden_cells HOME|RECORDINGS [--seed N] [--splits 6] [--json]

Two matrices: Epoch's collection (its own evaluations and external results), and all llm boards of the rank. Every model
keeps a cell. The errors are on 0–1: scores are shares of their scale, ratings of their observed range. Prints root mean
squared and mean absolute error, the ratio to the ECI form on the cells that the method predicts, and how many hidden scores the
90 % intervals hold. One method
is the mean of the benchmark, one is the ability with one line per benchmark, one is `aggregator.predict`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import expit
from threadpoolctl import threadpool_limits

from aggregator.ranking.ability import DISPLAY_DEVIATION, DISPLAY_MEAN, abilities
from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.calibrate import calibrate
from aggregator.ranking.predict import predict as predict_scores
from aggregator.ranking.score_matrix import ScoreMatrix, score_matrix
from benchmarks.field_data import FieldData, arguments, choose_cells, progress, read_field, shares
from benchmarks.field_methods import ECI, fit_eci
from benchmarks.field_report import Tables, show

HIDDEN_SHARE = 0.15
SPLITS = 6
MATRIX_SPLITS = 2
"""Splits of the matrix of all boards, which has fifty times as many cells."""
LEVEL = 0.9
MEAN, LINE, PREDICT = "benchmark's mean", "ability, one line a benchmark", "predict"
METHODS = (PREDICT, LINE, ECI, MEAN)


@dataclass(frozen=True)
class Prediction:
    """Predicted shares of the hidden cells, NaN where a method has none, with the ends of the interval if it has one."""

    value: Floats
    low: Floats | None = None
    high: Floats | None = None


@dataclass(frozen=True)
class Split:
    """One set of hidden cells of a matrix with the predictions."""

    actual: Floats
    several_boards: Bools
    """Whether the model of the cell is on two boards or more."""
    predictions: dict[str, Prediction]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--splits", type=int, default=SPLITS)
    given = parser.parse_args()
    show(tables(read_field(given.folder), given.seed, given.splits), as_json=given.json)


def tables(data: FieldData, seed: int, splits: int = SPLITS) -> Tables:
    """Return the sizes of the matrices and the errors on each."""
    sizes = [{"matrix": name, **size(frame)} for name, frame in (("Epoch", data.epoch), ("all boards", data.scores))]
    with threadpool_limits(limits=1, user_api="blas"):
        return {
            "Hidden cells: matrices": sizes,
            "Hidden cells: Epoch's matrix": summarise(hide(data.epoch, seed + split) for split in range(splits)),
            **all_boards([hide(data.scores, seed + split) for split in range(min(splits, MATRIX_SPLITS))]),
        }


def all_boards(splits: list[Split]) -> dict[str, list[dict[str, object]]]:
    """Return the tables of all cells, and of the cells of models on several boards."""
    some = [restricted(split, split.several_boards) for split in splits]
    return {
        "Hidden cells: all boards": summarise(splits),
        "Hidden cells: all boards, models on two boards or more": summarise(some),
    }


def restricted(split: Split, keep: Bools) -> Split:
    """Return the cells of a split at which `keep` is true."""
    predictions = {
        name: Prediction(*(None if part is None else part[keep] for part in (found.value, found.low, found.high)))  # type: ignore[arg-type] # value is never None
        for name, found in split.predictions.items()
    }
    return Split(split.actual[keep], split.several_boards[keep], predictions)


def size(scores: pl.DataFrame) -> dict[str, object]:
    count = scores.select(
        cells=pl.len(), models=pl.col("model_id").n_unique(), benchmarks=pl.col("benchmark").n_unique()
    )
    return dict(count.row(0, named=True))


def hide(scores: pl.DataFrame, seed: int) -> Split:
    """Hide a share of the cells and predict them by every method.

    `scores` has one row per cell, and the benchmarks have the names of `score_matrix`.
    """
    whole = score_matrix(scores)
    share, offset, unit = shares(scores, whole)
    row, column = np.nonzero(whole.present)
    chosen = choose_cells(row, HIDDEN_SHARE, np.random.default_rng(seed))
    row, column = row[chosen], column[chosen]
    cells = pl.DataFrame(
        {
            "model_id": [whole.models[position] for position in row],
            "board": [whole.boards[position] for position in column],
            "benchmark": [whole.benchmarks[position] for position in column],
        }
    )
    rest = scores.join(cells, on=cells.columns, how="anti")
    if rest.height + cells.height != scores.height:
        raise ValueError("a hidden cell is among those that the methods see")
    known = share.copy()
    known[row, column] = np.nan
    boards = scores.group_by("model_id").agg(boards=pl.col("board").n_unique())
    several = cells.join(boards, on="model_id", maintain_order="left")["boards"].to_numpy() > 1
    at = (offset[column], unit[column])
    predictions = {
        PREDICT: predict(rest, cells, at),
        LINE: predict_by_line(rest, whole, (row, column), at),
        ECI: Prediction(fit_eci(known).predicted()[row, column]),
        MEAN: Prediction(np.nanmean(known, axis=0)[column]),
    }
    error = {name: root_mean_square(share[row, column] - found.value) for name, found in predictions.items()}
    progress(f"seed {seed}: {row.size} cells, {', '.join(f'{name} {value:.4f}' for name, value in error.items())}")
    return Split(share[row, column], several, predictions)


def predict(rest: pl.DataFrame, cells: pl.DataFrame, at: tuple[Floats, Floats]) -> Prediction:
    """Predict by `aggregator.predict`; NaN where it refuses."""
    found = predict_scores(rest, cells, level=LEVEL)
    both = cells.join(found, on=cells.columns, how="left", maintain_order="left")
    low, value, high = (
        (both[name].cast(pl.Float64).fill_null(np.nan).to_numpy() - at[0]) / at[1]
        for name in ("low", "predicted", "high")
    )
    return Prediction(value, np.fmin(low, high), np.fmax(low, high))


def predict_by_line(
    rest: pl.DataFrame, whole: ScoreMatrix, cell: tuple[Index, Index], at: tuple[Floats, Floats]
) -> Prediction:
    """Predict each score from the model's ability alone: the line of the benchmark, on the scale of the calibration."""
    calibration = calibrate(rest, draws=2)
    found = abilities(rest, calibration)
    point, scales = calibration.point, calibration.scales
    ability = dict(zip(found.models, (found.point - DISPLAY_MEAN) / DISPLAY_DEVIATION, strict=True))
    theta = np.array([ability[whole.models[row]] for row in cell[0]]) * point.reference_deviation
    position_of = {name: position for position, name in enumerate(calibration.benchmarks)}
    column = np.array([position_of[whole.benchmarks[position]] for position in cell[1]])
    y = point.parameters.intercept[column] + point.parameters.slope[column] * (theta + point.reference_mean)
    low, high = scales.low[column], scales.high[column]
    score = np.where(
        scales.is_linear[column], low + scales.sign[column] * y * (high - low), low + expit(y) * (high - low)
    )
    return Prediction((score - at[0]) / at[1])


def summarise(splits: Iterable[Split]) -> list[dict[str, object]]:
    """Return one row per method: means over the splits. A method can refuse cells: its errors are those of the others."""
    found = list(splits)
    return [_row(name, found) for name in METHODS]


def _row(name: str, splits: list[Split]) -> dict[str, object]:
    errors = [split.actual - split.predictions[name].value for split in splits]
    reference = [
        np.where(np.isfinite(error), split.actual - split.predictions[ECI].value, np.nan)
        for error, split in zip(errors, splits, strict=True)
    ]
    by_split, by_reference = ([root_mean_square(error) for error in side] for side in (errors, reference))
    covered = [
        covered_share(split.actual, split.predictions[name])
        for split in splits
        if split.predictions[name].low is not None
    ]
    return {
        "method": name,
        "predicted": _mean([np.isfinite(error).mean() for error in errors], 3),
        "rmse": _mean(by_split, 4),
        "least": round(min(by_split), 4),
        "most": round(max(by_split), 4),
        "mae": _mean([np.abs(error[np.isfinite(error)]).mean() for error in errors], 4),
        "ratio to ECI": round(float(np.mean(by_split) / np.mean(by_reference)), 3),
        "90 % covers": _mean(covered, 3) if covered else float("nan"),
    }


def _mean(values: Sequence[float], digits: int) -> float:
    return round(float(np.mean(values)), digits)


def covered_share(actual: Floats, found: Prediction) -> float:
    """Return the share of the predicted cells whose score is inside the interval."""
    if found.low is None or found.high is None:
        return float("nan")
    known = np.isfinite(found.value)
    return float(((found.low <= actual) & (actual <= found.high))[known].mean())


def root_mean_square(error: Floats) -> float:
    """Return the root mean square of the finite errors, NaN without any."""
    finite = error[np.isfinite(error)]
    return float(np.sqrt(np.mean(finite**2))) if finite.size else float("nan")


if __name__ == "__main__":
    main()
