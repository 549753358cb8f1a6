"""What the scores support: for which cells of a score matrix a prediction is refused, and the reason in words."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.text import counted

MEASURED = "the score is measured"
UNKNOWN_MODEL = "no score of the model is known"
UNKNOWN_BENCHMARK = "no score of the benchmark is known"
UNLIKE = "extrapolation: the model's scores are unlike those of the benchmark's models"
BELOW = "extrapolation: the predicted score is far below those of all models of the benchmark"
ABOVE = "extrapolation: the predicted score is far above those of all models of the benchmark"
CONSTANT = "all models of the benchmark have the same score"


@dataclass(frozen=True)
class Support:
    """Limits of prediction, from the cells that the fit read."""

    present: Bools
    """Models × benchmarks."""
    value: Floats
    """Transformed scores, more is better."""
    error: Floats
    """Typical known error of each benchmark's scores, a standard deviation."""

    MIN_MODELS: ClassVar[int] = 5
    """Fewest models of a benchmark."""
    MIN_SCORES: ClassVar[int] = 2
    """Fewest scores of a model."""
    MIN_SHARED: ClassVar[int] = 5
    """Fewest models with a score of the benchmark and of another benchmark that the model has."""
    MARGIN: ClassVar[float] = 0.25
    """How far beyond the scores of a benchmark a prediction may be, as a share of their range."""
    MIN_MARGIN: ClassVar[float] = 0.5
    """The least such distance, on the transformed scale."""
    MAX_DISTANCE: ClassVar[float] = 1.5
    """How far from the models of the benchmark a model may be (see `factor_distance`)."""

    @cached_property
    def range(self) -> tuple[Floats, Floats]:
        """The least and most value of each benchmark for a prediction."""
        low = np.where(self.present, self.value, np.inf).min(axis=0)
        high = np.where(self.present, self.value, -np.inf).max(axis=0)
        margin = np.maximum(self.MARGIN * (high - low), self.MIN_MARGIN) + self.error
        return low - margin, high + margin

    def reasons(self, present: Bools, cells: tuple[Index, Index], mean: Floats, distance: Floats) -> list[str | None]:
        """Return why a cell has no prediction, None where it has one.

        `present` is asked models × benchmarks; `cells` has the positions in it, `mean` and `distance` are the predicted
        value and the relative distance (`factor_distance`) of each cell.
        """
        model, benchmark = cells
        n_scores = present.sum(axis=1)[model]
        n_shared = self._n_shared(present)[model, benchmark]
        low, high = self.range
        found: list[str | None] = [None] * mean.size
        # The last reason that is written stays.
        for refused, text in (
            (mean > high[benchmark], ABOVE),
            (mean < low[benchmark], BELOW),
            (distance > self.MAX_DISTANCE, UNLIKE),
        ):
            for at in np.flatnonzero(refused).tolist():
                found[at] = text
        for at in np.flatnonzero(n_shared < self.MIN_SHARED).tolist():
            found[at] = few_shared(int(n_shared[at]))
        for at in np.flatnonzero(n_scores < self.MIN_SCORES).tolist():
            found[at] = few_scores(int(n_scores[at]))
        return found

    def _n_shared(self, present: Bools) -> Floats:
        """Return asked models × benchmarks: models of the benchmark that share another benchmark with the asked model."""
        patterns, position = np.unique(present, axis=0, return_inverse=True)
        fitted = self.present.astype(np.float32)
        share_one = (fitted @ patterns.T.astype(np.float32) > 0).astype(np.float32)
        counts = (share_one.T @ fitted)[position.reshape(-1)]
        return counts.astype(np.float64)


def few_scores(n_scores: int) -> str:
    """Return the reason against a model with `n_scores` scores."""
    return f"the model has {counted(n_scores, 'score')} to predict from, and {Support.MIN_SCORES} are needed"


def few_shared(n_models: int) -> str:
    """Return the reason against a benchmark with `n_models` models that share another benchmark with the model."""
    models = counted(n_models, "model")
    return f"of the benchmark's models {models} share another benchmark with the model, and {Support.MIN_SHARED} are needed"


def unusable_benchmark(n_models: int) -> str:
    """Return the reason against a benchmark with `n_models` models."""
    if n_models >= Support.MIN_MODELS:
        return CONSTANT
    return f"the benchmark has scores of {counted(n_models, 'model')}, and {Support.MIN_MODELS} are needed"
