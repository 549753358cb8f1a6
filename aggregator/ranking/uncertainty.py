"""Split the uncertainty of abilities into errors that models share and errors of their own.

An error of the calibration moves many models at once, so the difference of two models is less uncertain than either.
The draws of the parameters enter as principal components f: the variance of a difference is |f_i - f_j|² + s_i² + s_j².
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.special import ndtr

from aggregator.ranking.arrays import Floats, Index

COMPONENTS = 12
MIN_NORM = 1e-12


@dataclass(frozen=True)
class UncertainAbilities:
    """Abilities with their uncertainty."""

    mean: Floats
    shared: Floats
    """Models × components: the loadings f of each model on the shared errors."""
    deviation: Floats
    """Standard deviation s of each model's own error."""

    def select(self, positions: Index) -> "UncertainAbilities":
        """Return the abilities at some positions, in their order."""
        return UncertainAbilities(self.mean[positions], self.shared[positions], self.deviation[positions])

    @property
    def total_deviation(self) -> Floats:
        """Standard deviation of each ability."""
        total: Floats = np.sqrt((self.shared**2).sum(axis=1) + self.deviation**2)
        return total

    def probability_better(self, first: Index, second: Index) -> Floats:
        """Return the probability that the model at each position of `first` is better than the one in `second`.

        The two arrays are broadcast. Two models without any uncertainty and of equal ability have 0.5.
        """
        first, second = np.asarray(first), np.asarray(second)
        difference = self.mean[first] - self.mean[second]
        variance = ((self.shared[first] - self.shared[second]) ** 2).sum(axis=-1)
        variance += np.where(first == second, 0.0, self.deviation[first] ** 2 + self.deviation[second] ** 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            probability: Floats = ndtr(np.where(difference == 0, 0.0, difference / np.sqrt(variance)))
        return probability


def shared_axes(draw_means: Floats) -> Floats:
    """Return draws × components: the directions in which the draws of some typical models vary most.

    `draw_means` (models × draws) is the posterior mean of each model under each draw of the parameters.
    """
    centred, draws = _centred(draw_means), draw_means.shape[1]
    # Rare sets of boards have the largest errors; each model counts the same here.
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), MIN_NORM)
    _, vectors = eigh(centred.T @ centred, subset_by_index=(max(draws - COMPONENTS, 0), draws - 1))
    axes: Floats = vectors[:, ::-1]
    return axes


def split_uncertainty(point: Floats, deviation: Floats, draw_means: Floats, axes: Floats) -> UncertainAbilities:
    """Split the uncertainty of models into components of the draws and the rest.

    `deviation` is the posterior standard deviation of each model, `draw_means` is as in `shared_axes`. What the
    components leave of the draws counts as the model's own error. No model affects the split of another.
    """
    centred = _centred(draw_means)
    shared: Floats = centred @ axes
    rest = np.maximum(np.einsum("ij,ij->i", centred, centred) - (shared**2).sum(axis=1), 0.0)
    return UncertainAbilities(point, shared, np.sqrt(deviation**2 + rest))


def _centred(draw_means: Floats) -> Floats:
    """Return the differences from the mean of the draws, scaled so that their squares add up to the variance."""
    centred: Floats = draw_means - draw_means.mean(axis=1, keepdims=True)
    centred /= np.sqrt(max(draw_means.shape[1] - 1, 1))
    return centred
