"""What the scores say of the models: the step between the joined tables of `sql/model/` and the combined ones of `sql/mart/`."""

from collections.abc import Callable, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path

import polars as pl
from threadpoolctl import threadpool_limits

from aggregator.errors import UsageError
from aggregator.model import Track
from aggregator.ranking import Calibration, Method, rank, score, standings
from aggregator.ranking.agreement import agreement, agreement_over_time
from aggregator.ranking.connectivity import UnlinkedError
from aggregator.ranking.estimates import ESTIMATES, QUALITY, arena_estimates
from aggregator.ranking.families import families, organizations
from aggregator.ranking.gems import SCHEMA as GEMS
from aggregator.ranking.gems import gems
from aggregator.ranking.link_shift import link_shifts
from aggregator.ranking.method_agreement import ALTERNATES, method_agreement
from aggregator.ranking.outliers import SCHEMA as OUTLIERS
from aggregator.ranking.outliers import outliers

Query = Callable[[str], pl.DataFrame]

SCORES = """
select
    m.track,
    -- Flagged models and copies of ranked ones have an ability, but no place and no part in that of others.
    m.flagged or m.copy_of is not null as apart,
    s.model_id,
    s.source as board,
    s.benchmark,
    s.score,
    -- The boards publish 95 % intervals.
    (s.score_high - s.score_low) / (2 * 1.959964) as standard_error,
    b.higher_is_better,
    b.scale_low,
    b.scale_high,
    b.chance
from scores as s
inner join benchmarks as b using (benchmark)
inner join sources as o on o.source = s.source
inner join models as m using (model_id)
where o.in_rank and o.track = m.track
order by s.benchmark, s.model_id
"""

PLACES = "select model_id, source as board, rank from standings order by all"

FACTS = "from models order by model_id"

EDITIONS = """
select model_id, benchmark, published_on, score
from history
where benchmark = 'arena_text/overall' and superseded_at is null
order by all
"""

METHODS: tuple[Method, ...] = ("mean_win_rate", "mteb_borda", "expected_borda")
"""The ways whose whole order is published every night; Bradley–Terry's is compared, and computed when asked for."""

METHOD_DRAWS = 100
"""Draws for the intervals of the other ways; theirs are shown beside the ability's, not in its place."""


SHIPPED = Path(str(files("aggregator.ranking"))) / "calibrations"


def scale_path(folder: Path, track: Track) -> Path:
    """Return where the scale of a track lies in a folder of calibrations."""
    return folder / f"{track}.npz"


def scale_paths(home: Path) -> dict[Track, Path]:
    """Return the file of each track's frozen scale: the one that `metaboard calibrate` put in `home`, else the shipped one."""
    own = home / "calibrations"
    return {track: scale_path(own if scale_path(own, track).is_file() else SHIPPED, track) for track in Track}


def calibrations(paths: Mapping[Track, Path]) -> dict[Track, Calibration]:
    """Load the frozen scale of each track; raises `UsageError` for a file that is no calibration."""
    return {track: Calibration.load(path) for track, path in paths.items()}


def combine(query: Query, scales: Mapping[Track, Calibration]) -> dict[str, pl.DataFrame]:
    """Return the frames that `sql/mart/` reads, each as `input_<name>`."""
    # The matrices are small: threads of the linear algebra wait for each other longer than they work.
    with threadpool_limits(limits=1, user_api="blas"):
        return _combine(query, scales)


def _combine(query: Query, scales: Mapping[Track, Calibration]) -> dict[str, pl.DataFrame]:
    scores, facts, places = query(SCORES), query(FACTS), query(PLACES)
    tracks = {track: scores.filter(pl.col("track") == track.value).drop("track") for track in Track}
    shifts = {track: _shifts(tracks[track], scale) for track, scale in scales.items()}
    relinked = {track: scale.relinked(shifts[track]) for track, scale in scales.items()}
    abilities = {track: _abilities(tracks[track], scale) for track, scale in relinked.items()}
    llm = tracks[Track.LLM].drop("apart")
    estimates, quality = _estimates(llm, facts)
    return {
        "abilities": pl.concat(abilities.values()),
        "families": families(places, facts),
        "organizations": organizations(places, facts),
        "agreement": _agreement(tracks, llm, query(EDITIONS)),
        "arena_estimates": estimates,
        "arena_estimate_quality": quality,
        "outliers": _or_empty(OUTLIERS, lambda: outliers(llm, facts)),
        "gems": _or_empty(GEMS, lambda: gems(abilities[Track.LLM], facts)),
        **_methods(tracks, abilities),
        "scale_shifts": _by_track(shifts),
        "calibrations": pl.DataFrame([_described(track, scale) for track, scale in scales.items()]),
    }


def _shifts(scores: pl.DataFrame, scale: Calibration) -> pl.DataFrame:
    return link_shifts(scores.drop("apart"), scale)


def _abilities(scores: pl.DataFrame, scale: Calibration) -> pl.DataFrame:
    """Return abilities of one track, those of models that stand apart without a place."""
    placed = scores.filter(~pl.col("apart")).drop("apart")
    apart = scores.filter(pl.col("apart")).drop("apart")
    ranked = _or_empty(ABILITIES, lambda: standings(placed, scale))
    return pl.concat([ranked, _or_empty(ABILITIES, lambda: score(apart, scale))])


ABILITIES: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    "rank": pl.Int64(),
    "rank_low": pl.Int64(),
    "rank_high": pl.Int64(),
    "tie_group": pl.Int64(),
    "ability": pl.Float64(),
    "ability_low": pl.Float64(),
    "ability_high": pl.Float64(),
    "evidence": pl.String(),
    "coverage": pl.Float64(),
}


def _as(schema: Mapping[str, object], frame: pl.DataFrame) -> list[pl.Expr]:
    """Return the columns of `schema`; those that `frame` lacks are null."""
    return [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)  # type: ignore[arg-type] # schemas here hold polars types only
        for name, dtype in schema.items()
    ]


def _or_empty(schema: Mapping[str, object], make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Return what `make` finds, or no rows where the boards of this night give it nothing to work on."""
    try:
        found = make()
    except UsageError:
        return pl.DataFrame(schema=schema)  # type: ignore[arg-type] # as above
    return found.select(_as(schema, found))


def _estimates(llm: pl.DataFrame, facts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    try:
        found = arena_estimates(llm, facts)
    except UsageError:
        return pl.DataFrame(schema=ESTIMATES), pl.DataFrame(schema=QUALITY)
    return found.estimates, found.quality


AGREEMENT: dict[str, pl.DataType] = {
    "grain": pl.String(),
    "left_name": pl.String(),
    "right_name": pl.String(),
    "published_on": pl.Date(),
    "shared": pl.String(),
    "n_models": pl.Int64(),
    **{f"{name}{end}": pl.Float64() for name in ("spearman", "kendall") for end in ("", "_low", "_high")},
}


def _agreement(tracks: Mapping[Track, pl.DataFrame], llm: pl.DataFrame, editions: pl.DataFrame) -> pl.DataFrame:
    """Return pairs of boards in each track, of benchmarks between language models, and of Arena's dates with the Open LLM boards."""
    now = [agreement(tracks[Track.LLM].drop("apart"), benchmarks=_main_benchmarks(llm))]
    now.append(agreement(tracks[Track.EMBEDDING].drop("apart"), benchmarks=[]))
    references = llm.filter(pl.col("board").str.starts_with("open_llm"))
    if editions.height and references.height:
        now.append(agreement_over_time(editions, references).with_columns(grain=pl.lit("date")))
    named = [
        frame.rename({"left": "left_name", "right": "right_name"}).with_columns(
            shared=pl.col("models") if "models" in frame.columns else pl.lit("shared"),
            published_on=pl.col("published_on") if "published_on" in frame.columns else pl.lit(date(1970, 1, 1)),
        )
        for frame in now
    ]
    return pl.concat(frame.select(_as(AGREEMENT, frame)) for frame in named)


def _main_benchmarks(llm: pl.DataFrame) -> list[str]:
    """Return the Open LLM benchmarks and Arena's overall: pairs of Arena's categories count the same votes twice."""
    names = llm["benchmark"].unique().sort()
    return [name for name in names if not name.startswith("arena") or name.endswith("/overall")]


def _methods(tracks: Mapping[Track, pl.DataFrame], abilities: Mapping[Track, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the order by each way of combining, and how far each moves the order of the ability."""
    ranks, moved = [], []
    for track, scores in tracks.items():
        placed = scores.filter(~pl.col("apart")).drop("apart")
        ability = abilities[track].filter(pl.col("rank").is_not_null())
        ranks.append(_method(track, "ability", ability.with_columns(score="ability")))
        if placed.is_empty():
            continue
        ranks += [_method(track, method, rank(placed, method, draws=METHOD_DRAWS)) for method in METHODS]
        moved.append(_moved(placed, ability).with_columns(track=pl.lit(track.value)))
    return {"method_ranks": pl.concat(ranks), "method_agreement": pl.concat(moved, how="diagonal")}


def _moved(placed: pl.DataFrame, ability: pl.DataFrame) -> pl.DataFrame:
    """Return how far each other way moves the order; Bradley–Terry has none where no model links the boards of this night."""
    try:
        return method_agreement(placed, ability, ALTERNATES)
    except UnlinkedError:
        return method_agreement(placed, ability, (*METHODS, "weighted"))


def _method(track: Track, method: str, order: pl.DataFrame) -> pl.DataFrame:
    return order.drop_nulls("rank").select(
        method=pl.lit(method),
        track=pl.lit(track.value),
        model_id="model_id",
        rank=pl.col("rank").cast(pl.Int64),
        rank_low=pl.col("rank_low").cast(pl.Int64),
        rank_high=pl.col("rank_high").cast(pl.Int64),
        score="score",
        coverage="coverage",
    )


def _by_track(frames: Mapping[Track, pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frame.with_columns(track=pl.lit(track.value)) for track, frame in frames.items())


def _described(track: Track, scale: Calibration) -> dict[str, object]:
    return {
        "track": track.value,
        "n_models": scale.n_models,
        "n_cohort": len(scale.cohort),
        "n_draws": len(scale.draws),
        "benchmarks": list(scale.benchmarks),
        "data_hash": scale.data_hash,
    }
