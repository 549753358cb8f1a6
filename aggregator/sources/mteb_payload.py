"""MTEB's payload of `GET /v1/benchmarks/{name}/scores`, from bytes to flat frames.

`rows` has one object a model with a nested `model`; `tasksMeta` has one object a task. Fields that are
used are declared here with their types; fields that are known and not used are listed, so that a
new one stands out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from aggregator.errors import MissingColumn, SourceError, WrongType
from aggregator.sources import wire
from aggregator.sources.mteb_scores import require_fractions
from aggregator.sources.mteb_setting import setting

ROUNDING = 1e-6


class Row(wire.Wire):
    """One model's row: the fields used, after the nested `model` object is laid flat."""

    name = wire.name_column()
    rank = dy.Int64(min=1)
    meanTask = dy.Float64(nullable=True, min=-1, max=1)  # noqa: N815 - the wire's own spelling
    openWeights = dy.Bool(nullable=True)  # noqa: N815 - the wire's own spelling
    totalParamsB = dy.Float64(nullable=True, min=0)  # noqa: N815 - the wire's own spelling
    activeParamsB = dy.Float64(nullable=True, min=0)  # noqa: N815 - the wire's own spelling
    license = wire.text()
    releaseDate = wire.text()  # noqa: N815 - the wire's own spelling
    adaptedFrom = dy.List(dy.String(nullable=True), nullable=True)  # noqa: N815 - the wire's own spelling
    supersededBy = wire.text()  # noqa: N815 - the wire's own spelling
    url = wire.text()
    variant = wire.text()
    lowest_task_score = dy.Float64(nullable=True, min=-1, max=1)
    highest_task_score = dy.Float64(nullable=True, min=-1, max=1)

    @dy.rule()
    def mean_lies_outside_the_scores_it_is_made_of(cls) -> pl.Expr:
        """Hold `meanTask` against the row's own scores; which tasks it covers differs between boards."""
        low, high = pl.col("lowest_task_score") - ROUNDING, pl.col("highest_task_score") + ROUNDING
        return pl.col("meanTask").is_between(low, high).fill_null(value=True)


class Task(wire.Wire):
    """One task of the board."""

    name = wire.name_column()
    type = wire.text()
    mainScore = wire.text()  # noqa: N815 - the wire's own spelling
    reference = wire.text()


ROW_FIELDS = ("rank", "model", "meanTask", "scoresByTask", "experiments")
MODEL_FIELDS = (
    "name",
    "openWeights",
    "totalParamsB",
    "activeParamsB",
    "license",
    "releaseDate",
    "adaptedFrom",
    "supersededBy",
    "url",
)
TASK_FIELDS = ("name", "type", "mainScore", "reference")
PAYLOAD_FIELDS = ("benchmarkName", "tasksMeta", "rows")

UNUSED = {
    "": "taskTypes tasks aggregations customGroupings showZeroShot",
    "rows.": """
        zeroShotPct activeParamsB totalParamsB embeddingDim maxTokens meanTaskType meanPublic meanPrivate scoresByTaskType
        scoresByCustomGroup trainedOnTasks
    """,
    "rows.model.": """
        zeroShotPct embeddingDim maxTokens modelType instructionTuned openness opennessScore
        sentenceTransformersCompatible modalities languages citation memoryUsageMb publicTrainingCode publicTrainingData
        extraRequirementsGroups trainingDatasets
    """,
    "tasksMeta.": """
        simplifiedType languages domains modalities description citation isPublic sourceDataset license dateFrom dateTo
        annotationsCreators dialect sampleCreation numModels
    """,
}
"""Known fields that are not used, by where they stand."""


@dataclass(frozen=True)
class Payload:
    """One board: its models, their scores `(row, task, score)`, its tasks, and what is new in the file."""

    models: wire.Sheet
    scores: pl.DataFrame
    tasks: pl.DataFrame
    warnings: tuple[str, ...]


def read(board: str, file: str, content: bytes, benchmark: str) -> Payload:
    """Read the payload of `benchmark`; raises `SourceError`, `MissingColumn`, `WrongType`."""
    payload = wire.read_json(board, file, content)
    if not isinstance(payload, dict):
        raise SourceError(board, file, f"a JSON {type(payload).__name__} where an object was expected")
    _require(board, file, "", PAYLOAD_FIELDS, [payload])
    if payload["benchmarkName"] != benchmark:
        raise SourceError(board, file, f"holds {payload['benchmarkName']!r}, not {benchmark!r}")
    rows = _objects(board, file, "rows", payload["rows"])
    _require(board, file, "rows.", ROW_FIELDS, rows)
    models = _objects(board, file, "rows.model", [row["model"] for row in rows])
    _require(board, file, "rows.model.", MODEL_FIELDS, models)
    metas = _objects(board, file, "tasksMeta", payload["tasksMeta"])
    _require(board, file, "tasksMeta.", TASK_FIELDS, metas)
    scores = _scores(board, file, [row["scoresByTask"] for row in rows])
    flat = _flat(board, file, rows, models).join(_extremes(scores), on="row", how="left", maintain_order="left")
    described = _typed(
        board, file, "tasksMeta.", Task, {field: [meta[field] for meta in metas] for field in TASK_FIELDS}
    )
    tasks = wire.read_table(board, file, described, Task, name="name")
    lost = tasks.quarantined.height
    return Payload(
        models=wire.read_table(board, file, flat.drop("row"), Row, name="name"),
        scores=scores,
        tasks=tasks.rows,
        warnings=(
            *_news({"": [payload], "rows.": rows, "rows.model.": models, "tasksMeta.": metas}),
            *((f"{lost} entries of `tasksMeta` were left out",) if lost else ()),
        ),
    )


def _require(board: str, file: str, place: str, fields: Sequence[str], objects: Sequence[Mapping[str, Any]]) -> None:
    """Raise `MissingColumn` where an object lacks a declared field."""
    for found in objects:
        missing = [f"{place}{field}" for field in fields if field not in found]
        if missing:
            raise MissingColumn(board, file, missing, [f"{place}{field}" for field in found])


def _objects(board: str, file: str, field: str, values: object) -> list[dict[str, Any]]:
    if not isinstance(values, list):
        raise WrongType(board, file, field, "a list", type(values).__name__)
    for value in values:
        if not isinstance(value, dict):
            raise WrongType(board, file, field, "objects", type(value).__name__)
    return values


def _flat(
    board: str, file: str, rows: Sequence[Mapping[str, Any]], models: Sequence[Mapping[str, Any]]
) -> pl.DataFrame:
    """Lay the used fields of rows and models side by side; `row` is the position in the file."""
    own = {"rank": [row["rank"] for row in rows], "meanTask": [row["meanTask"] for row in rows]}
    read_as: dict[str, Callable[[Any], object]] = {
        "adaptedFrom": lambda value: [value] if isinstance(value, str) else value
    }
    nested = {field: [read_as.get(field, _as_it_is)(model[field]) for model in models] for field in MODEL_FIELDS}
    for row in rows:
        if not isinstance(row["experiments"], dict | str | None):
            raise WrongType(board, file, "rows.experiments", "an object", type(row["experiments"]).__name__)
    flat = pl.concat(
        [
            _typed(board, file, "rows.", Row, own),
            _typed(board, file, "rows.model.", Row, nested),
            _typed(board, file, "rows.", Row, {"variant": [setting(row["experiments"]) for row in rows]}),
        ],
        how="horizontal",
    )
    return flat.with_row_index("row").cast({"row": pl.Int64})


def _as_it_is(value: object) -> object:
    return value


def _typed(board: str, file: str, place: str, shape: type[wire.Wire], columns: Mapping[str, list[Any]]) -> pl.DataFrame:
    declared = shape.columns()
    return pl.DataFrame(
        [
            wire.json_column(board, file, f"{place}{field}", values, declared[field].dtype).alias(field)
            for field, values in columns.items()
        ]
    )


def _scores(board: str, file: str, by_task: Sequence[object]) -> pl.DataFrame:
    """Return `(row, task, score)` of every cell that is not null."""
    for found in by_task:
        if not isinstance(found, dict):
            raise WrongType(board, file, "rows.scoresByTask", "objects", type(found).__name__)
    cells = [
        (row, task, score)
        for row, scores in enumerate(by_task)
        if isinstance(scores, dict)
        for task, score in scores.items()
        if score is not None
    ]
    field = "rows.scoresByTask"
    table = pl.DataFrame(
        {
            "row": pl.Series([row for row, _, _ in cells], dtype=pl.Int64),
            "task": wire.json_column(board, file, field, [task for _, task, _ in cells], pl.String()),
            "score": wire.json_column(board, file, field, [score for _, _, score in cells], pl.Float64()),
        }
    )
    require_fractions(board, file, table["score"])
    return table


def _extremes(scores: pl.DataFrame) -> pl.DataFrame:
    return scores.group_by("row").agg(lowest_task_score=pl.col("score").min(), highest_task_score=pl.col("score").max())


def _news(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[str, ...]:
    """Return a sentence about fields that nobody declared."""
    used = {"": PAYLOAD_FIELDS, "rows.": ROW_FIELDS, "rows.model.": MODEL_FIELDS, "tasksMeta.": TASK_FIELDS}
    new = [
        f"`{place}{field}`"
        for place, objects in found.items()
        for field in sorted({field for item in objects for field in item} - {*used[place], *UNUSED[place].split()})
    ]
    return (f"new columns, not used: {', '.join(new)}",) if new else ()
