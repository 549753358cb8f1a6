"""Vectara's hallucination leaderboard: how often a model adds facts when it summarises a document.

The table stands in the prose of a README. It is refused when its header changes in any way. Lower rates are better. The
factual consistency is 100 minus the rate, and a row where it is not is quarantined. The answer rate and the length of
the summaries describe how the model was measured: they are the setting of the score.
"""

from collections.abc import Mapping

import dataframely as dy
import polars as pl

from aggregator.model import Domain, Kind, Parsed, RankRule, Source, Track
from aggregator.sources import tables, wire
from aggregator.sources.board import Benchmark, build_board, one_row_per_name
from aggregator.sources.decoration import DECORATIVE
from aggregator.sources.github import repository_file
from aggregator.sources.markdown_table import read_markdown
from aggregator.sources.plain_text import read_text, stated_day
from aggregator.text_columns import fill_in

ID = "vectara"
FILE = repository_file("leaderboard", "vectara/hallucination-leaderboard", "README.md", media="markdown")
MODEL, RATE, CONSISTENCY, ANSWERED = "Model", "Hallucination Rate", "Factual Consistency Rate", "Answer Rate"
WORDS = "Average Summary Length (Words)"
UPDATED = (r"Last updated on (\w+ \d{1,2}, \d{4})", "%B %d, %Y")


class Row(wire.Wire):
    """The columns of the table; rates from 0 to 100 %."""

    model = wire.name_column(alias=MODEL)
    rate = dy.Float64(alias=RATE, min=0, max=100)
    consistency = dy.Float64(alias=CONSISTENCY, min=0, max=100)
    answered = dy.Float64(alias=ANSWERED, nullable=True, min=0, max=100, metadata=DECORATIVE)
    words = dy.Float64(alias=WORDS, nullable=True, min=0, metadata=DECORATIVE)

    @dy.rule()
    def the_two_rates_do_not_add_up_to_100(cls) -> pl.Expr:
        """Find rows whose two rates contradict each other; both are rounded to one decimal."""
        return ((pl.col(RATE) + pl.col(CONSISTENCY) - 100).abs() < 0.15).fill_null(value=True)


BENCHMARKS = (
    Benchmark(
        "hallucination_rate",
        "Hallucination rate (HHEM 2.3)",
        Domain.FACTUALITY,
        "summaries with a fact that is not in the document, %",
        column=RATE,
        higher_is_better=False,
        n_items=7700,
        columns={"setting": fill_in("answer_rate={} words={}", pl.col(ANSWERED), pl.col(WORDS))},
    ),
)


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the table of the README; raises `SourceError`."""
    content = files[FILE.name]
    sheet = read_markdown(ID, FILE.path, content, Row, header=[MODEL, RATE, CONSISTENCY, ANSWERED, WORDS], name=MODEL)
    wire.require_rows(ID, FILE.path, sheet, SOURCE.min_rows)
    return build_board(
        ID,
        [sheet],
        one_row_per_name(sheet.rows, MODEL, best=RATE, higher_is_better=False),
        BENCHMARKS,
        name=MODEL,
        facts={"kind": pl.lit(Kind.CHAT.value), "organization": tables.namespace_of(pl.col(MODEL))},
        board_score=pl.col(RATE),
        published_on=stated_day(read_text(ID, FILE.path, content), *UPDATED),
    )


SOURCE = Source(
    id=ID,
    title="Vectara hallucination leaderboard",
    short_title="Vectara",
    track=Track.LLM,
    rank_rule=RankRule.SCORE,
    score_unit="hallucination rate, 0–100 %, lower is better",
    homepage="https://github.com/vectara/hallucination-leaderboard",
    license="Apache-2.0",
    citation="Vectara: Hallucination leaderboard, 2023–2026.",
    resources=(FILE,),
    parse=parse,
    min_rows=20,
    score_name="hallucination_rate",
    higher_is_better=False,
    domain=Domain.FACTUALITY,
)
