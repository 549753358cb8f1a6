"""Reference implementations of the rank aggregation rules, one model and one column at a time, to test the fast code."""

from collections.abc import Callable

import numpy as np
import polars as pl

from aggregator.ranking import Method

Table = dict[str, dict[str, float]]
"""benchmark -> model -> score, more is better."""


def table_of(frame: pl.DataFrame) -> Table:
    table: Table = {}
    for row in frame.iter_rows(named=True):
        table.setdefault(row["benchmark"], {})[row["model_id"]] = row["score"]
    return table


def models_of(table: Table) -> list[str]:
    return sorted({model for column in table.values() for model in column})


def average_rank(column: dict[str, float], model: str) -> float:
    better = sum(score > column[model] for score in column.values())
    equal = sum(score == column[model] for score in column.values())
    return better + (equal + 1) / 2


def mean_win_rate(table: Table) -> dict[str, float | None]:
    scores: dict[str, float | None] = {}
    for model in models_of(table):
        rates = []
        for column in table.values():
            if model in column and len(column) > 1:
                worse = sum(score < column[model] for score in column.values())
                ties = sum(score == column[model] for score in column.values())
                rates.append((worse + (ties - 1) / 2) / (len(column) - 1))
        scores[model] = sum(rates) / len(rates) if rates else None
    return scores


def mteb_borda(table: Table) -> dict[str, float | None]:
    models = models_of(table)
    return {m: sum(len(models) - average_rank(column, m) for column in table.values() if m in column) for m in models}


def expected_borda(table: Table) -> dict[str, float | None]:
    models = models_of(table)
    n = len(models)

    def expected_rank(column: dict[str, float], model: str) -> float:
        return average_rank(column, model) * (n + 1) / (len(column) + 1) if model in column else (n + 1) / 2

    return {model: sum(n - expected_rank(column, model) for column in table.values()) for model in models}


RULES: dict[Method, Callable[[Table], dict[str, float | None]]] = {
    "mean_win_rate": mean_win_rate,
    "mteb_borda": mteb_borda,
    "expected_borda": expected_borda,
}


def ranks(scores: dict[str, float | None], digits: int = 9) -> dict[str, int | None]:
    """Rank scores 1 1 3, highest first; sums that differ by rounding only are ties."""
    rounded = {model: None if score is None else round(score, digits) for model, score in scores.items()}
    known = [score for score in rounded.values() if score is not None]
    return {
        model: None if score is None else 1 + sum(other > score for other in known) for model, score in rounded.items()
    }


def sparse_board(
    seed: int, models: int = 12, benchmarks: int = 6, missing: float = 0.4, levels: int = 5
) -> pl.DataFrame:
    """Return random scores with many ties: whole numbers below `levels`, each missing with probability `missing`."""
    generator = np.random.default_rng(seed)
    rows = [
        {
            "model_id": f"org/m{m}",
            "board": f"board_{b % 2}",
            "benchmark": f"b{b}",
            "score": float(generator.integers(levels)),
        }
        for m in range(models)
        for b in range(benchmarks)
        if generator.random() > missing
    ]
    return pl.DataFrame(rows)
