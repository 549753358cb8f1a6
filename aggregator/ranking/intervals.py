"""How sure an order is: rank intervals, and groups of models that the data do not tell apart.

Model j is *surely better* than i when their difference is more than c of its standard deviations;
then i's rank is between 1 + #(surely better) and n - #(surely worse). c is the one-sided 95 %
point, so each interval holds its rank with 90 %; over the first `TOP` models c is raised until
all their intervals hold together with 90 % (compare Mogstad, Romano, Shaikh & Wilhelm, Review of
Economic Studies 2024).

The difference of two models has less uncertainty than either: an error of the parameters moves
both. The draws of the parameters enter as principal factors, so a pair costs one product.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.linalg import eigh

from aggregator.ranking.ability import Abilities, abilities
from aggregator.ranking.bootstrap import LEVEL, best_first, score_intervals
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.latent import Index
from aggregator.ranking.score_matrix import Bools, Floats

ONE_SIDED = 1.6448536269514722
TOP = 20
TAPER = 100
"""From this place on each interval holds its rank alone."""
RIVALS = 1000
"""Models below these places are no rival of the first `TOP`."""
LADDER = np.linspace(ONE_SIDED, 4.0, 25)
"""The values of c that are tried."""
FACTORS = 8
BASIS = 1000
"""Models, evenly over the order, that choose the factors."""
CHUNK = 64
RANKED_GRADES = ("A", "B")


@dataclass(frozen=True)
class Uncertain:
    """Abilities, best first, and what is uncertain in them: shared factors and the models' own variance."""

    mean: Floats
    factors: Floats
    """Models × factors; the variance of a difference has |f_i - f_j|² of it."""
    own: Floats


def uncertain(found: Abilities, order: Index) -> Uncertain:
    """Split the uncertainty of some models, in the order given."""
    middle = found.middle[order]
    centred = middle - middle.mean(axis=1, keepdims=True)
    centred /= np.sqrt(max(middle.shape[1] - 1, 1))
    some = centred[:: max(1, order.size // BASIS)]
    draws = some.shape[1]
    _, vectors = eigh(some.T @ some, subset_by_index=(max(draws - FACTORS, 0), draws - 1))
    factors: Floats = centred @ vectors
    left = np.maximum(np.einsum("ij,ij->i", centred, centred) - (factors**2).sum(axis=1), 0.0)
    return Uncertain(found.point[order], factors, found.deviation[order] ** 2 + left)


class Pairs:
    """Comparisons of every model with every other.

    (m_i - m_j)² - c² (|f_i - f_j|² + v_i + v_j) is one inner product of a vector of i (and c) and one of j.
    """

    def __init__(self, models: Uncertain) -> None:
        self.mean = models.mean - models.mean.mean()
        self.alone = (models.factors**2).sum(axis=1) + models.own
        self.factors = models.factors
        ones = np.ones_like(self.mean)
        self._right = np.vstack([ones, self.mean**2, self.alone, self.mean, self.factors.T])

    def surely_apart(self, rows: slice, critical: Floats) -> Bools:
        """Rows × models: whether the two differ by more than `critical` (one per row) standard deviations of the difference."""
        square, mean = critical**2, self.mean[rows]
        own = mean**2 - square * self.alone[rows]
        shared = 2 * square[:, None] * self.factors[rows]
        left = np.column_stack([own, np.ones_like(own), -square, -2 * mean, shared])
        apart: Bools = left @ self._right > 0
        return apart

    def bounds(self, rows: slice, critical: Floats) -> tuple[Index, Index]:
        """Best and worst rank of some models, which come best first."""
        begin, end = rows.start, rows.stop
        apart = self.surely_apart(rows, critical)
        near = apart[:, begin:end]
        better = np.count_nonzero(apart[:, :begin], axis=1) + np.tril(near, -1).sum(axis=1)
        worse = np.count_nonzero(apart[:, end:], axis=1) + np.triu(near, 1).sum(axis=1)
        return 1 + better, self.mean.size - worse


def critical_values(models: Uncertain) -> Floats:
    """Return c of each model: simultaneous over the first `TOP`, then falling in a straight line to `ONE_SIDED`."""
    fade = np.clip((TAPER - np.arange(models.mean.size)) / (TAPER - TOP), 0.0, 1.0)
    critical: Floats = ONE_SIDED + (simultaneous(models) - ONE_SIDED) * fade
    return critical


def simultaneous(models: Uncertain, samples: int = 500) -> float:
    """Return the least c of `LADDER` with which the first `TOP` intervals hold their ranks together with 90 %."""
    generator = np.random.default_rng(0)
    top, rivals = min(TOP, models.mean.size), slice(0, RIVALS)
    factors, own = models.factors[rivals], models.own[rivals]
    sampled = models.mean[rivals, None] + factors @ generator.standard_normal((factors.shape[1], samples))
    sampled += np.sqrt(own)[:, None] * generator.standard_normal((own.size, samples))
    ranks = np.array([1 + (sampled > sampled[place]).sum(axis=0) for place in range(top)])
    pairs = Pairs(models)
    for critical in LADDER:
        low, high = pairs.bounds(slice(0, top), np.full(top, critical))
        inside = (ranks >= low[:, None]) & (ranks <= high[:, None])
        if inside.all(axis=0).mean() >= LEVEL:
            return float(critical)
    return float(LADDER[-1])


def rank_bounds(models: Uncertain) -> tuple[Index, Index]:
    """Return best and worst rank of each model; models come best first."""
    critical, pairs, count = critical_values(models), Pairs(models), models.mean.size
    chunks = [slice(begin, min(begin + CHUNK, count)) for begin in range(0, count, CHUNK)]
    low, high = zip(*(pairs.bounds(rows, critical[rows]) for rows in chunks), strict=True)
    return np.concatenate(low), np.concatenate(high)


def tie_groups(models: Uncertain) -> Index:
    """Return group numbers from 1: a group is a leader and all that follow it until one is surely worse than the leader."""
    group = np.zeros(models.mean.size, dtype=np.intp)
    leader, number, pairs = 0, 0, Pairs(models)
    while leader < group.size:
        number += 1
        apart = pairs.surely_apart(slice(leader, leader + 1), np.array([ONE_SIDED]))
        below = np.flatnonzero(apart[0, leader + 1 :])
        end = leader + 1 + int(below[0]) if below.size else group.size
        group[leader:end] = number
        leader = end
    return group


def standings(
    scores: pl.DataFrame, calibration: Calibration, *, grades: tuple[str, ...] = RANKED_GRADES
) -> pl.DataFrame:
    """Rank models on a calibration, with everything a table needs.

    Returns `model_id, rank, rank_low, rank_high, tie_group, ability, ability_low, ability_high, evidence,
    coverage`, best first. Only models whose evidence is in `grades` are ranked and count in the
    ranks of others; the rest follow with null rank and tie group. Equal abilities share the least
    rank. Raises `UsageError` as `score`.
    """
    found = abilities(scores, calibration)
    ability = score_intervals(found.point, found.drawn)
    counted = np.isin(np.array(found.evidence), grades)
    order = np.flatnonzero(counted)[np.argsort(-found.point[counted], kind="stable")]
    ranks = pl.DataFrame({"model_id": pl.Series([found.models[i] for i in order], dtype=pl.String)})
    if order.size:
        models = uncertain(found, order)
        low, high = rank_bounds(models)
        rank = best_first(models.mean).astype(np.int64)
        ranks = ranks.with_columns(
            rank=rank, rank_low=np.minimum(low, rank), rank_high=np.maximum(high, rank), tie_group=tie_groups(models)
        )
    else:
        ranks = ranks.with_columns(pl.lit(None, dtype=pl.Int64).alias(name) for name in RANK_COLUMNS)
    everyone = pl.DataFrame(
        {
            "model_id": pl.Series(found.models, dtype=pl.String),
            "ability": ability.point,
            "ability_low": ability.low,
            "ability_high": ability.high,
            "evidence": pl.Series(found.evidence, dtype=pl.String),
            "coverage": found.coverage,
        }
    )
    joined = everyone.join(ranks, on="model_id", how="left")
    return joined.select("model_id", *RANK_COLUMNS, *everyone.columns[1:]).sort(
        "rank", "ability", "model_id", descending=[False, True, False], nulls_last=True
    )


RANK_COLUMNS = ("rank", "rank_low", "rank_high", "tie_group")
