"""Outliers: scores that are unusual for the size of a model, or not what its other scores predict. No cause is given."""

from datetime import date

import polars as pl

from aggregator.ranking.calibration import Calibration
from aggregator.ranking.optional_columns import cast_or_null
from aggregator.ranking.residual_outliers import SCHEMA as RESIDUALS
from aggregator.ranking.residual_outliers import residual_outliers
from aggregator.ranking.scales import benchmark_metadata, choose_scales
from aggregator.ranking.score_matrix import ScoreMatrix, clean_scores, score_matrix
from aggregator.ranking.size_outliers import size_outliers
from aggregator.ranking.unusual import FALSE_DISCOVERY_RATE, false_discovery_q_values
from aggregator.text_columns import fill_in

__all__ = ["FALSE_DISCOVERY_RATE", "KIND_GROUPS", "SCHEMA", "false_discovery_q_values", "outliers"]

KIND_GROUPS = {
    "pretrained": "pretrained",
    "continuously_pretrained": "pretrained",
    "merge": "merge",
    "fine_tuned": "tuned",
    "chat": "tuned",
    "multimodal": "tuned",
    "other": "tuned",
    "embedding": "embedding",
}
EPOCH = date(1970, 1, 1)
DAYS = {"window_first_on": "first_day", "window_last_on": "last_day"}

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "model_id": pl.String,
    "benchmark": pl.String,
    "board": pl.String,
    "kind_group": pl.String,
    "direction": pl.String,
    "reasons": pl.List(pl.String),
    "score": pl.Float64,
    "usual": pl.Float64,
    "robust_z": pl.Float64,
    "q_value": pl.Float64,
    "n_window": pl.Int64,
    "window_low_b": pl.Float64,
    "window_high_b": pl.Float64,
    "window_first_on": pl.Date,
    "window_last_on": pl.Date,
    "predicted": pl.Float64,
    "predicted_low": pl.Float64,
    "predicted_high": pl.Float64,
    "residual_z": pl.Float64,
    "residual_q_value": pl.Float64,
    "other_scores": pl.Int64,
    "other_boards": pl.Int64,
    "reason": pl.String,
}


def outliers(scores: pl.DataFrame, facts: pl.DataFrame, calibration: Calibration | None = None) -> pl.DataFrame:
    """List scores that are unusual for the model's size, or far from what its other scores predict.

    `scores` as for `rank`; `facts` is `(model_id, kind, params_b[, merged, released_on, base_model,
    family])`, kinds as in `aggregator.model.Kind`. Returns one row per unusual score, high ones first, with the columns of `SCHEMA`.
    `direction` is `high` where the score is better than usual, else `low`; `reasons` has one or more of:

    - `size`: far from the models of similar size, the same `kind_group` and, where known, about the same date. Needs a
      known size and kind and thirty such models. `usual` is their median, `robust_z` the distance from it.
    - `other_scores`: far from what the model's other scores predict. Needs a `calibration`.
    - `other_boards`: a whole board, or a board with one score of the model, is far from what the model's other boards
      predict. A row of a whole board has the board as its `benchmark`, and abilities as `score` and `predicted`.

    `q_value` and `residual_q_value` control the false discovery rate per benchmark at 5 %. Do not mix the table into a
    ranking: it lists scores to check, whatever their cause.
    """
    known = _known_facts(facts)
    matrix, cleaned = score_matrix(scores), clean_scores(scores)
    table = pl.concat([_residuals(matrix, known, calibration), _by_size(matrix, cleaned, known)], how="diagonal")
    if table.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    merged = _merge_reasons(table).join(known.select("model_id", "kind_group"), on="model_id", how="left")
    boards = pl.DataFrame({"benchmark": matrix.benchmarks, "board": matrix.boards})
    merged = merged.join(boards, on="benchmark", how="left").with_columns(pl.coalesce("board", "benchmark"))
    found = merged.with_columns(reason=_reason()).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    distance = pl.max_horizontal(pl.col("robust_z").abs(), pl.col("residual_z").abs())
    return found.sort("direction", distance, "model_id", "benchmark", descending=[False, True, False, False])


def _known_facts(facts: pl.DataFrame) -> pl.DataFrame:
    """Return `model_id, params_b, kind_group, day, base_model, family`, one row per model.

    A model without a date has that of its family: it is not older.
    """
    kind_group = pl.col("kind").replace_strict(KIND_GROUPS, default=None)
    optional = cast_or_null(
        facts, {"merged": pl.Boolean, "released_on": pl.Date, "base_model": pl.String, "family": pl.String}
    )
    known = facts.with_columns(optional).unique("model_id", keep="first")
    of_family = known.select(family="model_id", family_released_on="released_on")
    dated = known.join(of_family, on="family", how="left", maintain_order="left")
    released_on = pl.coalesce("released_on", "family_released_on")
    return dated.select(
        "model_id",
        pl.col("params_b").cast(pl.Float64),
        pl.when(pl.col("merged")).then(pl.lit("merge")).otherwise(kind_group).alias("kind_group"),
        (released_on - EPOCH).dt.total_days().alias("day"),
        "base_model",
        "family",
    )


def _by_size(matrix: ScoreMatrix, cleaned: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    scales = choose_scales(matrix, benchmark_metadata(cleaned, matrix.benchmarks))
    found = size_outliers(matrix, scales, known.drop_nulls(["params_b", "kind_group"]))
    days = (
        (pl.lit(EPOCH) + pl.duration(days=pl.col(day).fill_nan(None))).cast(pl.Date).alias(name)
        for name, day in DAYS.items()
    )
    return found.with_columns(*days, kind_of_reason=pl.lit("size"), distance="robust_z").drop(*DAYS.values())


def _residuals(matrix: ScoreMatrix, known: pl.DataFrame, calibration: Calibration | None) -> pl.DataFrame:
    if calibration is None or not set(calibration.benchmarks) & set(matrix.benchmarks):
        return pl.DataFrame(schema=RESIDUALS)
    found = residual_outliers(matrix, known.select("model_id", "kind_group"), calibration)
    return found.with_columns(distance="residual_z")


def _merge_reasons(table: pl.DataFrame) -> pl.DataFrame:
    """Return one row per model and benchmark; of two reasons with different directions the larger distance stays."""
    direction = pl.when(pl.col("distance") > 0).then(pl.lit("high")).otherwise(pl.lit("low"))
    values = [name for name in table.columns if name not in {"model_id", "benchmark", "kind_of_reason", "distance"}]
    return (
        table.with_columns(direction=direction)
        .sort(pl.col("distance").abs(), "kind_of_reason", descending=[True, False])
        .filter(pl.col("direction") == pl.col("direction").first().over("model_id", "benchmark"))
        .group_by("model_id", "benchmark", "direction", maintain_order=True)
        .agg(pl.col("kind_of_reason").sort(descending=True).alias("reasons"), pl.col(values).drop_nulls().first())
    )


def _reason() -> pl.Expr:
    is_high = pl.col("direction") == "high"
    word = pl.when(is_high).then(pl.lit("higher")).otherwise(pl.lit("lower"))
    has = pl.col("reasons").list.contains
    dates = pl.coalesce(
        fill_in(
            ", released {} to {},",
            pl.col("window_first_on").dt.strftime("%Y-%m"),
            pl.col("window_last_on").dt.strftime("%Y-%m"),
        ),
        pl.lit(""),
    )
    size = fill_in(
        "unusually {} for its size: {} where {} {} models of {}-{} B{} have a median of {}",
        "direction",
        _rounded(pl.col("score")),
        pl.col("n_window").cast(pl.Int64),
        pl.col("kind_group"),
        _rounded(pl.col("window_low_b")),
        _rounded(pl.col("window_high_b")),
        dates,
        _rounded(pl.col("usual")),
    )
    interval = [_rounded(pl.col(f"predicted{end}")) for end in ("", "_low", "_high")]
    by_scores = fill_in(
        "{} than its other scores predict: {} where {} others predict {} (90 %: {} to {})",
        word,
        _rounded(pl.col("score")),
        "other_scores",
        *interval,
    )
    what = pl.when(pl.col("benchmark") == pl.col("board")).then(pl.lit("ability ")).otherwise(pl.lit(""))
    boards = pl.when(pl.col("other_boards") == 1).then(pl.lit("board predicts")).otherwise(pl.lit("boards predict"))
    by_boards = fill_in(
        "{} than its other boards predict: {}{} where {} other {} {} (90 %: {} to {})",
        word,
        what,
        _rounded(pl.col("score")),
        "other_boards",
        boards,
        *interval,
    )
    sentences = [
        pl.when(has(name)).then(text)
        for name, text in (("size", size), ("other_scores", by_scores), ("other_boards", by_boards))
    ]
    return pl.concat_str(sentences, separator="; ", ignore_nulls=True)


def _rounded(number: pl.Expr) -> pl.Expr:
    """Return numbers with three digits, or without decimals from 100."""
    rounded = pl.when(number.abs() < 100).then(number.round_sig_figs(3)).otherwise(number.round())
    return rounded.cast(pl.String).str.strip_suffix(".0")
