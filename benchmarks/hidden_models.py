"""Hide all scores but a few of 20 % of the models, and compare the order of these models with their hidden scores.

    python -m benchmarks.hidden_models HOME|RECORDINGS [--seed N] [--splits 3] [--json]

Only models on two llm boards or more are hidden. They keep two scores at random, or the scores of one board. Every method
orders them by what is left, next to all other models. Prints Kendall's tau: pairs of hidden models that a benchmark
orders as the method does, minus pairs that it orders the other way, over all pairs of all hidden benchmarks.
"""

from collections.abc import Callable

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from aggregator.ranking.ability import abilities
from aggregator.ranking.arrays import Floats
from aggregator.ranking.score_matrix import ScoreMatrix, score_matrix
from benchmarks.field_data import FieldData, arguments, progress, read_field, shares
from benchmarks.field_methods import ABILITY, METHODS, field_scores
from benchmarks.field_report import Tables, show

HIDDEN_SHARE = 0.2
KEPT_CELLS = 2
MIN_CELLS = 4
"""Fewest scores of a model that can be hidden."""
SPLITS = 3

Keep = Callable[[pl.DataFrame, np.random.Generator], pl.DataFrame]
"""Chooses the rows `(model_id, benchmark)` that the hidden models keep."""


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--splits", type=int, default=SPLITS)
    given = parser.parse_args()
    show(tables(read_field(given.folder), given.seed, given.splits), as_json=given.json)


def tables(data: FieldData, seed: int, splits: int = SPLITS) -> Tables:
    """Return the table of both ways to hide models."""
    ways = {"two scores": keep_cells, "one board": keep_board}
    with threadpool_limits(limits=1, user_api="blas"):
        rows = [
            mean_row(name, [hide(data, keep, seed + split) for split in range(splits)]) for name, keep in ways.items()
        ]
    return {"Hidden models: Kendall's tau with their hidden scores": rows}


def mean_row(name: str, splits: list[dict[str, float]]) -> dict[str, object]:
    """Return the mean over the splits."""
    mean = {key: float(np.mean([split[key] for split in splits])) for key in splits[0]}
    return {"kept": name, **{key: round(mean[key], 3) if key in METHODS else round(mean[key]) for key in mean}}


def hide(data: FieldData, keep: Keep, seed: int) -> dict[str, float]:
    """Hide some models; return the number of pairs and the tau of every method."""
    generator = np.random.default_rng(seed)
    models = hidden_models(data.scores, generator)
    mine = data.scores.filter(pl.col("model_id").is_in(models))
    kept = keep(mine.select("model_id", "board", "benchmark").unique().sort(pl.all()), generator)
    hidden = mine.join(kept, on=["model_id", "benchmark"], how="anti")
    values = order_by_each(data, hidden, models)
    counted = [tau_of_pairs(score_matrix(hidden), values[name]) for name in METHODS]
    progress(f"seed {seed}: {len(models)} models, {counted[0][1]:,} pairs, tau {counted[0][0]:.3f}")
    taus = {name: found for name, (found, _) in zip(METHODS, counted, strict=True)}
    return {"models": len(models), "pairs": counted[0][1], **taus}


def hidden_models(scores: pl.DataFrame, generator: np.random.Generator) -> list[str]:
    """Return a share of the models on two boards or more with enough scores, at random."""
    count = scores.group_by("model_id").agg(boards=pl.col("board").n_unique(), cells=pl.col("benchmark").n_unique())
    known = count.filter(pl.col("boards") > 1, pl.col("cells") >= MIN_CELLS)["model_id"].sort().to_list()
    chosen = generator.choice(len(known), round(HIDDEN_SHARE * len(known)), replace=False)
    return [known[position] for position in np.sort(chosen)]


def keep_cells(cells: pl.DataFrame, generator: np.random.Generator) -> pl.DataFrame:
    """Keep two scores of each model at random."""
    order = cells.with_columns(order=generator.random(cells.height)).sort("order")
    return order.group_by("model_id", maintain_order=True).head(KEPT_CELLS).select("model_id", "benchmark")


def keep_board(cells: pl.DataFrame, generator: np.random.Generator) -> pl.DataFrame:
    """Keep the scores of one board of each model, the board at random."""
    boards = cells.select("model_id", "board").unique().sort(pl.all())
    order = boards.with_columns(order=generator.random(boards.height)).sort("order")
    kept = order.unique("model_id", keep="first", maintain_order=True)
    return cells.join(kept, on=["model_id", "board"], how="semi").select("model_id", "benchmark")


def order_by_each(data: FieldData, hidden: pl.DataFrame, models: list[str]) -> dict[str, dict[str, float]]:
    """Return the score of each of `models` by every method from the scores that are left."""
    rest = data.scores.join(hidden, on=["model_id", "benchmark"], how="anti")
    matrix = score_matrix(rest)
    ours = left_for_ability(data, hidden)
    found = abilities(ours.filter(pl.col("model_id").is_in(models)), data.calibrate(ours, draws=2))
    others = field_scores(matrix, shares(rest, matrix)[0])
    by_row = {name: dict(zip(matrix.models, values.tolist(), strict=True)) for name, values in others.items()}
    return {ABILITY: dict(zip(found.models, found.point.tolist(), strict=True)), **by_row}


def left_for_ability(data: FieldData, hidden: pl.DataFrame) -> pl.DataFrame:
    """Return `with_overall` without the hidden scores, and without the overall scores that were computed from them."""
    left = data.with_overall.join(hidden, on=["model_id", "benchmark"], how="anti")
    added = left.join(data.scores, on=["model_id", "benchmark"], how="anti").join(
        hidden, on=["model_id", "board"], how="semi"
    )
    return left.join(added, on=["model_id", "benchmark"], how="anti")


def tau_of_pairs(hidden: ScoreMatrix, value: dict[str, float]) -> tuple[float, int]:
    """Return tau over all pairs of models of all hidden columns, and the number of pairs that differ in the column."""
    own = np.array([value.get(model, np.nan) for model in hidden.models])
    balance, pairs = 0.0, 0
    for column in hidden.oriented.T:
        seen = ~np.isnan(column) & ~np.isnan(own)
        agreement = np.sign(differences(column[seen])) * np.sign(differences(own[seen]))
        balance += float(agreement.sum())
        pairs += int((differences(column[seen]) != 0).sum())
    return (balance / pairs if pairs else float("nan")), pairs


def differences(values: Floats) -> Floats:
    """Return the differences of all pairs, first minus second."""
    first, second = np.triu_indices(values.size, 1)
    return values[first] - values[second]


if __name__ == "__main__":
    main()
