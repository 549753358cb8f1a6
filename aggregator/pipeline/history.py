"""Add the editions of a refresh to the history of their sources, and join the histories of all sources."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from aggregator import schema
from aggregator.errors import SourceError, StorageError
from aggregator.model import Parsed, RankRule, Source
from aggregator.pipeline.decisions import Step, first_step, steps_of
from aggregator.pipeline.fetches import Fetch, complete_fetches
from aggregator.pipeline.judge import read_edition
from aggregator.pipeline.results import ReadResult
from aggregator.pipeline.steps import collect_names
from aggregator.store.decisions import Decision, DecisionLog, Event
from aggregator.store.history import BITEMPORAL, HistoryStore, SourceHistory
from aggregator.store.snapshots import SnapshotStore, edition_digest

OVERALL = "overall"


@dataclass(frozen=True)
class AllHistory:
    """The history of all sources: the input of the tables of one generation."""

    rows: pl.DataFrame = field(default_factory=lambda: schema.frame(BITEMPORAL))
    names: pl.DataFrame = field(default_factory=lambda: schema.frame(schema.NAMES))
    digest: str = ""
    """One hash over the fetches that were added; the manifest stores it as `history`."""


def join_histories(histories: Mapping[str, SourceHistory]) -> AllHistory:
    """Return the histories of all sources, given by source id, as one."""
    lines = (f"{source} {' '.join(history.added_keys)}" for source, history in sorted(histories.items()))
    return AllHistory(
        pl.concat([schema.frame(BITEMPORAL), *(history.rows for history in histories.values())]),
        pl.concat([schema.frame(schema.NAMES), *(history.names for history in histories.values())]),
        hashlib.sha256("\n".join(lines).encode()).hexdigest(),
    )


def record_history(home: Path, results: Sequence[ReadResult]) -> AllHistory:
    """Add the fresh rows, and the editions that a person accepted, to the history of their sources; return all histories.

    The decisions log has what became of each fetch. A fetch that is older than the newest one in the history, as from
    an old mirror, is left to `backfill`. Raises `StorageError`.
    """
    store, snapshots = HistoryStore(home), SnapshotStore(home)
    events = DecisionLog(home).read()
    histories = {}
    for result in results:
        source = result.source
        before = store.load(source.id)
        night = _Night(result, complete_fetches(source, snapshots), events.get(source.id, ()), snapshots)
        after = night.with_result(night.with_accepted(before))
        if after is not before:
            store.save(source.id, after)
        histories[source.id] = after
    return join_histories(histories)


@dataclass(frozen=True)
class _Night:
    """What one refresh adds to the history of one source."""

    result: ReadResult
    fetches: Sequence[Fetch]
    decisions: Sequence[Decision]
    snapshots: SnapshotStore

    def with_accepted(self, history: SourceHistory) -> SourceHistory:
        """Return the history with the accepted editions that no refresh fetched again."""
        accepted = {one.fetch for one in self.decisions if one.event is Event.ACCEPTED}
        for fetch in self.fetches:
            if fetch.key not in accepted or fetch.key in history.added_keys or _is_old(fetch.at, history):
                continue
            try:
                parsed = read_edition(self.result.source, fetch.snapshots, self.snapshots)
            except (SourceError, StorageError):
                continue
            history = add_step(history, first_step(fetch), self.result.source, parsed)
        return history

    def with_result(self, history: SourceHistory) -> SourceHistory:
        """Return the history with the newest fetch; unchanged when it is in the history, or older than that."""
        if not self.result.fetched:
            return history
        digest = edition_digest(self.result.fetched)
        fetch = next((one for one in reversed(self.fetches) if one.sha256 == digest), None)
        if fetch is None:
            return history
        if self.result.status != "fresh" or self.result.parsed is None:
            is_known = fetch.key in history.examined
            return history if is_known else history.with_refused_fetch(fetch.key)
        step = (steps_of(fetch, self.decisions) or [first_step(fetch)])[-1]
        if step.key in history.added_keys or _is_old(step.at, history):
            return history
        return add_step(history, step, self.result.source, self.result.parsed)


def _is_old(at: datetime, history: SourceHistory) -> bool:
    return history.at is not None and at < history.at


def add_step(history: SourceHistory, step: Step, source: Source, parsed: Parsed) -> SourceHistory:
    """Return the history with the rows and the names of one more step of a fetch."""
    names = collect_names([ReadResult(source, "fresh", step.fetch.snapshots, parsed)])
    return history.with_fetch(step.key, history_rows(source, parsed, step.at), names, step.at)


def history_rows(source: Source, parsed: Parsed, at: datetime) -> pl.DataFrame:
    """Return the editions in one fetch (`schema.HISTORY`): the board's own history, or its current overall table.

    An edition without a date gets the date of its retrieval.
    """
    if parsed.history is not None:
        return parsed.history
    by_score = source.rank_rule in (RankRule.SCORE, RankRule.WIN_RATE)
    place = pl.col("board_score").rank("min", descending=source.higher_is_better)
    rank = place if by_score else pl.col("board_rank")
    table = parsed.entries.select(
        source=pl.lit(source.id),
        benchmark=pl.lit(f"{source.id}/{OVERALL}"),
        raw_name="raw_name",
        published_on=pl.col("published_on").fill_null(pl.lit(at.date())),
        rank=rank,
        score="board_score",
        score_low="board_score_low",
        score_high="board_score_high",
        votes=pl.lit(None, dtype=pl.Int64),
    )
    return schema.frame(schema.HISTORY, table.filter(pl.col("rank").is_not_null()))
