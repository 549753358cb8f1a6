"""Benchmarks of the Hub, and the Hub's answers for their leaderboards: JSON lists with one result per model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

import dataframely as dy
import polars as pl

from aggregator.errors import WrongType
from aggregator.model import Domain, MeasuredBy, Resource
from aggregator.sources import wire
from aggregator.sources.board import Benchmark
from aggregator.sources.cells import scores_of
from aggregator.sources.hub import HUB, MEBIBYTE
from aggregator.sources.records import Record, read_records
from aggregator.sources.tables import Column

LIVE = Resource(
    name="live",
    path="api/datasets/benchmark-official/list.json",
    url=f"{HUB}/api/datasets?filter=benchmark:official",
    max_bytes=16 * MEBIBYTE,
    media="json",
    is_optional=True,
    follow=f"{HUB}/api/datasets/{{id}}/leaderboard",
)
MODEL, VALUE = "modelId", "value"
NOT_USED = ("rank", "filename", "author", "pullRequest", "source")


def declare(  # noqa: PLR0917 - one benchmark per line in the board
    name: str,
    title: str,
    dataset: str,
    domain: Domain,
    chance: float | None = None,
    n_items: int | None = None,
    test_set: str | None = None,
) -> Benchmark:
    """Return a benchmark of the Hub with scores from 0 to 100: its name in the table, its title and its dataset."""
    return Benchmark(
        name,
        title,
        domain,
        "score, %",
        f"{name}_score",
        chance=chance,
        n_items=n_items,
        test_set=test_set,
        measured_by=MeasuredBy.SELF_REPORTED,
        url=f"{HUB}/datasets/{dataset}",
    )


def new(name: str, dataset: str | None = None) -> Benchmark:
    """Return a benchmark that is not declared: its unit is unknown, and its domain has no rank."""
    found = declare(name, dataset or name, dataset or "", Domain.OTHER)
    return replace(found, low=None, high=None, metric="score", url=found.url if dataset else None)


def warning(name: str) -> str:
    """Return the sentence about a benchmark that is not declared."""
    return f"new benchmark `{name}`: it is in no rank until its domain and range are declared"


@dataclass(frozen=True)
class Results:
    """The results of all answers: scores, sheets in the same order, and benchmarks by name."""

    sheets: Sequence[wire.Sheet]
    scores: Sequence[pl.DataFrame]
    benchmarks: dict[str, Benchmark]


class Result(wire.Wire):
    """The used fields; the score has the range of its benchmark. `url` and `name` are those of `source`."""

    model = wire.name_column(alias=MODEL)
    verified = dy.Bool(nullable=True)
    notes = wire.text(decorative=True)
    url = wire.text(decorative=True)
    name = wire.text(decorative=True)


VERIFIED = pl.col("verified").fill_null(value=False)
COLUMNS: Mapping[str, Column] = {
    "measured_by": pl.when(VERIFIED)
    .then(pl.lit(MeasuredBy.THIRD_PARTY.value))
    .otherwise(pl.lit(MeasuredBy.SELF_REPORTED.value)),
    "reference": pl.coalesce(*wire.blank_to_null("url", "name")),
    "setting": pl.col("notes").str.strip_chars().replace("", None),
}
"""The further columns of SCORES."""


def read_all(source: str, files: Mapping[str, bytes], known: Mapping[str, Benchmark]) -> Results:
    """Read every answer in `files`, named `live/<dataset>`; raises `SourceError`.

    A dataset that none of `known` has is a benchmark of its own. Of several results of one model, a verified one comes
    first, then the best.
    """
    by_url = {benchmark.url: benchmark for benchmark in known.values()}
    sheets, scores, benchmarks = [], [], dict[str, Benchmark]()
    for file in sorted(file for file in files if file.startswith(f"{LIVE.name}/")):
        dataset = file.removeprefix(f"{LIVE.name}/")
        benchmark = by_url.get(f"{HUB}/datasets/{dataset}") or new(dataset.replace("/", "__"), dataset)
        sheet = _read(source, _path(dataset), files[file], benchmark)
        rows = sheet.rows.filter(VERIFIED | ~VERIFIED.any().over(MODEL))
        found = replace(benchmark, column=VALUE, columns=COLUMNS)
        scores.append(scores_of(source, sheet, found, rows, name=MODEL))
        sheets.append(sheet)
        benchmarks[benchmark.name] = benchmark
    return Results(sheets, scores, benchmarks)


def _path(dataset: str) -> str:
    """Return the place of an answer in a mirror: beside the list of datasets."""
    return LIVE.path.replace("list", quote(dataset, safe=""))


def _read(source: str, file: str, content: bytes, benchmark: Benchmark) -> wire.Sheet:
    """Return the rows of one answer; a list without results gives a sheet without rows."""
    row = wire.with_columns(Result, {VALUE: dy.Float64(min=benchmark.low, max=benchmark.high)})
    if content.strip() == b"[]":
        empty = pl.DataFrame(schema={name: column.dtype for name, column in row.columns().items() if name != "row"})
        return wire.read_table(source, file, empty, row, name=MODEL)

    def flatten(place: str, record: Record) -> Record:
        origin = record.get("source") or {}
        if not isinstance(origin, dict):
            raise WrongType(source, file, f"source of {place}", "an object", type(origin).__name__)
        optional = {"notes": record.get("notes"), "verified": record.get("verified")}
        return {**record, **optional, "url": origin.get("url"), "name": origin.get("name")}

    sheet = read_records(source, file, content, row, name=MODEL, ignored=NOT_USED, flatten=flatten)
    wire.require_rows(source, file, sheet, 1)
    return sheet
