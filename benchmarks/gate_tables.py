"""Tables of `benchmarks.gates`: catch rates by kind and by board, false alarms, and the gates that spoke."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from benchmarks.field_report import Row
from benchmarks.gate_nights import Replay
from benchmarks.gates import Case
from benchmarks.spoilers import HARMLESS

Key = Callable[[Case], tuple[str, ...]]


def tables(cases: Sequence[Case], nights: Sequence[Replay], control: int | None) -> dict[str, list[Row]]:
    """Return the tables by title; `control` is the seed that no threshold was chosen by."""
    lies = [case for case in cases if case.family not in HARMLESS and case.would_harm]
    harmless = [case for case in cases if case.family in HARMLESS]
    tuned = [case for case in lies if case.seed != control]
    found: dict[str, list[Row]] = {}
    if lies:
        groups = {
            "recorded files": [case for case in tuned if not case.is_next],
            "between two editions": [case for case in tuned if case.is_next],
            "control seed": [case for case in lies if case.seed == control],
        }
        found["Lies"] = [_summary(name, group) for name, group in groups.items() if group]
        found["Lies by kind"] = _by(lies, lambda case: (case.kind,))
        found["Lies by board"] = _by(lies, lambda case: (case.board,))
    if harmless:
        found["Harmless changes"] = [
            {
                "kind": kind.partition(": ")[2],
                "cases": len(group),
                "refused": sum(case.is_false_alarm for case in group),
                "with a hold": sum(case.status == "held" for case in group),
                "gates": _gates(case for case in group if case.status != "published"),
            }
            for (kind,), group in _groups(harmless, lambda case: (case.kind,))
        ]
    if nights:
        found["Honest nights"] = [_nights(one) for one in nights]
    return found


def _summary(name: str, cases: Sequence[Case]) -> Row:
    ranking = [case for case in cases if case.changes_ranking]
    return {
        "editions": name,
        "harmful": len(cases),
        "published": sum(case.is_slip for case in cases),
        "share": sum(case.is_slip for case in cases) / len(cases),
        "change a ranking": len(ranking),
        "of these published": sum(case.is_slip for case in ranking),
        "share of these": sum(case.is_slip for case in ranking) / max(len(ranking), 1),
    }


def _by(cases: Sequence[Case], key: Key) -> list[Row]:
    """Return one row for each group of harmful editions: what became of them, and the gates that spoke first."""
    return [
        {
            "": " ".join(filter(None, name)),
            "harmful": len(group),
            "kept back": sum(case.status == "kept" for case in group),
            "held in part": sum(case.status == "held" and not case.is_slip for case in group),
            "published": sum(case.is_slip for case in group),
            "gates": _gates(group),
        }
        for name, group in _groups(cases, key)
    ]


def _groups(cases: Iterable[Case], key: Key) -> list[tuple[tuple[str, ...], list[Case]]]:
    found: dict[tuple[str, ...], list[Case]] = {}
    for case in cases:
        found.setdefault(key(case), []).append(case)
    return list(found.items())


def _gates(cases: Iterable[Case]) -> str:
    counts = Counter(gate for case in cases for gate in case.gates[:1])
    return ", ".join(f"{gate} {count}" for gate, count in counts.most_common(3))


def _nights(one: Replay) -> Row:
    return {
        "history": one.title,
        "who acts": "accepts each" if one.accepts else "nobody",
        "nights": one.nights,
        "kept back": len(one.kept),
        "of these since a true change": sum(bool(one.remeasured) and day >= min(one.remeasured) for day, _ in one.kept),
        "accepted": len(one.accepted),
        "with a hold": one.held,
        "the first": next((f"{day}: {text}" for day, text in (*one.kept, *one.accepted)), ""),
    }
