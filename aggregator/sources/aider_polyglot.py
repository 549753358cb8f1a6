"""Aider's polyglot benchmark: 225 exercises in six languages, solved through file edits in two attempts.

The published score is `pass_rate_2`, the share solved after the second attempt. A model can have several rows, one per
edit format and date: the best is kept. A row that names two models (`… + …`: an architect and an editor) is no model's.
"""

from collections.abc import Mapping

import dataframely as dy
import polars as pl

from aggregator.model import Domain, Kind, Parsed, RankRule, Source, Track
from aggregator.sources import wire
from aggregator.sources.board import Benchmark, build_board, one_row_per_name
from aggregator.sources.github import repository_file
from aggregator.sources.records import read_yaml
from aggregator.text_columns import fill_in

ID = "aider_polyglot"
FILE = repository_file("leaderboard", "Aider-AI/aider", "aider/website/_data/polyglot_leaderboard.yml", media="yaml")
UNUSED_FIELDS = (
    *("dirname", "commit_hash", "versions", "test_cases", "total_tests", "pass_num_1", "pass_num_2", "total_cost"),
    *("percent_cases_well_formed", "num_malformed_responses", "num_with_malformed_responses", "error_outputs"),
    *("user_asks", "lazy_comments", "syntax_errors", "indentation_errors", "exhausted_context_windows"),
    *("test_timeouts", "seconds_per_case", "prompt_tokens", "completion_tokens", "editor_model", "editor_edit_format"),
)


class Row(wire.Wire):
    """The used fields; rates from 0 to 100."""

    model = wire.name_column()
    edit_format = wire.text(decorative=True)
    reasoning_effort = dy.String(nullable=True, regex="^(minimal|low|medium|high|xhigh|max)$")
    thinking_tokens = dy.Int64(nullable=True, min=0, max=10_000_000)
    pass_rate_1 = dy.Float64(min=0, max=100)
    pass_rate_2 = dy.Float64(min=0, max=100)
    date = wire.text()
    command = wire.text(decorative=True)

    @dy.rule()
    def second_attempt_loses_exercises(cls) -> pl.Expr:
        """Compare the two rates: what the first attempt solves stays solved."""
        return pl.col("pass_rate_1") <= pl.col("pass_rate_2")

    @dy.rule()
    def names_two_models(cls) -> pl.Expr:
        """Find rows of an architect model with an editor model."""
        return ~pl.col("model").str.contains(" + ", literal=True)


BENCHMARKS = (
    Benchmark(
        "polyglot",
        "Aider polyglot",
        Domain.CODING,
        "exercises solved in two attempts, %",
        column="pass_rate_2",
        chance=0.0,
        n_items=225,
        test_set="aider_polyglot",
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
            "effort": "reasoning_effort",
            "thinking": pl.col("thinking_tokens") > 0,
            "thinking_budget": pl.when(pl.col("thinking_tokens") > 0).then("thinking_tokens"),
            "host": pl.col("command").str.extract(r"--model (openrouter|fireworks_ai|nvidia_nim)/"),
            "submitted_on": wire.day("date"),
        },
        board_score=pl.col("pass_rate_2"),
        published_on=sheet.rows.select(wire.day("date").max()).item(),
    )


SOURCE = Source(
    id=ID,
    title="Aider polyglot",
    group="aider",
    track=Track.LLM,
    rank_rule=RankRule.SCORE,
    score_unit="exercises solved in two attempts, 0–100 %",
    homepage="https://aider.chat/docs/leaderboards/",
    license="Apache-2.0",
    citation="Gauthier: Aider polyglot coding leaderboard, 2024.",
    resources=(FILE,),
    parse=parse,
    min_rows=20,
    domain=Domain.CODING,
)
