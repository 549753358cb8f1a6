"""The files of each source in the bundled sample, whole or cut to a few rows, and what the source reads from them."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from polars.testing import assert_frame_equal

from aggregator.errors import SourceError
from aggregator.fetch.mirror import FolderFetcher
from aggregator.model import Parsed, Resource, Source
from aggregator.sources import SAMPLE, registered
from tests.support.board_files import (
    are_records,
    drop_field,
    edit_parquet,
    edit_tree,
    fields,
    is_table,
    read_parquet,
    roots,
)

SMALL_ROWS = 24
"""Rows in a small file: more than any board requires, and few enough to parse a thousand times."""

SCORE_KEY = ["benchmark", "raw_name", "score", "score_normalized", "score_low", "score_high"]
NEEDED_SCORES = [*SCORE_KEY, "standard_error", "measured_by", "published_on"]
NEEDED_ENTRIES = ["raw_name", "hf_id", "flagged", "published_on", "board_rank", "board_score"]
"""What ranks need; a decorative column of a file changes none of it."""


@lru_cache(maxsize=128)
def files_of(source: Source, folder: Path = SAMPLE) -> tuple[tuple[Resource, bytes], ...]:
    """Return every file of `source` in a mirror folder as a resource of its own, with its bytes."""
    found = []
    for resource in source.resources:
        for snapshot in FolderFetcher(folder).fetch(source.id, resource):
            path = snapshot.url.removeprefix("mirror:")
            found.append((replace(resource, name=snapshot.resource, path=path), snapshot.content))
    return tuple(found)


def files(source: Source, folder: Path = SAMPLE) -> dict[str, bytes]:
    """Return the bytes of every file of `source`, by the name of the resource."""
    return {resource.name: content for resource, content in files_of(source, folder)}


SOURCES = tuple(source for source in registered() if source.is_on)
"""The sources that a refresh reads by default; the bundled sample has their files."""


def _chosen(resources: list[Resource]) -> list[Resource]:
    """Return every file, but of a set the first, the middle and the last: its files have one form."""
    sets: dict[str, list[Resource]] = {}
    for resource in resources:
        sets.setdefault(resource.name.partition("/")[0], []).append(resource)
    places = (0, 0.5, 1)
    return [
        found
        for files in sets.values()
        for found in dict.fromkeys(files[round(place * (len(files) - 1))] for place in places)
    ]


PAIRS = [(source, found) for source in SOURCES for found in _chosen([resource for resource, _ in files_of(source)])]
PAIR_IDS = [f"{source.id}-{resource.name}" for source, resource in PAIRS]


@lru_cache(maxsize=64)
def small_files(source: Source) -> dict[str, bytes]:
    """Return the files cut to a few rows, with one row per model where the board has one score per model."""
    return {resource.name: _cut(resource, content) for resource, content in files_of(source)}


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
    if not is_table(resource):
        return edit_tree(resource, content, _cut_tree)
    unique = [column for column in ("fullname",) if column in read_parquet(content).columns]
    return edit_parquet(
        content,
        lambda frame: (frame.unique(unique, keep="first", maintain_order=True) if unique else frame).head(SMALL_ROWS),
    )


def _cut_tree(payload: Any) -> Any:
    if isinstance(payload, list):
        return _cut_list(payload)
    if roots(payload) != [payload]:
        return dict(_spaced(list(payload.items())))
    return {key: _cut_list(value) for key, value in payload.items()}


def _cut_list(value: object) -> object:
    """Return evenly spaced objects of a list: the first ones are the best models and have no gaps."""
    return _spaced(value) if isinstance(value, list) and are_records(value) else value


def _spaced(found: list[Any]) -> list[Any]:
    return found if len(found) <= SMALL_ROWS else [found[n * len(found) // SMALL_ROWS] for n in range(SMALL_ROWS)]


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


def is_left_empty(found: Parsed, field: str) -> bool:
    """Return whether a warning says that a decorative field lost values."""
    name = field.rpartition(".")[2]
    signs = ("is empty in this edition", "were left out")
    return any(f"`{name}`" in warning and any(sign in warning for sign in signs) for warning in found.warnings)


def assert_same_besides_decoration(found: Parsed, expected: Parsed) -> None:
    """Assert that two results have the same models, scores, ranks, ids and dates."""
    for name, columns in (("scores", NEEDED_SCORES), ("entries", NEEDED_ENTRIES)):
        left, right = (getattr(one, name).select(columns) for one in (found, expected))
        assert_frame_equal(left, right, check_row_order=False, rel_tol=1e-12, abs_tol=1e-12)
    assert (found.rows_read, found.rows_accepted) == (expected.rows_read, expected.rows_accepted)
    assert found.published_on == expected.published_on


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


def decorative_fields(source: Source, resource: Resource) -> set[str]:
    """Return the fields that cost themselves and a warning when they are missing."""
    found = results_without_field(source, resource)
    return {field for field, one in found.items() if isinstance(one, Parsed) and is_left_empty(one, field)}


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
