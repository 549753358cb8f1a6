"""Abilities of each model by domain: the latent model with one deviation per domain, and its posterior.

    y_mb = α_b + λ_b (δ_m,k(b) + u_m,board(b)) + e_mb,   δ_mk = θ_m + d_mk,   d_mk ~ N(0, ω²_k)

k(b) is the domain of benchmark b; all else is as in `aggregator.ranking.latent_model`. A benchmark of several domains
in one number measures the mean of all δ. Given the parameters, the vector δ of a model is normal. Its prior covariance
is τ² 11' + diag(ω²), so a domain with little evidence borrows from the others (a multilevel model: Gelman & Hill 2007).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from aggregator.ranking.arrays import Floats, Index
from aggregator.ranking.latent_model import BoardBlock, Parameters

SEVERAL = -1
"""Position of the domain of a benchmark that measures several domains in one number."""
MIN_VARIANCE = 1e-4
"""Least ω²: the prior covariance keeps an inverse."""


@dataclass(frozen=True)
class DomainVariances:
    """Frozen variances of the model with domains, in the unit of θ."""

    common: float = 0.1
    """ω² of a domain that is not in `variance`."""
    variance: Mapping[str, float] = field(default_factory=dict)
    """ω² by domain: the variance of the models' deviations in the domain from their ability θ."""
    noise_share: Mapping[str, float] = field(default_factory=dict)
    """By benchmark: its noise variance beside the deviations, as a share of the one in the calibration; 1 if absent."""
    board_variance: Mapping[str, float] = field(default_factory=dict)
    """By board: the variance of its effect beside the deviations; that of the calibration if absent."""

    def of(self, domains: tuple[str, ...]) -> Floats:
        """Return ω² of each domain."""
        known = [self.variance.get(domain, self.common) for domain in domains]
        return np.maximum(np.array(known, dtype=np.float64), MIN_VARIANCE)

    def beside(self, parameters: Parameters, benchmarks: tuple[str, ...], boards: tuple[str, ...]) -> Parameters:
        """Return the parameters with the variances of noise and boards that the deviations leave."""
        share = np.array([self.noise_share.get(name, 1.0) for name in benchmarks])
        board = [
            self.board_variance.get(name, old) for name, old in zip(boards, parameters.board_variance, strict=True)
        ]
        return replace(
            parameters, noise_variance=parameters.noise_variance * share, board_variance=np.array(board, np.float64)
        )


@dataclass(frozen=True)
class DomainPosterior:
    """Posterior of δ, models × domains, in the unit of θ."""

    mean: Floats
    variance: Floats
    common_variance: Floats
    """Mean covariance of two domains of each model; its variance where there is one domain only."""
    borrowed: Floats
    """1 - (weight of the domain's own benchmarks in the mean); 1 where the model has none of them."""
    theta_mean: Floats
    """Models: posterior mean of θ, the ability in a domain of which nothing is known."""
    theta_variance: Floats


def domain_posterior(
    blocks: tuple[BoardBlock, ...], parameters: Parameters, pattern: Index, domain_of: Index, variance: Floats
) -> DomainPosterior:
    """Return the posterior of the abilities by domain.

    `pattern` is the position of each model's prior in `parameters.prior_mean`, `domain_of` the position of each
    benchmark's domain in `variance` (ω²), or `SEVERAL`.
    """
    models, domains = pattern.size, variance.size
    measures = np.where(domain_of[:, None] == np.arange(domains), 1.0, 0.0)
    measures[domain_of == SEVERAL] = 1 / domains
    information, total = _prior(parameters, pattern, variance)
    own = np.zeros((models, domains))
    for block in blocks:
        added = _measured(block, parameters, measures[block.columns])
        information[block.rows] += added.information
        total[block.rows] += added.total
        own[block.rows] += added.own
    covariance = np.linalg.inv(information)
    mean = (covariance @ total[:, :, None])[:, :, 0]
    diagonal = np.einsum("mkk->mk", covariance)
    off_diagonal = covariance.sum(axis=(1, 2)) - diagonal.sum(axis=1)
    common = off_diagonal / (domains * (domains - 1)) if domains > 1 else diagonal[:, 0]
    # θ given δ is a weighted mean of the prior mean and of all δ.
    prior_precision, inverse = 1 / parameters.prior_variance[pattern], 1 / variance
    given = 1 / (prior_precision + inverse.sum())
    theta = given * (prior_precision * parameters.prior_mean[pattern] + mean @ inverse)
    theta_variance = given + given**2 * ((covariance @ inverse) @ inverse)
    return DomainPosterior(mean, diagonal, common, 1 - own * diagonal, theta, theta_variance)


def _prior(parameters: Parameters, pattern: Index, variance: Floats) -> tuple[Floats, Floats]:
    """Return the inverse of each model's prior covariance, and that inverse times the prior mean (Sherman–Morrison)."""
    inverse = 1 / variance
    ability_variance = parameters.prior_variance[pattern]
    shrink = 1 / (1 + ability_variance * inverse.sum())
    information = np.diag(inverse) - (ability_variance * shrink)[:, None, None] * np.outer(inverse, inverse)
    return information, (parameters.prior_mean[pattern] * shrink)[:, None] * inverse


@dataclass(frozen=True)
class _Measured:
    """What one board measures of the abilities by domain, for the board's models."""

    information: Floats
    """Models × domains × domains: the precision of δ."""
    total: Floats
    """`information` times the measured δ."""
    own: Floats
    """Models × domains: the precision with which the benchmarks of one domain alone measure it."""


def _measured(block: BoardBlock, parameters: Parameters, shares: Floats) -> _Measured:
    """Return what a board measures, with its effect integrated out.

    `shares` is the board's benchmarks × domains: the weights of the domains in each benchmark.
    """
    slope, domains = parameters.slope[block.columns], shares.shape[1]
    board_variance = parameters.board_variance[block.board]
    weight = (1 - block.missing) / (parameters.noise_variance[block.columns] + block.known_variance)
    precision = weight * slope**2
    signal = (weight * block.y) * slope - weight * (slope * parameters.intercept[block.columns])
    shrink = board_variance / (1 + board_variance * precision.sum(axis=1))
    by_domain = precision @ shares
    # With one domain in all, every benchmark measures it.
    several = shares.max(axis=1) < 1
    single = precision[:, ~several] @ shares[~several]
    information = (-shrink[:, None, None] * by_domain[:, :, None]) * by_domain[:, None, :]
    diagonal = np.arange(domains)
    information[:, diagonal, diagonal] += single
    information += (precision[:, several].sum(axis=1) / domains**2)[:, None, None]
    total = signal @ shares - (shrink * signal.sum(axis=1))[:, None] * by_domain
    return _Measured(information, total, single / (1 + board_variance * single))
