"""Summarize one edition of a leaderboard: hashes of names and facts, the best models, distributions and group means."""

import hashlib
import unicodedata
from collections.abc import Iterable

import polars as pl

from aggregator.model import Parsed, RankRule, Source

BEST = 100
"""Number of best models of an edition."""
TOP_VALUES = 20
"""Number of most frequent values of a fact whose share is kept."""
BOARD_SCORE, BOARD_RANK = "board_score", "board_rank"
FACTS = (
    "hf_id",
    "organization",
    "license",
    "open_weights",
    "kind",
    "params_b",
    "base_models",
    "precision",
    "flagged",
    "merged",
    "moe",
    "chat_template",
    "released_on",
    "submitted_on",
    "effort",
    "thinking",
)
"""Columns of the entries that are compared for each anchor."""
IDENTIFYING = ("hf_id", "base_models", "released_on", "submitted_on")
"""Facts that nearly every model has another value of: they have no shares."""


def name_key(raw_name: str) -> int:
    """Return 32 bits of a hash of the name. Only its Unicode form and the spaces around it do not matter."""
    text = unicodedata.normalize("NFKC", raw_name).strip()
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


def key_frame(raw_names: Iterable[str]) -> pl.DataFrame:
    """Return `(raw_name, key)` of the distinct names."""
    names = sorted(set(raw_names))
    return pl.DataFrame(
        {"raw_name": names, "key": [name_key(name) for name in names]},
        schema={"raw_name": pl.String, "key": pl.UInt32},
    )


def all_scores(parsed: Parsed) -> pl.DataFrame:
    """Return `(benchmark, raw_name, score)`, with the score and the rank of the leaderboard as benchmarks of that name."""
    own = [
        parsed.entries.select(
            pl.lit(column).alias("benchmark"), "raw_name", pl.col(column).cast(pl.Float64).alias("score")
        )
        for column in (BOARD_SCORE, BOARD_RANK)
    ]
    return pl.concat([parsed.scores.select("benchmark", "raw_name", "score"), *own]).drop_nulls()


def fact_values(entries: pl.DataFrame) -> pl.DataFrame:
    """Return `(fact, raw_name, value)`: the facts of each model as texts, without those that are missing or blank."""
    texts = entries.select(
        "raw_name",
        *(_as_text(entries.schema[fact], fact) for fact in FACTS),
    )
    found = texts.unpivot(index="raw_name", variable_name="fact", value_name="value")
    return found.filter(pl.col("value").str.strip_chars() != "").select("fact", "raw_name", "value")


def _as_text(dtype: pl.DataType, fact: str) -> pl.Expr:
    column = pl.col(fact)
    if isinstance(dtype, pl.List):
        return column.list.sort().list.join(" ")
    # Sizes are compared to three significant digits.
    return (column.round_sig_figs(3) if dtype.is_float() else column).cast(pl.String)


def value_hashes(values: pl.Series) -> pl.Series:
    """Return 16 bits of a hash of each text."""
    hashes = {
        text: int.from_bytes(hashlib.blake2b(text.encode(), digest_size=2).digest(), "big") for text in values.unique()
    }
    return values.replace_strict(list(hashes), list(hashes.values()), return_dtype=pl.UInt16)


def best_names(source: Source, parsed: Parsed) -> list[str]:
    """Return the names of the `BEST` models, the best first; empty for a source without ranks.

    They are in the order of the leaderboard's own rank or score, or of the mean of the normalized ranks of their scores.
    """
    if source.rank_rule is RankRule.NONE:
        return []
    by_score = pl.col(BOARD_SCORE) if not source.higher_is_better else -pl.col(BOARD_SCORE)
    placed = parsed.entries.filter(pl.any_horizontal(pl.col(BOARD_RANK, BOARD_SCORE).is_not_null()))
    if placed.height:
        return placed.sort(BOARD_RANK, by_score, "raw_name", nulls_last=True)["raw_name"].head(BEST).to_list()
    higher = parsed.benchmarks.select("benchmark", "higher_is_better")
    signed = pl.when("higher_is_better").then("score").otherwise(-pl.col("score"))
    place = (signed.rank() / pl.len()).over("benchmark")
    means = (
        parsed.scores.join(higher, on="benchmark").with_columns(place=place).group_by("raw_name").agg(pl.mean("place"))
    )
    return means.sort(-pl.col("place"), "raw_name")["raw_name"].head(BEST).to_list()


def rank_correlations(scores: pl.DataFrame) -> pl.DataFrame:
    """Return `(benchmark, correlation)`: Spearman's, of each benchmark with the mean rank of a model on the others."""
    ranked = scores.with_columns(place=(pl.col("score").rank() / pl.len()).over("benchmark"))
    total, n = pl.col("place").sum().over("raw_name"), pl.len().over("raw_name")
    others = ranked.with_columns(others=(total - pl.col("place")) / (n - 1)).filter(pl.col("others").is_finite())
    found = others.group_by("benchmark").agg(correlation=pl.corr("place", pl.col("others").rank()))
    return found.with_columns(pl.col("correlation").fill_nan(None))


def describe_benchmarks(parsed: Parsed) -> pl.DataFrame:
    """Return the distribution of each benchmark, one row each."""
    scores = all_scores(parsed)
    score = pl.col("score")
    quantiles = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
    return (
        scores.group_by("benchmark")
        .agg(
            models=pl.len(),
            mean=score.mean(),
            spread=score.std(),
            low=score.min(),
            high=score.max(),
            distinct=score.n_unique() / pl.len(),
            **{name: score.quantile(at, "linear") for name, at in quantiles.items()},
        )
        .join(parsed.benchmarks.select("benchmark", "edition"), on="benchmark", how="left")
        .join(rank_correlations(parsed.scores), on="benchmark", how="left")
        .sort("benchmark")
    )


def describe_shares(parsed: Parsed) -> pl.DataFrame:
    """Return `(fact, value, share)` over the models with a score: the `TOP_VALUES` most frequent values, and none."""
    entries = parsed.entries.join(parsed.scores, on="raw_name", how="semi")
    models = max(entries.height, 1)
    values = fact_values(entries).filter(~pl.col("fact").is_in(IDENTIFYING))
    counts = values.group_by("fact", "value").agg(n=pl.len())
    stated = counts.group_by("fact").agg(pl.col("n").sum())
    missing = (
        pl.DataFrame({"fact": [fact for fact in FACTS if fact not in IDENTIFYING]})
        .join(stated, on="fact", how="left")
        .fill_null(0)
    )
    top = counts.sort(-pl.col("n").cast(pl.Int64), "value").group_by("fact", maintain_order=True).head(TOP_VALUES)
    both = pl.concat(
        [
            top.select("fact", "value", share=pl.col("n") / models),
            missing.select("fact", value=pl.lit(""), share=1 - pl.col("n") / models),
        ]
    )
    return both.filter(pl.col("share") > 0).sort("fact", -pl.col("share"), "value")


def describe_past(parsed: Parsed) -> pl.DataFrame:
    """Return the number, mean and spread of past scores by benchmark and publish date."""
    if parsed.history is None:
        return parsed.scores.clear().select("benchmark", "published_on", models=0, mean="score", spread="score")
    score = pl.col("score")
    found = parsed.history.group_by("benchmark", "published_on")
    return found.agg(models=pl.len(), mean=score.mean(), spread=score.std()).sort("benchmark", "published_on")


def group_means(scores: pl.DataFrame, groups: int) -> pl.DataFrame:
    """Return `(benchmark, group, models, mean)` of keyed scores; the group of a model is its key modulo `groups`."""
    found = scores.with_columns(group=pl.col("key") % groups).group_by("benchmark", "group")
    return found.agg(models=pl.len(), mean=pl.col("score").mean()).sort("benchmark", "group")
