"""Read MTEB's payload of `GET /v1/benchmarks/{name}/scores` into flat tables.

`rows` has one object per model with a nested `model`; `tasksMeta` has one object per task. Used fields are declared
here with their types. Known unused fields are listed, so that a new field is reported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from aggregator.errors import MissingColumn, SourceError, WrongType
from aggregator.model import Kind
from aggregator.sources import tables, wire
from aggregator.sources.decoration import DECORATIVE, is_decorative
from aggregator.sources.mteb_scores import require_fractions
from aggregator.sources.mteb_setting import setting_text, split_setting
from aggregator.sources.strict_json import json_column, json_or_other, read_json

ROUNDING_TOLERANCE = 1e-6


class Row(wire.Wire):
    """One model's row: the used fields, with those of the nested `model` object."""

    name = wire.name_column()
    rank = dy.Int64(min=1)
    meanTask = dy.Float64(nullable=True, min=-1, max=1)  # noqa: N815 - the spelling of the API
    openWeights = dy.Bool(nullable=True, metadata=DECORATIVE)  # noqa: N815 - the spelling of the API
    totalParamsB = dy.Float64(nullable=True, min=0, metadata=DECORATIVE)  # noqa: N815 - the spelling of the API
    activeParamsB = dy.Float64(nullable=True, min=0, metadata=DECORATIVE)  # noqa: N815 - the spelling of the API
    license = wire.text(decorative=True)
    releaseDate = wire.text()  # noqa: N815 - the spelling of the API
    adaptedFrom = dy.List(dy.String(nullable=True), nullable=True, metadata=DECORATIVE)  # noqa: N815 - the spelling of the API
    supersededBy = wire.text(decorative=True)  # noqa: N815 - the spelling of the API
    url = wire.text(decorative=True)
    variant = wire.text()
    lowest_task_score = dy.Float64(nullable=True, min=-1, max=1)
    highest_task_score = dy.Float64(nullable=True, min=-1, max=1)

    @dy.rule()
    def mean_lies_outside_the_scores_it_is_made_of(cls) -> pl.Expr:
        """Compare `meanTask` with the row's own scores; boards differ in the tasks that it covers."""
        low, high = pl.col("lowest_task_score") - ROUNDING_TOLERANCE, pl.col("highest_task_score") + ROUNDING_TOLERANCE
        return pl.col("meanTask").is_between(low, high).fill_null(value=True)


class Task(wire.Wire):
    """One task of the board."""

    name = wire.name_column()
    type = wire.text(decorative=True)
    mainScore = wire.text(decorative=True)  # noqa: N815 - the spelling of the API
    reference = wire.text(decorative=True)


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
"""Known unused fields, by the path of their object."""


@dataclass(frozen=True)
class Payload:
    """One board: its models, their scores `(row, task, score)`, its tasks, and warnings about new fields."""

    models: wire.Sheet
    scores: pl.DataFrame
    tasks: pl.DataFrame
    warnings: tuple[str, ...]


def read_payload(source: str, file: str, content: bytes, benchmark: str) -> Payload:
    """Read the payload of `benchmark`; raises `SourceError`, `MissingColumn`, `WrongType`."""
    payload = read_json(source, file, content)
    if not isinstance(payload, dict):
        raise SourceError(source, file, f"a JSON {type(payload).__name__} where an object was expected")
    if payload.get("rows") == []:
        raise wire.no_rows(source, file)
    _require_fields(source, file, "", PAYLOAD_FIELDS, [payload])
    if payload["benchmarkName"] != benchmark:
        raise SourceError(source, file, f"holds {payload['benchmarkName']!r}, not {benchmark!r}")
    rows = _objects(source, file, "rows", payload["rows"])
    _require_fields(source, file, "rows.", ROW_FIELDS, rows)
    models = _objects(source, file, "rows.model", [row["model"] for row in rows])
    _require_fields(source, file, "rows.model.", _required(Row, MODEL_FIELDS), models)
    metas = _objects(source, file, "tasksMeta", payload["tasksMeta"])
    _require_fields(source, file, "tasksMeta.", _required(Task, TASK_FIELDS), metas)
    scores = _scores(source, file, [row["scoresByTask"] for row in rows])
    flat = _flat_rows(source, file, rows, models).join(_extremes(scores), on="row", how="left", maintain_order="left")
    described = _typed(source, file, "tasksMeta.", Task, _values(TASK_FIELDS, metas))
    tasks = wire.read_table(source, file, described, Task, name="name")
    lost = tasks.quarantined.height
    return Payload(
        models=wire.read_table(source, file, flat.drop("row"), Row, name="name"),
        scores=scores,
        tasks=tasks.rows,
        warnings=(
            *tasks.about_columns,
            *_new_field_warnings({"": [payload], "rows.": rows, "rows.model.": models, "tasksMeta.": metas}),
            *((f"{lost} entries of `tasksMeta` were left out",) if lost else ()),
        ),
    )


def stated_facts() -> dict[str, tables.Column]:
    """Return the columns of ENTRIES that the board states about a model; its rows have a `raw_name`."""
    hf_id, variant = split_setting(pl.col("raw_name"))
    return {
        "raw_name": "raw_name",
        "hf_id": hf_id,
        "link": pl.col("url").str.extract(r"^https?://huggingface\.co/([^/?#]+/[^/?#]+)/?$"),
        "organization": tables.namespace_of(pl.col("name")),
        "license": "license",
        "open_weights": "openWeights",
        "kind": pl.lit(Kind.EMBEDDING.value),
        "params_b": pl.when(pl.col("totalParamsB") > 0).then(pl.col("totalParamsB")),
        "active_params_b": pl.when(pl.col("activeParamsB") > 0).then(pl.col("activeParamsB")),
        "base_models": "adaptedFrom",
        "variant": variant,
        "released_on": wire.day("releaseDate"),
        "board_rank": "rank",
        "board_score": "meanTask",
        "superseded_by": "supersededBy",
    }


def _required(schema: type[wire.Wire], fields: Sequence[str]) -> list[str]:
    """Return the fields without which the payload is refused."""
    declared = schema.columns()
    return [field for field in fields if not is_decorative(declared[field])]


def _values(fields: Sequence[str], objects: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the values of each field that an object has."""
    found = {field: [one.get(field) for one in objects] for field in fields}
    return {field: values for field, values in found.items() if any(field in one for one in objects)}


def _require_fields(
    source: str, file: str, place: str, fields: Sequence[str], objects: Sequence[Mapping[str, Any]]
) -> None:
    """Raise `MissingColumn` when an object lacks a declared field."""
    for found in objects:
        missing = [f"{place}{field}" for field in fields if field not in found]
        if missing:
            raise MissingColumn(source, file, missing, [f"{place}{field}" for field in found])


def _objects(source: str, file: str, field: str, values: object) -> list[dict[str, Any]]:
    if not isinstance(values, list):
        raise WrongType(source, file, field, "a list", type(values).__name__)
    for value in values:
        if not isinstance(value, dict):
            raise WrongType(source, file, field, "objects", type(value).__name__)
    return values


def _flat_rows(
    source: str, file: str, rows: Sequence[Mapping[str, Any]], models: Sequence[Mapping[str, Any]]
) -> pl.DataFrame:
    """Return the used fields of rows and models in one table; `row` is the position in the file."""
    of_rows = {"rank": [row["rank"] for row in rows], "meanTask": [row["meanTask"] for row in rows]}
    of_models = _values(MODEL_FIELDS, models)
    if bases := of_models.get("adaptedFrom"):
        of_models["adaptedFrom"] = [[base] if isinstance(base, str) else base for base in bases]
    for row in rows:
        if not isinstance(row["experiments"], dict | str | None):
            raise WrongType(source, file, "rows.experiments", "an object", type(row["experiments"]).__name__)
    flat = pl.concat(
        [
            _typed(source, file, "rows.", Row, of_rows),
            _typed(source, file, "rows.model.", Row, of_models),
            _typed(source, file, "rows.", Row, {"variant": [setting_text(row["experiments"]) for row in rows]}),
        ],
        how="horizontal",
    )
    return flat.with_row_index("row").cast({"row": pl.Int64})


def _typed(
    source: str, file: str, place: str, schema: type[wire.Wire], columns: Mapping[str, list[Any]]
) -> pl.DataFrame:
    declared = schema.columns()
    return pl.DataFrame(
        [
            json_or_other(source, file, f"{place}{field}", values, declared[field]).alias(field)
            for field, values in columns.items()
        ]
    )


def _scores(source: str, file: str, by_task: Sequence[object]) -> pl.DataFrame:
    """Return `(row, task, score)` of every score that is not null."""
    for found in by_task:
        if not isinstance(found, dict):
            raise WrongType(source, file, "rows.scoresByTask", "objects", type(found).__name__)
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
            "task": json_column(source, file, field, [task for _, task, _ in cells], pl.String()),
            "score": json_column(source, file, field, [score for _, _, score in cells], pl.Float64()),
        }
    )
    require_fractions(source, file, table["score"])
    return table


def _extremes(scores: pl.DataFrame) -> pl.DataFrame:
    return scores.group_by("row").agg(lowest_task_score=pl.col("score").min(), highest_task_score=pl.col("score").max())


def _new_field_warnings(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[str, ...]:
    """Return one sentence about undeclared fields, if any."""
    used = {"": PAYLOAD_FIELDS, "rows.": ROW_FIELDS, "rows.model.": MODEL_FIELDS, "tasksMeta.": TASK_FIELDS}
    new = [
        f"`{place}{field}`"
        for place, objects in found.items()
        for field in sorted({field for item in objects for field in item} - {*used[place], *UNUSED[place].split()})
    ]
    return (f"new columns, not used: {', '.join(new)}",) if new else ()
