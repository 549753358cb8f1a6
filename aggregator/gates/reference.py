"""The shipped baseline of a leaderboard: what its first edition in a new home directory is compared with.

A reference has statistics and a sample of a recorded edition: hashes of all names, the scores of at most `ANCHORS` models
(the anchors) under the hashes of their names, and the distribution of each benchmark and fact.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from aggregator.gates import edition_summary as summary
from aggregator.gates.edition_summary import key_frame
from aggregator.model import Parsed, Source

ANCHORS = 200
"""Maximum number of models of a source whose scores are in its reference."""
GROUP_SIZE = 10
"""Mean number of models in a group of an ended leaderboard."""
DIGITS = 5
"""Significant digits of a score in a reference; the largest rounding is below .01 standard deviations of any benchmark."""
TABLES: dict[str, dict[str, pl.DataType]] = {
    # One row per source. `published_on` and `edition` are those of the recorded edition, `day` is the latest of its dates,
    # `whole_files` the digests of the recorded files that the bundled sample has unchanged.
    "sources": {
        "source": pl.String(),
        "day": pl.Date(),
        "published_on": pl.Date(),
        "edition": pl.String(),
        "whole_files": pl.List(pl.String()),
    },
    # One row per model with a score: the hash of its name, its place when it is one of the best, and whether the bundled
    # sample has it.
    "names": {"source": pl.String(), "key": pl.UInt32(), "place": pl.UInt8(), "in_sample": pl.Boolean()},
    # One row per benchmark, and one for the score and the rank of the leaderboard itself.
    "benchmarks": {
        "source": pl.String(),
        "benchmark": pl.String(),
        "edition": pl.String(),
        "models": pl.UInt32(),
        "mean": pl.Float32(),
        "spread": pl.Float32(),
        "low": pl.Float32(),
        "q05": pl.Float32(),
        "q25": pl.Float32(),
        "q50": pl.Float32(),
        "q75": pl.Float32(),
        "q95": pl.Float32(),
        "high": pl.Float32(),
        "distinct": pl.Float32(),
        "correlation": pl.Float32(),
    },
    "anchors": {"source": pl.String(), "benchmark": pl.String(), "key": pl.UInt32(), "score": pl.Float32()},
    # One row per anchor and fact that it states: a hash of the value.
    "facts": {"source": pl.String(), "fact": pl.String(), "key": pl.UInt32(), "value": pl.UInt16()},
    # One row per fact and frequent value, over all models; the empty text stands for no value.
    "shares": {"source": pl.String(), "fact": pl.String(), "value": pl.String(), "share": pl.Float32()},
    # One row per benchmark and earlier publish date.
    "past": {
        "source": pl.String(),
        "benchmark": pl.String(),
        "published_on": pl.Date(),
        "models": pl.UInt32(),
        "mean": pl.Float32(),
        "spread": pl.Float32(),
    },
    # Ended leaderboards only, one row per benchmark and group of models: the mean of their scores.
    "groups": {
        "source": pl.String(),
        "benchmark": pl.String(),
        "group": pl.UInt32(),
        "models": pl.UInt32(),
        "mean": pl.Float32(),
    },
}
"""The tables of all references, one Parquet file each."""


@dataclass(frozen=True)
class Reference:
    """The shipped baseline of one source; the frames have the columns of `TABLES` without `source`."""

    day: date
    """The day of the baseline: an edition of an earlier night is not compared with it."""
    published_on: date | None
    edition: str | None
    names: pl.DataFrame
    benchmarks: pl.DataFrame
    anchors: pl.DataFrame
    facts: pl.DataFrame
    shares: pl.DataFrame
    past: pl.DataFrame
    groups: pl.DataFrame
    whole_files: frozenset[str] = frozenset()
    """The digests of the files of the bundled sample that are those of the leaderboard, and no cut of them."""

    def to_tables(self, source: str) -> dict[str, pl.DataFrame]:
        """Return the rows of every table of `TABLES`."""
        frames = {name: getattr(self, name) for name in TABLES if name != "sources"}
        frames["sources"] = pl.DataFrame(
            {
                "day": [self.day],
                "published_on": [self.published_on],
                "edition": [self.edition],
                "whole_files": [sorted(self.whole_files)],
            }
        )
        return {
            name: frames[name]
            .select(pl.lit(source).alias("source"), pl.exclude("source"))
            .select(*columns)
            .cast(dict(columns))
            for name, columns in TABLES.items()
        }


def references_of(tables: Mapping[str, pl.DataFrame]) -> dict[str, Reference]:
    """Return the references in `tables`, by source."""
    parts = {
        name: {
            str(source): rows
            for (source,), rows in frame.partition_by("source", as_dict=True, include_key=False).items()
        }
        for name, frame in tables.items()
        if name != "sources"
    }
    return {
        row["source"]: Reference(
            row["day"],
            row["published_on"],
            row["edition"],
            whole_files=frozenset(row["whole_files"]),
            **{name: found.get(row["source"], _empty(name)) for name, found in parts.items()},
        )
        for row in tables["sources"].iter_rows(named=True)
    }


def _empty(table: str) -> pl.DataFrame:
    return pl.DataFrame(schema={name: dtype for name, dtype in TABLES[table].items() if name != "source"})


def make_reference(
    source: Source, parsed: Parsed, recorded_on: date, sample: Collection[str] = frozenset()
) -> Reference:
    """Return the reference of one edition.

    `recorded_on` is its day when the edition and the source have no date, `sample` has the names in the bundled sample.
    """
    days = [day for day in (parsed.published_on, source.frozen_on) if day is not None]
    keys = key_frame(parsed.scores["raw_name"].unique())
    best = {name: place for place, name in enumerate(summary.best_names(source, parsed), 1)}
    places = pl.Series([best.get(name) for name in keys["raw_name"]], dtype=pl.UInt8)
    named = keys.with_columns(place=places, in_sample=pl.col("raw_name").is_in(sorted(sample)))
    anchors = _choose_anchors(named)
    scores = summary.all_scores(parsed).join(keys, on="raw_name")
    facts = summary.fact_values(parsed.entries).join(anchors, on="raw_name")
    stated = parsed.benchmarks["edition"].drop_nulls()
    groups = summary.group_means(scores, number_of_groups(keys.height))
    return Reference(
        day=max(days, default=recorded_on),
        published_on=parsed.published_on,
        edition=None if stated.is_empty() else str(stated.max()),
        names=named.select("key", "place", "in_sample").sort("key"),
        benchmarks=summary.describe_benchmarks(parsed),
        anchors=scores.join(anchors, on="key", how="semi")
        .select("benchmark", "key", pl.col("score").round_sig_figs(DIGITS).cast(pl.Float32))
        .sort("benchmark", "key"),
        facts=facts.select("fact", "key", value=summary.value_hashes(facts["value"])).sort("fact", "key"),
        shares=summary.describe_shares(parsed),
        past=summary.describe_past(parsed),
        groups=groups if source.frozen_on and keys.height > ANCHORS else groups.clear(),
    )


def _choose_anchors(named: pl.DataFrame) -> pl.DataFrame:
    """Return `(raw_name, key)` of the best models and of others, spread evenly over the hashes, `ANCHORS` together."""
    best, rest = named.filter(pl.col("place").is_not_null()), named.filter(pl.col("place").is_null()).sort("key")
    wanted = min(ANCHORS - best.height, rest.height)
    chosen = rest[[at * rest.height // wanted for at in range(wanted)]] if wanted else rest.clear()
    return pl.concat([best, chosen]).select("raw_name", "key")


def number_of_groups(models: int) -> int:
    """Return the number of groups of a leaderboard with so many models."""
    return max(models // GROUP_SIZE, 1)
