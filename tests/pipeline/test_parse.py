"""Whatever a parser raises or returns, the pipeline gets rows that keep the rules of the tables, or a `SourceError`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from aggregator.errors import SourceError, StorageError
from aggregator.model import Parsed
from aggregator.pipeline.parse import parse_files
from tests.support.samples import SOURCES, files, parsed

SOURCE = next(source for source in SOURCES if source.id == "aider_polyglot")
GOOD = parsed(SOURCE)


def read(result: Any) -> Parsed:
    return parse_files(replace(SOURCE, parse=lambda _: result), {})


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_the_rows_of_every_source_keep_the_rules(source: Any) -> None:
    assert parse_files(source, files(source)).rows_accepted > 0


@pytest.mark.parametrize("error", [KeyError("x"), RecursionError("deep"), StorageError("no"), AssertionError()])
def test_any_exception_of_a_parser_is_a_source_error_with_its_place(error: Exception) -> None:
    def fail(_: Any) -> Parsed:
        raise error

    with pytest.raises(SourceError, match=rf"parse: failed with {type(error).__name__}.*\(test_parse\.py, line \d+\)"):
        parse_files(replace(SOURCE, parse=fail), {})


def test_an_error_about_a_file_keeps_its_own_message() -> None:
    def fail(_: Any) -> Parsed:
        raise SourceError("a", "table.csv", "has no rows")

    with pytest.raises(SourceError, match=r"a: table\.csv: has no rows"):
        parse_files(replace(SOURCE, parse=fail), {})


def changed(**fields: Any) -> Parsed:
    return replace(GOOD, **fields)


def edited(frame: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Parsed:
    return changed(**{frame: change(getattr(GOOD, frame))})


def first_row(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.head(1)


BROKEN: list[tuple[Any, str]] = [
    (None, "a NoneType, not a Parsed"),
    (changed(scores=[]), "a list as `scores`, not a frame"),
    (edited("entries", lambda frame: frame.drop("kind")), "`entries` without the column `kind`"),
    (edited("scores", lambda frame: frame.cast({"score": pl.Float32})), "`score` of type Float64"),
    (edited("scores", lambda frame: frame.with_columns(x=1)), "`scores` with other columns"),
    (changed(accepted=None), "as `accepted`"),
    (replace(GOOD, rows_read=GOOD.rows_read + 1), "rows read, but"),
    (replace(GOOD, rows_duplicate=-1, rows_read=GOOD.rows_read - GOOD.rows_duplicate - 1), "rows read, but"),
    (edited("entries", lambda frame: pl.concat([frame, first_row(frame)])), "twice"),
    (edited("scores", lambda frame: pl.concat([frame, first_row(frame)])), "twice"),
    (edited("entries", lambda frame: frame.with_columns(source=pl.lit("other"))), "another source than"),
    (edited("benchmarks", lambda frame: frame.with_columns(benchmark=pl.lit("other/x"))), "does not begin with"),
    (edited("scores", lambda frame: frame.with_columns(raw_name=None).cast({"raw_name": pl.String})), "empty"),
    (edited("benchmarks", lambda frame: frame.clear()), "which has no row of its own"),
    (edited("accepted", lambda frame: frame.with_columns(raw_name=pl.lit("x") + pl.col("raw_name"))), "`accepted`"),
    (edited("scores", lambda frame: frame.with_columns(score=pl.lit(None, dtype=pl.Float64))), "without a value"),
    (edited("scores", lambda frame: frame.with_columns(standard_error=pl.lit(-1.0))), "a negative standard error"),
    (edited("entries", lambda frame: frame.with_columns(kind=pl.lit("nice"))), "the kind 'nice'"),
    (edited("entries", lambda frame: frame.with_columns(effort=pl.lit("very"))), "the effort 'very'"),
    (edited("benchmarks", lambda frame: frame.with_columns(domain=pl.lit("cooking"))), "the domain 'cooking'"),
    (edited("entries", lambda frame: frame.with_columns(params_b=pl.lit(0.0))), "a params_b of 0 or less"),
]


@pytest.mark.parametrize(("result", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_rows_that_break_a_rule_of_the_tables_are_refused_with_the_rule(result: Any, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(result)
    assert message in caught.value.headline
    assert caught.value.source == SOURCE.id
