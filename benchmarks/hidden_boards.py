"""Hide each board in turn and predict the order of its models from the other boards, by every method.

    python -m benchmarks.hidden_boards HOME|RECORDINGS [--seed N] [--draws 60] [--json]

Every llm board of the rank that shares `MIN_SHARED` models or more with the others is left out, with its other editions.
All methods see the rest. The board orders a pair of models by its overall score, or, without one, by the mean difference of
their standardised scores on the benchmarks that both have. Prints Kendall's tau of each method with these pairs; the share of models whose place on the
board is inside the predicted 90 % interval; and, for pairs of models, how often the board orders them as the
rest says, by the stated probability: that of the abilities, and that for a further board, whose own effect and noise are
added. The last rows are means, with every board of the same weight.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from aggregator.ranking.ability import Abilities, abilities
from aggregator.ranking.arrays import Floats, Index
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.further_board import further_board_deviation
from aggregator.ranking.score_matrix import score_matrix
from aggregator.ranking.standings import RANKED_GRADES
from benchmarks.field_data import FieldData, arguments, editions_of, progress, read_field, shares
from benchmarks.field_methods import ABILITY, METHODS, field_scores
from benchmarks.field_report import Tables, show
from benchmarks.pair_probabilities import BoardOrder, Pairs, calibration_rows, pairs_of

MIN_SHARED = 30
DRAWS = 60
MIN_OVERALL_SHARE = 0.75
"""Share of a board's models with an overall score, from which on it is the board's order."""
PLACE_DRAWS = 400
"""Simulated orders that give the predicted interval of a model's place."""


@dataclass(frozen=True)
class HiddenBoard:
    """What the other boards say of one board."""

    board: str
    models: int
    tau: dict[str, float]
    """Kendall's tau of each method with the pairs of the board; NaN where a method has no scores."""
    coverage: float
    """Share of models whose place on the board is inside the predicted 90 % interval."""
    width: float
    """Mean width of that interval as a share of the board's models."""
    further_deviation: float
    """The standard deviation that a further board adds to an ability."""
    pairs: dict[str, Pairs]
    """Pairs with the probability of the abilities, and with that for a further board."""

    def row(self) -> dict[str, object]:
        """Return the row of the table."""
        return {
            "board": self.board,
            "models": self.models,
            **{name: round(value, 3) for name, value in self.tau.items()},
            "place covered": round(self.coverage, 3),
            "width": round(self.width, 3),
        }


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--draws", type=int, default=DRAWS)
    given = parser.parse_args()
    show(tables(read_field(given.folder), given.seed, given.draws), as_json=given.json)


def tables(data: FieldData, seed: int, draws: int = DRAWS) -> Tables:
    """Return the tables of all boards."""
    with threadpool_limits(limits=1, user_api="blas"):
        return report(list(hide_each(data, draws, seed)))


def hide_each(data: FieldData, draws: int, seed: int) -> Iterator[HiddenBoard]:
    """Yield what the rest says of each board with enough shared models."""
    boards = data.scores["board"].unique().sort().to_list()
    for board in boards:
        hidden, others = pl.col("board") == board, ~pl.col("board").is_in(editions_of(board, boards))
        shared = (
            data.scores.filter(hidden)
            .select("model_id")
            .unique()
            .join(data.scores.filter(others), on="model_id", how="semi")
        )
        if shared.height < MIN_SHARED:
            continue
        calibration = data.calibrate(data.with_overall.filter(others), draws=draws, seed=seed)
        found = abilities(data.with_overall.filter(others).join(shared, on="model_id", how="semi"), calibration)
        compared = compare(
            own_order(data.with_overall.filter(hidden)), data.scores.filter(others), calibration, found, seed=seed
        )
        if compared:
            yield compared
            progress(f"{board}: {compared.models} models, tau {compared.tau[ABILITY]:.3f}")


def own_order(hidden: pl.DataFrame) -> pl.DataFrame:
    """Return the overall scores of a board, or the scores of all its benchmarks where few models have an overall score."""
    overall = hidden.filter(pl.col("is_overall"))
    is_enough = overall["model_id"].n_unique() >= MIN_OVERALL_SHARE * hidden["model_id"].n_unique()
    return overall if is_enough else hidden.filter(~pl.col("is_overall"))


def compare(
    hidden: pl.DataFrame, rest: pl.DataFrame, calibration: Calibration, found: Abilities, *, seed: int
) -> HiddenBoard | None:
    """Compare a board with `found`, abilities on a calibration without it, and with the other methods on `rest`.

    Returns None with too few models that the rest rates.
    """
    rated = [name for name, grade in zip(found.models, found.evidence, strict=True) if grade in RANKED_GRADES]
    order = BoardOrder.of(hidden.filter(pl.col("model_id").is_in(rated)))
    if len(order.models) < MIN_SHARED:
        return None
    positions = positions_of(order.models, found.models)
    matrix = score_matrix(rest)
    rows = positions_of(order.models, matrix.models)
    others = field_scores(matrix, shares(rest, matrix)[0])
    values = {ABILITY: found.point[positions], **{name: scores[rows] for name, scores in others.items()}}
    further = further_board_deviation(calibration) ** 2
    low, high = place_intervals(found, positions, further, seed)
    place = order.places()
    return HiddenBoard(
        board=str(hidden["board"][0]),
        models=len(order.models),
        tau={name: order.tau(values[name]) for name in METHODS},
        # A place by shares of pairs is not whole.
        coverage=float(((low - 0.5 <= place) & (place <= high + 0.5)).mean()),
        width=float((high - low).mean() / place.size),
        further_deviation=further**0.5,
        pairs={
            "abilities": pairs_of(found.uncertain, positions, order),
            "further board": pairs_of(found.uncertain, positions, order, further=further),
        },
    )


def positions_of(names: tuple[str, ...], among: tuple[str, ...]) -> Index:
    """Return the position of each name in `among`."""
    position_of = {name: position for position, name in enumerate(among)}
    return np.array([position_of[name] for name in names], dtype=np.intp)


def place_intervals(found: Abilities, positions: Index, further: float, seed: int) -> tuple[Floats, Floats]:
    """Return the 5 % and 95 % quantiles of each model's place on a further board, among the models at `positions`."""
    some = found.uncertain.select(positions)
    generator = np.random.default_rng(seed)
    drawn = some.mean[:, None] + some.shared @ generator.standard_normal((some.shared.shape[1], PLACE_DRAWS))
    own = np.sqrt(some.deviation**2 + further)
    drawn += own[:, None] * generator.standard_normal((positions.size, PLACE_DRAWS))
    place = np.argsort(np.argsort(-drawn, axis=0), axis=0) + 1
    low, high = np.quantile(place, [0.05, 0.95], axis=1, method="nearest")
    return low, high


def report(found: list[HiddenBoard]) -> Tables:
    """Return the tables of the hidden boards."""
    rows = [board.row() for board in found]
    mean = {
        name: round(float(np.nanmean([row[name] for row in rows])), 3)
        for name in rows[0]
        if name not in {"board", "models"}
    }
    best = {name: sum(board.tau[name] == np.nanmax(list(board.tau.values())) for board in found) for name in METHODS}
    deviation = float(np.mean([board.further_deviation for board in found]))
    return {
        "Hidden boards: Kendall's tau with the pairs of the board": [
            *rows,
            {"board": "mean", **mean},
            {"board": "best on", **best},
        ],
        "Hidden boards: pairs that are right, all pairs": pair_rows(found, clear_only=False),
        "Hidden boards: pairs that are right, pairs told apart by the board": pair_rows(found, clear_only=True),
        "Standard deviation that a further board adds to an ability": [{"points": round(deviation, 1)}],
    }


def pair_rows(found: list[HiddenBoard], *, clear_only: bool) -> list[dict[str, object]]:
    """Return one row per kind of probability and bin."""
    return [
        {
            "probability": kind,
            "from": line["from"],
            "to": line["to"],
            **{name: round(line[name], 3) for name in ("stated", "right", "of_pairs")},
        }
        for kind in found[0].pairs
        for line in calibration_rows([board.pairs[kind] for board in found], clear_only=clear_only)
    ]


if __name__ == "__main__":
    main()
