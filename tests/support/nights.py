"""Run many nights of one board quickly: the steps of a refresh that judge, remember and publish, without the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.model import Sha256, Snapshot, Source
from aggregator.pipeline.acceptance import with_accepted_standards
from aggregator.pipeline.decisions import record_results
from aggregator.pipeline.history import record_history
from aggregator.pipeline.last_good import load_baseline
from aggregator.pipeline.manifest import build_manifest
from aggregator.pipeline.read import read_source
from aggregator.pipeline.refusals import Refusal, open_refusals
from aggregator.pipeline.results import FetchResult, ReadResult
from aggregator.store.decisions import DecisionLog
from aggregator.store.files import sha256_hex
from aggregator.store.generations import Home
from aggregator.store.snapshots import SnapshotStore

FIRST_NIGHT = datetime(2026, 11, 1, 3, 17, tzinfo=UTC)


@dataclass
class Nights:
    """The nights of one board in one home directory; night 0 is `FIRST_NIGHT`."""

    home: Path
    source: Source
    first: datetime = FIRST_NIGHT

    def at(self, night: int) -> datetime:
        return self.first + timedelta(days=night)

    def store(self, night: int, files: Mapping[str, bytes]) -> tuple[Snapshot, ...]:
        """Store one fetch of all files, in the order of the resources."""
        store = SnapshotStore(self.home)
        return tuple(
            store.keep(
                Snapshot(
                    self.source.id,
                    resource.name,
                    resource.url,
                    Sha256(sha256_hex(files[resource.name])),
                    len(files[resource.name]),
                    self.at(night),
                    content=files[resource.name],
                )
            )
            for resource in self.source.resources
        )

    def refresh(self, night: int, files: Mapping[str, bytes]) -> ReadResult:
        """Refresh once: the order of the steps is that of `flows.refresh`."""
        return self.read(night, self.store(night, files))

    def read(self, night: int, snapshots: Sequence[Snapshot]) -> ReadResult:
        home, store = Home(self.home), SnapshotStore(self.home)
        fetched = [FetchResult(self.source, tuple(snapshots))]
        baseline = with_accepted_standards(load_baseline(home, self.at(night).date()), fetched, store)
        (result,) = (read_source(one, store, baseline) for one in fetched)
        record_results(self.home, [result], self.at(night))
        record_history(self.home, [result])
        with home.lock(), home.build() as folder:
            home.publish(folder, build_manifest([], [result], Sha256("0" * 64)))
        return result

    def refusal(self) -> Refusal | None:
        return open_refusals(DecisionLog(self.home).read()).get(self.source.id)
