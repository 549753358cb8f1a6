"""Abilities by domain on the displayed scale, the weights of the domains, and the order by other weights.

The overall ability counts each domain alike, however many leaderboards measure it: the ability of a model is the
weighted mean of its abilities by domain, by default with equal weights (`docs/domains.md`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.model import UNRANKED_DOMAINS, Domain
from aggregator.ranking.ability import DISPLAY_MEAN, Abilities, CalibratedScores, calibrated_scores, display_unit
from aggregator.ranking.arrays import Floats, Index
from aggregator.ranking.board_blocks import split_by_board
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.coverage_priors import pattern_positions
from aggregator.ranking.domain_balance import SHARES
from aggregator.ranking.domain_posterior import SEVERAL, DomainVariances, domain_posterior
from aggregator.ranking.domain_variances import domain_variances
from aggregator.ranking.latent_model import BoardBlock
from aggregator.ranking.normal import QUANTILE_95
from aggregator.ranking.own_deviates import own_deviates
from aggregator.ranking.rank_counts import place_bounds

NOT_SINGLE = frozenset({*UNRANKED_DOMAINS, Domain.GENERAL})
"""Values of `Domain` that are no domain with an ability of its own."""
STORED = "domain_variances"
"""Name of the frozen variances among the optional entries of a calibration."""
MIN_OWN = 0.05
"""Least weight of the domain's own benchmarks in an ability that has a rank in the domain."""
REWEIGHTED_DRAWS = 200
"""Draws behind the rank intervals of an order by other weights."""


@dataclass(frozen=True)
class DomainAbilities:
    """Displayed abilities by domain; all arrays but `boards_of_model` are models × domains."""

    domains: tuple[str, ...]
    ability: Floats
    deviation: Floats
    """Total standard deviation."""
    common_deviation: Floats
    """Models: the standard deviation of the error that all domains of a model share."""
    elsewhere: Floats
    """Models: the ability in a domain of which the model has no benchmark, the same in each of them."""
    elsewhere_deviation: Floats
    """Models: its total standard deviation, of the mean variance of these domains."""
    borrowed: Floats
    """1 - (weight of the domain's own benchmarks in the ability); 1 where the model has none of them."""
    benchmarks: Index
    """Benchmarks of the domain with a score of the model."""
    boards: Index
    boards_of_model: Index
    """Models: boards with a score that counts."""


def domains_of(calibration: Calibration, domain_of: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the domains of the calibration's benchmarks, sorted; `domain_of` is the domain of each benchmark."""
    known = {domain_of.get(name) for name in calibration.benchmarks}
    return tuple(sorted(domain for domain in known if domain is not None and domain not in NOT_SINGLE))


def domain_positions(calibration: Calibration, domain_of: Mapping[str, str | None], domains: tuple[str, ...]) -> Index:
    """Return the position of each benchmark's domain; `SEVERAL` for several domains in one number or an unknown one."""
    position = {domain: k for k, domain in enumerate(domains)}
    found = [position.get(str(domain_of.get(name)), SEVERAL) for name in calibration.benchmarks]
    return np.array(found, dtype=np.intp)


def _domain_blocks(scored: CalibratedScores, calibration: Calibration, position: Index) -> tuple[BoardBlock, ...]:
    """Return the scores by board, without columns that count other scores of the same board again.

    These are an overall score, and several domains in one number, where the model has a benchmark of one domain there.
    """
    board_of = np.array(calibration.board_of)
    again = calibration.scales.is_extra(calibration.board_of) | (position == SEVERAL)
    y = scored.y.copy()
    for board in np.unique(board_of[again]):
        single = (board_of == board) & ~again
        has_single = ~np.isnan(y[:, single]).all(axis=1)
        y[np.ix_(has_single, (board_of == board) & again)] = np.nan
    return split_by_board(y, scored.known_variance, calibration.board_of, len(calibration.boards))


def fit_domain_variances(
    scored: CalibratedScores, calibration: Calibration, domain_of: Mapping[str, str | None]
) -> DomainVariances:
    """Return the variances of the domains under the point parameters of the calibration, to be frozen with it."""
    domains = domains_of(calibration, domain_of)
    position = domain_positions(calibration, domain_of, domains)
    own = pattern_positions(scored.seen, calibration.patterns)
    parameters, pattern = calibration.point.with_priors(own, scored.seen)
    return domain_variances(
        _domain_blocks(scored, calibration, position),
        parameters,
        pattern,
        benchmarks=calibration.benchmarks,
        boards=calibration.boards,
        domains=domains,
        domain_of=position,
    )


def with_domain_variances(
    scores: pl.DataFrame, calibration: Calibration, domain_of: Mapping[str, str | None]
) -> Calibration:
    """Return the calibration with the variances of the domains, fitted to the scores behind it."""
    variances = fit_domain_variances(calibrated_scores(scores, calibration), calibration, domain_of)
    shares = shares_to_header(variances, calibration, domain_of)
    return replace(calibration, optional={**calibration.optional, **to_header(variances), **shares})


def shares_to_header(
    variances: DomainVariances, calibration: Calibration, domain_of: Mapping[str, str | None]
) -> dict[str, Any]:
    """Return the shares of the domains in each board as an optional entry of the calibration's header."""
    domains = domains_of(calibration, domain_of)
    if not domains:
        return {}
    listed = [
        (calibration.boards[calibration.board_of[column]], name, domain_of.get(name))
        for column, name in enumerate(calibration.benchmarks)
        if not calibration.is_extra[column]
    ]
    columns = {"board": pl.String, "benchmark": pl.String, "domain": pl.String}
    shares = domain_shares(pl.DataFrame(listed, schema=columns, orient="row"), domains)
    return {
        SHARES: {
            "domains": list(domains),
            "variance": variances.of(domains).tolist(),
            "shares": {board: list(row) for board, *row in shares.iter_rows()},
        }
    }


def to_header(variances: DomainVariances) -> dict[str, Any]:
    """Return the variances as an optional entry of the calibration's header."""
    return {
        STORED: {
            "common": variances.common,
            "variance": dict(variances.variance),
            "noise_share": dict(variances.noise_share),
            "board_variance": dict(variances.board_variance),
        }
    }


def frozen_variances(calibration: Calibration) -> DomainVariances:
    """Return the variances that the calibration holds; one without them has the default variance for every domain.

    They never come from the scores of the day: a model's ability would move when other models are added.
    """
    stored = calibration.optional.get(STORED)
    return DomainVariances(**stored) if stored else DomainVariances()


def abilities_by_domain(
    scored: CalibratedScores, calibration: Calibration, found: Abilities, domain_of: Mapping[str, str | None]
) -> DomainAbilities | None:
    """Return the abilities by domain of all models of `found`, None where the calibration has no domain.

    The point parameters give the posterior. The error of the parameters is that of the overall ability: the variance of
    its posterior mean over the draws.
    """
    domains = domains_of(calibration, domain_of)
    if not domains:
        return None
    variances = frozen_variances(calibration)
    position = domain_positions(calibration, domain_of, domains)
    own = pattern_positions(scored.seen, calibration.patterns)
    parameters, pattern = calibration.point.with_priors(own, scored.seen)
    parameters = replace(parameters, prior_variance=parameters.prior_variance * found.prior_factor)
    beside = variances.beside(parameters, calibration.benchmarks, calibration.boards)
    blocks = _domain_blocks(scored, calibration, position)
    posterior = domain_posterior(blocks, beside, pattern, position, variances.of(domains))
    unit = display_unit(calibration.point)
    of_parameters = found.draw_means.var(axis=1, ddof=min(1, found.draw_means.shape[1] - 1))
    present = scored.matrix.present
    board_of = np.array(calibration.board_of)
    benchmarks = np.column_stack([present[:, position == k].sum(axis=1) for k in range(len(domains))])
    boards = np.zeros_like(benchmarks)
    for board in range(len(calibration.boards)):
        of_board = board_of == board
        for k in np.unique(position[of_board & (position != SEVERAL)]):
            boards[:, k] += present[:, of_board & (position == k)].any(axis=1)
    spread = np.where(benchmarks > 0, 0.0, variances.of(domains))
    unmeasured = np.maximum((benchmarks == 0).sum(axis=1), 1)
    elsewhere_variance = posterior.theta_variance + spread.sum(axis=1) / unmeasured
    return DomainAbilities(
        domains=domains,
        ability=DISPLAY_MEAN + unit * (posterior.mean - calibration.point.reference_mean),
        deviation=np.sqrt(unit**2 * posterior.variance + of_parameters[:, None]),
        common_deviation=np.sqrt(np.maximum(unit**2 * posterior.common_variance, 0) + of_parameters),
        elsewhere=DISPLAY_MEAN + unit * (posterior.theta_mean - calibration.point.reference_mean),
        elsewhere_deviation=np.sqrt(unit**2 * elsewhere_variance + of_parameters),
        borrowed=np.where(benchmarks > 0, np.clip(posterior.borrowed, 0, 1), 1.0),
        benchmarks=benchmarks.astype(np.intp),
        boards=boards.astype(np.intp),
        boards_of_model=scored.seen.sum(axis=1).astype(np.intp),
    )


def domain_shares(benchmarks: pl.DataFrame, domains: Collection[str] | None = None) -> pl.DataFrame:
    """Return boards × domains: the share of each domain among a board's benchmarks, each row with the sum 1.

    `benchmarks` is `(board, benchmark, domain)`, one row per benchmark that enters the rank. One of several domains, or
    without a domain, counts equally for all. The result is `board` and one column per domain, both sorted.
    """
    named = benchmarks.filter(~pl.col("domain").is_in([*NOT_SINGLE]) & pl.col("domain").is_not_null())
    columns = sorted(domains if domains is not None else named["domain"].unique())
    is_in = [(pl.col("domain") == name).fill_null(False) for name in columns]
    single = pl.any_horizontal(is_in) if is_in else pl.lit(False)
    shares = [
        pl.when(single).then(inside.cast(pl.Float64)).otherwise(1 / len(columns)).mean().alias(name)
        for name, inside in zip(columns, is_in, strict=True)
    ]
    return benchmarks.group_by("board").agg(shares).sort("board")


def reweighted(table: pl.DataFrame, weights: Mapping[str, float]) -> pl.DataFrame:
    """Return the order of the rows of one grain and track by the weighted mean of their abilities by domain.

    `table` is `(id, domain, ability, deviation, common_deviation, elsewhere, elsewhere_deviation, borrowed)`. A domain
    without a weight does not count. An id without a row in a weighted domain has `elsewhere` there, all borrowed.
    The result is `id, rank, rank_low, rank_high, ability, ability_low, ability_high, borrowed`, best first, of the ids
    of which at most 95 % is borrowed. The variance of the mean takes the errors of any two domains of one id as equally
    correlated. Raises `UsageError` for an unknown domain and for weights that are not positive.
    """
    known = sorted(table["domain"].unique())
    unknown = [name for name in weights if name not in known]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is no domain", hint=f"The domains are {', '.join(known)}.")
    total = sum(weights.values())
    if not weights or min(weights.values()) < 0 or not 0 < total < np.inf:
        raise UsageError(
            "the weights must be positive numbers", hint="For example `--weight coding=2 --weight math=1`."
        )
    used = {name: weight / total for name, weight in weights.items() if weight > 0}
    weight = pl.col("domain").replace_strict(used, return_dtype=pl.Float64)
    common = pl.col("common_deviation").first() ** 2
    own, own_elsewhere = (
        pl.col(f"{name}deviation") ** 2 - pl.col("common_deviation") ** 2 for name in ("", "elsewhere_")
    )
    squares = sum(share**2 for share in used.values())
    variance = common + (weight**2 * own).sum() + (squares - (weight**2).sum()) * own_elsewhere.first()
    places = (
        table.filter(pl.col("domain").is_in(list(used)))
        .group_by("id")
        .agg(
            ability=(weight * pl.col("ability")).sum() + (1 - weight.sum()) * pl.col("elsewhere").first(),
            deviation=variance.clip(0).sqrt(),
            borrowed=(weight * pl.col("borrowed")).sum() + (1 - weight.sum()),
        )
        .filter(pl.col("borrowed") <= 1 - MIN_OWN)
        .sort(["ability", "id"], descending=[True, False])
    )
    ability, deviation = places["ability"].to_numpy(), places["deviation"].to_numpy()
    draws = ability[:, None] + deviation[:, None] * own_deviates(places["id"].to_list(), REWEIGHTED_DRAWS)
    rank, low, high = place_bounds(ability, draws)
    reach = QUANTILE_95 * pl.col("deviation")
    return places.select(
        "id",
        rank=pl.Series(rank),
        rank_low=pl.Series(low),
        rank_high=pl.Series(high),
        ability="ability",
        ability_low=pl.col("ability") - reach,
        ability_high=pl.col("ability") + reach,
        borrowed="borrowed",
    )
