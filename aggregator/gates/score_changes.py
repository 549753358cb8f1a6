"""Gates on the scores of models that both editions have."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import polars as pl

from aggregator.gates import similarity
from aggregator.gates.benchmark_findings import few_models, judge_models, may_hold_benchmarks, worst_changes
from aggregator.gates.candidate import Candidate
from aggregator.gates.moved_scores import moved
from aggregator.gates.permutations import find_exchanged_models
from aggregator.gates.verdict import Action, Finding, Hold


def order(new: Candidate) -> Iterator[Finding]:
    """Find benchmarks whose order of models hardly correlates with the last good order.

    The few models that `moved` or `shuffle` holds do not count.
    """
    if new.last_good is None:
        return
    held = {name for gate in (moved, _exchanged) for finding in gate(new) for name in finding.hold.raw_names}
    yield from _judge(new, similarity.find_reordered(new.parsed, new.last_good, held))


def shuffle(new: Candidate) -> Iterator[Finding]:
    """Find models that have the old scores of other models: a few are held, many keep the edition back."""
    exchanged = list(_exchanged(new))
    yield from exchanged
    if new.last_good is not None and not any(finding.hold for finding in exchanged):
        yield from _judge(new, similarity.find_swapped_scores(new.parsed, new.last_good))


def _exchanged(new: Candidate) -> Iterator[Finding]:
    what = "all scores are the last good scores of other models: names were exchanged"
    if finding := judge_models(find_exchanged_models(new), what, few_models(new)):
        yield finding


def unit(new: Candidate) -> Iterator[Finding]:
    """Find benchmarks of which half of the scores moved implausibly far, as after a change of unit."""
    if new.last_good is not None:
        yield from _judge(new, similarity.find_shifted(new.parsed, new.last_good))


def _judge(new: Candidate, found: Iterable[similarity.Difference]) -> Iterator[Finding]:
    """Yield one finding: a few benchmarks of a source outside the rank are held, otherwise the edition is kept back."""
    differences = list(found)
    for finding in summarize(differences):
        names = frozenset(difference.benchmark for difference in differences)
        is_held = may_hold_benchmarks(new, names)
        action, hold = (Action.HOLD, Hold(benchmarks=names)) if is_held else (Action.KEEP, Hold())
        rows = worst_changes(new.changes.filter(pl.col("benchmark").is_in(list(names))))
        yield replace(finding, worst=rows, action=action, hold=hold)


def summarize(found: Iterable[similarity.Difference]) -> Iterator[Finding]:
    """Yield one finding: the first difference, and the number of other benchmarks that differ in the same way."""
    differences = list(found)
    if differences:
        others = len({difference.benchmark for difference in differences}) - 1
        more = f", and {others} more like it" if others else ""
        yield Finding(f"{differences[0].benchmark}: {differences[0].sentence}{more}")
