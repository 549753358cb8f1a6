"""How far each alternate moves the order that the ability gives."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.stats import kendalltau, spearmanr

from aggregator.ranking.bootstrap import best_first
from aggregator.ranking.methods import Method, point_scores
from aggregator.ranking.score_matrix import Cells, Floats, cells

ALTERNATES: tuple[Method, ...] = ("mean_win_rate", "mteb_borda", "expected_borda", "bradley_terry", "weighted")
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
    scores: pl.DataFrame, reference: pl.DataFrame, methods: Sequence[Method] = ALTERNATES
) -> pl.DataFrame:
    """Hold the order of each method against `reference` (`model_id, rank, rank_low, rank_high`).

    `scores` is the frame that was ranked. Returns one row per method over the models that both rank:
    `method, n_models, kendall` (tau-b), `spearman`, `median_move` and `p90_move` (places by which
    models move), `inside_interval` (share of models that stay inside the rank interval of the
    reference) and `top_shared` (how many of the reference's first twenty are in the method's).
    `weighted` is with equal weights of the boards. Raises as `rank`.
    """
    table = cells(scores)
    known = reference.select("model_id", "rank", "rank_low", "rank_high").drop_nulls("rank").sort("model_id")
    rows = [(method, *_compare(table, known, point_scores(table, method))) for method in methods]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _compare(table: Cells, reference: pl.DataFrame, point: Floats) -> tuple[float, ...]:
    ranked = pl.DataFrame({"model_id": list(table.models), "score": point}).filter(pl.col("score").is_not_nan())
    both = reference.join(ranked, on="model_id", how="inner", maintain_order="left")
    here = best_first(both["score"].to_numpy())
    low, high = both["rank_low"].to_numpy(), both["rank_high"].to_numpy()
    there = best_first(-both["rank"].to_numpy().astype(np.float64))
    move = np.abs(here - there)
    return (
        both.height,
        float(kendalltau(here, there).statistic),
        float(spearmanr(here, there).statistic),
        float(np.median(move)),
        float(np.quantile(move, 0.9)),
        float(((low <= here) & (here <= high)).mean()),
        int(((here <= TOP) & (there <= TOP)).sum()),
    )
