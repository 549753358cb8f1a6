"""Each source's capture, its files in the bundled sample, and what comes of it."""

from functools import lru_cache
from pathlib import Path

from polars.testing import assert_frame_equal

from aggregator.errors import SourceError
from aggregator.model import Parsed, Resource, Source
from aggregator.sources import SAMPLE, registered
from tests.support.spoil import are_records, edit_json, edit_table, fields, table, without

SOURCES = registered()
PAIRS = [(source, resource) for source in SOURCES for resource in source.resources]
PAIR_IDS = [f"{source.id}-{resource.name}" for source, resource in PAIRS]
FEW = 24
"""How many rows a small capture keeps: more than any board needs, few enough to be spoiled a thousand times."""

SCORE_KEY = ["benchmark", "raw_name", "score", "score_normalized", "score_low", "score_high"]


def capture(source: Source, folder: Path = SAMPLE) -> dict[str, bytes]:
    """Return the bytes of every file of `source` by the resource's name."""
    return {resource.name: (folder / resource.path).read_bytes() for resource in source.resources}


@lru_cache(maxsize=64)
def small(source: Source) -> dict[str, bytes]:
    """Return the capture cut to a few rows, one for each model where the file names models once."""
    return {resource.name: _cut(resource, (SAMPLE / resource.path).read_bytes(), FEW) for resource in source.resources}


@lru_cache(maxsize=64)
def parsed(source: Source) -> Parsed:
    """Return what the whole capture says."""
    return source.parse(capture(source))


@lru_cache(maxsize=64)
def parsed_small(source: Source) -> Parsed:
    """Return what the small capture says."""
    return source.parse(small(source))


def parse_small_with(source: Source, resource: Resource, content: bytes) -> Parsed:
    """Parse the small capture with one file replaced."""
    return source.parse(small(source) | {resource.name: content})


def _cut(resource: Resource, content: bytes, rows: int) -> bytes:
    if resource.media != "json":
        once = [column for column in ("fullname",) if column in table(content).columns]
        return edit_table(
            content, lambda frame: (frame.unique(once, keep="first", maintain_order=True) if once else frame).head(rows)
        )
    return edit_json(content, lambda payload: {key: _head(value, rows) for key, value in payload.items()})


def _head(value: object, rows: int) -> object:
    """Return objects from the whole length of a list, so that not all of them are of the best and whole."""
    if not isinstance(value, list) or not are_records(value) or len(value) <= rows:
        return value
    return [value[place * len(value) // rows] for place in range(rows)]


def outcome(source: Source, resource: Resource, content: bytes) -> Parsed | SourceError:
    """Parse the small capture with one file replaced; anything but these two ways to end is a fault."""
    try:
        return parse_small_with(source, resource, content)
    except SourceError as error:
        return error


def attempt(source: Source, files_by_name: dict[str, bytes]) -> Parsed | SourceError:
    """Parse whole files, spoiled or not."""
    try:
        return source.parse(files_by_name)
    except SourceError as error:
        return error


def assert_balanced(found: Parsed) -> None:
    """Hold that no row was lost."""
    assert found.rows_read == found.rows_accepted + found.rows_quarantined + found.rows_duplicate
    assert found.rows_duplicate >= 0


def assert_same(found: Parsed, expected: Parsed) -> None:
    """Hold that two readings say the same, in whatever order."""
    for name in ("entries", "scores", "benchmarks", "accepted", "history"):
        mine, theirs = getattr(found, name), getattr(expected, name)
        assert (mine is None) == (theirs is None), name
        if mine is not None:
            assert_frame_equal(mine, theirs, check_row_order=False, rel_tol=1e-12, abs_tol=1e-12)
    held = ["source", "file", "raw_name", "reason"]
    assert_frame_equal(found.quarantined.select(held), expected.quarantined.select(held), check_row_order=False)
    counts = ("rows_read", "rows_accepted", "rows_duplicate", "rows_quarantined", "published_on")
    assert [getattr(found, name) for name in counts] == [getattr(expected, name) for name in counts]


@lru_cache(maxsize=64)
def outcomes_without(source: Source, resource: Resource) -> dict[str, Parsed | SourceError]:
    """Return what comes of the small capture without each of its fields."""
    content = small(source)[resource.name]
    return {str(field): outcome(source, resource, without(content, field)) for field in fields(resource, content)}


def refused_fields(source: Source, resource: Resource) -> set[str]:
    """Return the fields whose absence refuses the source."""
    return {field for field, found in outcomes_without(source, resource).items() if isinstance(found, SourceError)}


def assert_scores_are_possible(found: Parsed) -> None:
    """Hold that every score is a number within the scale of its benchmark, and every interval holds its score."""
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
