"""Judge the stored fetches of one source again in the order of time, as the refreshes of that time did or would have."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aggregator.errors import SourceError, StorageError
from aggregator.gates.candidate import BASELINE_EDITIONS
from aggregator.gates.statistics import EditionStatistics, compute_statistics
from aggregator.model import Parsed, Source
from aggregator.pipeline import judge
from aggregator.pipeline.decisions import (
    Step,
    accepted_editions,
    describe_verdicts,
    first_step,
    held_parts,
    is_refused,
    steps_of,
)
from aggregator.pipeline.fetches import Fetch
from aggregator.pipeline.judge import Standard, Waivers
from aggregator.pipeline.last_good import sample_digests
from aggregator.pipeline.read import is_first_after_sample
from aggregator.pipeline.references import find_reference
from aggregator.pipeline.results import HeldParts
from aggregator.store.decisions import Decision
from aggregator.store.snapshots import SnapshotStore


@dataclass(frozen=True)
class Replay:
    """The fetches of one source with what the decisions log has about them."""

    source: Source
    snapshots: SnapshotStore
    decisions: Sequence[Decision]
    fetches: Sequence[Fetch]
    """All complete fetches whose bytes are stored, oldest first."""
    _held: dict[str, tuple[HeldParts, ...]] = field(default_factory=dict)
    """The held parts of the fetches that were judged here, by key: the log does not have them."""
    _editions: dict[str, tuple[Parsed, EditionStatistics]] = field(default_factory=dict)
    """The rows and the statistics of the last good fetches, by key."""

    def judge(self, fetch: Fetch, added: Sequence[str]) -> list[tuple[Step, Parsed]] | str:
        """Return the rows that a fetch adds to the history, or the reason why it is refused.

        `added` are the keys of the fetches in the history so far, oldest first. Raises `SourceError` for files that
        cannot be parsed, and `StorageError` for lost bytes.
        """
        if steps := steps_of(fetch, self.decisions):
            return [(step, self._rows(step)) for step in steps]
        if is_refused(fetch, self.decisions):
            return "it was refused when it was fetched, and nobody accepted it"
        parsed = judge.read_edition(self.source, fetch.snapshots, self.snapshots)
        standard = self._standard(added)
        good = standard.statistics
        if good and is_first_after_sample(standard.snapshots, parsed, good[-1], sample_digests()):
            standard = Standard()
        is_accepted = (self.source.id, fetch.sha256) in accepted_editions({self.source.id: self.decisions})
        reference = find_reference(self.source.id, fetch.snapshots, sample_digests())
        candidate = judge.make_candidate(self.source, parsed, standard, fetch.at.date(), reference=reference)
        found = judge.judge_edition(candidate, standard, Waivers(is_accepted=is_accepted))
        if found.failing:
            return describe_verdicts(found.failing)
        self._held[fetch.key] = found.held
        self._editions[fetch.key] = (found.parsed, found.statistics)
        return [(first_step(fetch), found.parsed)]

    def _rows(self, step: Step) -> Parsed:
        held = held_parts(step, self.fetches)
        return judge.restore_edition(self.source, step.fetch.snapshots, held, self.snapshots)

    def _standard(self, added: Sequence[str]) -> Standard:
        """Return the last good edition, with the statistics of those before it since a person last let one pass."""
        by_key = {fetch.key: fetch for fetch in self.fetches}
        good = []
        for key in list(dict.fromkeys(reversed(added)))[:BASELINE_EDITIONS]:
            fetch = by_key.get(key)
            if fetch is None or (edition := self._edition(fetch)) is None:
                continue
            good.append((fetch, edition))
            if any(step.starts_anew for step in steps_of(fetch, self.decisions)):
                break
        if not good:
            return Standard()
        last, (parsed, _) = good[0]
        statistics = tuple(found for _, (_, found) in reversed(good))
        return Standard(last.snapshots, parsed, self._held_parts(last), statistics)

    def _held_parts(self, fetch: Fetch) -> tuple[HeldParts, ...]:
        steps = steps_of(fetch, self.decisions)
        return held_parts(steps[-1], self.fetches) if steps else self._held.get(fetch.key, ())

    def _edition(self, fetch: Fetch) -> tuple[Parsed, EditionStatistics] | None:
        """Return the rows and the statistics of a good fetch; None when its files cannot be read."""
        if fetch.key not in self._editions:
            try:
                rows = judge.restore_edition(self.source, fetch.snapshots, self._held_parts(fetch), self.snapshots)
                found = compute_statistics(judge.read_edition(self.source, fetch.snapshots, self.snapshots))
            except (SourceError, StorageError):
                return None
            while len(self._editions) > BASELINE_EDITIONS:
                self._editions.pop(next(iter(self._editions)))
            self._editions[fetch.key] = (rows, found)
        return self._editions[fetch.key]
