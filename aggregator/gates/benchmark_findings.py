"""Turn what is wrong with benchmarks and with models into findings: what is held, and the rows that differ most."""

from collections.abc import Collection, Iterable, Mapping

import polars as pl

from aggregator.gates.candidate import Candidate
from aggregator.gates.score_pairs import OVERALL, title_of
from aggregator.gates.verdict import WORST_ROWS, Action, Change, Finding, Hold, list_examples

FEW_MODELS = 3
"""At least this many models may be held instead of the edition, on a board of any size."""
FEW_MODELS_SHARE = 0.02
"""Largest share of the common models that is held. In 92 honest nights of the Open LLM Leaderboard v2, at most 1.0 % of
the models moved far in one night (7 of 707, 2024-08-17)."""
MOST_MODELS = 100
FEW_BENCHMARKS = 3
FEW_BENCHMARKS_SHARE = 0.1
"""Largest share of the benchmarks that is held, in a source that is not in the rank."""


def judge_benchmarks(new: Candidate, sentences: Mapping[str, str]) -> Finding | None:
    """Return one finding for the benchmarks with a sentence, the worst first, or None without any.

    A few benchmarks of a source outside the rank are held. Otherwise the last good edition is kept.
    """
    if not sentences:
        return None
    bad = list(sentences)
    is_held = may_hold_benchmarks(new, bad)
    shown = next((name for name in bad if name != OVERALL), OVERALL)
    others = [title_of(name, new.parsed) for name in bad if name != shown]
    more = f"; the same for {', '.join(others[:2])}" if others else ""
    more += f" and {len(others) - 2} more" if len(others) > 2 else ""
    return Finding(
        sentences[shown] + more,
        worst_changes(new.changes.filter(pl.col("benchmark").is_in(bad))),
        Action.HOLD if is_held else Action.KEEP,
        Hold(benchmarks=frozenset(bad)) if is_held else Hold(),
    )


def may_hold_benchmarks(new: Candidate, names: Collection[str]) -> bool:
    """Return whether `names` are a few benchmarks of a source outside the rank, which are held instead of the edition."""
    known = new.parsed.benchmarks["benchmark"]
    most = max(FEW_BENCHMARKS, FEW_BENCHMARKS_SHARE * known.len())
    return not new.source.in_rank and len(names) <= most and set(names) <= set(known)


def few_models(new: Candidate) -> int:
    """Return how many models may be held before the whole edition is kept back."""
    common = new.changes["raw_name"].n_unique()
    return int(min(MOST_MODELS, max(FEW_MODELS, FEW_MODELS_SHARE * common)))


def judge_models(rows: pl.DataFrame, what: str, most: int) -> Finding | None:
    """Return one finding for the models of `rows` (of `Candidate.changes`), or None without any.

    At most `most` models are held; with more, the last good edition is kept. `what` follows the names in the sentence.
    """
    if rows.is_empty():
        return None
    names = rows.sort(pl.col("change").abs(), descending=True, nulls_last=True)["raw_name"].unique(maintain_order=True)
    is_held = names.len() <= most
    models = f"{list_examples(names)}: " if is_held else f"{names.len():,} models, such as {list_examples(names[:3])}: "
    return Finding(
        models + what,
        worst_changes(rows),
        Action.HOLD if is_held else Action.KEEP,
        Hold(raw_names=frozenset(names)) if is_held else Hold(),
    )


def worst_changes(rows: pl.DataFrame) -> tuple[Change, ...]:
    """Return the rows of `Candidate.changes` that changed most, at most `WORST_ROWS`."""
    size = pl.col("change").abs().fill_null((pl.col("now") - pl.col("before")).abs())
    worst = rows.filter(pl.col("now") != pl.col("before")).sort(size, descending=True, nulls_last=True)
    return tuple(
        Change(name, what, f"{before:.6g}", f"{now:.6g}")
        for name, what, before, now in worst.head(WORST_ROWS)
        .select("raw_name", "benchmark", "before", "now")
        .iter_rows()
    )


def by_benchmark(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the first sentence of each benchmark."""
    found: dict[str, str] = {}
    for benchmark, sentence in rows:
        found.setdefault(benchmark, sentence)
    return found
