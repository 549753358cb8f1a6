"""Row counts and score statistics of one edition, stored in the manifest as the baseline for later gates."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from aggregator.model import Parsed

COUNTS = ("read", "rows", "models", "placed", "scores", "history")
"""Names of the fields that count a whole source."""


@dataclass(frozen=True)
class EditionStatistics:
    """Counts of one edition of a source. The field names are the JSON keys in the manifest."""

    read: int
    """Rows in the files."""
    rows: int
    """Rows used."""
    models: int
    """Names with a score in the current edition."""
    placed: int
    """Models with a rank or a score of the board itself."""
    scores: int
    """Scores in the current edition."""
    history: int
    """Scores of all dates; 0 for a source without history."""
    benchmarks: Mapping[str, int]
    """Scores by benchmark."""
    nulls: Mapping[str, float]
    """Share of empty cells by `table.column`; columns without empty cells are omitted.

    Of the entries, only the placed models count.
    """
    edition: str | None = None
    """The newest edition that its benchmarks state; None for a source whose editions have the same items."""

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object for the manifest."""
        return asdict(self)


def compute_statistics(parsed: Parsed) -> EditionStatistics:
    """Count the rows, models, scores and empty cells of `parsed`."""
    scored = parsed.scores["raw_name"].unique()
    placed = placed_entries(parsed)
    current = placed if placed.height else parsed.entries.filter(pl.col("raw_name").is_in(scored.implode()))
    benchmarks = parsed.scores["benchmark"].value_counts().sort("benchmark")
    stated = parsed.benchmarks["edition"].drop_nulls()
    return EditionStatistics(
        read=parsed.rows_read,
        rows=parsed.rows_accepted,
        models=scored.len(),
        placed=placed.height,
        scores=parsed.scores.height,
        history=0 if parsed.history is None else parsed.history.height,
        benchmarks=dict(benchmarks.iter_rows()),
        nulls=_null_shares("entries", current) | _null_shares("scores", parsed.scores),
        edition=None if stated.is_empty() else str(stated.max()),
    )


def placed_entries(parsed: Parsed) -> pl.DataFrame:
    """Return the entries with a rank or a score of the board itself."""
    return parsed.entries.filter(pl.any_horizontal(pl.col("board_rank", "board_score").is_not_null()))


def from_json(document: object) -> EditionStatistics | None:
    """Return the statistics in a manifest, or None when `document` is not an object of `to_json`."""
    if not isinstance(document, dict):
        return None
    try:
        return EditionStatistics(
            **{count: int(document[count]) for count in COUNTS},
            benchmarks={str(name): int(count) for name, count in document["benchmarks"].items()},
            nulls={str(name): float(share) for name, share in document["nulls"].items()},
            edition=None if document.get("edition") is None else str(document["edition"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def best_of(editions: Sequence[EditionStatistics]) -> EditionStatistics:
    """Return the largest of each count and the smallest share of empty cells over `editions`."""
    benchmarks = sorted({name for edition in editions for name in edition.benchmarks})
    columns = sorted({name for edition in editions for name in edition.nulls})
    least = {name: min(edition.nulls.get(name, 0.0) for edition in editions) for name in columns}
    return EditionStatistics(
        **{count: max(getattr(edition, count) for edition in editions) for count in COUNTS},
        benchmarks={name: max(edition.benchmarks.get(name, 0) for edition in editions) for name in benchmarks},
        nulls={name: share for name, share in least.items() if share},
    )


def _null_shares(table: str, frame: pl.DataFrame) -> dict[str, float]:
    if frame.is_empty():
        return {}
    shares = (frame.null_count() / frame.height).row(0, named=True)
    return {f"{table}.{column}": round(share, 4) for column, share in shares.items() if share}
