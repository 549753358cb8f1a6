"""The files of each source in the bundled sample, whole or cut to a few rows, and what the source reads from them."""

from functools import lru_cache
from pathlib import Path

from polars.testing import assert_frame_equal

from aggregator.errors import SourceError
from aggregator.model import Parsed, Resource, Source
from aggregator.sources import SAMPLE, registered
from tests.support.board_files import are_records, drop_field, edit_json, edit_parquet, fields, read_parquet

SOURCES = registered()
PAIRS = [(source, resource) for source in SOURCES for resource in source.resources]
PAIR_IDS = [f"{source.id}-{resource.name}" for source, resource in PAIRS]
SMALL_ROWS = 24
"""Rows in a small file: more than any board requires, and few enough to parse a thousand times."""

SCORE_KEY = ["benchmark", "raw_name", "score", "score_normalized", "score_low", "score_high"]


def files(source: Source, folder: Path = SAMPLE) -> dict[str, bytes]:
    """Return the bytes of every file of `source`, by the name of the resource."""
    return {resource.name: (folder / resource.path).read_bytes() for resource in source.resources}


@lru_cache(maxsize=64)
def small_files(source: Source) -> dict[str, bytes]:
    """Return the files cut to a few rows, with one row per model where the board has one score per model."""
    whole = files(source)
    return {resource.name: _cut(resource, whole[resource.name]) for resource in source.resources}


@lru_cache(maxsize=64)
def parsed(source: Source) -> Parsed:
    """Return the tables of the whole sample."""
    return source.parse(files(source))


@lru_cache(maxsize=64)
def parsed_small(source: Source) -> Parsed:
    """Return the tables of the small files."""
    return source.parse(small_files(source))


def parse_small_with(source: Source, resource: Resource, content: bytes) -> Parsed:
    """Parse the small files with one of them replaced."""
    return source.parse(small_files(source) | {resource.name: content})


def _cut(resource: Resource, content: bytes) -> bytes:
    if resource.media == "json":
        return edit_json(content, lambda payload: {key: _cut_list(value) for key, value in payload.items()})
    unique = [column for column in ("fullname",) if column in read_parquet(content).columns]
    return edit_parquet(
        content,
        lambda frame: (frame.unique(unique, keep="first", maintain_order=True) if unique else frame).head(SMALL_ROWS),
    )


def _cut_list(value: object) -> object:
    """Return evenly spaced objects of a list: the first ones are the best models and have no gaps."""
    if not isinstance(value, list) or not are_records(value) or len(value) <= SMALL_ROWS:
        return value
    return [value[place * len(value) // SMALL_ROWS] for place in range(SMALL_ROWS)]


def parse_small_or_error(source: Source, resource: Resource, content: bytes) -> Parsed | SourceError:
    """Parse the small files with one of them replaced; any error besides `SourceError` fails the test."""
    return parse_or_error(source, small_files(source) | {resource.name: content})


def parse_or_error(source: Source, files_by_name: dict[str, bytes]) -> Parsed | SourceError:
    """Parse files; any error besides `SourceError` fails the test."""
    try:
        return source.parse(files_by_name)
    except SourceError as error:
        return error


def assert_no_row_lost(found: Parsed) -> None:
    """Assert that every row is accepted, quarantined or a duplicate."""
    assert found.rows_read == found.rows_accepted + found.rows_quarantined + found.rows_duplicate
    assert found.rows_duplicate >= 0


def assert_same(found: Parsed, expected: Parsed) -> None:
    """Assert that two results have the same rows, in any order."""
    for name in ("entries", "scores", "benchmarks", "accepted", "history"):
        left, right = getattr(found, name), getattr(expected, name)
        assert (left is None) == (right is None), name
        if left is not None:
            assert_frame_equal(left, right, check_row_order=False, rel_tol=1e-12, abs_tol=1e-12)
    columns = ["source", "file", "raw_name", "reason"]
    assert_frame_equal(found.quarantined.select(columns), expected.quarantined.select(columns), check_row_order=False)
    counts = ("rows_read", "rows_accepted", "rows_duplicate", "rows_quarantined", "published_on")
    assert [getattr(found, name) for name in counts] == [getattr(expected, name) for name in counts]


@lru_cache(maxsize=64)
def results_without_field(source: Source, resource: Resource) -> dict[str, Parsed | SourceError]:
    """Return the results of the small files without each of the fields of `resource`, by field."""
    content = small_files(source)[resource.name]
    return {
        str(field): parse_small_or_error(source, resource, drop_field(content, field))
        for field in fields(resource, content)
    }


def required_fields(source: Source, resource: Resource) -> set[str]:
    """Return the fields without which the source is refused."""
    return {field for field, found in results_without_field(source, resource).items() if isinstance(found, SourceError)}


def assert_scores_are_possible(found: Parsed) -> None:
    """Assert that every score is finite and on the scale of its benchmark, and that every interval contains its score."""
    scores = found.scores.join(found.benchmarks, on="benchmark", how="left")
    assert not scores["score"].is_null().any()
    for column in ("score", "score_normalized", "score_low", "score_high"):
        assert scores[column].drop_nulls().is_finite().all(), column
    assert (scores["score"] >= scores["scale_low"]).fill_null(value=True).all()
    assert (scores["score"] <= scores["scale_high"]).fill_null(value=True).all()
    assert (scores["score_low"] <= scores["score"]).fill_null(value=True).all()
    assert (scores["score"] <= scores["score_high"]).fill_null(value=True).all()
    if found.history is not None:
        assert found.history["score"].is_finite().all()
