"""Fill the history of every source from all stored snapshots, as the refreshes of that time would have.

A refresh adds only its own fetch. A backfill also adds fetches from before the history existed or from a copied home
directory, and with `again` those that an older version read wrongly. What the decisions log has about a fetch is done
again. Every other fetch is judged by the gates of a refresh, in the order of time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from aggregator.errors import MetaboardError, StorageError
from aggregator.model import Source
from aggregator.pipeline.boards import read_boards
from aggregator.pipeline.decisions import fetch_key, is_refused, steps_of
from aggregator.pipeline.fetches import Fetch, complete_fetches
from aggregator.pipeline.history import AllHistory, add_step, join_histories
from aggregator.pipeline.replay import Replay
from aggregator.store.decisions import Decision, DecisionLog
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
        store, events = HistoryStore(home), DecisionLog(home).read()
        boards = read_boards(home)
        results = [
            _Backfill(source, store, SnapshotStore(home), events.get(source.id, ()), log).run(again=again)
            for source in boards.on
        ]
        read = (*boards.on, *(failed.source for failed in boards.left_out))
        return results, join_histories({source.id: store.load(source.id) for source in read})


@dataclass(frozen=True)
class _Backfill:
    """The backfill of one source."""

    source: Source
    store: HistoryStore
    snapshots: SnapshotStore
    decisions: Sequence[Decision]
    log: Callable[[str], None]

    def run(self, *, again: bool) -> BackfillResult:
        fetches = complete_fetches(self.source, self.snapshots)
        kept = [fetch for fetch in fetches if self._is_kept(fetch)]
        history, name = self.store.load(self.source.id), self.source.id
        if again or self._misses_older_fetch(history, kept):
            name = self.source.id + REBUILT_SUFFIX
            history = _resume_rebuild(self.store.load(name), kept)
        todo = [fetch for fetch in kept if not self._is_examined(fetch, history) and not _is_older(fetch, history)]
        refused = len(history.refused_keys)
        history = self._add_all(todo, kept, history, name)
        if name != self.source.id:
            self.store.save(self.source.id, history)
            self.store.remove(name)
        dates, new = sorted(set(history.rows["published_on"])), len(history.refused_keys) - refused
        first_on, last_on = (dates[0], dates[-1]) if dates else (None, None)
        return BackfillResult(self.source.id, len(kept), len(todo) - new, new, len(dates), first_on, last_on)

    def _is_kept(self, fetch: Fetch) -> bool:
        """Return whether the bytes of a fetch are stored; of a refused one, `metaboard prune` removes them."""
        return all(map(self.snapshots.has_bytes, fetch.snapshots)) or is_refused(fetch, self.decisions)

    def _add_all(
        self, todo: Sequence[Fetch], kept: Sequence[Fetch], history: SourceHistory, name: str
    ) -> SourceHistory:
        replay = Replay(self.source, self.snapshots, self.decisions, kept)
        for number, fetch in enumerate(todo, 1):
            self.log(f"{self.source.id}: fetch {number} of {len(todo)}, of {fetch.at:%Y-%m-%d %H:%M} UTC …")
            history = self._add(fetch, replay, history)
            self.store.save(name, history)
        return history

    def _add(self, fetch: Fetch, replay: Replay, history: SourceHistory) -> SourceHistory:
        """Add what one fetch gives; a fetch that cannot be read, or that is refused, is skipped with a log line."""
        try:
            judged = replay.judge(fetch, [fetch_key(key) for key in history.added_keys])
        except MetaboardError as error:
            self._log_skipped(fetch, error.headline)
            # Lost bytes may come back, so only a fetch that does not parse is marked as refused.
            return history if isinstance(error, StorageError) else history.with_refused_fetch(fetch.key)
        if isinstance(judged, str):
            self._log_skipped(fetch, judged)
            return history.with_refused_fetch(fetch.key)
        for step, parsed in judged:
            history = add_step(history, step, self.source, parsed)
        return history

    def _log_skipped(self, fetch: Fetch, reason: str) -> None:
        self.log(f"{self.source.id}: skipped the fetch of {fetch.at:%Y-%m-%d %H:%M} UTC: {reason}")

    def _is_examined(self, fetch: Fetch, history: SourceHistory) -> bool:
        """Return whether the history has the decision about a fetch; a person may have accepted it since."""
        is_accepted = fetch.key in history.refused_keys and bool(steps_of(fetch, self.decisions))
        return fetch.key in history.examined and not is_accepted

    def _misses_older_fetch(self, history: SourceHistory, kept: Sequence[Fetch]) -> bool:
        """Return whether an older fetch must be inserted, and every added fetch is still stored, so a rebuild loses nothing."""
        keys = {fetch.key for fetch in kept}
        older = [fetch for fetch in kept if not self._is_examined(fetch, history) and _is_older(fetch, history)]
        return bool(older) and keys.issuperset(map(fetch_key, history.added_keys))


def _is_older(fetch: Fetch, history: SourceHistory) -> bool:
    return history.at is not None and fetch.at < history.at


def _resume_rebuild(rebuilt: SourceHistory, kept: Sequence[Fetch]) -> SourceHistory:
    """Return the interrupted rebuild if its fetches are the first ones of `kept`, else an empty history."""
    wanted = [fetch.key for fetch in kept if fetch.key not in rebuilt.refused_keys]
    added = list(dict.fromkeys(map(fetch_key, rebuilt.added_keys)))
    is_prefix = added == wanted[: len(added)]
    return rebuilt if added and is_prefix else SourceHistory()
