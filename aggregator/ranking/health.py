"""Health of benchmarks: whether each one still separates the better models, and whether it drifts from the others.

Each benchmark is compared with the ability of its models from the *other* boards: the posterior without this board. It
is a posterior mean, so its error is independent of it, and the slope of the scores on it is not attenuated (Berkson
1950). A saturated benchmark is one of these, each with a one-sided confidence of 95 %:

- It does not discriminate: its correlation with the other boards is below `MIN_SHARE`.
- It is at its ceiling: among the better third of its models the scores rise less than `MIN_SHARE` as steeply as over
  all, and half of these models or more are within noise of its best score.

The precision of a saturated benchmark is multiplied by the square of the upper confidence bound of that share: what
it shows of ability is proportional to the square of the slope, or of the correlation.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aggregator.ranking.arrays import Floats, Index
from aggregator.ranking.latent_model import BoardBlock, Parameters, posterior
from aggregator.ranking.normal import QUANTILE_95

MIN_JUDGED = 20
"""Fewest models with a score that other boards measure too: with fewer, a benchmark is not judged."""
MIN_SHARE = 0.5
"""Share of the slope or correlation below which a benchmark is saturated."""
MIN_CEILING = 0.5
"""Least share of the better models within noise of the best score, for a ceiling."""
MIN_WEIGHT = 0.05
DRIFT_Z = 3.0
"""Standard errors from which a drift is one: there are more than a hundred benchmarks."""
MIN_DRIFT = 10.0
"""Least drift in points of ability a year."""
NAN = float("nan")


@dataclass(frozen=True)
class Judged:
    """Models of one benchmark that other boards measure too."""

    rows: Index
    """Positions of the models among all models."""
    others: Floats
    """Ability from the other boards, shrunk towards the prior."""
    measured: Floats
    """The same without the prior: no trend over other facts is shrunk."""
    measured_variance: Floats
    """Variance of `measured` plus that of the effect of the board itself."""
    y: Floats
    """Transformed score."""
    noise: Floats
    """Standard deviation of the noise of each score, in the unit of `y`."""

    @property
    def better(self) -> Index:
        """Positions of the better third by the other boards."""
        return np.argsort(-self.others, kind="stable")[: -(-self.rows.size // 3)]


@dataclass(frozen=True)
class Health:
    """Findings about one benchmark; NaN where they cannot be computed."""

    n_models: int
    n_judged: int
    ceiling_share: float = NAN
    """Share of the better third within noise of the best score."""
    discrimination: float = NAN
    """Correlation with the other boards."""
    discrimination_top: float = NAN
    """The same among the better third."""
    correlation_bound: float = NAN
    """Upper 95 % confidence bound of `discrimination`."""
    slope_share: float = NAN
    """Slope of the scores in the better third, as a share of the slope over all."""
    slope_bound: float = NAN
    """Upper 95 % confidence bound of `slope_share`."""
    drift: float = NAN
    """Trend of the residuals over the release dates, in points of ability a year."""
    drift_error: float = NAN
    """Standard error of `drift`."""

    @property
    def does_not_discriminate(self) -> bool:
        """Whether the correlation with the other boards is low."""
        return self.correlation_bound < MIN_SHARE

    @property
    def is_at_ceiling(self) -> bool:
        """Whether the scores of the better models do not rise with ability and are near the best score."""
        return self.slope_bound < MIN_SHARE and self.ceiling_share >= MIN_CEILING

    @property
    def is_saturated(self) -> bool:
        """Whether it loses weight."""
        return self.does_not_discriminate or self.is_at_ceiling

    @property
    def is_drifted(self) -> bool:
        """Whether the residuals have a trend."""
        return abs(self.drift) >= max(MIN_DRIFT, DRIFT_Z * self.drift_error)

    @property
    def weight(self) -> float:
        """Factor on the precision: 1 for a benchmark that is not saturated."""
        if not self.is_saturated:
            return 1.0
        bounds = [bound for bound in (self.correlation_bound, self.slope_bound) if bound < MIN_SHARE]
        return max(MIN_WEIGHT, max(min(bounds), 0.0) ** 2)


def measure_health(
    blocks: tuple[BoardBlock, ...], parameters: Parameters, pattern: Index, years: Floats | None = None
) -> dict[int, Health]:
    """Return the health of each benchmark by its position; blocks, parameters and pattern are those of `posterior`.

    `years` is the release date of each model in years, NaN where unknown.
    """
    return {
        column: _health(judged, n_models, float(parameters.slope[column]), float(parameters.intercept[column]), years)
        for column, n_models, judged in _judged(blocks, parameters, pattern)
    }


def saturation_weights(blocks: tuple[BoardBlock, ...], parameters: Parameters, pattern: Index) -> tuple[float, ...]:
    """Return the weight of every benchmark, rounded to three digits."""
    health = measure_health(blocks, parameters, pattern)
    return tuple(
        round(health[column].weight, 3) if column in health else 1.0 for column in range(parameters.slope.size)
    )


def _judged(
    blocks: tuple[BoardBlock, ...], parameters: Parameters, pattern: Index
) -> Iterator[tuple[int, int, Judged]]:
    """Yield each benchmark with its number of models and its judged models."""
    found = posterior(blocks, parameters, pattern)
    boards = np.zeros(pattern.size)
    for block in blocks:
        boards[block.rows] += 1
    for block, estimate in zip(blocks, found.by_board, strict=True):
        own = 1 / (parameters.board_variance[block.board] + 1 / estimate.precision)
        rest = 1 / found.variance[block.rows] - own
        total = found.mean[block.rows] / found.variance[block.rows] - own * estimate.value
        prior = 1 / parameters.prior_variance[pattern[block.rows]]
        # A model on this board alone has no other measurement; it is left out below.
        measuring = np.maximum(rest - prior, 1e-9)
        measured = (total - prior * parameters.prior_mean[pattern[block.rows]]) / measuring
        unexplained = 1 / measuring + parameters.board_variance[block.board]
        noise = np.sqrt(parameters.noise_variance[block.columns] + block.known_variance)
        for place, column in enumerate(block.columns.tolist()):
            present = block.missing[:, place] == 0
            some = np.flatnonzero(present & (boards[block.rows] > 1))
            of_models = (total / rest, measured, unexplained, block.y[:, place], noise[:, place])
            judged = Judged(block.rows[some], *(np.asarray(values[some], dtype=np.float64) for values in of_models))
            yield column, int(np.count_nonzero(present)), judged


def _health(judged: Judged, n_models: int, slope: float, intercept: float, years: Floats | None) -> Health:
    count = judged.rows.size
    if count < MIN_JUDGED or judged.others.std() == 0:
        return Health(n_models, count)
    if judged.y.std() == 0:
        return Health(n_models, count, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    better = judged.better
    correlation, top = _correlation(judged.others, judged.y), _correlation(judged.others[better], judged.y[better])
    overall, _ = _line(judged.others, judged.y)
    local, error = _line(judged.others[better], judged.y[better])
    # The second best score: one score can be an error.
    best = np.sort(judged.y)[-2]
    near = judged.y[better] >= best - QUANTILE_95 * judged.noise[better]
    bound = float(np.tanh(np.arctanh(correlation) + QUANTILE_95 / np.sqrt(count - 3)))
    shares = (local / overall, (local + QUANTILE_95 * error) / overall) if overall > 0 else (NAN, NAN)
    # The residuals of a benchmark that does not measure ability have no unit of ability.
    drift = _drift(judged, slope, intercept, years) if bound >= MIN_SHARE else (NAN, NAN)
    return Health(n_models, count, float(near.mean()), correlation, top, bound, *shares, *drift)


def _drift(judged: Judged, slope: float, intercept: float, years: Floats | None) -> tuple[float, float]:
    """Return the trend of the residuals over the release dates, and its standard error, in points a year.

    Least squares, each model weighted by the inverse of the variance of its residual.
    """
    if years is None:
        return NAN, NAN
    when, residual = years[judged.rows], (judged.y - intercept) / slope - judged.measured
    known = np.isfinite(when)
    if np.count_nonzero(known) < MIN_JUDGED or when[known].std() == 0:
        return NAN, NAN
    weight = 1 / (judged.measured_variance + (judged.noise / slope) ** 2)
    trend, error = _line(when[known], residual[known], weight[known])
    return 100 * trend, 100 * error


def _correlation(x: Floats, y: Floats) -> float:
    centred_x, centred_y = x - x.mean(), y - y.mean()
    length = np.sqrt((centred_x @ centred_x) * (centred_y @ centred_y))
    return float(np.clip(centred_x @ centred_y / length, -0.999999, 0.999999)) if length > 0 else 0.0


def _line(x: Floats, y: Floats, weight: Floats | None = None) -> tuple[float, float]:
    """Return the slope of the (weighted) least-squares line and its standard error."""
    weight = np.ones(x.size) if weight is None else weight
    centred = x - np.average(x, weights=weight)
    square = weight @ centred**2
    if square <= 0:
        return 0.0, float("inf")
    slope = (weight * centred) @ y / square
    residual = y - np.average(y, weights=weight) - slope * centred
    return float(slope), float(np.sqrt(weight @ residual**2 / max(x.size - 2, 1) / square))
