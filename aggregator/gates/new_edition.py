"""Gate `new_edition`: the first night of an edition with other items, on the models that both editions have.

The other gates compare no benchmark of another edition. But a new edition has new items in some of its tasks only: of nine
changes of LiveBench, each kept the scores of at least 8 of 18 tasks.
"""

from collections.abc import Iterator

import polars as pl

from aggregator.gates.benchmark_findings import worst_changes
from aggregator.gates.candidate import Candidate
from aggregator.gates.names import is_renewed
from aggregator.gates.score_pairs import title_of
from aggregator.gates.verdict import EXAMPLES, Finding, list_examples

FEWEST_MODELS = 8
"""Minimum number of common models of a task; from 2025-04-25 to 2025-05-30 LiveBench kept nine."""
FEWEST_ORDERED = 20
"""Minimum number for a statement about the order of the models in a task."""
FEWEST_TASKS = 5
STEP = 0.1
"""A score that changed by less, in standard deviations, is the same: a harmless drift."""
SAME = 0.5
"""A task has its old items when this share of its scores is the same; .50 and .56 in LiveBench of 2025-11-25, where models
were run again, and 0 to .3 with new items."""
LEAST_SAME_TASKS = 0.3
"""Smallest share of tasks with their old items; .44 in LiveBench of 2024-11-25."""
LEAST_CORRELATION = 0.15
"""Smallest rank correlation of a task with new items; .21 in LiveBench of 2025-11-25 (paraphrase)."""
EXACT = 0.998
"""New items never give exactly the old scores times a number plus a number; at most .990 in LiveBench."""
LARGEST_CHANGE = 0.5
"""Largest mean change of one model over the tasks with their old items, in standard deviations; .31 in LiveBench
(DeepSeek-R1, run again for 2025-04-02), .41 with a harmless drift of .1."""

RUN_AGAIN_STEP = 0.2
"""A score that moved by more, in standard deviations, is that of another run; in a harmless drift, 5 % of the scores."""
FEW_RUN_AGAIN = 3
RUN_AGAIN = 0.15
"""Largest number of models, and largest share, of which most scores are of another run; at most 1 in LiveBench."""


def new_edition(new: Candidate) -> Iterator[Finding]:
    """Find tasks and models of a new edition whose scores cannot come from the last one."""
    if new.last_good is None or not is_renewed(new.parsed, new.last_good):
        return
    before = new.last_good.scores.select("benchmark", "raw_name", before="score")
    pairs = _changes(
        new.parsed.scores.select("benchmark", "raw_name", now="score").join(before, ["benchmark", "raw_name"])
    )
    tasks = _tasks(pairs)
    same = tasks.filter(pl.col("same") >= SAME)
    if tasks.height >= FEWEST_TASKS and same.height < LEAST_SAME_TASKS * tasks.height:
        yield Finding(
            f"{same.height} of {tasks.height} tasks have the scores of the last edition; new editions have new items in a part"
            " of the tasks",
            worst_changes(pairs),
        )
        return
    renewed = tasks.filter(pl.col("same") < SAME)
    bad = dict(_exchanged(pairs, renewed)) | dict(_not_measured(renewed))
    if bad:
        sentences = [f"{title_of(task, new.parsed)} {text}" for task, text in sorted(bad.items())]
        more = f" and {len(bad) - EXAMPLES} more" if len(bad) > EXAMPLES else ""
        yield Finding(
            "; ".join(sentences[:EXAMPLES]) + more, worst_changes(pairs.filter(pl.col("benchmark").is_in(list(bad))))
        )
    kept = pairs.join(same.select("benchmark"), on="benchmark")
    yield from _exchanged_names(kept)
    yield from _moved_models(kept)


def _changes(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the common scores with `change`, in standard deviations of the last edition; null where all were equal."""
    spread = pl.col("before").std().over("benchmark")
    return pairs.drop_nulls().with_columns(change=(pl.col("now") - pl.col("before")) / pl.when(spread > 0).then(spread))


def _tasks(pairs: pl.DataFrame) -> pl.DataFrame:
    is_same = (pl.col("change").abs() < STEP) | (pl.col("now") == pl.col("before"))
    return (
        pairs.group_by("benchmark")
        .agg(
            n=pl.len(),
            same=is_same.fill_null(value=False).mean(),
            is_constant=pl.col("now").n_unique() == 1,
            linear=pl.corr("now", "before"),
            order=pl.corr("now", "before", method="spearman"),
        )
        .filter(pl.col("n") >= FEWEST_MODELS)
        .sort("benchmark")
    )


def _not_measured(renewed: pl.DataFrame) -> Iterator[tuple[str, str]]:
    for row in renewed.iter_rows(named=True):
        if row["is_constant"]:
            yield row["benchmark"], "has one score for all models"
        elif abs(row["linear"]) > EXACT:
            yield row["benchmark"], "has the scores of the last edition on another scale"
        elif row["n"] >= FEWEST_ORDERED and row["order"] < LEAST_CORRELATION:
            yield row["benchmark"], f"orders the models otherwise: the rank correlation is {row['order']:.2f}"


def _exchanged(pairs: pl.DataFrame, renewed: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield the tasks that have the scores of another task."""
    now = pairs.join(renewed.select("benchmark"), on="benchmark").select("benchmark", "raw_name", "now")
    other = pairs.select("raw_name", "before", other="benchmark")
    crossed = now.join(other, on="raw_name").filter(pl.col("benchmark") != pl.col("other"))
    found = (
        crossed.group_by("benchmark", "other")
        .agg(n=pl.len(), same=(pl.col("now") == pl.col("before")).mean())
        .filter(pl.col("n") >= FEWEST_MODELS, pl.col("same") >= SAME)
    )
    for task, of in found.sort("benchmark", "other").select("benchmark", "other").iter_rows():
        yield task, f"has the scores of `{of}` in the last edition: columns were exchanged"


def _moved_models(same: pl.DataFrame) -> Iterator[Finding]:
    """Yield one finding for the models whose scores moved in the tasks with their old items."""
    models = (
        same.group_by("raw_name")
        .agg(n=pl.len(), size=pl.col("change").abs().mean(), part=(pl.col("change").abs() > RUN_AGAIN_STEP).mean())
        .filter(pl.col("n") >= FEWEST_TASKS)
        .sort("size", "raw_name", descending=[True, False], nulls_last=True)
    )
    run_again = models.filter(pl.col("part") > SAME)
    is_far = pl.col("size") > LARGEST_CHANGE
    if run_again.height > max(FEW_RUN_AGAIN, RUN_AGAIN * models.height):
        is_far |= pl.col("part") > SAME
    moved = models.filter(is_far)
    if moved.height:
        yield Finding(
            f"{list_examples(moved['raw_name'])}: other scores in tasks that have their old items",
            worst_changes(same.join(moved.select("raw_name"), on="raw_name")),
        )


def _exchanged_names(same: pl.DataFrame) -> Iterator[Finding]:
    """Yield one finding for the models that have the scores of other models in the tasks with their old items."""
    changed = same.filter(pl.col("now") != pl.col("before"))
    other = same.select("benchmark", "before", other="raw_name")
    found = (
        changed.select("benchmark", "raw_name", before="now")
        .join(other, on=["benchmark", "before"])
        .group_by("raw_name", "other")
        .len()
        .join(changed.group_by("raw_name").agg(n=pl.len()), on="raw_name")
        .filter(pl.col("n") >= FEWEST_TASKS, pl.col("len") > SAME * pl.col("n"))
        .sort("raw_name", "other")
    )
    if found.height:
        names = [f"{name} -> {other}" for name, other in found.select("raw_name", "other").iter_rows()]
        yield Finding(
            f"models have the scores of other models: {list_examples(names)}",
            worst_changes(changed.join(found.select("raw_name").unique(), on="raw_name")),
        )
