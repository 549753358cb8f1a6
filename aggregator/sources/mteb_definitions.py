"""The splits and subsets of MTEB's tasks, from `mteb_definitions.tsv`, and how a set of them is called.

Most tasks have one definition. Where benchmarks define a task differently (English only, or all languages), every set
of splits and subsets has a name of its own, `STS17 (test; en-en)`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import permutations, product

import polars as pl

from aggregator.model import Domain, MeasuredBy
from aggregator.sources import tables
from aggregator.sources.fact_file import fact_lines

MAX_LISTED = 3
"""A name lists at most this many splits or subsets; of more it states the number."""
MAX_DESCRIBED = 12
ONLY_SUBSET = "default"

DOMAINS = {"Retrieval": Domain.RETRIEVAL, "Reranking": Domain.RETRIEVAL, "BitextMining": Domain.MULTILINGUAL}
"""Domains by a part of the type of a task, or of its name where the type is not known; else `Domain.EMBEDDING`."""

Cell = tuple[str, str]
"""A split and a subset."""


@dataclass(frozen=True)
class TaskSet:
    """One task over one set of splits and subsets."""

    name: str
    """The name of its benchmark."""
    task: str
    cells: frozenset[Cell]
    """Empty where they are not known."""
    task_type: str | None = None
    main_score: str | None = None
    benchmarks: tuple[str, ...] = ()
    """MTEB's benchmarks that define the task so; empty for a set that the data gave."""

    @property
    def metric(self) -> str | None:
        """The metric of the task, with the splits and subsets over which it is the mean, where they are known."""
        if not self.cells:
            return self.main_score
        splits, subsets = _parts(self.cells)
        over = [_counted(splits, "split")] + ([] if subsets == [ONLY_SUBSET] else [_counted(subsets, "subset")])
        return f"{self.main_score or 'main score of the task'}; {', '.join(over)}"

    @property
    def domain(self) -> Domain:
        """What the task measures."""
        kind = self.task_type or self.task
        return next((domain for part, domain in DOMAINS.items() if part in kind), Domain.EMBEDDING)

    @property
    def test_set(self) -> str:
        """The name of the test set; boards that use the same splits and subsets share it."""
        return "mteb_" + re.sub(r"[^a-z0-9.-]+", "_", self.name.lower()).strip("_")


@lru_cache(maxsize=1)
def defined() -> dict[str, tuple[TaskSet, ...]]:
    """Return the sets of each task with a definition."""
    found: dict[str, list[TaskSet]] = {}
    for facts in fact_lines("mteb_definitions.tsv"):
        cells = frozenset(product(facts["splits"].split(), _subsets(facts["pairs"], facts["subsets"].split())))
        benchmarks = tuple(facts["benchmarks"].split("; "))
        one = TaskSet(facts["task"], facts["task"], cells, facts["type"], facts["main_score"], benchmarks)
        found.setdefault(one.task, []).append(one)
    return {task: tuple(_named(sets)) for task, sets in found.items()}


def set_of(benchmark: str, task: str) -> TaskSet | None:
    """Return the set over which `benchmark` defines `task`, or the only one of the task; None if it is not known."""
    sets = defined().get(task, ())
    likely = [one for one in sets if benchmark in one.benchmarks] or list(sets)
    return likely[0] if len(likely) == 1 else None


def from_data(task: str, sets: Sequence[frozenset[Cell]]) -> list[TaskSet]:
    """Return the sets of a task without definition: the first one has the name of the task."""
    return [TaskSet(task if not place else _set_name(task, cells), task, cells) for place, cells in enumerate(sets)]


def benchmark_table(source: str, sets: Iterable[tuple[str, TaskSet, str | None]]) -> pl.DataFrame:
    """Return BENCHMARKS of `source`, one row for each name, its set, and the address of a description."""
    rows = [(name, one.task_type, one.domain.value, one.metric, one.test_set, url) for name, one, url in sets]
    columns = ["name", "task_type", "domain", "metric", "test_set", "url"]
    return tables.benchmark_table(
        source,
        pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row"),
        pl.col("name"),
        title="name",
        scale_high=pl.lit(1.0),
        measured_by=pl.lit(MeasuredBy.THIRD_PARTY.value),
        **{column: column for column in columns[1:]},
    )


def _named(sets: list[TaskSet]) -> Iterable[TaskSet]:
    if len(sets) == 1:
        return sets
    return [
        TaskSet(f"{one.task} ({_label(one.cells)})", one.task, one.cells, one.task_type, one.main_score, one.benchmarks)
        for one in sets
    ]


def _set_name(task: str, cells: frozenset[Cell]) -> str:
    """Return a name that depends on the set alone, so that it stays when other sets come."""
    splits, subsets = _parts(cells)
    is_complete = len(cells) == len(splits) * len(subsets)
    if is_complete and max(len(splits), len(subsets)) <= MAX_LISTED:
        return f"{task} ({_label(cells)})"
    mark = sha256("\n".join(f"{split}\t{subset}" for split, subset in sorted(cells)).encode()).hexdigest()[:6]
    return f"{task} ({_label(cells)}, {mark})"


def _label(cells: frozenset[Cell]) -> str:
    splits, subsets = _parts(cells)
    label = _listed(splits, "splits", MAX_LISTED)
    return label if subsets == [ONLY_SUBSET] else f"{label}; {_listed(subsets, 'subsets', MAX_LISTED)}"


def _parts(cells: frozenset[Cell]) -> tuple[list[str], list[str]]:
    return sorted({split for split, _ in cells}), sorted({subset for _, subset in cells})


def _counted(names: Sequence[str], noun: str) -> str:
    if len(names) > MAX_DESCRIBED:
        return f"{len(names):,} {noun}s"
    return f"{noun}{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _listed(names: Sequence[str], plural: str, most: int) -> str:
    return ", ".join(names) if len(names) <= most else f"{len(names):,} {plural}"


def _subsets(pairs: str, written: Sequence[str]) -> Iterable[str]:
    """Return the subsets: as written, every ordered pair of the languages, or each `a:b,c` in both directions."""
    if not pairs:
        return written
    if pairs == "all":
        return ["-".join(pair) for pair in permutations(written, 2)]
    both = [
        (first, second) for group in written for first, _, rest in [group.partition(":")] for second in rest.split(",")
    ]
    return [*("-".join(pair) for pair in both), *("-".join(reversed(pair)) for pair in both)]
