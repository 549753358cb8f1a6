"""Inputs of `sql/mart/domain_abilities.sql` and `domain_weights.sql`: abilities by domain, and what each domain counts."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from aggregator import schema
from aggregator.ranking import Calibration
from aggregator.ranking.ability import Abilities, CalibratedScores, display_unit
from aggregator.ranking.arrays import Index
from aggregator.ranking.domains import (
    MIN_OWN,
    DomainAbilities,
    abilities_by_domain,
    domain_positions,
    domains_of,
    frozen_variances,
)
from aggregator.ranking.normal import QUANTILE_95
from aggregator.ranking.rank_counts import place_bounds

DRAWS = 100
"""Draws behind the rank intervals inside a domain."""

DOMAINS = "select benchmark, domain from benchmarks"

DOMAIN_ABILITIES: dict[str, pl.DataType] = {
    "grain": pl.String(),
    "id": pl.String(),
    "track": pl.String(),
    "domain": pl.String(),
    "ability": pl.Float64(),
    "ability_low": pl.Float64(),
    "ability_high": pl.Float64(),
    "deviation": pl.Float64(),
    "common_deviation": pl.Float64(),
    "elsewhere": pl.Float64(),
    "elsewhere_deviation": pl.Float64(),
    "rank": pl.Int64(),
    "rank_low": pl.Int64(),
    "rank_high": pl.Int64(),
    "percentile": pl.Float64(),
    "benchmarks": pl.Int64(),
    "boards": pl.Int64(),
    "borrowed": pl.Float64(),
}

DOMAIN_WEIGHTS: dict[str, pl.DataType] = {
    "track": pl.String(),
    "domain": pl.String(),
    "weight": pl.Float64(),
    "deviation": pl.Float64(),
    "benchmarks": pl.Int64(),
    "boards": pl.Int64(),
}


def domain_table(
    track: str,
    grains: Mapping[str, pl.DataFrame],
    found: Abilities,
    *,
    scored: CalibratedScores,
    calibration: Calibration,
    domain_of: Mapping[str, str | None],
) -> pl.DataFrame:
    """Return `DOMAIN_ABILITIES` of one track.

    `grains` is `(model_id, id)` by grain: the ranked models in `found`, and their ids in the table.
    """
    by_domain = abilities_by_domain(scored, calibration, found, domain_of)
    row_of = {name: row for row, name in enumerate(found.models)}
    parts = [pl.DataFrame(schema=DOMAIN_ABILITIES)]
    if by_domain is not None:
        for grain, ids in grains.items():
            rows = np.array([row_of[name] for name in ids["model_id"]], dtype=np.intp)
            parts += [
                schema.frame(DOMAIN_ABILITIES, part.with_columns(grain=pl.lit(grain), track=pl.lit(track)))
                for part in _of_grain(by_domain, found, rows, ids["id"])
            ]
    return pl.concat(parts)


def _of_grain(by_domain: DomainAbilities, found: Abilities, rows: Index, ids: pl.Series) -> list[pl.DataFrame]:
    """Return the rows of each domain that some model has a benchmark of; a model on one board has only its own domains."""
    parts = []
    draws = found.draws[rows, :DRAWS]
    centred = draws - found.point[rows, None]
    spread = np.maximum(centred.std(axis=1, ddof=min(1, centred.shape[1] - 1)), 1e-9)
    for k, domain in enumerate(by_domain.domains):
        own = by_domain.borrowed[rows, k] <= 1 - MIN_OWN
        if not own.any():
            continue
        listed, ranked = np.flatnonzero(own | (by_domain.boards_of_model[rows] > 1)), np.flatnonzero(own)
        mine = rows[listed]
        ability, deviation = by_domain.ability[mine, k], by_domain.deviation[mine, k]
        of_domain = by_domain.ability[rows[ranked], k]
        scaled = of_domain[:, None] + centred[ranked] * (by_domain.deviation[rows[ranked], k] / spread[ranked])[:, None]
        rank, low, high = place_bounds(of_domain, scaled)
        worse = rank.size - np.searchsorted(np.sort(rank), rank, side="right")
        places = pl.DataFrame(
            {
                "id": ids.gather(ranked),
                "rank": rank,
                "rank_low": low,
                "rank_high": high,
                "percentile": 100 * worse / max(rank.size - 1, 1) if rank.size > 1 else np.full(rank.size, 100.0),
            }
        )
        reach = QUANTILE_95 * deviation
        table = pl.DataFrame(
            {
                "id": ids.gather(listed),
                "ability": ability,
                "ability_low": ability - reach,
                "ability_high": ability + reach,
                "deviation": deviation,
                "common_deviation": by_domain.common_deviation[mine],
                "elsewhere": by_domain.elsewhere[mine],
                "elsewhere_deviation": by_domain.elsewhere_deviation[mine],
                "benchmarks": by_domain.benchmarks[mine, k],
                "boards": by_domain.boards[mine, k],
                "borrowed": by_domain.borrowed[mine, k],
            }
        )
        parts.append(table.join(places, on="id", how="left", maintain_order="left").with_columns(domain=pl.lit(domain)))
    return parts


def domain_weights(track: str, calibration: Calibration, domain_of: Mapping[str, str | None]) -> pl.DataFrame:
    """Return `DOMAIN_WEIGHTS` of one track: equal weights with the sum 1, and what the calibration has of each domain."""
    domains = domains_of(calibration, domain_of)
    position = domain_positions(calibration, domain_of, domains)
    unit = display_unit(calibration.point)
    board_of = np.array(calibration.board_of)
    return schema.frame(
        DOMAIN_WEIGHTS,
        pl.DataFrame(
            {
                "domain": pl.Series(list(domains), dtype=pl.String),
                "weight": np.full(len(domains), 1 / max(len(domains), 1)),
                "deviation": unit * np.sqrt(frozen_variances(calibration).of(domains)),
                "benchmarks": [int((position == k).sum()) for k in range(len(domains))],
                "boards": [int(np.unique(board_of[position == k]).size) for k in range(len(domains))],
            }
        ).with_columns(track=pl.lit(track)),
    )
