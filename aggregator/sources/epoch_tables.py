"""The files of Epoch AI's collection of external results: one declaration per file, `external_benchmark_<name>.csv`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import dataframely as dy
import polars as pl

from aggregator.model import Domain, MeasuredBy
from aggregator.sources import wire
from aggregator.sources.board import Benchmark
from aggregator.sources.csv_table import read_csv
from aggregator.sources.tables import Column

VERSION = "Model version"
SHOTS = "Shots"
IS_LEADERBOARD = pl.col("Source").str.contains(
    r"(?i)leaderboard|helm|dashboard|website|github|^metr\b|release notes|osuniverse"
)
MEASURED_BY = (
    pl.when(IS_LEADERBOARD).then(pl.lit(MeasuredBy.THIRD_PARTY.value)).otherwise(pl.lit(MeasuredBy.SELF_REPORTED.value))
)
"""Papers and model cards of makers compare models with their own; leaderboards measure, or collect, for all alike."""


class Row(wire.Wire):
    """The columns of every file; each declaration adds its own."""

    version = wire.name_column(alias=VERSION)
    source = wire.text(alias="Source")


@dataclass(frozen=True)
class Table:
    """One file: its benchmark, the column that states how a model was run, and that of the standard error."""

    benchmark: Benchmark
    run: str
    error: str

    @property
    def row(self) -> type[wire.Wire]:
        """The schema of the file."""
        columns: dict[str, dy.Column] = {
            self.benchmark.score_column: dy.Float64(min=self.benchmark.low, max=self.benchmark.high)
        }
        if self.run:
            columns[self.run] = wire.text(decorative=True)
        if self.error:
            columns[self.error] = dy.Float64(nullable=True, min=0)
        return wire.with_columns(Row, columns)


def _table(  # noqa: PLR0917 - the columns of the list below
    name: str,
    title: str,
    domain: Domain,
    column: str = "Score",
    run: str = "",
    chance: float | None = 0,
    n_items: int | None = None,
    test_set: str | None = None,
    *,
    metric: str = "score, %",
    low: float = 0,
    high: float = 100,
    error: str = "",
) -> Table:
    columns: dict[str, Column] = {"reference": "Source", "measured_by": MEASURED_BY}
    if run:
        value = pl.col(run).str.strip_chars().str.strip_suffix("-shot")
        columns["setting"] = pl.concat_str(pl.lit(f"{run.lower()}="), value)
    if error:
        columns["standard_error"] = error
    benchmark = Benchmark(
        name,
        title,
        domain,
        metric,
        column,
        low,
        high,
        chance,
        n_items,
        test_set,
        measured_by=MeasuredBy.THIRD_PARTY,
        columns=columns,
    )
    return Table(benchmark, run, error)


TABLES: Mapping[str, Table] = {
    table.benchmark.name: table
    for table in (
        _table("anli", "ANLI", Domain.REASONING, "Score", SHOTS, 33.3, 3200),
        _table("arc_agi", "ARC-AGI-1", Domain.REASONING, n_items=100),
        _table("arc_ai2", "ARC challenge", Domain.REASONING, "Challenge score", SHOTS, 25, 1172, "arc_challenge"),
        _table("balrog", "BALROG", Domain.AGENTS, "Average progress", error="Average Standard error"),
        _table("bbh", "BIG-Bench Hard", Domain.REASONING, "Average", SHOTS, None, 6511, "bbh"),
        _table("boolq", "BoolQ", Domain.KNOWLEDGE, "Score", SHOTS, 50, 3270),
        _table("cadeval", "CadEval", Domain.CODING, "Overall pass (%)", n_items=50),
        _table("csqa2", "CommonsenseQA 2.0", Domain.REASONING, "Score", SHOTS, 50),
        _table("cybench", "Cybench", Domain.AGENTS, "Unguided % Solved", n_items=40),
        _table("deepresearch", "DeepResearch Bench", Domain.AGENTS, "Average score"),
        _table("factorio_learning_environment", "Factorio", Domain.AGENTS, "Lab Success %", "Tools"),
        _table(
            "geobench", "GeoBench", Domain.VISION, "ACW Avg Score", "Tools", None, metric="points, 0–5000", high=5000
        ),
        _table("gsm8k", "GSM8K", Domain.MATH, "EM", SHOTS, 0, 1319, "gsm8k"),
        _table("gso_bench", "GSO", Domain.CODING, "Score OPT@1", "Scaffold", 0, 102),
        _table("hellaswag", "HellaSwag", Domain.REASONING, "Overall accuracy", SHOTS, 25, 10042, "hellaswag"),
        _table("lambada", "LAMBADA", Domain.LANGUAGE, "Score", SHOTS, 0, 5153),
        _table(
            "lech_mazur_writing",
            "Creative writing",
            Domain.PREFERENCE,
            "Mean score",
            chance=None,
            metric="mark, 0–10",
            high=10,
        ),
        _table("mcbench", "MC-Bench", Domain.PREFERENCE, "ELO", chance=None, metric="Elo rating", low=400, high=2500),
        _table("metr", "METR task suite", Domain.AGENTS, "average_score", metric="mean score, 0–1", high=1),
        _table("mmlu", "MMLU", Domain.KNOWLEDGE, "EM", SHOTS, 25, 14042, "mmlu"),
        _table("openbookqa", "OpenBookQA", Domain.KNOWLEDGE, "Accuracy", SHOTS, 25, 500),
        _table("os_world", "OSWorld", Domain.AGENTS, "Score", "Agent", 0, 369),
        _table("osuniverse", "OSUniverse", Domain.AGENTS, "Weighted Score", "Agent"),
        _table("piqa", "PIQA", Domain.REASONING, "Score", SHOTS, 50, 1838),
        _table("scienceqa", "ScienceQA", Domain.VISION, "Score", "", None, 4241),
        _table("simple_bench", "SimpleBench", Domain.REASONING, "Score (AVG@5)", chance=16.7),
        _table("superglue", "SuperGLUE", Domain.LANGUAGE, chance=None),
        _table(
            "terminal_bench",
            "Terminal-Bench",
            Domain.AGENTS,
            "Accuracy mean",
            "Agent",
            0,
            80,
            "terminal_bench",
            error="Accuracy SE",
        ),
        _table("the_agent_company", "TheAgentCompany", Domain.AGENTS, "% Resolved", "Model", 0, 175),
        _table("triviaqa", "TriviaQA", Domain.KNOWLEDGE, "EM", SHOTS),
        _table("videomme", "Video-MME", Domain.VISION, "Overall (no subtitles)", "", 25, 2700),
        _table("vpct", "VPCT", Domain.VISION, "Correct", "", 33.3, 100),
        _table("weirdml", "WeirdML", Domain.CODING, "Accuracy", chance=None),
        _table("winogrande", "WinoGrande", Domain.REASONING, "Accuracy", SHOTS, 50, 1267, "winogrande"),
    )
}
NOT_USED = re.compile(
    r"(?i)id|uuid|name|notes.*|source link.*|date.*|trajectories|frames|prompt|paper|wood|bronze|silver|gold|agent|shots"
    r"|organization|environment model|model|r[123]|easy score|.* progress|.*standard error|.*\(mm\)|scad gen.*|render.*"
    r"|total (tasks|passes)|checks run|(chamfer|haus\.|vol\.) pass.*|subtask.*|.*most difficult task.*|production score"
    r"|milestones|automation|most complex item|cost.*|average (steps|costs)|(acw|avw|rural|urban|photos) .*|score opt@10"
    r"|votes|win rate|ci_.*|time horizon|duration.*|% score|(overall|short videos|medium videos|long videos) \(.*|median.*"
)
"""The known columns that are not used."""


def read_file(source: str, path: str, content: bytes, table: Table, *, min_rows: int) -> wire.Sheet:
    """Read one file; raises `SourceError`. `Shots` is left empty when most of its cells hold no number of examples.

    Rows of models that Epoch could not name are no sign of a broken file.
    """
    sheet = read_csv(source, path, content, table.row, name=VERSION)
    named = sheet.quarantined.filter(pl.col("raw_name").str.strip_chars() != "")
    wire.require_rows(source, path, replace(sheet, quarantined=named), min_rows)
    if table.run == SHOTS:
        shots = sheet.rows[SHOTS].drop_nulls()
        wrong = shots.filter(~shots.str.contains(r"^\s*(few|\d+(\.\d+)?)(-shot)?\s*$"))
        if wrong.len() * 2 > shots.len():
            about = f"`{SHOTS}` holds no numbers of examples, such as {wrong[0]!r}; it is empty in this edition"
            empty = pl.lit(None, dtype=pl.String).alias(SHOTS)
            sheet = replace(sheet, rows=sheet.rows.with_columns(empty), about_columns=(*sheet.about_columns, about))
    unknown = (column for column in sheet.unknown_columns if not NOT_USED.fullmatch(column))
    return replace(sheet, unknown_columns=tuple(unknown))
