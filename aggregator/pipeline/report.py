"""Build the tables about sources and about the run: `sources` and `refresh_report`."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from aggregator.model import Snapshot, Source
from aggregator.pipeline.results import FetchResult, ReadResult, cause_of, describe_failure


def source_table(results: Sequence[ReadResult]) -> pl.DataFrame:
    """Return one row per source that has rows; `priority` is the position in the register."""
    return pl.DataFrame(
        [
            {
                "source": result.source.id,
                **_described(result.source),
                "published_on": result.parsed.published_on,
                "retrieved_at": _retrieved_at(result.snapshots),
                "revision": next((s.revision for s in result.snapshots if s.revision), None),
                "priority": priority,
            }
            for priority, result in enumerate(results)
            if result.parsed
        ],
        schema_overrides={
            "edition": pl.String,
            "score_column": pl.String,
            "frozen_on": pl.Date,
            "published_on": pl.Date,
            "revision": pl.String,
            "priority": pl.Int64,
            "retrieved_at": pl.Datetime("us"),
        },
    )


def _described(source: Source) -> dict[str, object]:
    """Return what the register states of a source: columns of `sources`."""
    return {
        "title": source.title,
        "short_title": source.heading,
        "column_prefix": source.column_prefix,
        "score_column": source.score_column if source.has_rank else None,
        "has_interval": source.has_interval,
        "track": source.track.value,
        "rank_rule": source.rank_rule.value,
        "score_unit": source.score_unit,
        "higher_is_better": source.higher_is_better,
        "domain": source.domain.value,
        "measured_by": source.measured_by.value,
        "board_group": source.board_group,
        "in_rank": source.in_rank,
        "homepage": source.homepage,
        "license": source.license,
        "citation": source.citation,
        "edition": source.edition,
        "frozen_on": source.frozen_on,
    }


def refresh_report(results: Sequence[ReadResult], today: date) -> pl.DataFrame:
    """Return one row per source, refused sources included."""
    return pl.DataFrame(
        [_report_row(result, today) for result in results],
        schema_overrides={
            "published_on": pl.Date,
            "retrieved_at": pl.Datetime("us"),
            "age_days": pl.Int64,
            "sha256": pl.String,
            "message": pl.String,
            "warnings": pl.List(pl.String),
            "cause": pl.String,
            "gates": pl.List(pl.String),
            "overrides": pl.List(pl.String),
        },
    )


def _report_row(result: ReadResult, today: date) -> dict[str, Any]:
    parsed = result.parsed
    published_on = parsed.published_on if parsed else None
    return {
        "source": result.source.id,
        "status": result.status,
        "rows_read": parsed.rows_read if parsed else 0,
        "rows_accepted": parsed.rows_accepted if parsed else 0,
        "rows_quarantined": parsed.rows_quarantined if parsed else 0,
        "rows_duplicate": parsed.rows_duplicate if parsed else 0,
        "published_on": published_on,
        "retrieved_at": _retrieved_at(result.snapshots),
        "age_days": (today - published_on).days if published_on else None,
        "sha256": _sha256(result.snapshots),
        "message": result.message,
        "warnings": list(parsed.warnings) if parsed else [],
        "cause": result.cause,
        "gates": list(result.gates),
        "overrides": [str(override) for override in result.overrides],
    }


def update_report(report: pl.DataFrame, fetched: Iterable[FetchResult]) -> pl.DataFrame:
    """Return the report of the current generation, updated with a fetch that changed no table.

    A source whose fetch failed becomes `kept`. A source whose published rows come from the bytes of this fetch
    becomes `fresh`.
    """
    by_source = {item.source.id: item for item in fetched}
    rows = [_updated_row(row, by_source.get(str(row["source"]))) for row in report.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=report.schema, orient="row")


def _updated_row(row: dict[str, Any], fetched: FetchResult | None) -> dict[str, Any]:
    if fetched is None:
        return row
    if fetched.error is not None:
        status = "refused" if row["status"] == "refused" else "kept"
        return row | {"status": status, "message": describe_failure(fetched.error), "cause": cause_of(fetched.error)}
    if row["status"] != "fresh" and row["sha256"] == _sha256(fetched.snapshots):
        return row | {"status": "fresh", "message": None, "cause": None, "gates": []}
    return row


def _retrieved_at(snapshots: Sequence[Snapshot]) -> datetime | None:
    """Return the time of the latest retrieval in UTC, without zone because DuckDB's TIMESTAMP has none."""
    if not snapshots:
        return None
    return max(snapshot.retrieved_at for snapshot in snapshots).astimezone(UTC).replace(tzinfo=None)


def _sha256(snapshots: Sequence[Snapshot]) -> str | None:
    """Return the digest of the one file, or one digest over the digests of several files."""
    if len(snapshots) <= 1:
        return snapshots[0].sha256 if snapshots else None
    return hashlib.sha256("\n".join(snapshot.sha256 for snapshot in snapshots).encode()).hexdigest()


def summarize(result: ReadResult) -> str:
    """Return one line for the log: the row counts of a source, or the reason why it is not fresh."""
    parsed = result.parsed
    if parsed is None or result.message:
        return f"{result.source.id}: {result.status}: {result.message}"
    warnings = "".join(f"; {warning}" for warning in parsed.warnings)
    return (
        f"{result.source.id}: {parsed.rows_read:,} rows read = {parsed.rows_accepted:,} accepted"
        f" + {parsed.rows_quarantined:,} quarantined + {parsed.rows_duplicate:,} duplicate{warnings}"
    )
