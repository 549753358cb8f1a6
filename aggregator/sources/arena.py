"""Chatbot Arena (LMArena): ratings from people's votes between two anonymous answers.

The official dataset has one folder per view. `text` has plain ratings. `text_style_control` corrects for the length and
layout of answers; it has been the default view of the site since 2025-05. Each folder has `latest` (the current table)
and `full` (all publish dates). The file's own `rank` is the order of the ratings inside a category and is not used:
models with overlapping intervals share a rank.
"""

from collections.abc import Mapping
from functools import partial

import dataframely as dy
import polars as pl

from aggregator import schema
from aggregator.model import Kind, Parsed, RankRule, Resource, Source, Track
from aggregator.sources import tables, wire
from aggregator.sources.hub import dataset_file
from aggregator.sources.interval_rank import count_models_above
from aggregator.sources.parquet import read_parquet

REPO = "lmarena-ai/leaderboard-dataset"
HOMEPAGE = "https://arena.ai/leaderboard/text"
OVERALL = "overall"
MIN_ROWS = 20

MAX_ASYMMETRY = 10
"""One side of an interval may be this many times as long as the other side plus this many points."""

KEY = ["model_name", "category", "leaderboard_publish_date"]
UNUSED_COLUMNS = ("variance", "rank")


class Row(wire.Wire):
    """The used columns. Ratings are on an Elo-like scale with an arbitrary zero."""

    model_name = wire.name_column()
    organization = wire.text()
    license = wire.text()
    rating = dy.Float64(min=300, max=3000)
    rating_lower = dy.Float64(nullable=True, min=-2000, max=5000)
    rating_upper = dy.Float64(nullable=True, min=-2000, max=5000)
    vote_count = dy.Float64(nullable=True, min=0, max=1e10)
    category = dy.String(min_length=1, max_length=128, regex=r"^[a-z0-9_-]+$")
    leaderboard_publish_date = dy.String(regex=r"^\d{4}-\d{2}-\d{2}$")

    @dy.rule()
    def interval_does_not_hold_the_rating(cls) -> pl.Expr:
        """Compare each rating with its own interval."""
        inside = (pl.col("rating_lower") <= pl.col("rating")) & (pl.col("rating") <= pl.col("rating_upper"))
        return inside.fill_null(value=True)

    @dy.rule()
    def interval_is_lopsided(cls) -> pl.Expr:
        """Compare the two sides of each interval, so that a bound in another unit is noticed.

        In the widest real intervals, of a few dozen votes, one side is twice as long as the other.
        """
        below, above = pl.col("rating") - pl.col("rating_lower"), pl.col("rating_upper") - pl.col("rating")
        longer, shorter = pl.max_horizontal(below, above), pl.min_horizontal(below, above)
        return (longer <= MAX_ASYMMETRY * (shorter + MAX_ASYMMETRY)).fill_null(value=True)

    @dy.rule()
    def publish_date_is_no_day(cls) -> pl.Expr:
        """Compare each date with the calendar."""
        return wire.day("leaderboard_publish_date").is_not_null()


def parse(view: str, files: Mapping[str, bytes]) -> Parsed:
    """Read `latest` and `full` of one view; raises `SourceError`."""
    source = _source_id(view)
    sheets = {resource.name: _read(source, resource, files[resource.name]) for resource in _resources(view)}
    latest, full = one_row_per_key(sheets["latest"].rows), one_row_per_key(sheets["full"].rows)
    published = pl.col("leaderboard_publish_date")
    current = latest.filter(published == published.max().over("category"))
    every_date = pl.concat([full, latest]).unique(KEY, keep="first", maintain_order=True)
    return tables.build_parsed(
        list(sheets.values()),
        tables.count_by_name(latest["model_name"], full["model_name"]),
        entries=_entries(source, current, every_date),
        scores=_ratings(source, current).select(list(schema.SCORES)),
        benchmarks=_benchmarks(source, every_date),
        published_on=current.select(wire.day("leaderboard_publish_date").max()).item(),
        history=_ratings(source, every_date).select(list(schema.HISTORY)),
    )


def _read(source: str, resource: Resource, content: bytes) -> wire.Sheet:
    sheet = read_parquet(source, resource.path, content, Row, name="model_name", ignored=UNUSED_COLUMNS)
    wire.require_rows(source, resource.path, sheet, MIN_ROWS)
    return sheet


def one_row_per_key(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` with one row per model, category and date: of several, the one with the most votes."""
    order = [*KEY, "vote_count", "rating", "row"]
    descending = [*[False] * len(KEY), True, True, False]
    return tables.one_row_per_key(
        rows, KEY, lambda repeated: repeated.sort(order, descending=descending, nulls_last=True)
    )


def _ratings(source: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the ratings with the columns of SCORES and HISTORY, and the rank by interval."""
    ratings = tables.score_columns(
        source,
        rows,
        pl.col("category"),
        raw_name="model_name",
        score="rating",
        score_normalized=pl.lit(None, dtype=pl.Float64),
        score_low="rating_lower",
        score_high="rating_upper",
        votes=pl.col("vote_count").cast(pl.Int64),
        published_on=wire.day("leaderboard_publish_date"),
    )
    return ratings.with_columns(rank=count_models_above(ratings).cast(pl.Int64) + 1)


def _entries(source: str, current: pl.DataFrame, every_date: pl.DataFrame) -> pl.DataFrame:
    """Return one row per name of any date; only names of the current overall table have a score."""
    named = pl.col("organization", "license")
    known = (
        every_date.sort("leaderboard_publish_date", "category")
        .group_by("model_name", maintain_order=True)
        .agg(named.filter(named.str.strip_chars() != "").last())
    )
    overall = _ratings(source, current).filter(pl.col("benchmark") == f"{source}/{OVERALL}")
    facts = known.join(overall, left_on="model_name", right_on="raw_name", how="left")
    return tables.entry_table(
        source,
        facts.sort("model_name"),
        raw_name="model_name",
        organization="organization",
        license="license",
        open_weights=has_open_weights(pl.col("license")),
        kind=pl.lit(Kind.CHAT.value),
        published_on="published_on",
        board_rank="rank",
        board_score="score",
        board_score_low="score_low",
        board_score_high="score_high",
    )


def has_open_weights(license_: pl.Expr) -> pl.Expr:
    """Return false for `Proprietary` (once misspelt `Propretary`) and `N/A`, true for other licences, null without one."""
    return pl.when(license_.is_not_null()).then(~license_.str.contains("(?i)^propr?i?etary|^n/a$"))


def _benchmarks(source: str, every_date: pl.DataFrame) -> pl.DataFrame:
    return tables.benchmark_table(
        source,
        every_date.select(pl.col("category").unique().sort()),
        pl.col("category"),
        title=pl.col("category").str.replace_all("_", " "),
        task_type=pl.lit("preference"),
        metric=pl.lit("Bradley–Terry rating"),
        url=pl.lit(HOMEPAGE),
    )


def _source_id(view: str) -> str:
    return f"arena_{view}"


def _resources(view: str) -> tuple[Resource, Resource]:
    return (
        dataset_file("latest", REPO, f"{view}/latest-00000-of-00001.parquet", max_mib=32),
        dataset_file("full", REPO, f"{view}/full-00000-of-00001.parquet", max_mib=512),
    )


def _source(view: str, title: str, *, in_rank: bool) -> Source:
    return Source(
        id=_source_id(view),
        title=title,
        track=Track.LLM,
        rank_rule=RankRule.INTERVAL,
        score_unit="Bradley–Terry rating, Elo-like scale",
        homepage=HOMEPAGE,
        license="CC-BY-4.0",
        citation="Chiang, Zheng, Sheng et al.: Chatbot Arena: An Open Platform for Evaluating LLMs by Human Preference. ICML, 2024.",
        in_rank=in_rank,
        resources=_resources(view),
        parse=partial(parse, view),
        min_rows=MIN_ROWS,
    )


TEXT = _source("text", "Chatbot Arena, text", in_rank=False)
TEXT_STYLE_CONTROL = _source("text_style_control", "Chatbot Arena, text with style control", in_rank=True)
