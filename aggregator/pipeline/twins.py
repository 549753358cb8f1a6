"""Rows of one board for the same id in several writings: the rows of the best writing count, the others are duplicates.

A board that lists `Qwen/Qwen2.5-7B-Instruct` and `qwen/qwen2.5-7b-instruct` has one model twice, often with other scores.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from aggregator.identity.id_address import plain_id
from aggregator.model import Parsed
from aggregator.pipeline.results import ReadResult

NAME = ["source", "raw_name"]

TWINS = {"source": pl.String(), "raw_name": pl.String(), "kept_name": pl.String()}
"""One row per name that is another writing of `kept_name` on the same board."""


def find_twins(results: Sequence[ReadResult], aliases: pl.DataFrame, earlier_names: pl.DataFrame) -> pl.DataFrame:
    """Return TWINS of the current editions: names of one model that differ in casing, or in the address around an id.

    The kept name is the one that is written like the model's id; else the one that more other boards write, then the
    one that the board (`earlier_names`, schema NAMES) had first, then the first listed.
    """
    entries = [_current_entries(result.parsed).select(*NAME, "hf_id", "variant") for result in results if result.parsed]
    rows = pl.concat(entries).with_row_index("place").join(aliases.select(*NAME, "model_id"), on=NAME)
    written = plain_id(pl.coalesce("hf_id", "raw_name"))
    rows = rows.with_columns(
        written=written, writing=written.str.to_lowercase() + "\n" + pl.col("variant").fill_null("")
    )
    twin = ["source", "writing", "model_id"]
    rows = rows.filter(pl.len().over(twin) > 1)
    boards = aliases.group_by("raw_name").agg(boards=pl.col("source").n_unique())
    since = earlier_names.select(*NAME, "first_seen_on")
    ordered = (
        rows.join(boards, on="raw_name", how="left")
        .join(since, on=NAME, how="left")
        .with_columns(
            is_id=pl.col("written").str.replace(r" \(.*\)$", "") == pl.col("model_id"),
            is_plain=pl.col("raw_name").str.contains("://").not_(),
        )
        .sort(
            ["is_id", "is_plain", "boards", "first_seen_on", "place"],
            descending=[True, True, True, False, False],
            nulls_last=True,
        )
        .with_columns(kept_name=pl.col("raw_name").first().over(twin))
    )
    return ordered.filter(pl.col("raw_name") != pl.col("kept_name")).select(list(TWINS)).sort(NAME)


def _current_entries(parsed: Parsed) -> pl.DataFrame:
    """Return the entries of the current edition: a board with a history of its own also has names of earlier dates."""
    has_place = pl.col("board_rank").is_not_null() | pl.col("board_score").is_not_null()
    return parsed.entries.filter(has_place | pl.col("raw_name").is_in(parsed.scores["raw_name"].unique().implode()))


def without_twins(results: Sequence[ReadResult], twins: pl.DataFrame) -> list[ReadResult]:
    """Return the results with the rows of `twins` counted as duplicates, and with a warning for each."""
    return [_without_twins(result, twins.filter(pl.col("source") == result.source.id)) for result in results]


def _without_twins(result: ReadResult, twins: pl.DataFrame) -> ReadResult:
    if result.parsed is None or twins.is_empty():
        return result
    parsed = result.parsed
    is_counted = ~pl.col("raw_name").is_in(twins["raw_name"].implode())
    history = None if parsed.history is None else editions_without_twins(parsed.history, twins)
    accepted = _accepted(parsed, history, twins)
    return replace(
        result,
        parsed=replace(
            parsed,
            entries=parsed.entries.filter(is_counted),
            scores=parsed.scores.filter(is_counted),
            history=history,
            accepted=accepted,
            rows_duplicate=parsed.rows_duplicate + parsed.rows_accepted - int(accepted["rows"].sum()),
            warnings=(*parsed.warnings, *map(_warning, twins.iter_rows())),
        ),
    )


def _accepted(parsed: Parsed, history: pl.DataFrame | None, twins: pl.DataFrame) -> pl.DataFrame:
    """Return `(raw_name, rows)` without the rows of `twins`; the editions that list only the twin stay."""
    others = parsed.accepted.join(twins, on="raw_name", how="anti", maintain_order="left")
    if history is None or parsed.history is None:
        return others
    left = history.group_by("raw_name").agg(rows=pl.len().cast(parsed.accepted.schema["rows"]))
    return pl.concat([others, left.join(twins, on="raw_name", how="semi")])


def editions_without_twins(history: pl.DataFrame, twins: pl.DataFrame) -> pl.DataFrame:
    """Return `history` without the rows of `twins` in the editions that list the kept name too."""
    edition = ["source", "benchmark", "published_on"]
    kept = history.select(*edition, kept_name="raw_name").unique()
    named = history.select(*edition, "raw_name").unique().join(twins, on=NAME).join(kept, on=[*edition, "kept_name"])
    return history.join(named, on=[*edition, "raw_name"], how="anti", maintain_order="left")


def _warning(twin: tuple[str, str, str]) -> str:
    _, raw_name, kept_name = twin
    return f"`{raw_name}` is `{kept_name}` in another writing; its rows count as duplicates"
