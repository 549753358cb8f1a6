"""Aider's code editing benchmark: 133 Python exercises, solved through file edits in two attempts. Frozen.

The published score is `pass_rate_2`, the share solved after the second attempt. A model can have several rows, one per
edit format and date: the best is kept.
"""

from collections.abc import Mapping
from datetime import date

import dataframely as dy
import polars as pl

from aggregator.model import Domain, Kind, Parsed, RankRule, Source, Track
from aggregator.sources import wire
from aggregator.sources.board import Benchmark, build_board, one_row_per_name
from aggregator.sources.github import repository_file
from aggregator.sources.records import read_yaml
from aggregator.text_columns import fill_in

ID = "aider_edit"
FILE = repository_file("leaderboard", "Aider-AI/aider", "aider/website/_data/edit_leaderboard.yml", media="yaml")
EXERCISES, MIN_EXERCISES = 133, 120
"""A shorter run ended early, and the rate is of other exercises."""
UNUSED_FIELDS = (
    *("dirname", "commit_hash", "versions", "pass_num_1", "pass_num_2", "total_tests", "total_cost"),
    *("percent_cases_well_formed", "num_malformed_responses", "num_with_malformed_responses", "error_outputs"),
    *("user_asks", "lazy_comments", "syntax_errors", "indentation_errors", "exhausted_context_windows"),
    *("test_timeouts", "seconds_per_case"),
)


class Row(wire.Wire):
    """The used fields; rates from 0 to 100. Aider leaves `_released` out of its plot, and it is the same date."""

    model = wire.name_column()
    edit_format = wire.text(decorative=True)
    test_cases = dy.Int64(min=1, max=10_000)
    pass_rate_1 = dy.Float64(min=0, max=100)
    pass_rate_2 = dy.Float64(min=0, max=100)
    date = wire.text()
    command = wire.text(decorative=True)
    released = wire.text(decorative=True)
    hidden_released = wire.text("_released", decorative=True)

    @dy.rule()
    def second_attempt_loses_exercises(cls) -> pl.Expr:
        """Compare the two rates: what the first attempt solves stays solved."""
        return pl.col("pass_rate_1") <= pl.col("pass_rate_2")

    @dy.rule()
    def run_is_not_of_the_133_exercises(cls) -> pl.Expr:
        """Find runs that ended early, and those of the polyglot benchmark."""
        return pl.col("test_cases").is_between(MIN_EXERCISES, EXERCISES)


BENCHMARKS = (
    Benchmark(
        "edit",
        "Aider code editing",
        Domain.CODING,
        "exercises solved in two attempts, %",
        column="pass_rate_2",
        chance=0.0,
        n_items=EXERCISES,
        test_set="aider_edit",
        columns={"setting": fill_in("edit_format={}", pl.col("edit_format"))},
    ),
)


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the board's list; raises `SourceError`."""
    sheet = read_yaml(ID, FILE.path, files[FILE.name], Row, name="model", ignored=UNUSED_FIELDS)
    wire.require_rows(ID, FILE.path, sheet, SOURCE.min_rows)
    return build_board(
        ID,
        [sheet],
        one_row_per_name(sheet.rows, "model", best="pass_rate_2"),
        BENCHMARKS,
        name="model",
        facts={
            "kind": pl.lit(Kind.CHAT.value),
            "host": pl.col("command").str.extract(
                r"--model (openrouter|fireworks_ai|together_ai|groq|ollama|bedrock)/"
            ),
            "released_on": pl.coalesce(wire.day("released"), wire.day("_released")),
            "submitted_on": wire.day("date"),
        },
        board_score=pl.col("pass_rate_2"),
        published_on=sheet.rows.select(wire.day("date").max()).item(),
    )


SOURCE = Source(
    id=ID,
    title="Aider code editing",
    short_title="Aider edit",
    group="aider",
    track=Track.LLM,
    rank_rule=RankRule.SCORE,
    score_unit="exercises solved in two attempts, 0–100 %",
    homepage="https://aider.chat/docs/leaderboards/edit.html",
    license="Apache-2.0",
    citation="Gauthier: Aider code editing leaderboard, 2023.",
    resources=(FILE,),
    parse=parse,
    frozen_on=date(2024, 12, 18),
    min_rows=20,
    domain=Domain.CODING,
)
