"""Compare editions: the changes of each leaderboard, and the moves in the combined rank since the last generation."""

from pathlib import Path

import polars as pl

from aggregator.query.queries import Connection, Row, fetch_rows
from aggregator.store.generations import Generation, Home

_CHANGES = """
select
    c.*,
    coalesce(m.name, c.raw_name) as name,
    s.title
from changes as c
inner join sources as s using (source)
left join models as m using (model_id)
order by s.priority, c.event, coalesce(c.rank_after, c.rank_before), c.model_id
limit $limit
"""

_NO_LIMIT = 2**31


def changes(connection: Connection, limit: int | None = None) -> list[Row]:
    """Return the rows of `changes` with model names and board titles, by board, event and rank."""
    return fetch_rows(connection, _CHANGES, {"limit": _NO_LIMIT if limit is None else limit})


def generation_before(home: Path, generation: Generation) -> Generation | None:
    """Return the newest kept generation that is older than `generation`."""
    older = [kept for kept in Home(home).generations() if kept.number < generation.number]
    return older[-1] if older else None


def rank_moves(after: Generation, before: Generation | None, limit: int) -> list[Row]:
    """Return the models whose combined rank changed between two generations, best rank first; empty without `before`."""
    if before is None or not (_leaderboard_path(before).is_file() and _leaderboard_path(after).is_file()):
        return []
    both = _read_ranks(after).join(_read_ranks(before), on="model_id", how="full", suffix="_before", coalesce=True)
    moved = both.filter(pl.col("rank").ne_missing(pl.col("rank_before"))).select(
        pl.coalesce("track", "track_before").alias("track"),
        "model_id",
        pl.coalesce("name", "name_before").alias("name"),
        "rank_before",
        rank_after="rank",
        moved=pl.col("rank_before").cast(pl.Int64) - pl.col("rank").cast(pl.Int64),
    )
    best_rank = pl.min_horizontal("rank_before", "rank_after")
    return moved.sort("track", best_rank, "model_id", descending=[True, False, False]).head(limit).to_dicts()


def _read_ranks(generation: Generation) -> pl.DataFrame:
    ranks = pl.read_parquet(_leaderboard_path(generation), columns=["model_id", "name", "track", "rank"], glob=False)
    return ranks.filter(pl.col("rank").is_not_null())


def _leaderboard_path(generation: Generation) -> Path:
    return generation.path / "data" / "leaderboard" / "leaderboard.parquet"
