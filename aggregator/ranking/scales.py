"""Scale of each benchmark: the transform from its own unit to one that is linear in ability.

An accuracy becomes the logit of its share above chance. A score without two fixed ends (an Arena rating, a score that
can be negative) is centred and divided by its spread. The choice is stored in the calibration, so it does not depend
on the scores of a later refresh.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit, logit

from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.normal import IQR_PER_DEVIATION
from aggregator.ranking.score_matrix import METADATA, ScoreMatrix

LOGIT = "logit"
LINEAR = "linear"

MIN_FLOOR = 0.01
"""Least distance of a share from 0 and 1; raised to one standard error of a guesser."""
MAX_FLOOR = 0.2
MIN_INSIDE_SHARE = 0.98
"""Share of a column's scores that must lie inside the ends of a scale for the ends to be accepted."""
WINSOR = 6.0
"""Linear scores are winsorised at this many spreads from the centre."""


@dataclass(frozen=True)
class Scales:
    """Scales of all benchmarks; every array has one entry per benchmark, in the calibration's order."""

    kind: tuple[str, ...]
    """`logit` or `linear`."""
    sign: Floats
    """-1 where less is better, else 1."""
    low: Floats
    """logit: the score of a guesser; linear: the centre."""
    high: Floats
    """logit: the best possible score; linear: the centre plus one spread."""
    floor: Floats
    """logit: least distance of a share from 0 and 1; linear: 0."""
    items: Floats
    """Number of test items, 0 where unknown."""
    chance: Floats
    """Share of a guesser on the raw scale, for the binomial variance."""
    overall: Floats
    """1 for the overall score of a leaderboard, else 0."""
    typical_variance: Floats
    """overall: the median variance of the known errors of the transformed scores; else 0."""

    @property
    def is_linear(self) -> Bools:
        """True for benchmarks without two fixed ends."""
        linear: Bools = np.array(self.kind) == LINEAR
        return linear

    @property
    def is_overall(self) -> Bools:
        """True for the overall score of a leaderboard."""
        overall: Bools = self.overall > 0
        return overall

    def is_extra(self, boards: Sequence[int] | Sequence[str]) -> Bools:
        """Return for each column whether it is the overall score of a leaderboard that has benchmarks too.

        `boards` is the board of each column, its name or its position.
        """
        _, position, count = np.unique(np.array(boards), return_inverse=True, return_counts=True)
        extra: Bools = self.is_overall & (count[position] > 1)
        return extra

    @property
    def linear_positions(self) -> Index:
        """Positions of the linear benchmarks: their scale has no fixed ends and may drift."""
        return np.flatnonzero(self.is_linear)

    def select(self, columns: Index) -> "Scales":
        """Return the scales of some benchmarks, in the order of their positions."""
        arrays = {field.name: getattr(self, field.name)[columns] for field in fields(self) if field.name != "kind"}
        return Scales(tuple(self.kind[at] for at in columns), **arrays)

    def followed_by(self, other: "Scales") -> "Scales":
        """Return the scales of both, those of `other` last."""
        names = [field.name for field in fields(self) if field.name != "kind"]
        arrays = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in names}
        return Scales((*self.kind, *other.kind), **arrays)

    def transform(self, score: Floats, standard_error: Floats) -> tuple[Floats, Floats]:
        """Return the transformed scores (NaN stays NaN) and the variance of their known errors.

        All arrays are models × benchmarks. The known error is the given standard error, else the binomial error of
        the test items; the delta method carries it to the logit.
        """
        span = self.high - self.low
        share = (score - self.low) / span
        known = (standard_error / span) ** 2
        floor = np.maximum(self.floor, 1e-6)
        inner = np.clip(share, floor, 1 - floor)
        on_logit = np.where(known > 0, known, self._binomial_variance(inner)) * (1 / (inner * (1 - inner))) ** 2
        variance = np.where(self.is_linear, known, on_logit)
        winsorised = np.clip(share, -WINSOR, WINSOR) * self.sign
        return np.where(self.is_linear, winsorised, logit(inner)), np.where(np.isnan(score), 0.0, variance)

    def weighing_variance(self, known_variance: Floats) -> Floats:
        """Return the variance by which a score is weighted: for an overall score the typical one of its column.

        With its own variance, a model with a larger error would be drawn further to the mean of its group, and could
        be placed below a model that its only leaderboard places below it.
        """
        return np.where(self.is_overall, self.typical_variance, known_variance)

    def to_scores(self, y: Floats) -> Floats:
        """Return transformed values in the unit of their benchmarks; the last axis of `y` is the benchmarks."""
        inner = np.where(self.is_linear, y * self.sign, expit(y))
        scores: Floats = self.low + (self.high - self.low) * inner
        return scores

    def _binomial_variance(self, share: Floats) -> Floats:
        """Return the sampling variance p(1 - p)/n of a share above chance, 0 where the number of items is unknown."""
        raw = self.chance + (1 - self.chance) * share
        binomial = raw * (1 - raw) / np.maximum(self.items, 1) / (1 - self.chance) ** 2
        variance: Floats = np.where(self.items > 0, binomial, 0.0)
        return variance


def benchmark_metadata(scores: pl.DataFrame, benchmarks: tuple[str, ...]) -> dict[str, Floats]:
    """Return each column of `METADATA` as one number per benchmark, NaN where the frame has none."""
    known = [name for name in METADATA if name in scores.columns]
    absent = {name: np.full(len(benchmarks), np.nan) for name in METADATA}
    if not known:
        return absent
    first = scores.group_by("benchmark").agg(pl.col(name).cast(pl.Float64).drop_nulls().first() for name in known)
    order = pl.DataFrame({"benchmark": list(benchmarks)}, schema={"benchmark": pl.String})
    table = order.join(first, on="benchmark", how="left", maintain_order="left")
    return absent | {name: table[name].fill_null(np.nan).to_numpy().astype(np.float64) for name in known}


def choose_scales(matrix: ScoreMatrix, metadata: dict[str, Floats]) -> Scales:
    """Choose the scale of every benchmark from its metadata and the scores themselves."""
    chosen = [
        _choose_scale(
            matrix.score[:, column],
            float(matrix.sign[column]),
            {key: float(metadata[key][column]) for key in METADATA},
        )
        for column in range(len(matrix.benchmarks))
    ]
    kind, *numbers = zip(*chosen, strict=True)
    overall = np.nan_to_num(metadata["is_overall"])
    typical = np.zeros(overall.size)
    sign, low, high, floor, items, chance = (np.array(values, dtype=np.float64) for values in numbers)
    scales = Scales(tuple(kind), sign, low, high, floor, items, chance, overall, typical)
    if scales.is_overall.any():
        _, variance = scales.transform(matrix.score, matrix.standard_error)
        seen = np.where(matrix.present, variance, np.nan)[:, scales.is_overall]
        typical[scales.is_overall] = np.nanmedian(seen, axis=0)
    return scales


class _Scale(NamedTuple):
    """Scale of one benchmark; fields as in `Scales`."""

    kind: str
    sign: float
    low: float
    high: float
    floor: float = 0.0
    items: float = 0.0
    chance: float = 0.0


def _choose_scale(column: Floats, sign: float, metadata: dict[str, float]) -> _Scale:
    seen = column[~np.isnan(column)]
    ends = _scale_ends(seen, metadata)
    if ends is None:
        centre = float(np.median(seen))
        return _Scale(LINEAR, sign, centre, centre + _robust_spread(seen))
    low, high = ends
    chance = (metadata["chance"] - low) / (high - low) if np.isfinite(metadata["chance"]) else 0.0
    items = metadata["n_items"] if np.isfinite(metadata["n_items"]) else 0.0
    guesser_error = np.sqrt(chance * (1 - chance) / items) / (1 - chance) if items > 0 else 0.0
    floor = float(min(max(MIN_FLOOR, guesser_error), MAX_FLOOR))
    if sign < 0:
        return _Scale(LOGIT, sign, high, low, floor, items)
    return _Scale(LOGIT, sign, low + chance * (high - low), high, floor, items, chance)


def _scale_ends(seen: Floats, metadata: dict[str, float]) -> tuple[float, float] | None:
    """Return the lowest and highest possible score, None where the scale has no such ends."""
    low, high = metadata["scale_low"], metadata["scale_high"]
    if np.isfinite(low) and np.isfinite(high) and high > low:
        return (low, high) if np.mean((seen >= low) & (seen <= high)) >= MIN_INSIDE_SHARE else None
    if np.mean((seen >= 0) & (seen <= 1)) >= MIN_INSIDE_SHARE and seen.min() > -1 and seen.max() <= 1:
        return (0.0, 1.0)
    return None


def _robust_spread(seen: Floats) -> float:
    """Return the standard deviation from the interquartile range; the plain one, then 1, where that is 0."""
    low, high = np.quantile(seen, [0.25, 0.75])
    robust = float(high - low) / IQR_PER_DEVIATION
    spread = robust if robust > 0 else float(seen.std())
    return spread if spread > 0 else 1.0
