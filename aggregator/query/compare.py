"""Compare several models: side by side, and with a verdict on pairs of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from aggregator.errors import UsageError
from aggregator.query.pair_evidence import Evidence
from aggregator.query.queries import Connection, Row, fetch_rows
from aggregator.query.verdict import PairVerdict


@dataclass(frozen=True)
class ComparisonRow:
    """One row of a comparison: the shared columns, and the values of each model by `model_id`."""

    shared: Row
    values: dict[str, Row]


@dataclass(frozen=True)
class Comparison:
    """Several models side by side, in the requested order."""

    models: list[Row]
    boards: list[ComparisonRow]
    """One row per leaderboard that lists at least one of them."""
    scores: list[ComparisonRow]
    """One row per benchmark that at least two of them share."""
    verdicts: list[PairVerdict]
    """Of two models, the first against the second; of more, the one with the best ability against each other one."""


_MODELS = "select * from models where list_contains($ids::varchar[], model_id)"
_RANKS = "select * from leaderboard where list_contains($ids::varchar[], model_id)"
_BOARDS = """
with counted as (select source, count(*) as models from standings group by source)

select
    s.model_id,
    s.source,
    b.title,
    b.short_title,
    b.in_rank,
    s.rank,
    c.models,
    s.score,
    s.score_low,
    s.score_high,
    b.score_unit,
    s.raw_name,
    s.published_on
from standings as s
inner join sources as b using (source)
inner join counted as c using (source)
where list_contains($ids::varchar[], s.model_id)
order by b.priority, s.model_id
"""
BENCHMARK_COLUMNS = ("benchmark", "source", "title", "metric")
SCORE_COLUMNS = (
    "score",
    "score_normalized",
    "score_low",
    "score_high",
    "standard_error",
    "votes",
    "setting",
    "measured_by",
    "reference",
    "same_as",
    "raw_name",
    "published_on",
)
BOARD_COLUMNS = ("source", "title", "short_title", "in_rank", "models", "score_unit")


def compare_models(connection: Connection, model_ids: Sequence[str]) -> Comparison:
    """Compare two or more different models; raises `UsageError` for fewer or repeated ones, and for unknown ids."""
    if len(set(model_ids)) < max(2, len(model_ids)):
        raise UsageError(
            "there is nothing to compare", hint=f"Give two or more different models, not {', '.join(model_ids)}."
        )
    known = {str(row["model_id"]): row for row in fetch_rows(connection, _MODELS, {"ids": list(model_ids)})}
    for row in fetch_rows(connection, _RANKS, {"ids": list(model_ids)}):
        known[str(row["model_id"])] |= row
    for model_id in model_ids:
        if model_id not in known:
            raise UsageError(f"no model has the id {model_id!r}", hint="Run `metaboard find TEXT` to search.")
    models = [known[model_id] for model_id in model_ids]
    evidence = Evidence.read(connection, models)
    standings = fetch_rows(connection, _BOARDS, {"ids": list(model_ids)})
    scores = [row for row in evidence.scores if row["model_id"] in known]
    shared = _join_rows(model_ids, scores, BENCHMARK_COLUMNS, SCORE_COLUMNS)
    return Comparison(
        models=models,
        boards=_join_rows(model_ids, standings, BOARD_COLUMNS),
        scores=[row for row in shared if len(row.values) > 1],
        verdicts=[evidence.verdict(*pair) for pair in _pairs(models)],
    )


def _pairs(models: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Return the pairs with a verdict, see `Comparison.verdicts`."""
    if len(models) == 2:
        return [(models[0], models[1])]
    ability = {str(row["model_id"]): cast("float | None", row.get("ability")) for row in models}
    ordered = sorted(models, key=lambda row: -(ability[str(row["model_id"])] or 0.0))
    return [(ordered[0], other) for other in ordered[1:]]


def _join_rows(
    model_ids: Sequence[str], rows: Sequence[Row], shared: Sequence[str], columns: Sequence[str] = ()
) -> list[ComparisonRow]:
    """Join the rows of all models on the first `shared` column, in the order of the rows; `columns` are all if empty."""
    joined: dict[object, ComparisonRow] = {}
    for row in rows:
        compared = joined.setdefault(row[shared[0]], ComparisonRow({name: row[name] for name in shared}, {}))
        wanted = columns or [name for name in row if name not in (*shared, "model_id")]
        compared.values[str(row["model_id"])] = {name: row[name] for name in wanted}
    for compared in joined.values():
        ordered = {one: compared.values[one] for one in model_ids if one in compared.values}
        compared.values.clear()
        compared.values.update(ordered)
    return list(joined.values())
