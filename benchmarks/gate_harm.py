"""What is wrong in the accepted rows of a spoiled edition, compared with the true ones: rankings, names, facts, history.

The limits separate an error from noise: an honest night of a board, compared with the same night drawn again, stays below
each of them.
"""

from collections.abc import Iterator

import polars as pl

from aggregator.model import Parsed, Source

RANKING = frozenset({"names", "best", "order", "scores", "flagged"})
"""The kinds of harm that change a ranking; the others change a fact, a date or the history."""
LARGEST_MISSING = 0.02
BEST, LARGEST_BEST_MISSING = 20, 1
FAR, FAR_SHARE = 5, 0.1
"""No model moves by more than so many places, or this share of the board, whichever is more."""
NEAR, NEAR_SHARE, LARGEST_MOVED = 3, 0.03, 0.02
"""At most `LARGEST_MOVED` of the models move by more than so many places, or this share of the board."""
LARGEST_OTHER_RANKS = 0.9
LARGE_STEP, LARGEST_STEPPED, LARGEST_RMS = 0.5, 0.02, 0.15
"""Of a benchmark's scores, in standard deviations: few may move by a large step, and the rms of all stays small."""
FEWEST_SCORES = 10
FACTS = (
    *("merged", "moe", "open_weights", "kind", "params_b", "organization", "license"),
    *("base_models", "released_on", "chat_template", "effort"),
)
LARGEST_FACT_CHANGE, FEWEST_FACTS = 0.05, 5
PAST_KEY = ["benchmark", "raw_name", "published_on"]


def find_harm(source: Source, accepted: Parsed, truth: Parsed) -> list[str]:
    """Return the kinds of harm in `accepted`; empty when it is right but for noise."""
    return [
        *_names(source, accepted, truth),
        *_order(source, accepted, truth),
        *_ranks(accepted, truth),
        *_scores(accepted, truth),
        *_facts(accepted, truth),
        *_dates(accepted, truth),
        *_history(accepted, truth),
    ]


def board_order(source: Source, parsed: Parsed) -> pl.DataFrame:
    """Return `(raw_name, place)` of the models that the board ranks, by its rank, else by its score."""
    score = pl.col("board_score") * (-1 if source.higher_is_better else 1)
    ranked = parsed.entries.filter(pl.col("raw_name").is_in(parsed.scores["raw_name"].unique().implode()))
    by_rank = ranked.select("raw_name", value=pl.col("board_rank").cast(pl.Float64)).drop_nulls()
    found = by_rank if by_rank.height else ranked.select("raw_name", value=score).drop_nulls()
    return found.select("raw_name", place=pl.col("value").rank("min")).sort("place", "raw_name")


def _ranks(accepted: Parsed, truth: Parsed) -> Iterator[str]:
    """Find that the board's own ranks are others for most models, whatever their order."""
    both = truth.entries.join(accepted.entries.select("raw_name", now="board_rank"), on="raw_name")
    ranked = both.select("now", rank="board_rank").drop_nulls()
    if ranked.height >= FEWEST_SCORES and (ranked["now"] != ranked["rank"]).mean() > LARGEST_OTHER_RANKS:  # type: ignore[operator]  # a mean of booleans is a number
        yield "ranks"


def _names(source: Source, accepted: Parsed, truth: Parsed) -> Iterator[str]:
    now, true = set(accepted.scores["raw_name"]), set(truth.scores["raw_name"])
    if len(true - now) > LARGEST_MISSING * len(true) or len(now - true) > LARGEST_MISSING * len(true):
        yield "names"
    best = board_order(source, truth).head(BEST)["raw_name"].to_list()
    if len(set(best) - now) > LARGEST_BEST_MISSING:
        yield "best"


def _order(source: Source, accepted: Parsed, truth: Parsed) -> Iterator[str]:
    both = board_order(source, truth).join(board_order(source, accepted), on="raw_name", suffix="_now")
    if both.is_empty():
        return
    places = both.select(pl.col("place", "place_now").rank("average"))
    step = (places["place_now"] - places["place"]).abs()
    if (step > max(FAR, FAR_SHARE * both.height)).any() or (
        (step > max(NEAR, NEAR_SHARE * both.height)).mean() > LARGEST_MOVED  # type: ignore[operator] # not empty
    ):
        yield "order"


def _scores(accepted: Parsed, truth: Parsed) -> Iterator[str]:
    both = truth.scores.select("benchmark", "raw_name", "score").join(
        accepted.scores.select("benchmark", "raw_name", now="score"), on=["benchmark", "raw_name"]
    )
    spread = pl.col("score").std().over("benchmark")
    moved = both.with_columns(step=((pl.col("now") - pl.col("score")) / spread).abs()).filter(spread > 0)
    found = moved.group_by("benchmark").agg(
        pl.len(), large=(pl.col("step") > LARGE_STEP).sum(), rms=(pl.col("step") ** 2).mean().sqrt()
    )
    is_wrong = ((pl.col("large") > LARGEST_STEPPED * pl.col("len")) & (pl.col("large") > 1)) | (
        pl.col("rms") > LARGEST_RMS
    )
    if found.filter((pl.col("len") >= FEWEST_SCORES) & is_wrong).height:
        yield "scores"


def _facts(accepted: Parsed, truth: Parsed) -> Iterator[str]:
    both = truth.entries.join(accepted.entries, on="raw_name", suffix="_now")
    for fact in ("flagged", *FACTS):
        now, true = both[f"{fact}_now"], both[fact]
        changed = int(now.ne_missing(true).sum())
        if changed >= FEWEST_FACTS and changed > LARGEST_FACT_CHANGE * both.height:
            yield fact if fact == "flagged" else f"fact {fact}"


def _dates(accepted: Parsed, truth: Parsed) -> Iterator[str]:
    now, true = accepted.published_on, truth.published_on
    if now and true and abs((now - true).days) > 1:
        yield "date"


def _history(accepted: Parsed, truth: Parsed) -> Iterator[str]:
    if truth.history is None or accepted.history is None:
        return
    spread = pl.col("score").std().over("benchmark", "published_on")
    past = truth.history.with_columns(spread=spread).filter(
        pl.col("published_on") < truth.history["published_on"].max()
    )
    both = past.join(accepted.history.select(*PAST_KEY, now="score"), on=PAST_KEY, how="left")
    if both.is_empty():
        return
    if both["now"].null_count() > LARGEST_MISSING * both.height:
        yield "history"
        return
    large = both.with_columns(large=(pl.col("now") - pl.col("score")).abs() > 0.25 * pl.col("spread"))
    by_date = large.group_by("published_on").agg(pl.len(), pl.col("large").sum())
    many = (pl.col("large") > LARGEST_MOVED * pl.col("len")) & (pl.col("large") > 2)
    if by_date.filter(many).height or large["large"].sum() > 0.002 * large.height:
        yield "history"
