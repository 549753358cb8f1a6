"""Shared reader of boards that publish ratings with intervals: a current table, and one of all publish dates.

Both tables have one row per model, category and publish date. Only the ratings of the category `overall` are the
board's scores; every category is a benchmark.
"""

import polars as pl

from aggregator import schema
from aggregator.model import Domain, Kind, MeasuredBy, Parsed, Source
from aggregator.sources import tables, wire
from aggregator.sources.interval_rank import count_models_above

OVERALL = "overall"
DOMAINS = {
    "coding": Domain.CODING,
    "math": Domain.MATH,
    "instruction_following": Domain.INSTRUCTION_FOLLOWING,
}
"""Domains by category, where they are not the board's."""
KEY = ["model_name", "category", "leaderboard_publish_date"]


def parse_ratings(source: Source, latest: wire.Sheet, full: wire.Sheet) -> Parsed:
    """Return the `Parsed` of `source`: the scores of `latest`, the history of both tables."""
    now, every = one_row_per_key(latest.rows), one_row_per_key(full.rows)
    published = pl.col("leaderboard_publish_date")
    current = now.filter(published == published.max().over("category"))
    every_date = pl.concat([every, now]).unique(KEY, keep="first", maintain_order=True)
    return tables.build_parsed(
        [latest, full],
        tables.count_by_name(now["model_name"], every["model_name"]),
        entries=_entries(source, current, every_date),
        scores=schema.frame(schema.SCORES, _ratings(source, current)),
        benchmarks=_benchmarks(source, every_date),
        published_on=current.select(wire.day("leaderboard_publish_date").max()).item(),
        history=schema.frame(schema.HISTORY, _ratings(source, every_date)),
    )


def one_row_per_key(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` with one row per model, category and date: of several, the one with the most votes."""
    order = [*KEY, "vote_count", "rating", "row"]
    descending = [*[False] * len(KEY), True, True, False]
    return tables.one_row_per_key(
        rows, KEY, lambda repeated: repeated.sort(order, descending=descending, nulls_last=True)
    )


def _ratings(source: Source, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the ratings with the columns of SCORES and HISTORY that the board states, and the rank by interval."""
    ratings = tables.score_columns(
        source.id,
        rows,
        pl.col("category"),
        raw_name="model_name",
        score="rating",
        score_low="rating_lower",
        score_high="rating_upper",
        votes=pl.col("vote_count").cast(pl.Int64),
        published_on=wire.day("leaderboard_publish_date"),
    )
    return ratings.with_columns(rank=count_models_above(ratings).cast(pl.Int64) + 1)


def _entries(source: Source, current: pl.DataFrame, every_date: pl.DataFrame) -> pl.DataFrame:
    """Return one row per name of any date; only names of the current overall table have a score."""
    named = pl.col("organization", "license")
    known = (
        every_date.sort("leaderboard_publish_date", "category")
        .group_by("model_name", maintain_order=True)
        .agg(named.filter(named.str.strip_chars() != "").last())
    )
    overall = _ratings(source, current).filter(pl.col("benchmark") == f"{source.id}/{OVERALL}")
    facts = known.join(overall, left_on="model_name", right_on="raw_name", how="left")
    return tables.entry_table(
        source.id,
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


def _benchmarks(source: Source, every_date: pl.DataFrame) -> pl.DataFrame:
    return tables.benchmark_table(
        source.id,
        every_date.select(pl.col("category").unique().sort()),
        pl.col("category"),
        title=pl.col("category").str.replace_all("_", " "),
        task_type=pl.lit("preference"),
        domain=pl.col("category").replace_strict(
            list(DOMAINS), [domain.value for domain in DOMAINS.values()], default=source.domain.value
        ),
        metric=pl.lit("Bradley–Terry rating"),
        measured_by=pl.lit(MeasuredBy.FIRST_PARTY.value),
        url=pl.lit(source.homepage),
    )
