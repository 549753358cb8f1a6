"""Fill the history of every source from all stored snapshots.

A refresh adds only its own fetch. A backfill also adds fetches from before the history existed or from a copied home
directory, and with `again` those that an older version read wrongly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from aggregator.errors import MetaboardError, StorageError
from aggregator.model import Source
from aggregator.pipeline.boards import read_boards
from aggregator.pipeline.fetches import Fetch, complete_fetches
from aggregator.pipeline.history import AllHistory, add_fetch, join_histories
from aggregator.pipeline.parse import parse_files
from aggregator.pipeline.read import read_files
from aggregator.store.generations import Home
from aggregator.store.history import HistoryStore, SourceHistory
from aggregator.store.snapshots import SnapshotStore

REBUILT_SUFFIX = ".rebuilt"
"""A rebuilt history is stored under the source's id with this suffix until it is complete."""


@dataclass(frozen=True)
class BackfillResult:
    """The fetches and dates in the history of one source after a backfill."""

    source: str
    kept: int
    """Complete fetches in the store, without repeats of the same content."""
    added: int
    refused: int
    dates: int
    """Number of publish dates in the history."""
    first_on: date | None
    last_on: date | None


def backfill(home: Path, log: Callable[[str], None], *, again: bool = False) -> tuple[list[BackfillResult], AllHistory]:
    """Add every stored fetch of every source to its history, oldest first.

    The history is saved after each fetch, so an interrupted backfill continues at the next call. With `again` every
    fetch is read again, and the current history stays until the new one is complete. Raises `LockedError` and
    `StorageError`.
    """
    with Home(home).lock():
        store = HistoryStore(home)
        boards = read_boards(home)
        results = [_Backfill(source, store, SnapshotStore(home), log).run(again=again) for source in boards.on]
        read = (*boards.on, *(failed.source for failed in boards.left_out))
        return results, join_histories({source.id: store.load(source.id) for source in read})


@dataclass(frozen=True)
class _Backfill:
    """The backfill of one source."""

    source: Source
    store: HistoryStore
    snapshots: SnapshotStore
    log: Callable[[str], None]

    def run(self, *, again: bool) -> BackfillResult:
        fetches = complete_fetches(self.source, self.snapshots)
        kept = [fetch for fetch in fetches if all(map(self.snapshots.has_bytes, fetch.snapshots))]
        history, name = self.store.load(self.source.id), self.source.id
        if again or _misses_older_fetch(history, kept):
            name = self.source.id + REBUILT_SUFFIX
            history = _resume_rebuild(self.store.load(name), history.refused_keys, kept)
        todo = [fetch for fetch in kept if fetch.key not in history.examined and not _is_older(fetch, history)]
        refused = len(history.refused_keys)
        history = self._add_all(todo, history, name)
        if name != self.source.id:
            self.store.save(self.source.id, history)
            self.store.remove(name)
        dates, new = sorted(set(history.rows["published_on"])), len(history.refused_keys) - refused
        first_on, last_on = (dates[0], dates[-1]) if dates else (None, None)
        return BackfillResult(self.source.id, len(kept), len(todo) - new, new, len(dates), first_on, last_on)

    def _add_all(self, fetches: Sequence[Fetch], history: SourceHistory, name: str) -> SourceHistory:
        for number, fetch in enumerate(fetches, 1):
            self.log(f"{self.source.id}: fetch {number} of {len(fetches)}, of {fetch.at:%Y-%m-%d %H:%M} UTC …")
            history = self._add(fetch, history)
            self.store.save(name, history)
        return history

    def _add(self, fetch: Fetch, history: SourceHistory) -> SourceHistory:
        """Parse one fetch and add it; a fetch that cannot be read is skipped with a log line."""
        try:
            parsed = parse_files(self.source, read_files(fetch.snapshots, self.snapshots))
        except MetaboardError as error:
            self.log(f"{self.source.id}: skipped the fetch of {fetch.at:%Y-%m-%d %H:%M} UTC: {error.headline}")
            # Lost bytes may come back, so only a fetch that does not parse is marked as refused.
            return history if isinstance(error, StorageError) else history.with_refused_fetch(fetch.key)
        return add_fetch(history, fetch, self.source, parsed)


def _is_older(fetch: Fetch, history: SourceHistory) -> bool:
    return history.at is not None and fetch.at < history.at


def _misses_older_fetch(history: SourceHistory, kept: Sequence[Fetch]) -> bool:
    """Return whether an older fetch must be inserted, and every added fetch is still stored, so a rebuild loses nothing."""
    keys = {fetch.key for fetch in kept}
    older = [fetch for fetch in kept if fetch.key not in history.examined and _is_older(fetch, history)]
    return bool(older) and keys.issuperset(history.added_keys)


def _resume_rebuild(rebuilt: SourceHistory, refused: tuple[str, ...], kept: Sequence[Fetch]) -> SourceHistory:
    """Return the interrupted rebuild if its fetches are the first ones of `kept`, else an empty history."""
    wanted = [fetch.key for fetch in kept if fetch.key not in rebuilt.refused_keys]
    is_prefix = list(rebuilt.added_keys) == wanted[: len(rebuilt.added_keys)]
    return rebuilt if rebuilt.added_keys and is_prefix else SourceHistory(refused_keys=refused)
