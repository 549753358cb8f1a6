"""Agreement of each other ranking method with the order of the ability."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from scipy.stats import kendalltau, spearmanr

from aggregator.ranking.arrays import Floats
from aggregator.ranking.bootstrap import rank_descending
from aggregator.ranking.methods import Method, point_scores
from aggregator.ranking.score_matrix import ScoreMatrix, score_matrix

ALTERNATES: tuple[Method, ...] = ("mean_win_rate", "mteb_borda", "expected_borda", "bradley_terry", "weighted")
"""The methods other than `ability`."""
TOP = 20

SCHEMA = {
    "method": pl.String,
    "n_models": pl.Int64,
    "kendall": pl.Float64,
    "spearman": pl.Float64,
    "median_move": pl.Float64,
    "p90_move": pl.Float64,
    "inside_interval": pl.Float64,
    "top_shared": pl.Int64,
}


def method_agreement(
    scores: pl.DataFrame | ScoreMatrix, reference: pl.DataFrame, methods: Sequence[Method] = ALTERNATES
) -> pl.DataFrame:
    """Compare the order of each method with `reference` (`model_id, rank, rank_low, rank_high`).

    `scores` is the frame that was ranked, or its matrix. Returns one row per method over the models that both rank: `method,
    n_models, kendall` (tau-b), `spearman`, `median_move` and `p90_move` (median and 90 % quantile of the ranks by
    which models move), `inside_interval` (share of models whose rank is inside the rank interval of the reference) and
    `top_shared` (how many of the reference's first twenty are among the method's). `weighted` has equal weights of the
    boards. Raises as `rank`.
    """
    matrix = scores if isinstance(scores, ScoreMatrix) else score_matrix(scores)
    return compare_points(matrix, {method: point_scores(matrix, method) for method in methods}, reference)


def compare_points(matrix: ScoreMatrix, points: Mapping[Method, Floats], reference: pl.DataFrame) -> pl.DataFrame:
    """Return the table of `method_agreement` from known scores of each method, one per model of `matrix`."""
    known = reference.select("model_id", "rank", "rank_low", "rank_high").drop_nulls("rank").sort("model_id")
    rows = [(method, *_compare(matrix, known, found)) for method, found in points.items()]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _compare(matrix: ScoreMatrix, reference: pl.DataFrame, point: Floats) -> tuple[float, ...]:
    """Return the columns after `method` for one method's scores, one per model of the matrix."""
    ranked = pl.DataFrame({"model_id": list(matrix.models), "score": point}).filter(pl.col("score").is_not_nan())
    both = reference.join(ranked, on="model_id", how="inner", maintain_order="left")
    rank = rank_descending(both["score"].to_numpy())
    low, high = both["rank_low"].to_numpy(), both["rank_high"].to_numpy()
    reference_rank = rank_descending(-both["rank"].to_numpy().astype(np.float64))
    move = np.abs(rank - reference_rank)
    return (
        both.height,
        float(kendalltau(rank, reference_rank).statistic),
        float(spearmanr(rank, reference_rank).statistic),
        float(np.median(move)),
        float(np.quantile(move, 0.9)),
        float(((low <= rank) & (rank <= high)).mean()),
        int(((rank <= TOP) & (reference_rank <= TOP)).sum()),
    )
