"""The overall scores of leaderboards that rank by a score of their own, as rows next to those of their benchmarks."""

from collections.abc import Mapping

import polars as pl

from aggregator.model import Track

NAME = "(overall)"
"""The part of the benchmark's name after its board; no leaderboard has a benchmark of this name."""

OVERALL_SCORES = f"""
with measured as (
    select distinct source, benchmark from scores
),

boards as (
    select
        o.source,
        o.track,
        o.higher_is_better,
        if(count(distinct (b.scale_low, b.scale_high)) = 1, any_value(b.scale_low), null) as scale_low,
        if(count(distinct (b.scale_low, b.scale_high)) = 1, any_value(b.scale_high), null) as scale_high
    from sources as o
    inner join benchmarks as b using (source)
    inner join measured as w on w.source = o.source and w.benchmark = b.benchmark
    where o.in_rank and o.rank_rule in ('score', 'interval')
    group by o.source, o.track, o.higher_is_better
    -- The Arena's overall rating and the only benchmark of a leaderboard are in the scores themselves.
    having count(*) > 1 and not bool_or(b.benchmark = o.source || '/overall')
),

copied as (
    -- A part of these overall scores is in the overall score of another edition too.
    select distinct model_id, source from scores where same_as is not null
)

select
    m.track,
    m.flagged or m.copy_of is not null as is_unranked,
    s.model_id,
    s.source as board,
    s.source || '/{NAME}' as benchmark,
    s.score,
    (s.score_high - s.score_low) / (2 * 1.959964) as standard_error,
    b.higher_is_better,
    b.scale_low,
    b.scale_high
from standings as s
inner join boards as b using (source)
inner join models as m on m.model_id = s.model_id and m.track = b.track
left join copied as c on c.model_id = s.model_id and c.source = s.source
where s.score is not null and c.model_id is null
order by s.source, s.model_id
"""  # noqa: S608 - the name is a constant
"""Overall scores in the form of `pipeline.score.SCORES`."""


def measured_scores(scores: Mapping[Track, pl.DataFrame], overall: pl.DataFrame) -> dict[Track, pl.DataFrame]:
    """Return the scores of each track with the overall scores of their leaderboards, and `is_overall`.

    `scores` is `SCORES` by track, without the column `track`; `overall` is `OVERALL_SCORES`.
    """
    return {
        track: _with_overall(table, overall.filter(pl.col("track") == track.value).drop("track"))
        for track, table in scores.items()
    }


def _with_overall(scores: pl.DataFrame, overall: pl.DataFrame) -> pl.DataFrame:
    """Return both in one frame. The only benchmark of a leaderboard is its overall score, as is one named `overall`."""
    count = scores.group_by("board").agg(_benchmarks=pl.col("benchmark").n_unique())
    is_whole = (pl.col("_benchmarks") == 1) | pl.col("benchmark").str.ends_with("/overall")
    marked = scores.join(count, on="board", maintain_order="left").with_columns(is_overall=is_whole)
    rows = overall.filter(pl.col("board").is_in(scores["board"].unique().to_list())).with_columns(is_overall=True)
    return pl.concat([marked.drop("_benchmarks"), rows], how="diagonal_relaxed")
