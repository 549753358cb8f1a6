"""The scores of a release as a whole: on each leaderboard, those of one of its settings."""

import polars as pl

PREFIX = "release:"
"""Before the id of a release in the column `model_id`; no id of a model has a colon."""


def release_scores(scores: pl.DataFrame, members: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Return `scores` of every release with two models or more, with `PREFIX` and its id as `model_id`.

    On each leaderboard the default setting represents its release; where it is not listed, the setting with the best
    rank there does. So a release keeps the evidence of all leaderboards, although each may list another setting.

    `scores` are those of ranked models, with `model_id`, `board` and `benchmark`; `members` is `(release_id, model_id,
    place)`, the default setting at place 1; `places` is `(model_id, board, rank)`, the ranks on each leaderboard.
    """
    known = scores.join(members, on="model_id")
    several = known.group_by("release_id").agg(models=pl.col("model_id").n_unique()).filter(pl.col("models") > 1)
    pooled = known.join(several, on="release_id", how="semi")
    listed = pooled.select("release_id", "board", "model_id", "place").unique()
    chosen = (
        listed.join(places.select("model_id", "board", "rank"), on=["model_id", "board"], how="left")
        .sort(["release_id", "board", pl.col("place") > 1, "rank", "place"], nulls_last=True, maintain_order=True)
        .unique(["release_id", "board"], keep="first", maintain_order=True)
    )
    rows = pooled.join(chosen.select("release_id", "board", "model_id"), on=["release_id", "board", "model_id"])
    return rows.with_columns(model_id=pl.lit(PREFIX) + pl.col("release_id")).select(scores.columns)


def representatives(scores: pl.DataFrame, members: pl.DataFrame, pooled: pl.DataFrame) -> pl.DataFrame:
    """Return `(model_id, release_id)`: the row of abilities that stands for each release.

    It is the pooled row where there is one, else the one model with scores.
    """
    known = scores.select("model_id").unique().join(members.select("model_id", "release_id"), on="model_id")
    own = pooled.select("model_id").unique().with_columns(release_id=pl.col("model_id").str.strip_prefix(PREFIX))
    alone = known.join(own, on="release_id", how="anti")
    return pl.concat([own, alone]).sort("release_id")
