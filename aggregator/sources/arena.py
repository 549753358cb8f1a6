"""Chatbot Arena (LMArena): ratings from people's votes between two anonymous answers.

The official dataset has one folder per view. `text` has plain ratings. `text_style_control` corrects for the length and
layout of answers; it has been the default view of the site since 2025-05. The other views of `arena_views.tsv` have
scales of their own and are off by default. Each folder has `latest` (the current table) and `full` (all publish dates).
The file's own `rank` is the order of the ratings inside a category and is not used: models with overlapping intervals
share a rank. `rating_table.py` is the reader.
"""

from collections.abc import Mapping
from functools import partial

import dataframely as dy
import polars as pl

from aggregator.model import Domain, Parsed, RankRule, Source, Track
from aggregator.sources import wire
from aggregator.sources.decoration import DECORATIVE
from aggregator.sources.fact_file import fact_lines
from aggregator.sources.hub import dataset_file
from aggregator.sources.parquet import read_parquet
from aggregator.sources.rating_table import parse_ratings

REPO = "lmarena-ai/leaderboard-dataset"
MIN_ROWS = 20
MAX_ASYMMETRY = 10
"""One side of an interval may be this many times as long as the other side plus this many points."""
UNUSED_COLUMNS = ("variance", "rank")


class Row(wire.Wire):
    """The used columns. Ratings are on an Elo-like scale with an arbitrary zero."""

    model_name = wire.name_column()
    organization = wire.text(decorative=True)
    license = wire.text(decorative=True)
    rating = dy.Float64(min=300, max=3000)
    rating_lower = dy.Float64(nullable=True, min=-2000, max=5000)
    rating_upper = dy.Float64(nullable=True, min=-2000, max=5000)
    vote_count = dy.Float64(nullable=True, min=0, max=1e10, metadata=DECORATIVE)
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


def parse(line: Mapping[str, str], files: Mapping[str, bytes]) -> Parsed:
    """Read `latest` and `full` of one view; raises `SourceError`."""
    source = _source(line)
    sheets = []
    for resource in source.resources:
        content = files[resource.name]
        sheet = read_parquet(source.id, resource.path, content, Row, name="model_name", ignored=UNUSED_COLUMNS)
        wire.require_rows(source.id, resource.path, sheet, MIN_ROWS)
        sheets.append(sheet)
    return parse_ratings(source, *sheets)


def _source(line: Mapping[str, str]) -> Source:
    view = line["view"]
    return Source(
        id=f"arena_{view}",
        title=line["title"],
        short_title=line["short_title"],
        track=Track.LLM,
        rank_rule=RankRule.INTERVAL,
        score_unit="Bradley–Terry rating, Elo-like scale",
        homepage=line["homepage"],
        license="CC-BY-4.0",
        citation="Chiang, Zheng, Sheng et al.: Chatbot Arena: An Open Platform for Evaluating LLMs by Human Preference. ICML, 2024.",
        in_rank=line["in_rank"] == "yes",
        resources=(
            dataset_file("latest", REPO, f"{view}/latest-00000-of-00001.parquet", max_mib=32),
            dataset_file("full", REPO, f"{view}/full-00000-of-00001.parquet", max_mib=512),
        ),
        parse=partial(parse, line),
        min_rows=MIN_ROWS,
        column=line["column"],
        score_name="rating",
        has_interval=True,
        domain=Domain(line["domain"]),
        is_on=line["on"] == "on",
        is_refitted=True,
        group="arena",
    )


SOURCES = tuple(map(_source, fact_lines("arena_views.tsv")))
TEXT_STYLE_CONTROL, TEXT, *_ = SOURCES
