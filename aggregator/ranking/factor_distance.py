"""How far a model is from the models of a benchmark, in the factors: predictions far away are extrapolations.

The distance is Mahalanobis's, from the mean factors of the models that the benchmark measured. It is relative: 1 is the
distance that 95 % of these models do not exceed.
"""

from dataclasses import dataclass

import numpy as np

from aggregator.ranking.arrays import Floats
from aggregator.ranking.factor_model import FactorModel
from aggregator.ranking.score_cells import Cells

PRIOR_MODELS = 5.0
"""The covariance of the factors of a benchmark's models is shrunk towards the unit one as by this many models."""
QUANTILE = 0.95
NEAR = 0.75
"""Up to this relative distance errors do not grow with it; beyond, they grow in proportion (measured on hidden boards)."""


@dataclass(frozen=True)
class FactorDistance:
    """Mean and spread of the factors of the models of each benchmark."""

    model: FactorModel
    centre: Floats
    """Benchmarks × factors."""
    precision: Floats
    """Benchmarks × factors × factors."""
    unit: Floats
    """The distance per benchmark that counts as 1."""

    @classmethod
    def of(cls, model: FactorModel, cells: Cells) -> "FactorDistance":
        """Measure the distances of the models that `model` was fitted to."""
        factors, present = model.factors(cells).mean, cells.present.astype(np.float64)
        count = present.sum(axis=0)
        centre = present.T @ factors / count[:, None]
        outer = (factors[:, :, None] * factors[:, None, :]).reshape(len(factors), -1)
        moment = (present.T @ outer).reshape(len(count), model.n_factors, model.n_factors)
        around = moment - count[:, None, None] * centre[:, :, None] * centre[:, None, :]
        prior = PRIOR_MODELS * np.eye(model.n_factors)
        precision = np.linalg.inv((around + prior) / (count + PRIOR_MODELS)[:, None, None])
        distance = np.where(cells.present, _distance(factors, centre, precision), np.nan)
        unit = np.nanquantile(distance, QUANTILE, axis=0)
        return cls(model, centre, np.asarray(precision, dtype=np.float64), np.maximum(unit, 1.0))

    def relative(self, cells: Cells) -> Floats:
        """Return the relative distance of each model from the models of each benchmark, models × benchmarks."""
        distance: Floats = _distance(self.model.factors(cells).mean, self.centre, self.precision) / self.unit
        return distance


def widening(relative: Floats) -> Floats:
    """Return by how much the deviation of a prediction grows at a relative distance."""
    return np.maximum(relative / NEAR, 1.0)


def _distance(factors: Floats, centre: Floats, precision: Floats) -> Floats:
    """Return the distances, models × benchmarks."""
    # (z - c)' P (z - c), written out so that no array has models × benchmarks × factors numbers.
    n_models, n_benchmarks = len(factors), len(centre)
    outer = (factors[:, :, None] * factors[:, None, :]).reshape(n_models, factors.shape[1] ** 2)
    pull = (precision @ centre[:, :, None])[:, :, 0]
    square = outer @ precision.reshape(n_benchmarks, -1).T - 2 * factors @ pull.T + (pull * centre).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(square, 0.0)), dtype=np.float64)
