"""Arena-Hard-Auto v0.1: win rates on 500 difficult prompts of Chatbot Arena, as a language model judges them. Frozen.

Answers are compared with those of `gpt-4-0314`, whose score is 50 by definition.
"""

from collections.abc import Mapping
from datetime import date

import dataframely as dy
import polars as pl

from aggregator.model import Domain, Kind, Parsed, RankRule, Source, Track
from aggregator.sources import wire
from aggregator.sources.board import Benchmark, build_board, one_row_per_name
from aggregator.sources.csv_table import read_csv
from aggregator.sources.github import repository_file

ID = "arena_hard"
FILE = repository_file(
    "leaderboard", "lmarena/arena-hard-auto", "leaderboard/arena_hard_leaderboard_20240731.csv", media="csv"
)
SIDES = r"^\(-(\d+\.\d+), \+(\d+\.\d+)\)$"
ROUNDING = 0.06
"""The sides have one or two decimals."""


class Row(wire.Wire):
    """The used columns; win rates from 0 to 100 with the bounds of their 95 % interval."""

    model = wire.name_column()
    score = dy.Float64(min=0, max=100)
    rating_q025 = dy.Float64(min=0, max=100)
    rating_q975 = dy.Float64(min=0, max=100)
    interval = wire.text(alias="CI")
    date = wire.text()

    @dy.rule()
    def bounds_are_not_those_of_the_interval(cls) -> pl.Expr:
        """Compare the two bounds with the score and its interval, text such as `(-1.88, +1.97)`."""
        below, above = (pl.col("CI").str.extract(SIDES, side).cast(pl.Float64, strict=False) for side in (1, 2))
        bounds = (pl.col("rating_q025") - (pl.col("score") - below), pl.col("rating_q975") - (pl.col("score") + above))
        return pl.all_horizontal((bound.abs() <= ROUNDING).fill_null(value=False) for bound in bounds)


BENCHMARKS = (
    Benchmark(
        "arena_hard",
        "Arena-Hard-Auto v0.1",
        Domain.PREFERENCE,
        "win rate against gpt-4-0314, %",
        column="score",
        n_items=500,
        columns={"score_low": "rating_q025", "score_high": "rating_q975"},
    ),
)


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the board's table; raises `SourceError`."""
    sheet = read_csv(ID, FILE.path, files[FILE.name], Row, name="model", ignored=("avg_tokens",))
    wire.require_rows(ID, FILE.path, sheet, SOURCE.min_rows)
    return build_board(
        ID,
        [sheet],
        one_row_per_name(sheet.rows, "model", best="score"),
        BENCHMARKS,
        name="model",
        facts={
            "kind": pl.lit(Kind.CHAT.value),
            "board_score_low": "rating_q025",
            "board_score_high": "rating_q975",
        },
        board_score=pl.col("score"),
        published_on=sheet.rows.select(wire.day("date").max()).item(),
    )


SOURCE = Source(
    id=ID,
    title="Arena-Hard-Auto v0.1",
    short_title="Arena-Hard",
    track=Track.LLM,
    rank_rule=RankRule.SCORE,
    score_unit="win rate against gpt-4-0314, 0–100 %",
    has_interval=True,
    homepage="https://github.com/lmarena/arena-hard-auto",
    license="Apache-2.0",
    citation="Li, Chiang, Frick, Dunlap et al.: From Crowdsourced Data to High-Quality Benchmarks: Arena-Hard, 2024.",
    resources=(FILE,),
    parse=parse,
    frozen_on=date(2024, 7, 31),
    min_rows=20,
    domain=Domain.PREFERENCE,
)
