"""The names of two editions: which are still there, which are spelled otherwise, and their order on the board.

A name is *known* when the other edition has it exactly, or in a spelling with the same letters and digits.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from aggregator.gates import statistics
from aggregator.gates.candidate import Candidate
from aggregator.model import Parsed, Source

FEWEST_SHARED = 0.5
"""With fewer of the last good names, an earlier edition of the board is looked for that has the names of tonight."""
SIMILAR = 0.1
"""Of all past editions whose share of names is by at most this below the largest, the newest is compared."""
OVERALL = "/overall"
"""The end of the benchmark whose history is that of the whole board, in sources with a history."""

SCHEMA = {"raw_name": pl.String, "folded": pl.String, "place": pl.Int64, "value": pl.Float64}
"""`place` from 1, null for a model without an overall score; `value` is higher for better models."""


@dataclass(frozen=True)
class NameSets:
    """The names of tonight, and those of the edition that they are compared with; both as `SCHEMA`."""

    now: pl.DataFrame
    before: pl.DataFrame
    day: date | None
    """The publish date of the edition that is compared."""
    is_past: bool = False
    """Whether an earlier edition than the last good one is compared, because the board has its spelling again."""

    @cached_property
    def missing(self) -> pl.DataFrame:
        """The earlier names that are not there in the same spelling, the best first."""
        return self.before.join(self.now, on="raw_name", how="anti").sort("place", "raw_name", nulls_last=True)

    @cached_property
    def lost(self) -> pl.DataFrame:
        """The earlier names that are there in no spelling, the best first."""
        return self.missing.join(self.now, on="folded", how="anti", maintain_order="left")

    @cached_property
    def respelled(self) -> pl.DataFrame:
        """The earlier names in another spelling, with the new one in `spelling`."""
        return self.missing.join(
            self.now.select("folded", spelling="raw_name").unique("folded", keep="first", maintain_order=True),
            on="folded",
            how="inner",
            maintain_order="left",
        )

    @cached_property
    def newcomers(self) -> pl.DataFrame:
        """The names of tonight that the earlier edition has in no spelling."""
        return self.now.join(self.before, on="folded", how="anti")


def compare_names(new: Candidate, last: Parsed) -> NameSets:
    """Return the names of tonight, and of the last good edition or of a past one with the spelling of tonight."""
    now, before = names_of(new.parsed, new.source), names_of(last, new.source)
    sets = NameSets(now, before, last.published_on)
    if not new.source.is_refitted or sets.missing.height <= (1 - FEWEST_SHARED) * before.height:
        return sets
    return _most_similar(now, last) or sets


def names_of(parsed: Parsed, source: Source) -> pl.DataFrame:
    """Return the names with a score of tonight and their places, as `SCHEMA`."""
    sign = 1.0 if source.higher_is_better else -1.0
    placed = statistics.placed_entries(parsed).select(
        "raw_name", rank="board_rank", value=pl.col("board_score").fill_nan(None) * sign
    )
    ordered = placed.sort("rank", -pl.col("value"), "raw_name", nulls_last=True).with_row_index("place", offset=1)
    scored = parsed.scores.select(pl.col("raw_name").unique())
    found = pl.concat([ordered.select("raw_name", "place", "value"), scored], how="diagonal")
    return _as_schema(found.unique("raw_name", keep="first", maintain_order=True))


def _most_similar(now: pl.DataFrame, last: Parsed) -> NameSets | None:
    """Return the comparison with the newest past edition that has about the most names of tonight, if it has enough."""
    if last.history is None:
        return None
    history = last.history.filter(pl.col("benchmark").str.ends_with(OVERALL))
    shared = history.group_by("published_on").agg(
        share=pl.col("raw_name").is_in(now["raw_name"].implode()).mean(), names=pl.len()
    )
    large = shared.filter(
        (pl.col("share") >= FEWEST_SHARED) & (pl.col("names") >= FEWEST_SHARED * pl.col("names").max())
    )
    day = large.filter(pl.col("share") >= pl.col("share").max() - SIMILAR)["published_on"].max()
    if not isinstance(day, date):
        return None
    edition = history.filter(pl.col("published_on") == day).sort("score", "raw_name", descending=[True, False])
    ordered = edition.select("raw_name", value="score").with_row_index("place", offset=1)
    return NameSets(now, _as_schema(ordered), day, is_past=True)


def _as_schema(names: pl.DataFrame) -> pl.DataFrame:
    found = names.with_columns(folded=fold_name(pl.col("raw_name")))
    return found.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def fold_name(name: pl.Expr) -> pl.Expr:
    """Return the letters and digits of a name in lower case, after NFKC; a name without any stays as it is."""
    letters = name.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    return pl.when(letters == "").then(name).otherwise(letters)
