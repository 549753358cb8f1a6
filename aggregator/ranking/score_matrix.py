"""From the long frame that people have to the matrix that every method works on.

The long frame has one row per score::

    model_id : str      who
    board    : str      which leaderboard (optional: read from the benchmark's prefix, else one board; `source` is the same)
    benchmark: str      which column, bare (`ifeval`) or qualified (`open_llm_v2/ifeval`)
    score    : float    in the benchmark's own unit
    standard_error   : float, optional   of `score`, same unit
    higher_is_better : bool, optional    true where absent
    scale_low, scale_high, chance, n_items : float, optional, of the benchmark (see `aggregator.ranking.scales`)

Null and non-finite scores are holes. Several scores of one model on one benchmark count as their mean.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from aggregator.errors import UsageError

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NEEDED = ("model_id", "benchmark", "score")
METADATA = ("scale_low", "scale_high", "chance", "n_items")


@dataclass(frozen=True)
class Cells:
    """Scores as a matrix of models × benchmarks; both axes are sorted by name.

    `score` keeps the benchmark's own unit, NaN where there is none; `error` is its known standard
    error, 0 where unknown; `sign` is -1 for benchmarks where less is better.
    """

    models: tuple[str, ...]
    benchmarks: tuple[str, ...]
    boards: tuple[str, ...]
    """The board of each benchmark."""
    score: Floats
    error: Floats
    sign: Floats

    @property
    def present(self) -> Bools:
        """Where there is a score."""
        return ~np.isnan(self.score)

    @property
    def oriented(self) -> Floats:
        """The scores, turned so that more is better in every column."""
        return self.score * self.sign

    @property
    def coverage(self) -> Floats:
        """Share of the benchmarks that saw each model, 0 to 1."""
        present: Floats = self.present.mean(axis=1)
        return present

    def columns_of(self, board: str) -> npt.NDArray[np.intp]:
        """Positions of a board's benchmarks."""
        return np.flatnonzero(np.array(self.boards) == board)


def tidy(scores: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with all six columns and its metadata, qualified benchmark names and finite scores only.

    Raises `UsageError` when a needed column is missing or no finite score is left.
    """
    missing = [name for name in NEEDED if name not in scores.columns]
    if missing:
        raise UsageError(
            f"the scores have no column {', '.join(f'`{name}`' for name in missing)}",
            hint="A frame to rank has (model_id, board, benchmark, score) and, if known, standard_error and higher_is_better.",
        )
    if "board" not in scores.columns and "source" in scores.columns:
        scores = scores.rename({"source": "board"})
    complete = scores.with_columns(
        (pl.col(name) if name in scores.columns else pl.lit(None).alias(name)).cast(dtype)
        for name, dtype in {
            "model_id": pl.String(),
            "board": pl.String(),
            "benchmark": pl.String(),
            "score": pl.Float64(),
            "standard_error": pl.Float64(),
            "higher_is_better": pl.Boolean(),
            **{name: pl.Float64() for name in METADATA if name in scores.columns},
        }.items()
    )
    kept = _qualified(complete).filter(
        pl.col("score").is_finite() & pl.col("model_id").is_not_null() & pl.col("benchmark").is_not_null()
    )
    if kept.is_empty():
        raise UsageError("there is no score to rank: the frame is empty or holds only missing values")
    return kept.with_columns(pl.col("higher_is_better").fill_null(True))


def _qualified(scores: pl.DataFrame) -> pl.DataFrame:
    prefix = pl.when(pl.col("benchmark").str.contains("/", literal=True)).then(
        pl.col("benchmark").str.split("/").list.first()
    )
    with_board = scores.with_columns(pl.coalesce("board", prefix, pl.lit("board")).alias("board"))
    bare = ~pl.col("benchmark").str.starts_with(pl.col("board") + "/")
    return with_board.with_columns(
        pl.when(bare).then(pl.col("board") + "/" + pl.col("benchmark")).otherwise("benchmark").alias("benchmark")
    )


def cells(scores: pl.DataFrame) -> Cells:
    """Lay the long frame out as a matrix.

    Raises `UsageError` as `tidy`, and when a benchmark is higher-is-better in one row and not in another.
    """
    long = tidy(scores)
    columns = (
        long.group_by("benchmark", "board")
        .agg(pl.col("higher_is_better").any().alias("up"), (~pl.col("higher_is_better")).any().alias("down"))
        .sort("benchmark", "board")
    )
    torn = columns.filter(pl.col("up") & pl.col("down"))
    if torn.height:
        raise UsageError(f"`higher_is_better` is both true and false within `{torn['benchmark'][0]}`")
    models = long["model_id"].unique().sort()
    mean = long.group_by("model_id", "benchmark").agg(pl.col("score").mean(), pl.col("standard_error").mean())
    row = models.search_sorted(mean["model_id"]).to_numpy()
    column = columns["benchmark"].search_sorted(mean["benchmark"]).to_numpy()
    score = np.full((models.len(), columns.height), np.nan)
    error = np.zeros_like(score)
    score[row, column] = mean["score"].to_numpy()
    known = mean["standard_error"].fill_null(0.0).fill_nan(0.0).to_numpy()
    error[row, column] = np.where(np.isfinite(known), np.maximum(known, 0.0), 0.0)
    return Cells(
        models=tuple(models.to_list()),
        benchmarks=tuple(columns["benchmark"].to_list()),
        boards=tuple(columns["board"].to_list()),
        score=score,
        error=error,
        sign=np.where(columns["up"].to_numpy(), 1.0, -1.0),
    )
