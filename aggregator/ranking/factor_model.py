"""Factor analysis of a score matrix with missing cells, by variational expectation maximization.

The transformed score of model i on benchmark b is::

    y_ib = l_b · (1, z_i) + u_bg + e_ib,   e_ib ~ N(0, psi_b + v_ib)

with v_ib the known error of the cell, z_i ~ N(f_i, I), and l_b ~ N(m, Λ), a prior that is fitted with the rest. Missing
cells are integrated out (Ghahramani & Hinton 1996). Loadings and factors have distributions (Attias 1999), so a
benchmark with few models has a wide prediction. The prior mean f_i is a sum of effects of the groups of the name
(`name_groups`); u_bg is the effect of a group of names on one benchmark.
After each step the factors are rotated to unit covariance (parameter expansion; Liu, Rubin & Wu 1998).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aggregator.ranking.arrays import Floats
from aggregator.ranking.score_cells import Cells

ITERATIONS = 25
NOISE_PRIOR_CELLS = 3.0
"""The noise variance of a benchmark is shrunk towards the typical one as by this many cells."""
NOISE_PRIOR_SUM = 0.05
MIN_NOISE = 1e-3
LOADING_PRIOR = 0.1
"""Prior variance of loadings, worth one benchmark."""
START_NOISE, START_GENERAL, START_OTHER = 0.3, 0.8, 0.3
"""Start values, as shares of the variance (noise) or standard deviation (loadings) of a benchmark."""


@dataclass(frozen=True)
class NameStrength:
    """How much names count; zero switches their effects off."""

    factor: float
    """Variance of a group's effect on each factor, in units of the variance between models of one group."""
    cell: float
    """Variance of a group's effect on one benchmark, as a share of the noise variance."""


NO_NAMES = NameStrength(0.0, 0.0)


@dataclass(frozen=True)
class Predicted:
    """Mean and variance of the transformed score of every cell, the known error of a new cell left out."""

    mean: Floats
    variance: Floats


@dataclass(frozen=True)
class _Factors:
    """Distribution of the factors of the models."""

    mean: Floats
    """Models × factors."""
    covariance: Floats
    """Models × factors × factors."""
    with_one: Floats
    """Models × (1 + factors): a one before each mean."""
    second_moment: Floats
    """Models × (1 + factors)²: the expected outer product of `with_one`, as one row."""


@dataclass(frozen=True)
class FactorModel:
    """Fitted parameters; benchmarks in the order of the cells' columns."""

    loading: Floats
    """Benchmarks × (1 + factors); the first column is the intercept."""
    loading_covariance: Floats
    noise: Floats
    group_effect: tuple[Floats, ...]
    """Per level: (groups + 1) × factors; the last row is 0."""
    cell_effect: tuple[Floats, ...]
    """Per level: (groups + 1) × benchmarks; the last row is 0."""
    cell_effect_variance: tuple[Floats, ...]

    @property
    def n_factors(self) -> int:
        """The number of factors."""
        return int(self.loading.shape[1]) - 1

    def predict(self, cells: Cells) -> Predicted:
        """Predict every cell of the models, present or not; `cells` needs the groups' numbers of the fit."""
        factors = self.factors(cells)
        mean = factors.with_one @ self.loading.T
        variance = factors.second_moment @ self.outer_loadings().T - mean**2
        spread = [effect[level.group] for effect, level in zip(self.cell_effect_variance, cells.groups, strict=True)]
        for effect, level in zip(self.cell_effect, cells.groups, strict=True):
            mean += effect[level.group]
        return Predicted(mean, np.maximum(variance, 0.0) + sum(spread) + self.noise)

    def outer_loadings(self) -> Floats:
        """Return the expected outer product of the loadings of each benchmark, as one row."""
        outer = self.loading[:, :, None] * self.loading[:, None, :] + self.loading_covariance
        return outer.reshape(len(self.loading), -1)

    def offsets(self, cells: Cells) -> Floats:
        """Return the effect of names on each present cell."""
        model, benchmark = cells.at
        total = np.zeros(model.size)
        for effect, level in zip(self.cell_effect, cells.groups, strict=True):
            total += effect[level.group[model], benchmark]
        return total

    def residual(self, cells: Cells) -> Floats:
        """Return the values without the effects of names on single benchmarks, 0 where missing."""
        rest = cells.value.copy()
        rest[cells.at] -= self.offsets(cells)
        return rest

    def prior_mean(self, cells: Cells) -> Floats:
        """Return the prior mean of the factors of each model."""
        mean = np.zeros((len(cells.value), self.n_factors))
        for effect, level in zip(self.group_effect, cells.groups, strict=True):
            mean = mean + effect[level.group]
        return mean

    def weights(self, cells: Cells) -> Floats:
        """Return the inverse noise variance of each cell, 0 where missing."""
        inverse: Floats = cells.present / (self.noise + cells.known_variance)
        return inverse

    def factors(self, cells: Cells) -> _Factors:
        """Return the factors of the models, given their cells."""
        n_models, order = len(cells.value), self.n_factors + 1
        weight = self.weights(cells)
        precision = (weight @ self.outer_loadings()).reshape(n_models, order, order)
        aim = (weight * self.residual(cells)) @ self.loading
        covariance = np.asarray(np.linalg.inv(precision[:, 1:, 1:] + np.eye(order - 1)), dtype=np.float64)
        pull = aim[:, 1:] - precision[:, 1:, 0] + self.prior_mean(cells)
        mean = (covariance @ pull[:, :, None])[:, :, 0]
        with_one = np.concatenate([np.ones((n_models, 1)), mean], axis=1)
        second = with_one[:, :, None] * with_one[:, None, :]
        second[:, 1:, 1:] += covariance
        return _Factors(mean, covariance, with_one, second.reshape(n_models, order**2))


def fit(cells: Cells, n_factors: int, strength: NameStrength = NO_NAMES, iterations: int = ITERATIONS) -> FactorModel:
    """Fit the model; every benchmark needs a score."""
    model = _start(cells, n_factors)
    prior_mean, prior_covariance = model.loading.mean(axis=0), _prior_covariance(model.loading)
    for _ in range(iterations):
        factors, weight = model.factors(cells), model.weights(cells)
        residual = model.residual(cells)
        # Loadings: a regression of each benchmark on the factors, shrunk towards the typical benchmark.
        order = n_factors + 1
        moment = (weight.T @ factors.second_moment).reshape(-1, order, order)
        aim = (weight * residual).T @ factors.with_one
        prior_precision = np.linalg.inv(prior_covariance)
        covariance = np.linalg.inv(moment + prior_precision)
        loading = (covariance @ (aim + prior_precision @ prior_mean)[:, :, None])[:, :, 0]
        model = replace(model, loading=loading, loading_covariance=covariance)
        model = _with_cell_effects(model, cells, weight, factors, strength)
        model = replace(model, noise=_noise(model, cells, factors))
        model = _rotated(_with_factor_effects(model, cells, factors, strength), cells, factors)
        prior_mean = model.loading.mean(axis=0)
        prior_covariance = _prior_covariance(model.loading, model.loading_covariance)
    return model


def _start(cells: Cells, n_factors: int) -> FactorModel:
    """Return start values: one general factor, and the principal components of the standardised scores."""
    count = cells.count
    mean = cells.value.sum(axis=0) / count
    centred = np.where(cells.present, cells.value - mean, 0.0)
    deviation = np.sqrt((centred**2).sum(axis=0) / count)
    typical = float(np.median(deviation[deviation > 0])) if (deviation > 0).any() else 1.0
    deviation = np.where(deviation > 0, deviation, typical)
    standard = centred / deviation
    _, vectors = np.linalg.eigh(standard.T @ standard)
    n_benchmarks = len(mean)
    loading = np.zeros((n_benchmarks, n_factors + 1))
    loading[:, 0], loading[:, 1] = mean, START_GENERAL * deviation
    for number in range(1, min(n_factors, n_benchmarks)):
        vector = vectors[:, -1 - number]
        sign = 1.0 if vector.sum() >= 0 else -1.0
        loading[:, number + 1] = START_OTHER * deviation * vector * sign * np.sqrt(n_benchmarks)
    return FactorModel(
        loading=loading,
        loading_covariance=np.zeros((n_benchmarks, n_factors + 1, n_factors + 1)),
        noise=np.maximum(START_NOISE * deviation**2, MIN_NOISE),
        group_effect=tuple(np.zeros((level.count + 1, n_factors)) for level in cells.groups),
        cell_effect=tuple(np.zeros((level.count + 1, n_benchmarks)) for level in cells.groups),
        cell_effect_variance=tuple(np.zeros((level.count + 1, n_benchmarks)) for level in cells.groups),
    )


def _prior_covariance(loading: Floats, covariance: Floats | None = None) -> Floats:
    """Return the covariance of the loadings over the benchmarks, with a little prior variance."""
    around = loading - loading.mean(axis=0)
    own = 0.0 if covariance is None else covariance.sum(axis=0)
    variance = np.full(loading.shape[1], LOADING_PRIOR)
    variance[0] = 1.0
    total: Floats = (around.T @ around + own + np.diag(variance)) / (len(loading) + 1)
    return total


def _with_cell_effects(
    model: FactorModel, cells: Cells, weight: Floats, factors: _Factors, strength: NameStrength
) -> FactorModel:
    """Return the model with the effects of names on single benchmarks: shrunken mean residuals, level by level."""
    if strength.cell <= 0:
        return model
    prior = model.noise * strength.cell
    at, benchmark = cells.at
    weight = weight[cells.at]
    residual = cells.value[cells.at] - (factors.with_one @ model.loading.T)[cells.at] - model.offsets(cells)
    effects: list[Floats] = []
    variances: list[Floats] = []
    for level, before in zip(cells.groups, model.cell_effect, strict=True):
        own = before[level.group[at], benchmark]
        variance = 1.0 / (cells.sums(weight, level.group, level.count + 1) + 1.0 / prior)
        effect = cells.sums(weight * (residual + own), level.group, level.count + 1) * variance
        # A model without a group has an effect of its own, of which nothing is known.
        effect[-1], variance[-1] = 0.0, prior
        residual += own - effect[level.group[at], benchmark]
        effects.append(effect)
        variances.append(variance)
    return replace(model, cell_effect=tuple(effects), cell_effect_variance=tuple(variances))


def _noise(model: FactorModel, cells: Cells, factors: _Factors) -> Floats:
    """Return the noise variance of each benchmark: the expected squared residual beyond the known errors."""
    at, benchmark = cells.at
    residual = cells.value[cells.at] - model.offsets(cells)
    predicted = (factors.with_one @ model.loading.T)[cells.at]
    squared = residual**2 - 2 * residual * predicted + (factors.second_moment @ model.outer_loadings().T)[cells.at]
    for level, variance in zip(cells.groups, model.cell_effect_variance, strict=True):
        group = level.group[at]
        squared += np.where(group < level.count, variance[group, benchmark], 0.0)
    known = cells.known_variance[cells.at]
    share = model.noise[benchmark] / (model.noise[benchmark] + known)
    expected = share**2 * np.maximum(squared, 0.0) + share * known
    count = cells.count
    total = np.bincount(benchmark, weights=expected, minlength=count.size)
    typical = np.exp(np.log((total + NOISE_PRIOR_SUM) / (count + 1)).mean())
    shrunken = (total + NOISE_PRIOR_CELLS * typical) / (count + NOISE_PRIOR_CELLS)
    return np.asarray(np.maximum(shrunken, MIN_NOISE), dtype=np.float64)


def _with_factor_effects(model: FactorModel, cells: Cells, factors: _Factors, strength: NameStrength) -> FactorModel:
    """Return the model with the prior means of the factors: shrunken means of the groups, level by level."""
    if strength.factor <= 0:
        return model
    residual = factors.mean - factors.mean.mean(axis=0) - model.prior_mean(cells)
    effects = list(model.group_effect)
    for position, level in enumerate(cells.groups):
        members = level.membership
        own = effects[position][level.group]
        size = np.bincount(level.group, minlength=level.count + 1)[:, None]
        effect = (members @ (residual + own)) / (size + 1.0 / strength.factor)
        effect[-1] = 0.0
        residual = residual + own - effect[level.group]
        effects[position] = effect
    return replace(model, group_effect=tuple(effects))


def _rotated(model: FactorModel, cells: Cells, factors: _Factors) -> FactorModel:
    """Return the same model in factors with mean 0 and, around their prior means, unit covariance."""
    centre = factors.mean.mean(axis=0)
    around = factors.mean - centre - model.prior_mean(cells)
    covariance = (around.T @ around + factors.covariance.sum(axis=0)) / len(around)
    root = np.linalg.cholesky(covariance)
    inverse_root = np.linalg.inv(root).T
    move = np.eye(model.n_factors + 1)
    move[1:, 1:], move[1:, 0] = root, centre
    return replace(
        model,
        loading=model.loading @ move,
        loading_covariance=move.T @ model.loading_covariance @ move,
        group_effect=tuple(effect @ inverse_root for effect in model.group_effect),
    )


def mixture(parts: Sequence[Predicted], weights: Floats) -> Predicted:
    """Return mean and variance of a mixture of predictions; the weights sum to 1."""
    mean = sum(weight * part.mean for weight, part in zip(weights, parts, strict=True))
    second = sum(weight * (part.variance + part.mean**2) for weight, part in zip(weights, parts, strict=True))
    return Predicted(np.asarray(mean), np.asarray(second - mean**2))
