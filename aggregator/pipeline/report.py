"""Build the tables about sources and about the run: `sources` and `refresh_report`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from aggregator.gates.held import HELD_FOR, Part
from aggregator.gates.verdict import list_examples
from aggregator.model import Snapshot, Source
from aggregator.pipeline.refusals import Refusal, worst_lines
from aggregator.pipeline.results import NOTHING_KEPT, FetchResult, ReadResult, cause_of, describe_failure, describe_kept
from aggregator.store.snapshots import edition_digest
from aggregator.text import counted


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


def refresh_report(
    results: Sequence[ReadResult], today: date, refusals: Mapping[str, Refusal] | None = None
) -> pl.DataFrame:
    """Return one row per source, refused sources included; `refusals` are the open ones by source."""
    found = refusals or {}
    return pl.DataFrame(
        [_report_row(result, today) | _refusal_columns(found.get(result.source.id)) for result in results],
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
            "refused_sha256": pl.String,
            "refused_since": pl.Datetime("us"),
            "nights": pl.Int64,
            "worst": pl.List(pl.String),
            "next_step": pl.String,
        },
    )


def _refusal_columns(refusal: Refusal | None) -> dict[str, Any]:
    """Return the columns about the edition that is kept back; without a home directory in the command, as they are published."""
    return {
        "refused_sha256": refusal.sha256 if refusal else None,
        "refused_since": refusal.since.astimezone(UTC).replace(tzinfo=None) if refusal else None,
        "nights": refusal.nights if refusal else None,
        "worst": worst_lines(refusal.worst) if refusal else [],
        "next_step": refusal.next_step() if refusal else None,
    }


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
        "warnings": [*(parsed.warnings if parsed else ()), *held_warnings(result)],
        "cause": result.cause,
        "gates": list(result.gates),
        "overrides": [str(override) for override in result.overrides],
    }


def held_warnings(result: ReadResult) -> list[str]:
    """Return a sentence with the number of models, columns, benchmarks and past dates that stay at earlier values."""
    parts = [part for group in result.held for part in group.parts]
    found = {part: [one for one in parts if one.part is part] for part in Part}
    kinds = [
        f"{counted(len(held), _PART_NAMES[part])} ({list_examples(one.key for one in held)})"
        for part, held in found.items()
        if held
    ]
    if not kinds:
        return []
    until = max(part.since for part in parts) + HELD_FOR
    return [f"{', '.join(kinds)} held at the last good values; used from {until} if the board still states them"]


_PART_NAMES = {
    Part.RAW_NAME: "model",
    Part.FACT: "column",
    Part.BENCHMARK: "benchmark",
    Part.PAST_DATE: "past date",
}


def update_report(
    report: pl.DataFrame, fetched: Iterable[FetchResult], refusals: Mapping[str, Refusal] | None = None
) -> pl.DataFrame:
    """Return the report of the current generation, updated with a fetch that changed no table.

    A source whose fetch failed becomes `kept`. A source whose published rows come from the bytes of this fetch
    becomes `fresh`. `refusals` are the open ones by source.
    """
    by_source, open_ones = {item.source.id: item for item in fetched}, refusals or {}
    rows = [
        _updated_row(row, by_source.get(str(row["source"]))) | _refusal_columns(open_ones.get(str(row["source"])))
        for row in report.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=report.schema, orient="row")


def _updated_row(row: dict[str, Any], fetched: FetchResult | None) -> dict[str, Any]:
    if fetched is None:
        return row
    if fetched.error is not None:
        has_rows = row["status"] != "refused" and row["retrieved_at"] is not None
        instead = describe_kept(row["rows_accepted"], row["retrieved_at"]) if has_rows else NOTHING_KEPT
        return row | {
            "status": "kept" if has_rows else "refused",
            "message": f"{describe_failure(fetched.error)}; {instead}",
            "cause": cause_of(fetched.error),
        }
    if row["status"] != "fresh" and row["sha256"] == _sha256(fetched.snapshots):
        return row | {"status": "fresh", "message": None, "cause": None, "gates": []}
    return row


def _retrieved_at(snapshots: Sequence[Snapshot]) -> datetime | None:
    """Return the time of the latest retrieval in UTC, without zone because DuckDB's TIMESTAMP has none."""
    if not snapshots:
        return None
    return max(snapshot.retrieved_at for snapshot in snapshots).astimezone(UTC).replace(tzinfo=None)


def _sha256(snapshots: Sequence[Snapshot]) -> str | None:
    return edition_digest(snapshots) if snapshots else None


def summarize(result: ReadResult) -> str:
    """Return one line for the log: the row counts of a source, or the cause why it is not fresh; the report has the rest."""
    parsed = result.parsed
    if parsed is None or result.message:
        return f"{result.source.id}: {result.status}: {str(result.message).partition(':')[0]}"
    warnings = "".join(f"; {warning}" for warning in (*parsed.warnings, *held_warnings(result)))
    return (
        f"{result.source.id}: {parsed.rows_read:,} rows read = {parsed.rows_accepted:,} accepted"
        f" + {parsed.rows_quarantined:,} quarantined + {parsed.rows_duplicate:,} duplicate{warnings}"
    )
