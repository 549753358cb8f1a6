"""Reading group: an example of a leaderboard in a distribution of its own.

The numbers are made up. `metaboard new-board` wrote the file from the CSV under `sample/`; titles, domain, licence and
number of items were added by hand.
"""

from collections.abc import Mapping

import dataframely as dy
import polars as pl

from aggregator.model import Domain, Parsed, RankRule, Resource, Source, Track
from aggregator.sources import wire
from aggregator.sources.board import Benchmark, build_board, one_row_per_name
from aggregator.sources.csv_table import read_csv

ID = "reading_group"
FILE = Resource(
    "leaderboard",
    "example.org/reading-group/results.csv",
    "https://example.org/reading-group/results.csv",
    max_bytes=16 * 1024 * 1024,
    media="csv",
)


class Row(wire.Wire):
    """The used columns."""

    model = wire.name_column()
    answered = dy.Float64(min=0, max=100)
    organization = wire.text()
    license = wire.text()
    date = wire.text()


BENCHMARKS = (
    Benchmark(
        "answered",
        "Questions answered",
        Domain.KNOWLEDGE,
        "questions answered correctly, %",
        n_items=200,
    ),
)


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the table; raises `SourceError`."""
    sheet = read_csv(ID, FILE.path, files[FILE.name], Row, name="model")
    wire.require_rows(ID, FILE.path, sheet, SOURCE.min_rows)
    blank = wire.blank_to_null("organization", "license")
    named = sheet.rows.with_columns(blank)
    rows = one_row_per_name(named, "model", best="answered")
    return build_board(
        ID,
        [sheet],
        rows,
        BENCHMARKS,
        name="model",
        facts={
            "organization": "organization",
            "license": "license",
            "submitted_on": wire.day("date"),
        },
        board_score=pl.col("answered"),
        published_on=rows.select(wire.day("date").max()).item(),
    )


SOURCE = Source(
    id=ID,
    title="Reading group",
    track=Track.LLM,
    rank_rule=RankRule.SCORE,
    score_unit="questions answered correctly, 0–100 %",
    homepage="https://example.org/reading-group/",
    license="CC0-1.0",
    citation="Reading group: an example leaderboard with made-up numbers.",
    resources=(FILE,),
    parse=parse,
    min_rows=6,
    domain=Domain.KNOWLEDGE,
)
