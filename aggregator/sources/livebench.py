"""LiveBench: questions in seven categories, with new ones in each edition. A date has one table and one list of categories.

The overall score is that of the board: the mean over categories of the mean over their tasks, null with a task missing.
`livebench` has the scores of the newest edition and the history of all. A task can have the same name and other
questions in another edition: those in `FROZEN` are boards of their own, with models that the newest edition left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

import dataframely as dy

from aggregator.errors import MissingColumn
from aggregator.model import NO_LICENSE, Domain, Parsed, RankRule, Source, Track
from aggregator.sources import wire
from aggregator.sources.board import Benchmark, one_row_per_name
from aggregator.sources.csv_table import read_csv
from aggregator.sources.editions import OVERALL, Edition, build_editions, edition_file, mean_of_means
from aggregator.sources.github import repository_file, repository_files
from aggregator.sources.strict_json import read_name_lists

REPO = "LiveBench/livebench.github.io"
FOLDER = f"github/{REPO}/public"
NEWEST, FROZEN = "2026_01_08", ("2024_11_25", "2025_04_25", "2025_05_30")
DOMAINS = {
    "Reasoning": Domain.REASONING,
    "Coding": Domain.CODING,
    "Agentic Coding": Domain.AGENTS,
    "Mathematics": Domain.MATH,
    "Data Analysis": Domain.DATA_ANALYSIS,
    "Language": Domain.LANGUAGE,
    "IF": Domain.INSTRUCTION_FOLLOWING,
}
MIN_ROWS, DAY = 20, r"\d{4}_\d\d_\d\d"
AGENTS_SINCE = "2025_05_30"  # the first edition with `Agentic Coding`


class Row(wire.Wire):
    """The column of names; each task in the list of categories adds a column of scores from 0 to 100."""

    model = wire.name_column()


def parse(source: str, files: Mapping[str, bytes]) -> Parsed:
    """Read the tables of all editions in `files`; raises `SourceError`."""
    days = sorted({match[1] for name in files if (match := re.search(f"table_({DAY})", name))})
    found = {day: _categories(source, day, files) for day in days}
    editions = [_edition(source, day, files, tuple(found[day][0].values())) for day in days]
    tasks = {task: category for day in days for category, tasks in found[day][0].items() for task in tasks}
    benchmarks = [_benchmark(task, category, editions[-1].day) for task, category in tasks.items()]
    warnings = [f"new category: `{category}`" for day in days for category in found[day][1]]
    return build_editions(source, editions, benchmarks, name="model", warnings=warnings)


def _categories(source: str, day: str, files: Mapping[str, bytes]) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Return the tasks by category, and new categories; raises `MissingColumn` without one of the known categories."""
    path, content = edition_file(source, FOLDER, f"categories_{day}.json", files)
    found, new = read_name_lists(source, path, content, known=DOMAINS)
    expected = [category for category in DOMAINS if category != "Agentic Coding" or day >= AGENTS_SINCE]
    if missing := [category for category in expected if category not in found]:
        raise MissingColumn(source, path, missing, list(found))
    return found, new


def _edition(source: str, day: str, files: Mapping[str, bytes], categories: Sequence[Sequence[str]]) -> Edition:
    path, content = edition_file(source, FOLDER, f"table_{day}.csv", files)
    score = dy.Float64(nullable=True, min=0, max=100)
    row = wire.with_columns(Row, {task: score for tasks in categories for task in tasks})
    sheet = read_csv(source, path, content, row, name="model")
    wire.require_rows(source, path, sheet, MIN_ROWS)
    rows = sheet.rows.with_columns(mean_of_means(categories).alias(OVERALL))
    return Edition(date.fromisoformat(day.replace("_", "-")), sheet, one_row_per_name(rows, "model", best=OVERALL))


def _benchmark(task: str, category: str, day: date) -> Benchmark:
    title, domain = f"LiveBench {task.replace('_', ' ')}", DOMAINS.get(category, Domain.GENERAL)
    return Benchmark(task, title, domain, "accuracy, %", test_set=f"livebench_{task}", edition=str(day))


def _source(day: str) -> Source:
    """Return the source of the frozen edition of `day`, or of all editions."""
    frozen_on = date.fromisoformat(day.replace("_", "-")) if day else None
    kinds = (("table", "csv"), ("categories", "json"))
    one = [(f"{kind}_{day}", f"public/{kind}_{day}.{media}", media) for kind, media in kinds]
    newest = [(kind, f"public/{kind}_{NEWEST}.{media}", media) for kind, media in kinds]
    files = [repository_file(name, REPO, path, media=media) for name, path, media in one]
    every = [repository_files(name, REPO, path, f"{name}_{DAY}[.]{media}", media=media) for name, path, media in newest]
    table, categories = files if day else every
    return Source(
        id=(source := f"livebench_{day[:7]}" if day else "livebench"),
        title=f"LiveBench {day[:7].replace('_', '-')}" if day else "LiveBench",
        group="livebench",
        track=Track.LLM,
        rank_rule=RankRule.SCORE,
        score_unit="mean of the categories, 0–100",
        homepage="https://livebench.ai",
        license=NO_LICENSE,
        citation="White, Dooley, Roberts et al.: LiveBench: A Challenging, Contamination-Limited LLM Benchmark. ICLR, 2025.",
        resources=(table, replace(categories, is_lookup=True)),
        parse=partial(parse, source),
        frozen_on=frozen_on,
        min_rows=MIN_ROWS,
        edition=str(frozen_on) if day else None,
    )


SOURCES = tuple(_source(day) for day in ("", *FROZEN))
