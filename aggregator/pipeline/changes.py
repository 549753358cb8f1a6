"""What is new: the feed of changes of the boards, and who moved in the combined rank since the generation before."""

from pathlib import Path

import polars as pl

from aggregator.query.queries import Connection, Row, rows
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


def changes(connection: Connection, limit: int | None = None) -> list[Row]:
    """Return the rows of `changes` with names, board by board, those about the best places first."""
    return rows(connection, _CHANGES, {"limit": limit if limit is not None else 2**31})


def generation_before(home: Path, generation: Generation) -> Generation | None:
    """Return the newest kept generation that is older than `generation`."""
    older = [kept for kept in Home(home).generations() if kept.number < generation.number]
    return older[-1] if older else None


def rank_moves(after: Generation, before: Generation | None, limit: int) -> list[Row]:
    """Return whose combined rank differs between two generations, the best places first; nothing without `before`."""
    if before is None or not (_leaderboard(before).is_file() and _leaderboard(after).is_file()):
        return []
    old, new = (
        pl.read_parquet(_leaderboard(one), columns=["model_id", "name", "track", "rank"]).filter(
            pl.col("rank").is_not_null()
        )
        for one in (before, after)
    )
    both = new.join(old, on="model_id", how="full", suffix="_before", coalesce=True)
    moved = both.filter(pl.col("rank").ne_missing(pl.col("rank_before"))).select(
        pl.coalesce("track", "track_before").alias("track"),
        "model_id",
        pl.coalesce("name", "name_before").alias("name"),
        "rank_before",
        rank_after="rank",
        moved=pl.col("rank_before").cast(pl.Int64) - pl.col("rank").cast(pl.Int64),
    )
    best = pl.min_horizontal("rank_before", "rank_after")
    return moved.sort("track", best, "model_id", descending=[True, False, False]).head(limit).to_dicts()


def _leaderboard(generation: Generation) -> Path:
    return generation.path / "data" / "leaderboard" / "leaderboard.parquet"
