"""Replay an honest history night by night: what is published when nobody acts, and when a person accepts each night."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aggregator.pipeline.read import read_source
from aggregator.pipeline.results import FetchResult, ReadResult
from aggregator.store.snapshots import edition_digest
from benchmarks.gate_cases import MemoryStore, Night, make_baseline
from benchmarks.honest_editions import REMEASURED, HonestEdition


@dataclass(frozen=True)
class Replay:
    """One replay of a history."""

    title: str
    accepts: bool
    """Whether a person accepts every edition that is kept back."""
    nights: int
    kept: tuple[tuple[str, str], ...]
    """The date and the sentence of every night that published an older edition."""
    accepted: tuple[tuple[str, str], ...]
    """The date and the sentence of every night that a person had to accept."""
    held: int
    """Nights that published their edition with a held part."""
    remeasured: tuple[str, ...]
    """Dates on which the board truly measured anew."""

    @property
    def summary(self) -> str:
        """One sentence."""
        who = "accepting" if self.accepts else "nobody acts"
        return f"{who}: {self.nights} nights, {len(self.kept)} kept back, {len(self.accepted)} accepted, {self.held} with a hold"


def replay(title: str, editions: Sequence[HonestEdition], *, accepts: bool) -> Replay:
    """Judge each edition on its own day against the last good ones, as a refresh does every night."""
    state = _State(accepts)
    for edition in editions:
        state.refresh(edition)
    remeasured = tuple(str(edition.day) for edition in editions if (edition.source.id, edition.day) in REMEASURED)
    return Replay(title, accepts, len(editions), tuple(state.kept), tuple(state.accepted), state.held, remeasured)


class _State:
    """What a home directory keeps of one source between two nights."""

    def __init__(self, accepts: bool) -> None:
        self.accepts = accepts
        self.store = MemoryStore()
        self.given: dict[str, Any] = {}
        self.statistics: list[Any] = []
        self.kept: list[tuple[str, str]] = []
        self.accepted: list[tuple[str, str]] = []
        self.held = 0

    def refresh(self, edition: HonestEdition) -> None:
        """Judge one edition; a refused one is accepted and judged again when a person acts."""
        snapshots = self.store.add(edition.source, edition.files, edition.day)
        fetched = FetchResult(edition.source, snapshots)
        found = Night(self._read(fetched, edition), 0)
        if found.status == "kept" and self.accepts and self.statistics:
            self.accepted.append((str(edition.day), found.sentence))
            self.given["accepted"] = frozenset({(edition.source.id, edition_digest(snapshots))})
            found = Night(self._read(fetched, edition), 0)
            self.statistics = []
        if found.status == "kept":
            self.kept.append((str(edition.day), found.sentence))
            return
        self.held += found.status == "held"
        self.statistics.append(found.result.measure)
        self.given |= {
            "snapshots": {edition.source.id: snapshots},
            "good": {edition.source.id: tuple(self.statistics)},
            "held": {edition.source.id: getattr(found.result, "held", ())},
        }

    def _read(self, fetched: FetchResult, edition: HonestEdition) -> ReadResult:
        return read_source(fetched, self.store, make_baseline({**self.given, "today": edition.day}))
