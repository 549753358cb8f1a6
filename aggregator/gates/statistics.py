"""How much a source says, in a few numbers that a manifest can carry, so that later nights have something to hold against."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from aggregator.model import Parsed

COUNTS = ("read", "rows", "models", "placed", "scores", "history")
"""What is counted of a whole source, by the name of the field."""


@dataclass(frozen=True)
class Measure:
    """The size of one reading of a source."""

    read: int
    """Rows in the files."""
    rows: int
    """Rows used."""
    models: int
    """Names with a score in the current edition."""
    placed: int
    """Models to which the board itself gives a rank or a score."""
    scores: int
    """Scores in the current edition."""
    history: int
    """Scores of all dates, 0 where the source keeps no past."""
    benchmarks: Mapping[str, int]
    """Scores by benchmark."""
    nulls: Mapping[str, float]
    """Share of empty cells by `table.column`, of the models that the board places today; columns without any are left out."""

    def document(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)


def measure(parsed: Parsed) -> Measure:
    """Count what `parsed` holds."""
    scored = parsed.scores["raw_name"].unique()
    placed = parsed.entries.filter(pl.any_horizontal(pl.col("board_rank", "board_score").is_not_null()))
    current = placed if placed.height else parsed.entries.filter(pl.col("raw_name").is_in(scored.implode()))
    benchmarks = parsed.scores["benchmark"].value_counts().sort("benchmark")
    return Measure(
        read=parsed.rows_read,
        rows=parsed.rows_accepted,
        models=scored.len(),
        placed=placed.height,
        scores=parsed.scores.height,
        history=0 if parsed.history is None else parsed.history.height,
        benchmarks=dict(benchmarks.iter_rows()),
        nulls=_nulls("entries", current) | _nulls("scores", parsed.scores),
    )


def from_document(document: object) -> Measure | None:
    """Return the measure that a manifest carries, or None where it carries none."""
    if not isinstance(document, dict):
        return None
    try:
        return Measure(
            **{count: int(document[count]) for count in COUNTS},
            benchmarks={str(name): int(count) for name, count in document["benchmarks"].items()},
            nulls={str(name): float(share) for name, share in document["nulls"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def best(good: Sequence[Measure]) -> Measure:
    """Return the most that any of `good` had of each thing, and the fewest empty cells."""
    benchmarks = sorted({name for one in good for name in one.benchmarks})
    columns = {name for one in good for name in one.nulls}
    least = {name: min(one.nulls.get(name, 0.0) for one in good) for name in sorted(columns)}
    return Measure(
        **{count: max(getattr(one, count) for one in good) for count in COUNTS},
        benchmarks={name: max(one.benchmarks.get(name, 0) for one in good) for name in benchmarks},
        nulls={name: share for name, share in least.items() if share},
    )


def _nulls(table: str, frame: pl.DataFrame) -> dict[str, float]:
    if frame.is_empty():
        return {}
    shares = (frame.null_count() / frame.height).row(0, named=True)
    return {f"{table}.{column}": round(share, 4) for column, share in shares.items() if share}
