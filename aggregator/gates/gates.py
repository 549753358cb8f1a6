"""The register of all gates: decide whether a new edition of a source may replace its last good edition.

`docs/gates.md` explains each gate, its threshold and where the threshold was measured.
"""

from collections.abc import Iterable

from aggregator.gates import (
    agreement,
    board_ranks,
    correlations,
    counts,
    dates,
    ended,
    exchanges,
    facts,
    first_night,
    first_night_scores,
    groups,
    moved_scores,
    names,
    new_edition,
    past_editions,
    score_changes,
    spread,
)
from aggregator.gates.candidate import Candidate, Gate
from aggregator.gates.verdict import Action, Verdict

GATES: dict[str, tuple[Gate, Action]] = {
    "floor": (counts.floor, Action.REFUSE),
    "drop": (counts.drop, Action.KEEP),
    "growth": (counts.growth, Action.KEEP),
    "benchmark_lost": (counts.benchmark_lost, Action.KEEP),
    "nulls": (counts.nulls, Action.KEEP),
    "future": (dates.future, Action.KEEP),
    "backward": (dates.backward, Action.KEEP),
    "order": (score_changes.order, Action.KEEP),
    "shuffle": (score_changes.shuffle, Action.KEEP),
    "unit": (score_changes.unit, Action.KEEP),
    "exchange": (exchanges.exchange, Action.KEEP),
    "moved": (moved_scores.moved, Action.KEEP),
    "spread": (spread.spread, Action.KEEP),
    "tail": (spread.tail, Action.KEEP),
    "groups": (groups.groups, Action.KEEP),
    "correlation": (correlations.correlation, Action.KEEP),
    "names": (names.names, Action.KEEP),
    "top": (names.top, Action.KEEP),
    "facts": (facts.facts, Action.HOLD),
    "board_ranks": (board_ranks.board_ranks, Action.KEEP),
    "ended": (ended.ended, Action.KEEP),
    "redated": (dates.redated, Action.KEEP),
    "full_table": (dates.full_table, Action.KEEP),
    "new_edition": (new_edition.new_edition, Action.KEEP),
    "past_editions": (past_editions.past_editions, Action.HOLD),
    "agreement": (agreement.agreement, Action.KEEP),
    "baseline_names": (first_night.baseline_names, Action.KEEP),
    "baseline_scores": (first_night_scores.baseline_scores, Action.KEEP),
    "baseline_facts": (first_night.baseline_facts, Action.KEEP),
    "baseline_past": (first_night.baseline_past, Action.KEEP),
}
"""Every gate by its name. An override file uses the same name."""


def run_gates(new: Candidate, gates: Iterable[str] | None = None) -> list[Verdict]:
    """Return one verdict for each problem that the gates found; an empty list when the rows may be used."""
    return [
        Verdict(name, finding.action or GATES[name][1], finding.sentence, finding.worst, finding.hold)
        for name in (GATES if gates is None else gates)
        for finding in GATES[name][0](new)
    ]
