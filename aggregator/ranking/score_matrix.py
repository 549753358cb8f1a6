"""Score matrix (models × benchmarks), built from a long frame of scores.

The long frame has one row per score::

    model_id : str      the model
    board    : str      the leaderboard (optional: else the column `source`, else the benchmark's prefix, else one board)
    benchmark: str      bare (`ifeval`) or qualified (`open_llm_v2/ifeval`)
    score    : float    in the benchmark's own unit
    standard_error   : float, optional   of `score`, in the same unit
    higher_is_better : bool, optional    true where absent
    scale_low, scale_high, chance, n_items : float, optional, of the benchmark (see `aggregator.ranking.scales`)
    is_overall       : bool, optional    the overall score of its board (see `aggregator.ranking.overall_scores`)

A null or non-finite score is a missing value. Several scores of one model on one benchmark count as their mean.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.optional_columns import cast_or_null

REQUIRED = ("model_id", "benchmark", "score")
METADATA = ("scale_low", "scale_high", "chance", "n_items", "is_overall")
DTYPES: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    "board": pl.String(),
    "benchmark": pl.String(),
    "score": pl.Float64(),
    "standard_error": pl.Float64(),
    "higher_is_better": pl.Boolean(),
}


@dataclass(frozen=True)
class ScoreMatrix:
    """Scores of models × benchmarks; both axes are sorted by name."""

    models: tuple[str, ...]
    benchmarks: tuple[str, ...]
    boards: tuple[str, ...]
    """The board of each benchmark."""
    score: Floats
    """Models × benchmarks in the benchmark's own unit, NaN where missing."""
    standard_error: Floats
    """Models × benchmarks, known standard error of `score`, 0 where unknown."""
    sign: Floats
    """1 per benchmark, -1 where less is better."""

    @property
    def present(self) -> Bools:
        """Models × benchmarks: true where there is a score."""
        return ~np.isnan(self.score)

    @property
    def oriented(self) -> Floats:
        """Models × benchmarks: the scores with the sign changed where less is better."""
        return self.score * self.sign

    @property
    def coverage(self) -> Floats:
        """Share of the benchmarks that have a score of the model, 0 to 1."""
        share: Floats = self.present.mean(axis=1)
        return share

    def columns_of(self, board: str) -> Index:
        """Return the positions of a board's benchmarks."""
        return np.flatnonzero(np.array(self.boards) == board)

    def select_benchmarks(self, keep: Bools) -> "ScoreMatrix":
        """Return the matrix with some benchmarks and the models that still have a score."""
        chosen = self.columns(np.flatnonzero(keep))
        return chosen.with_models(np.any(chosen.present, axis=1))

    def with_models(self, keep: Bools) -> "ScoreMatrix":
        """Return the matrix with some models."""
        kept = tuple(model for model, is_kept in zip(self.models, keep, strict=True) if is_kept)
        return replace(self, models=kept, score=self.score[keep], standard_error=self.standard_error[keep])

    def columns(self, positions: Index) -> "ScoreMatrix":
        """Return the matrix with the columns at `positions`, in their order, and all models."""
        return replace(
            self,
            benchmarks=tuple(self.benchmarks[column] for column in positions),
            boards=tuple(self.boards[column] for column in positions),
            score=self.score[:, positions],
            standard_error=self.standard_error[:, positions],
            sign=self.sign[positions],
        )

    def without_categories(self) -> "ScoreMatrix":
        """Return the matrix without the other columns of boards with an `overall` column: they count the same votes again."""
        whole = {name.rsplit("/", 1)[0] for name in self.benchmarks if name.endswith("/overall")}
        keep = np.array(
            [
                board not in whole or name == f"{board}/overall"
                for name, board in zip(self.benchmarks, self.boards, strict=True)
            ]
        )
        return self.select_benchmarks(keep)


def clean_scores(scores: pl.DataFrame) -> pl.DataFrame:
    """Return the finite scores with all columns of `DTYPES`, given metadata, and qualified benchmark names.

    Raises `UsageError` when a required column is missing or no finite score is left.
    """
    missing = [name for name in REQUIRED if name not in scores.columns]
    if missing:
        raise UsageError(
            f"the scores have no column {', '.join(f'`{name}`' for name in missing)}",
            hint="A frame to rank has (model_id, board, benchmark, score) and, if known, standard_error and higher_is_better.",
        )
    if "board" not in scores.columns and "source" in scores.columns:
        scores = scores.rename({"source": "board"})
    metadata = {name: pl.Float64() for name in METADATA if name in scores.columns}
    complete = scores.with_columns(cast_or_null(scores, {**DTYPES, **metadata}))
    kept = _qualify_benchmarks(complete).filter(
        pl.col("score").is_finite() & pl.col("model_id").is_not_null() & pl.col("benchmark").is_not_null()
    )
    if kept.is_empty():
        raise UsageError("there is no score to rank: the frame is empty or has only missing values")
    return kept.with_columns(pl.col("higher_is_better").fill_null(True))


def _qualify_benchmarks(scores: pl.DataFrame) -> pl.DataFrame:
    """Fill in the board from the benchmark's prefix, and write each benchmark as `board/benchmark`."""
    prefix = pl.when(pl.col("benchmark").str.contains("/", literal=True)).then(
        pl.col("benchmark").str.split("/").list.first()
    )
    with_board = scores.with_columns(pl.coalesce("board", prefix, pl.lit("board")).alias("board"))
    bare = ~pl.col("benchmark").str.starts_with(pl.col("board") + "/")
    return with_board.with_columns(
        pl.when(bare).then(pl.col("board") + "/" + pl.col("benchmark")).otherwise("benchmark").alias("benchmark")
    )


def score_matrix(scores: pl.DataFrame) -> ScoreMatrix:
    """Build the matrix of a long frame of scores.

    Raises `UsageError` as `clean_scores`, and when one benchmark has both values of `higher_is_better`.
    """
    long = clean_scores(scores)
    columns = _benchmark_columns(long)
    models = long["model_id"].unique().sort()
    mean = long.group_by("model_id", "benchmark").agg(pl.col("score").mean(), pl.col("standard_error").mean())
    row = models.search_sorted(mean["model_id"]).to_numpy()
    column = columns["benchmark"].search_sorted(mean["benchmark"]).to_numpy()
    score = np.full((models.len(), columns.height), np.nan)
    standard_error = np.zeros_like(score)
    score[row, column] = mean["score"].to_numpy()
    known = mean["standard_error"].fill_null(0.0).fill_nan(0.0).to_numpy()
    standard_error[row, column] = np.where(np.isfinite(known), np.maximum(known, 0.0), 0.0)
    return ScoreMatrix(
        models=tuple(models.to_list()),
        benchmarks=tuple(columns["benchmark"].to_list()),
        boards=tuple(columns["board"].to_list()),
        score=score,
        standard_error=standard_error,
        sign=np.where(columns["up"].to_numpy(), 1.0, -1.0),
    )


def _benchmark_columns(long: pl.DataFrame) -> pl.DataFrame:
    """Return `benchmark, board, up, down`, one row per benchmark; `up` is true where higher is better."""
    columns = (
        long.group_by("benchmark", "board")
        .agg(pl.col("higher_is_better").any().alias("up"), (~pl.col("higher_is_better")).any().alias("down"))
        .sort("benchmark", "board")
    )
    mixed = columns.filter(pl.col("up") & pl.col("down"))
    if mixed.height:
        raise UsageError(f"`higher_is_better` is both true and false within `{mixed['benchmark'][0]}`")
    return columns
