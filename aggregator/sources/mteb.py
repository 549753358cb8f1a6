"""MTEB's boards, from its REST API: `GET /v1/benchmarks/{name}/scores`; `mteb_boards.tsv` has one line for each.

The rank is the board's own Borda count over tasks. `meanTask` is null until a model has every task. Scores are 0–1. A
model can have several rows, one per `experiments` setting (embedding size, instruction, …): the setting is part of the
raw name. Of two rows with one name, the better ranked one is kept. The wire schema is in `mteb_payload.py`.
"""

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

import polars as pl

from aggregator.model import Domain, MeasuredBy, Parsed, RankRule, Resource, Source, Track
from aggregator.sources import mteb_payload, tables, wire
from aggregator.sources.fact_file import fact_lines
from aggregator.sources.hub import MEBIBYTE
from aggregator.sources.mteb_definitions import TaskSet, benchmark_table, set_of
from aggregator.sources.mteb_setting import add_setting

BACKEND = "https://mteb-leaderboard-backend.hf.space"
MIN_ROWS = 20


def parse(benchmark: str, source: str, files: Mapping[str, bytes]) -> Parsed:
    """Read one board's payload; raises `SourceError`."""
    resource = _resource(benchmark)
    payload = mteb_payload.read_payload(source, resource.path, files[resource.name], benchmark)
    sheet = payload.models
    wire.require_rows(source, resource.path, sheet, MIN_ROWS)
    named = sheet.rows.with_columns(raw_name=add_setting(pl.col("name"), pl.col("variant")))
    rows = named.sort("rank", "row").unique("raw_name", keep="first", maintain_order=True)
    scores = rows.select("row", "raw_name").join(payload.scores, on="row", maintain_order="left_right")
    published_on = rows.select(wire.day("releaseDate").max()).item()
    dates = {"published_on": pl.lit(published_on, dtype=pl.Date)}
    return tables.build_parsed(
        [sheet],
        tables.count_by_name(rows["raw_name"]),
        entries=tables.entry_table(source, rows, **mteb_payload.stated_facts(), **dates),
        scores=tables.score_table(source, scores, pl.col("task"), raw_name="raw_name", score="score", **dates),
        benchmarks=_benchmarks(benchmark, source, payload.tasks, scores["task"]),
        published_on=published_on,
        warnings=payload.warnings,
    )


def _benchmarks(benchmark: str, source: str, tasks: pl.DataFrame, scored: pl.Series) -> pl.DataFrame:
    """Return one row per task. `MTEB(cmn, v1)` once listed a task twice; a task with scores is always included."""
    described = tasks.unique("name", keep="first", maintain_order=True).rows_by_key("name", named=True, unique=True)
    sets = []
    for name in [*described, *sorted(set(scored) - set(described))]:
        facts = described.get(name, {})
        stated = TaskSet(name, name, frozenset(), facts.get("type"), facts.get("mainScore"))
        sets.append((name, set_of(benchmark, name) or stated, facts.get("reference")))
    return benchmark_table(source, sets)


def _resource(benchmark: str) -> Resource:
    encoded = quote(benchmark, safe="")
    return Resource(
        name="scores",
        path=f"mteb-leaderboard-backend/v1/benchmarks/{encoded}/scores.json",
        url=f"{BACKEND}/v1/benchmarks/{encoded}/scores",
        max_bytes=64 * MEBIBYTE,
        media="json",
    )


def _source(line: Mapping[str, str]) -> Source:
    return Source(
        id=line["id"],
        title=line["title"],
        short_title=line["title"].partition(" (")[0],
        track=Track.EMBEDDING,
        rank_rule=RankRule.GIVEN,
        score_unit="mean over tasks, 0–1",
        homepage="https://leaderboard.mteb.org",
        license="CC0-1.0",
        citation="Enevoldsen, Chung, Kerboua et al.: MMTEB: Massive Multilingual Text Embedding Benchmark. ICLR, 2025.",
        resources=(_resource(line["benchmark"]),),
        parse=partial(parse, line["benchmark"], line["id"]),
        min_rows=MIN_ROWS,
        in_rank=line["in_rank"] == "yes",
        column=line["column"],
        domain=Domain(line["domain"]),
        measured_by=MeasuredBy.THIRD_PARTY,
        is_on=line["on"] == "on",
        group="mteb",
    )


# Boards of one language or one kind of task are not in the combined rank: their own models would have the best ranks.
SOURCES = tuple(map(_source, fact_lines("mteb_boards.tsv")))
ENGLISH, MULTILINGUAL, CHINESE, RETRIEVAL, *_ = SOURCES
