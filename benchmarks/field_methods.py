"""Other ways to rank models and to predict scores, as their authors define them: the field that the ability is compared with.

* ECI form: the Epoch Capabilities Index of Epoch AI (Ho et al., A Rosetta Stone for AI Benchmarks, 2025): the score of
  model m on benchmark b is sigmoid(slope_b (capability_m - difficulty_b)), fitted by least squares with a small ridge.
* mean win rate: HELM (Liang et al. 2022). Borda: MTEB, and its expectation over missing scores (Himmi et al. 2023).
* Bradley–Terry: the maximum likelihood to which `evalica.bradley_terry` iterates.
* mean z: the mean of the standardised scores of a model, without anything for missing ones.

The rules are those of `aggregator.ranking`, which tests compare with the published ones: Bradley–Terry with evalica to 1e-6
(`tests/ranking/test_bradley_terry.py`), Borda with the ranks that MTEB publishes (`tests/ranking/test_recordings.py`),
and mean win rate with HELM's published columns (`tests/benchmarks/test_field_methods.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import fmin_l_bfgs_b
from scipy.special import expit, logit

from aggregator.ranking.arrays import Floats
from aggregator.ranking.connectivity import UnlinkedError
from aggregator.ranking.methods import Method, point_scores
from aggregator.ranking.score_matrix import ScoreMatrix

RIDGE = 0.01
"""Weight of the squared parameters of the ECI form: the best of 0.0003 to 0.05 on Epoch's matrix."""
MAX_ITERATIONS = 500
START_MARGIN = 0.02
"""Least distance from 0 and 1 of the mean from which a difficulty starts."""

ABILITY, ECI, WIN_RATE = "ability", "ECI form", "mean win rate"
BORDA, EXPECTED_BORDA, BRADLEY_TERRY, MEAN_Z = "Borda", "expected Borda", "Bradley-Terry", "mean z"
METHODS = (ABILITY, ECI, BRADLEY_TERRY, WIN_RATE, EXPECTED_BORDA, BORDA, MEAN_Z)
"""All methods, ours first."""
RULES: Mapping[str, Method] = {
    BRADLEY_TERRY: "bradley_terry",
    WIN_RATE: "mean_win_rate",
    EXPECTED_BORDA: "expected_borda",
    BORDA: "mteb_borda",
}


@dataclass(frozen=True)
class EciFit:
    """Parameters of the ECI form."""

    capability: Floats
    """One per model, 0 for a model without a score."""
    difficulty: Floats
    slope: Floats
    """Both per benchmark; slopes are positive."""

    def predicted(self) -> Floats:
        """Return models × benchmarks: the predicted shares."""
        return expit(self.slope * (self.capability[:, None] - self.difficulty))


def fit_eci(share: Floats, *, ridge: float = RIDGE) -> EciFit:
    """Fit the ECI form to shares (models × benchmarks, NaN where missing) by L-BFGS.

    The ridge keeps capability, difficulty and the logarithm of the slope near 0, so a model without a score has
    capability 0.
    """
    models, benchmarks = share.shape
    row, column = np.nonzero(~np.isnan(share))
    known = share[row, column]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        capability, difficulty, log_slope = np.split(parameters, [models, models + benchmarks])
        slope = np.exp(log_slope)[column]
        argument = slope * (capability[row] - difficulty[column])
        fitted = expit(argument)
        residual = fitted - known
        by_argument = 2 * residual * fitted * (1 - fitted)
        gradient = np.concatenate(
            [
                np.bincount(row, by_argument * slope, models),
                -np.bincount(column, by_argument * slope, benchmarks),
                np.bincount(column, by_argument * argument, benchmarks),
            ]
        )
        return float(residual @ residual + ridge * parameters @ parameters), gradient + 2 * ridge * parameters

    mean = np.bincount(column, known, benchmarks) / np.maximum(np.bincount(column, minlength=benchmarks), 1)
    start = np.concatenate(
        [np.zeros(models), -logit(np.clip(mean, START_MARGIN, 1 - START_MARGIN)), np.zeros(benchmarks)]
    )
    found, _, _ = fmin_l_bfgs_b(loss, start, maxiter=MAX_ITERATIONS, maxfun=2 * MAX_ITERATIONS)
    capability, difficulty, log_slope = np.split(found, [models, models + benchmarks])
    return EciFit(capability, difficulty, np.exp(log_slope))


def mean_z(oriented: Floats) -> Floats:
    """Return the mean over its benchmarks of each model's standardised score; NaN for a model without any.

    `oriented` is models × benchmarks, higher is better. A benchmark whose scores are all equal is left out.
    """
    deviation = np.nanstd(oriented, axis=0)
    use = deviation > 0
    z = (oriented[:, use] - np.nanmean(oriented[:, use], axis=0)) / deviation[use]
    count = (~np.isnan(z)).sum(axis=1)
    return np.where(count > 0, np.nansum(z, axis=1) / np.maximum(count, 1), np.nan)


def field_scores(matrix: ScoreMatrix, share: Floats) -> dict[str, Floats]:
    """Return the score of each model of the matrix by every method but the ability; NaN where a method has none.

    `share` is the matrix on 0–1, for the ECI form.
    """
    methods: dict[str, Callable[[], Floats]] = {
        ECI: lambda: fit_eci(share).capability,
        MEAN_Z: lambda: mean_z(matrix.oriented),
        **{name: _rule(matrix, method) for name, method in RULES.items()},
    }
    return {name: methods[name]() for name in METHODS if name in methods}


def _rule(matrix: ScoreMatrix, method: Method) -> Callable[[], Floats]:
    """Return the call of a rule; on unlinked boards a method that needs links has no scores."""

    def run() -> Floats:
        try:
            return point_scores(matrix, method)
        except UnlinkedError:
            return np.full(len(matrix.models), np.nan)

    return run
