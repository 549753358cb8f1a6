"""Add the editions of a refresh to the history of their sources, and join the histories of all sources."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from aggregator import schema
from aggregator.model import Parsed, RankRule, Source
from aggregator.pipeline.fetches import Fetch, complete_fetches
from aggregator.pipeline.results import ReadResult
from aggregator.pipeline.steps import collect_names
from aggregator.store.history import BITEMPORAL, HistoryStore, SourceHistory
from aggregator.store.snapshots import SnapshotStore

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
    """Add the fresh rows to the history of their sources and return the history of all sources.

    A fetch that is older than the newest one in the history, as from an old mirror, is left to `backfill`.
    """
    store, snapshots = HistoryStore(home), SnapshotStore(home)
    histories = {}
    for result in results:
        source = result.source
        before = after = store.load(source.id)
        fetches = complete_fetches(source, snapshots)
        if fetches and fetches[-1].key not in before.examined:
            after = _with_result(before, fetches[-1], result)
        if after is not before:
            store.save(source.id, after)
        histories[source.id] = after
    return join_histories(histories)


def _with_result(history: SourceHistory, fetch: Fetch, result: ReadResult) -> SourceHistory:
    """Return the history with the newest fetch; unchanged when the rows are from another fetch or the fetch is old."""
    if result.status != "fresh" or result.parsed is None:
        return history.with_refused_fetch(fetch.key)
    used = {snapshot.sha256 for snapshot in result.snapshots}
    if {snapshot.sha256 for snapshot in fetch.snapshots} != used or (history.at and fetch.at < history.at):
        return history
    return add_fetch(history, fetch, result.source, result.parsed)


def add_fetch(history: SourceHistory, fetch: Fetch, source: Source, parsed: Parsed) -> SourceHistory:
    """Return the history with the rows and the names of one more fetch."""
    names = collect_names([ReadResult(source, "fresh", fetch.snapshots, parsed)])
    return history.with_fetch(fetch.key, history_rows(source, parsed, fetch.at), names, fetch.at)


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
