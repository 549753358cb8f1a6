"""Chatbot Arena (LMArena): ratings from people's votes between two anonymous answers.

The official dataset has one folder per view. `text` is the plain rating, `text_style_control` holds
the length and layout of answers constant and is the site's default since 2025-05. Each folder has
`latest` (today's table) and `full` (every publish date). The file's own `rank` is an ordinal of
the ratings inside a category, so it is not used: models whose intervals overlap share a rank.
"""

from collections.abc import Mapping
from functools import partial

import dataframely as dy
import polars as pl

from aggregator import schema
from aggregator.model import Kind, Parsed, RankRule, Resource, Source, Track
from aggregator.sources import wire
from aggregator.sources.hub import dataset_file

REPO = "lmarena-ai/leaderboard-dataset"
OVERALL = "overall"
LOPSIDED = 10
"""How many times further (and points, for intervals of no width) one side of an interval may reach."""

KEY = ["model_name", "category", "leaderboard_publish_date"]


class Row(wire.Wire):
    """The columns used. Ratings are on an Elo-like scale whose zero is arbitrary."""

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
        """Hold each rating against its own interval."""
        inside = (pl.col("rating_lower") <= pl.col("rating")) & (pl.col("rating") <= pl.col("rating_upper"))
        return inside.fill_null(value=True)

    @dy.rule()
    def interval_is_lopsided(cls) -> pl.Expr:
        """Hold the two sides of each interval against each other, so that a bound in another unit is seen.

        The widest real ones, of a few dozen votes, reach twice as far to one side as to the other.
        """
        below, above = pl.col("rating") - pl.col("rating_lower"), pl.col("rating_upper") - pl.col("rating")
        wide, narrow = pl.max_horizontal(below, above), pl.min_horizontal(below, above)
        return (wide <= LOPSIDED * (narrow + LOPSIDED)).fill_null(value=True)

    @dy.rule()
    def publish_date_is_no_day(cls) -> pl.Expr:
        """Hold each date against the calendar."""
        return wire.day("leaderboard_publish_date").is_not_null()


UNUSED_COLUMNS = ("variance", "rank")


def parse(subset: str, files: Mapping[str, bytes]) -> Parsed:
    """Read `latest` and `full` of one view; raises `SourceError`."""
    source = _source_id(subset)
    sheets = {}
    for resource in _resources(subset):
        sheet = wire.read_parquet(
            source, resource.path, files[resource.name], Row, name="model_name", ignored=UNUSED_COLUMNS
        )
        wire.require_rows(source, resource.path, sheet, 20)
        sheets[resource.name] = sheet
    latest = one_row_per_key(sheets["latest"].rows)
    full = one_row_per_key(sheets["full"].rows)
    editions = latest.filter(
        pl.col("leaderboard_publish_date") == pl.col("leaderboard_publish_date").max().over("category")
    )
    past = pl.concat([full, latest]).unique(KEY, keep="first", maintain_order=True)
    read = sum(sheet.read for sheet in sheets.values())
    quarantined = pl.concat([sheet.quarantined for sheet in sheets.values()])
    return Parsed(
        entries=_entries(source, editions, past),
        scores=_rows(source, editions).select(list(schema.SCORES)),
        benchmarks=_benchmarks(source, past),
        rows_read=read,
        accepted=wire.count_by_name(latest["model_name"], full["model_name"]),
        rows_duplicate=read - quarantined.height - latest.height - full.height,
        quarantined=quarantined,
        published_on=editions.select(wire.day("leaderboard_publish_date").max()).item(),
        history=_rows(source, past).select(list(schema.HISTORY)),
        warnings=tuple(dict.fromkeys(warning for sheet in sheets.values() for warning in sheet.warnings)),
    )


def one_row_per_key(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` with one row a model, category and date: of several, that with the most votes."""
    repeated = rows.select(pl.struct(KEY).is_duplicated().alias("repeated"))["repeated"]
    best = (
        rows.filter(repeated)
        .sort([*KEY, "vote_count", "rating", "row"], descending=[*[False] * 3, True, True, False], nulls_last=True)
        .unique(KEY, keep="first", maintain_order=True)
    )
    return pl.concat([rows.filter(~repeated), best])


def _rows(source: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the ratings in the project's words; the rank counts the models that are surely better."""
    dated = rows.select(
        source=pl.lit(source),
        benchmark=pl.lit(f"{source}/") + pl.col("category"),
        raw_name="model_name",
        score="rating",
        score_normalized=pl.lit(None, dtype=pl.Float64),
        score_low="rating_lower",
        score_high="rating_upper",
        votes=pl.col("vote_count").cast(pl.Int64),
        published_on=wire.day("leaderboard_publish_date"),
    )
    return dated.with_columns(rank=surely_better(dated).cast(pl.Int64) + 1)


def surely_better(rows: pl.DataFrame) -> pl.Series:
    """Return, per row, how many models of its benchmark and date have their low end above its high end.

    A rating without an interval is its own interval.
    """
    bounded = rows.select(
        "benchmark",
        "published_on",
        low=pl.coalesce("score_low", "score"),
        high=pl.coalesce("score_high", "score"),
    ).with_row_index("position")
    table = ["benchmark", "published_on"]
    lows = bounded.select(*table, edge="low", rising=pl.lit(0, dtype=pl.Int8), position=pl.lit(None, dtype=pl.UInt32))
    highs = bounded.select(*table, edge="high", rising=pl.lit(1, dtype=pl.Int8), position="position")
    # Walking down the edges, the lows passed so far belong to the models surely better than this high;
    # a low equal to a high is not above it, so highs come first among equals.
    walked = (
        pl.concat([lows, highs])
        .sort([*table, "edge", "rising"], descending=[False, False, True, True])
        .with_columns(better=pl.col("position").is_null().cum_sum().over(table))
    )
    return walked.drop_nulls("position").sort("position")["better"]


def _entries(source: str, editions: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    """Return one row per name of any date; only names of the current overall table have a score."""
    known = (
        past.sort("leaderboard_publish_date", "category")
        .group_by("model_name", maintain_order=True)
        .agg(pl.col("organization", "license").filter(pl.col("organization", "license").str.strip_chars() != "").last())
    )
    current = _rows(source, editions).filter(pl.col("benchmark") == f"{source}/{OVERALL}")
    facts = known.join(current, left_on="model_name", right_on="raw_name", how="left")
    return schema.frame(
        schema.ENTRIES,
        facts.select(
            source=pl.lit(source),
            raw_name="model_name",
            organization="organization",
            license="license",
            open_weights=open_weights(pl.col("license")),
            kind=pl.lit(Kind.CHAT.value),
            published_on="published_on",
            board_rank="rank",
            board_score="score",
            board_score_low="score_low",
            board_score_high="score_high",
        ).sort("raw_name"),
    )


def open_weights(license_: pl.Expr) -> pl.Expr:
    """Say whether a licence as the Arena writes it (`Proprietary`, once `Propretary`) lets weights out."""
    return pl.when(license_.is_not_null()).then(~license_.str.contains("(?i)^propr?i?etary|^n/a$"))


def _benchmarks(source: str, past: pl.DataFrame) -> pl.DataFrame:
    names = past["category"].unique().sort()
    return schema.frame(
        schema.BENCHMARKS,
        pl.select(
            benchmark=pl.lit(f"{source}/") + names,
            source=pl.lit(source),
            title=names.str.replace_all("_", " "),
            task_type=pl.lit("preference"),
            metric=pl.lit("Bradley–Terry rating"),
            higher_is_better=pl.lit(value=True),
            url=pl.lit(HOMEPAGE),
        ),
    )


HOMEPAGE = "https://arena.ai/leaderboard/text"


def _source_id(subset: str) -> str:
    return f"arena_{subset}"


def _resources(subset: str) -> tuple[Resource, Resource]:
    return (
        dataset_file("latest", REPO, f"{subset}/latest-00000-of-00001.parquet", max_mib=32),
        dataset_file("full", REPO, f"{subset}/full-00000-of-00001.parquet", max_mib=512),
    )


def _source(subset: str, title: str, *, in_rank: bool) -> Source:
    source = _source_id(subset)
    return Source(
        id=source,
        title=title,
        track=Track.LLM,
        rank_rule=RankRule.INTERVAL,
        score_unit="Bradley–Terry rating, Elo-like scale",
        homepage=HOMEPAGE,
        license="CC-BY-4.0",
        citation="Chiang, Zheng, Sheng et al.: Chatbot Arena: An Open Platform for Evaluating LLMs by Human Preference. ICML, 2024.",
        in_rank=in_rank,
        resources=_resources(subset),
        parse=partial(parse, subset),
        min_rows=20,
    )


TEXT = _source("text", "Chatbot Arena, text", in_rank=False)
TEXT_STYLE_CONTROL = _source("text_style_control", "Chatbot Arena, text with style control", in_rank=True)
