"""AlpacaEval 2: win rates on 805 instructions against GPT-4 Turbo, corrected for the length of the answers.

`mode` states who ran a model: the board (`minimal`, `verified`, `dev`), or somebody who sent the answers (`community`),
usually its maker. The plain win rate is of the same answers and no second result.
"""

from collections.abc import Mapping

import dataframely as dy
import polars as pl

from aggregator.model import Domain, Kind, MeasuredBy, Parsed, RankRule, Source, Track
from aggregator.sources import wire
from aggregator.sources.board import Benchmark, build_board, one_row_per_name
from aggregator.sources.csv_table import read_csv
from aggregator.sources.github import repository_file
from aggregator.text_columns import fill_in

ID = "alpaca_eval"
FILE = repository_file(
    "leaderboard",
    "tatsu-lab/alpaca_eval",
    "src/alpaca_eval/leaderboards/data_AlpacaEval_2/weighted_alpaca_eval_gpt4_turbo_leaderboard.csv",
    media="csv",
)
UNUSED_COLUMNS = (
    "win_rate",
    "standard_error",
    "n_wins",
    "n_wins_base",
    "n_draws",
    "n_total",
    "discrete_win_rate",
    "avg_length",
)
ATTACKS = ("NullModel", "gpt4_gamed")
"""Rows that were made to mislead the judge, and answer no instruction."""
SYSTEMS = r"(?i)(^|[-_])(self|slim)?moa([-_]|$)|^toa$|(^|[-_])coe([-_]|$)|^(aligner|pairrm)-|-best-of-\d+($|-)"
"""Names of systems of several models: mixtures of agents, a model that corrects or chooses the answers of another."""


class Row(wire.Wire):
    """The used columns; win rates from 0 to 100. The column of names has no name of its own."""

    name = wire.name_column()
    length_controlled_winrate = dy.Float64(min=0, max=100)
    lc_standard_error = dy.Float64(nullable=True, min=0, max=50)
    mode = wire.text()

    @dy.rule()
    def names_a_system_of_several_models(cls) -> pl.Expr:
        """Find rows of a system with more than one model."""
        return ~pl.col("name").str.contains(SYSTEMS)


BENCHMARKS = (
    Benchmark(
        "alpaca_eval",
        "AlpacaEval 2",
        Domain.PREFERENCE,
        "length-controlled win rate against GPT-4 Turbo, %",
        column="length_controlled_winrate",
        n_items=805,
        columns={
            "standard_error": "lc_standard_error",
            "setting": fill_in("prompt={}", pl.col("name").str.extract(r"_(verbose|concise)$")),
            "measured_by": pl.when(pl.col("mode") == "community").then(pl.lit(MeasuredBy.SELF_REPORTED.value)),
        },
    ),
)


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the board's table; raises `SourceError`."""
    sheet = read_csv(ID, FILE.path, files[FILE.name], Row, name="name", ignored=UNUSED_COLUMNS)
    wire.require_rows(ID, FILE.path, sheet, SOURCE.min_rows)
    return build_board(
        ID,
        [sheet],
        one_row_per_name(sheet.rows, "name", best="length_controlled_winrate"),
        BENCHMARKS,
        name="name",
        facts={"kind": pl.lit(Kind.CHAT.value), "flagged": pl.col("name").is_in(ATTACKS)},
        board_score=pl.col("length_controlled_winrate"),
        published_on=None,
    )


SOURCE = Source(
    id=ID,
    title="AlpacaEval 2",
    track=Track.LLM,
    rank_rule=RankRule.SCORE,
    score_unit="length-controlled win rate against GPT-4 Turbo, 0–100 %",
    homepage="https://tatsu-lab.github.io/alpaca_eval/",
    license="Apache-2.0",
    citation="Dubois, Galambosi, Liang, Hashimoto: Length-Controlled AlpacaEval. COLM, 2024.",
    resources=(FILE,),
    parse=parse,
    min_rows=20,
    domain=Domain.PREFERENCE,
)
