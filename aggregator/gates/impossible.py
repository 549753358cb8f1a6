"""Find single models whose numbers cannot be right."""

import polars as pl

from aggregator.model import Parsed


def find_impossible_scores(parsed: Parsed) -> pl.DataFrame:
    """Return `(source, raw_name, reason)` of the models to quarantine.

    A model is listed when one of its numbers is not finite or outside its scale, or when an interval excludes its score.
    """
    scores = parsed.scores.join(parsed.benchmarks, on="benchmark", how="left", suffix="_benchmark")
    numbers = ("score", "score_normalized", "score_low", "score_high")
    score = pl.col("score")
    rules = {
        "a score is not a finite number": pl.any_horizontal(~pl.col(*numbers).is_finite()),
        "a score is outside the scale of its benchmark": (score < pl.col("scale_low")) | (score > pl.col("scale_high")),
        "an interval does not hold its score": (pl.col("score_low") > score) | (score > pl.col("score_high")),
    }
    reason = pl.coalesce(*(pl.when(rule.fill_null(value=False)).then(pl.lit(text)) for text, rule in rules.items()))
    found = scores.select("source", "raw_name", reason=reason).drop_nulls("reason")
    both = pl.concat([found, _infinite_board_scores(parsed.entries)])
    return both.unique("raw_name", keep="first", maintain_order=True).sort("raw_name")


def _infinite_board_scores(entries: pl.DataFrame) -> pl.DataFrame:
    numbers = pl.col("board_score", "board_score_low", "board_score_high")
    return entries.filter(pl.any_horizontal(~numbers.is_finite()).fill_null(value=False)).select(
        "source", "raw_name", reason=pl.lit("its score on the board is not a finite number")
    )
