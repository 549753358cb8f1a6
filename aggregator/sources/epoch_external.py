"""Epoch AI's collection of results from leaderboards and papers; its files are declared in `epoch_tables.py`.

A row without a model version is quarantined: Epoch could not say which model it is. Of several rows of one model, those
of leaderboards come before those of papers, then the best score. Scores from papers count as self-reported. A file that
is not declared is named in a warning.
"""

from collections.abc import Mapping

from aggregator.model import MeasuredBy, Parsed, RankRule, Source, Track
from aggregator.sources import epoch_models
from aggregator.sources.cells import build_from_scores, scores_of
from aggregator.sources.epoch_tables import IS_LEADERBOARD, TABLES, VERSION, read_file
from aggregator.sources.github import repository_files

ID, MIN_ROWS = "epoch_external", 5
PREFIX, FOLDER = "external_benchmark_", "data/"
FILES = repository_files(
    "external", epoch_models.REPO, f"{FOLDER}{PREFIX}mmlu.csv", PREFIX + r"\w+\.csv", media="csv", max_mib=16
)


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the declared files and the list of versions; raises `SourceError`."""
    versions, warnings = epoch_models.read_versions(ID, files[epoch_models.VERSIONS.name])
    sheets, scores, benchmarks, unknown = [], [], [], []
    for file in sorted(file for file in files if file != epoch_models.VERSIONS.name):
        name = file.removeprefix(f"{FILES.name}/{PREFIX}").removesuffix(".csv")
        if name not in TABLES:
            unknown.append(f"`{file}` is not declared in epoch_tables.py; it was not read")
            continue
        table = TABLES[name]
        sheet = read_file(ID, FILES.path.replace("mmlu", name), files[file], table, min_rows=MIN_ROWS)
        rows = sheet.rows.filter(IS_LEADERBOARD | ~IS_LEADERBOARD.any().over(VERSION))
        sheets.append(sheet)
        scores.append(scores_of(ID, sheet, table.benchmark, rows, name=VERSION))
        benchmarks.append(table.benchmark)
    return build_from_scores(
        ID,
        sheets,
        scores,
        benchmarks,
        facts=epoch_models.version_facts(),
        models=versions,
        published_on=None,
        warnings=[*warnings, *unknown],
    )


SOURCE = Source(
    id=ID,
    title="Epoch AI, external results",
    short_title="Epoch external",
    group="epoch",
    track=Track.LLM,
    rank_rule=RankRule.WIN_RATE,
    score_unit="mean win rate over the benchmarks, 0–1",
    homepage="https://epoch.ai/benchmarks",
    license=epoch_models.LICENSE,
    citation="Epoch AI: AI Benchmarking Hub, external results, 2024–2025, CC-BY 4.0.",
    resources=(FILES, epoch_models.VERSIONS),
    parse=parse,
    min_rows=20,
    measured_by=MeasuredBy.THIRD_PARTY,
)
