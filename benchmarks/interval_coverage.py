"""How often 90 % intervals hold the truth on simulated leaderboards: `python -m benchmarks.interval_coverage`.

    python -m benchmarks.interval_coverage [--seed 1] [--repeats 5] [--models 900] [--draws 100] [--mechanism NAME]

For each mechanism of `tests.support.populations`, and each stratum of models (boards that list them, tenth of the table,
kind), prints the share of true ranks and true abilities inside their intervals, the mean width of the rank interval as a
share of the table, and that width divided by the one of the former rule. The last columns of a mechanism are Kendall's τ
with the true order: of our order, and of the order without the tails of the prior and without marks for copied benchmarks.

The former rule: the best rank of a model is one plus the number of models that are better with 95 %, its worst rank is
the number of all models minus those that are worse with 95 %.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.stats import kendalltau, rankdata
from threadpoolctl import threadpool_limits

from aggregator.ranking import Calibration, calibrate
from aggregator.ranking.ability import Abilities, abilities
from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.normal import QUANTILE_95
from aggregator.ranking.rank_intervals import clear_counts, rank_bounds
from tests.support.populations import MECHANISMS, Population, population


@dataclass(frozen=True)
class Measures:
    """What is measured of each model."""

    rank_inside: Bools
    ability_inside: Bools
    width: Floats
    """Ranks in the interval, as a share of the table."""
    former_width: Floats

    @classmethod
    def joined(cls, parts: list["Measures"]) -> "Measures":
        """Return the measures of several tables together."""
        names = ("rank_inside", "ability_inside", "width", "former_width")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--repeats", type=int, default=5, help="the number of seeds")
    parser.add_argument("--models", type=int, default=900)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--mechanism", choices=list(MECHANISMS), action="append")
    given = parser.parse_args()
    seeds = range(given.seed, given.seed + given.repeats)
    print(f"{'mechanism':<18} {'stratum':<16} {'models':>7}  {'rank':>5} {'ability':>7}  {'width':>5} {'of former':>9}")
    with threadpool_limits(limits=1, user_api="blas"):
        for mechanism in given.mechanism or MECHANISMS:
            report(mechanism, seeds, given.models, given.draws)


def report(mechanism: str, seeds: range, models: int, draws: int) -> None:
    """Print the lines of one mechanism."""
    parts: list[Measures] = []
    strata: dict[str, list[Bools]] = {}
    tau: list[tuple[float, float]] = []
    for seed in seeds:
        drawn = population(mechanism, seed, models=models)
        calibration = calibrate(drawn.scores, draws=draws, seed=seed)
        found = abilities(drawn.scores, calibration)
        parts.append(measured(drawn, found, calibration))
        for name, members in named_strata(drawn, found):
            strata.setdefault(name, []).append(members)
        plain = abilities(drawn.scores, replace(calibration, optional={}))
        truth = true_abilities(drawn, found)
        tau.append((kendalltau(truth, found.point).statistic, kendalltau(truth, plain.point).statistic))
    together = Measures.joined(parts)
    for name, members_of_each in strata.items():
        inside = np.concatenate(members_of_each)
        if inside.any():
            print_line(mechanism, name, together, inside)
    ours, former = np.mean(tau, axis=0)
    print(f"{mechanism:<18} Kendall's τ {ours:.4f}, without tails and marks {former:.4f}", flush=True)


def measured(drawn: Population, found: Abilities, calibration: Calibration) -> Measures:
    """Return the measures of one table; the displayed scale has the mean and deviation of the true cohort."""
    truth, count = true_abilities(drawn, found), len(found.models)
    cohort = np.isin(found.models, calibration.cohort)
    shown = 1000 + 100 * (truth - truth[cohort].mean()) / truth[cohort].std()
    true_rank, rank = rankdata(-truth, method="min"), rankdata(-found.point, method="min").astype(np.intp)
    low, high = rank_bounds(found.draws, rank)
    former_low, former_high = former_bounds(found)
    return Measures(
        (low <= true_rank) & (true_rank <= high),
        np.abs(shown - found.point) <= QUANTILE_95 * found.uncertain.total_deviation,
        (high - low + 1) / count,
        (former_high - former_low + 1) / count,
    )


def true_abilities(drawn: Population, found: Abilities) -> Floats:
    """Return the true ability of each model, in the order of `found`."""
    return np.array([drawn.ability[name] for name in found.models])


def former_bounds(found: Abilities) -> tuple[Index, Index]:
    """Return the best and worst rank by the former rule."""
    order = np.argsort(-found.point, kind="stable")
    better, worse = clear_counts(found.uncertain.select(order))
    low, high = np.empty_like(better), np.empty_like(worse)
    low[order], high[order] = 1 + better, order.size - worse
    return low, high


def named_strata(drawn: Population, found: Abilities) -> Iterator[tuple[str, Bools]]:
    """Yield each stratum with its members among the models of `found`."""
    count = drawn.scores.group_by("model_id").agg(pl.col("board").n_unique()).rows()
    boards_of = dict(count)
    boards = np.array([boards_of[name] for name in found.models])
    tenth = (rankdata(-found.point, method="ordinal") - 1) * 10 // boards.size + 1
    kind = np.array([drawn.kind[name] for name in found.models])
    yield "all", np.ones(boards.size, dtype=np.bool_)
    yield "one board", boards == 1
    yield "two boards", boards == 2
    yield "three or more", boards >= 3
    for place in range(1, 11):
        yield f"tenth {place}", tenth == place
    kinds = sorted(set(kind.tolist()))
    for name in kinds if len(kinds) > 1 else ():
        yield name, kind == name


def print_line(mechanism: str, stratum: str, of: Measures, inside: Bools) -> None:
    """Print one stratum."""
    width = of.width[inside].mean()
    print(
        f"{mechanism:<18} {stratum:<16} {np.count_nonzero(inside):>7,}  {of.rank_inside[inside].mean():>5.3f} "
        f"{of.ability_inside[inside].mean():>7.3f}  {width:>5.3f} {width / of.former_width[inside].mean():>9.2f}"
    )


if __name__ == "__main__":
    main()
