"""`compare`: which of two models is better, on each board by its own errors and overall by their abilities."""

from dataclasses import dataclass

import polars as pl

from aggregator.errors import UsageError
from aggregator.pairwise import (
    Benchmark,
    Measured,
    SharedBenchmark,
    UncertainAbility,
    board_verdicts,
    domain_wins,
    probability_better,
    share_benchmark,
    verdict_word,
)
from aggregator.ranking.ability import Abilities, abilities
from aggregator.ranking.calibrate import calibrate
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.further_board import further_board_deviation
from aggregator.ranking.optional_columns import cast_or_null
from aggregator.ranking.score_matrix import METADATA, clean_scores

DRAWS = 60
"""Draws of the calibration that is fitted when none is given: enough for the variance of one difference."""

BOARDS: dict[str, pl.DataType] = {
    "board": pl.String(),
    "probability": pl.Float64(),
    "verdict": pl.String(),
    "basis": pl.String(),
    "ahead": pl.String(),
    "won": pl.Int64(),
    "lost": pl.Int64(),
    "tied": pl.Int64(),
}
DOMAINS: dict[str, pl.DataType] = {"domain": pl.String(), "won": pl.Int64(), "lost": pl.Int64(), "tied": pl.Int64()}
_NUMBERS = ("score", "score_low", "score_high", "standard_error", *METADATA)


@dataclass(frozen=True)
class PairComparison:
    """How the model `a` compares with the model `b`; each probability is that `a` is better."""

    a: str
    b: str
    probability: float
    """Overall: how far a board carries to others, and the errors of the calibration that both share, are counted."""
    verdict: str
    """`told apart` (95 % or more for one of them), `leans to` (75 % or more) or `not told apart`."""
    better: str
    """The model with the higher ability, `a` if the abilities are equal."""
    boards: pl.DataFrame
    """`BOARDS`: one row per board that measured both, from that board's own errors; `probability` is null without any."""
    domains: pl.DataFrame | None
    """`DOMAINS`: shared benchmarks that `a` won, lost and tied; None if the frame has no column `domain`."""
    calibration: Calibration
    """The calibration behind `probability`: the given one, or one fitted to the frame with few draws."""
    is_fitted: bool
    """Whether the calibration was fitted here, because none was given."""


def compare(
    scores: pl.DataFrame,
    a: str,
    b: str,
    calibration: Calibration | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> PairComparison:
    """Compare two models of a frame `(model_id, board, benchmark, score[, standard_error, …])`.

    The error of a score is half its 95 % interval (`score_low`, `score_high`), else `standard_error`, else binomial
    from `n_items`. Without a calibration, one is fitted to all scores of the frame with `draws` draws and `seed`; that
    takes seconds, so give one to compare many pairs. Raises `UsageError` for a malformed frame, a model without scores,
    one model given twice, and as `calibrate` and `score` do.
    """
    if a == b:
        raise UsageError("there is nothing to compare", hint=f"Give two different models, not twice {a}.")
    long = clean_scores(scores)
    pair = long.filter(pl.col("model_id").is_in([a, b]))
    for model in (a, b):
        if not (pair["model_id"] == model).any():
            raise UsageError(f"the frame has no score of the model `{model}`")
    used = calibrate(scores, draws=draws, seed=seed) if calibration is None else calibration
    found = abilities(pair, used)
    place = [found.models.index(model) for model in (a, b)] if len(found.models) > 1 else []
    if not place:
        raise UsageError(f"the calibration has no benchmark with a score of both {a} and {b}")
    probability = _probability_better(found, place, further_board_deviation(used))
    shared = _shared(long, pair, a, b)
    domains = None
    if "domain" in scores.columns:
        wins = domain_wins(shared)
        domains = pl.DataFrame([{"domain": name, **vars(won)} for name, won in wins.items()], schema=DOMAINS)
    return PairComparison(
        a=a,
        b=b,
        probability=probability,
        verdict=verdict_word(probability),
        better=a if probability >= 0.5 else b,
        boards=_boards(shared, a, b),
        domains=domains,
        calibration=used,
        is_fitted=calibration is None,
    )


def _probability_better(found: Abilities, place: list[int], board_deviation: float) -> float:
    """Return the probability that one more leaderboard has the model at the first place ahead."""
    first, second = (
        UncertainAbility(
            float(found.point[at]), tuple(found.shared[at].tolist()), float(found.deviation[at]), board_deviation
        )
        for at in place
    )
    return probability_better(first, second)


def _boards(shared: list[SharedBenchmark], a: str, b: str) -> pl.DataFrame:
    rows = [
        {
            "board": found.source,
            "probability": found.probability,
            "verdict": found.word,
            "basis": found.basis,
            "ahead": {1: a, -1: b}.get(found.ahead),
            "won": found.won,
            "lost": found.lost,
            "tied": found.tied,
        }
        for found in board_verdicts(shared)
    ]
    return pl.DataFrame(rows, schema=BOARDS)


def _shared(long: pl.DataFrame, pair: pl.DataFrame, a: str, b: str) -> list[SharedBenchmark]:
    """Return the benchmarks that one board measured both on, sorted by name; several scores count as their mean."""
    wanted = {**dict.fromkeys(_NUMBERS, pl.Float64()), "domain": pl.String()}
    known = pair.with_columns(cast_or_null(pair, wanted)).group_by("model_id", "board", "benchmark")
    mean = known.agg(
        *(pl.col(name).drop_nans().mean() for name in _NUMBERS),
        pl.col("domain").drop_nulls().first(),
        pl.col("higher_is_better").first(),
    )
    both = mean.filter(model_id=a).join(mean.filter(model_id=b), on=("board", "benchmark"), suffix="_b")
    ends = _observed_ends(long)
    return [_share(row, ends[row["benchmark"]]) for row in both.sort("board", "benchmark").iter_rows(named=True)]


def _observed_ends(long: pl.DataFrame) -> dict[str, tuple[float, float]]:
    """Return the lowest and highest score of each benchmark in the frame."""
    ends = long.group_by("benchmark").agg(low=pl.col("score").min(), high=pl.col("score").max())
    return {name: (low, high) for name, low, high in ends.iter_rows()}


def _share(row: dict[str, float | str | bool | None], observed: tuple[float, float]) -> SharedBenchmark:
    """Return one benchmark; scores inside 0 to 1 are shares if the frame gives no ends of the scale."""
    low, high = row["scale_low"], row["scale_high"]
    if (low is None or high is None) and observed[0] >= 0 and observed[1] <= 1:
        low, high = 0.0, 1.0
    facts = (row["domain"], bool(row["higher_is_better"]), low, high, row["chance"], row["n_items"])
    benchmark = Benchmark(str(row["benchmark"]), str(row["board"]), *facts)  # type: ignore[arg-type] # the columns have these types
    names = ("score", "score_low", "score_high", "standard_error")
    first, second = (Measured(*(row[f"{name}{end}"] for name in names)) for end in ("", "_b"))  # type: ignore[arg-type] # as above
    return share_benchmark(benchmark, first, second)
