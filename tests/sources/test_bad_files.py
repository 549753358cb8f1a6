"""Laws for bad files of every source: the file is refused with a precise error, or no bad value becomes a score."""

import math
import random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.errors import MissingColumn, SourceError, WrongType
from aggregator.model import Parsed, Resource, Source
from aggregator.sources.csv_table import UNNAMED
from tests.support import board_files, samples
from tests.support.samples import PAIR_IDS, PAIRS, SCORE_KEY, assert_scores_are_possible

every_file = pytest.mark.parametrize(("source", "resource"), PAIRS, ids=PAIR_IDS)
NEW = "a_new_column"
MOST_CUT_CELLS = 1
"""A cut inside the last cell of a text table leaves one number that is shorter."""


@every_file
def test_a_missing_column_refuses_the_source_or_is_not_used(source: Source, resource: Resource) -> None:
    required = 0
    for field, found in samples.results_without_field(source, resource).items():
        if isinstance(found, Parsed):
            assert_only_decoration_differs(source, found, field)
            continue
        required += 1
        assert isinstance(found, MissingColumn), field
        assert (found.source, found.file) == (source.id, resource.path)
        name = field or UNNAMED
        assert found.missing == (name,)
        assert source.id in str(found)
        assert resource.path in str(found)
        assert f"`{name}`" in str(found)
    assert required >= 2


def assert_only_decoration_differs(source: Source, found: Parsed, field: str) -> None:
    """Assert that `field` is not used, or that it was left empty with a warning and nothing else differs."""
    if samples.is_left_empty(found, field):
        samples.assert_same_besides_decoration(found, samples.parsed_small(source))
    else:
        samples.assert_same(found, samples.parsed_small(source))


@every_file
def test_a_column_of_another_type_refuses_the_source_or_is_not_used(source: Source, resource: Resource) -> None:
    content = samples.small_files(source)[resource.name]
    required = samples.required_fields(source, resource)
    for field in board_files.fields(resource, content):
        if board_files.is_always_null(content, field):
            continue
        for changed in board_files.retype_field(content, field):
            found = samples.parse_small_or_error(source, resource, changed)
            # A header in prose needs every column, also those that only decorate.
            if str(field) not in required or (isinstance(found, Parsed) and samples.is_left_empty(found, str(field))):
                assert isinstance(found, Parsed), field
                assert_only_decoration_differs(source, found, str(field))
                continue
            assert isinstance(found, SourceError), field
            assert (found.source, found.file) == (source.id, resource.path)
            if isinstance(found, WrongType):
                assert found.column == str(field)


@every_file
def test_a_new_column_is_reported_and_changes_nothing(source: Source, resource: Resource) -> None:
    content = samples.small_files(source)[resource.name]
    if board_files.is_table(resource):
        read: list[tuple[str, ...]] = [()]
    else:
        paths = sorted({field.path[:-1] for field in board_files.fields(resource, content)})
        used = samples.required_fields(source, resource)
        read = [path for path in paths if not path or any(name.startswith(f"{'.'.join(path)}.") for name in used)]
    for path in read:
        changed = _with_new_field(resource, content, path)
        if resource.media == "markdown":
            # A table in prose has no other sign of its identity than its header.
            assert_refused(source, resource, changed)
            continue
        found = samples.parse_small_with(source, resource, changed)
        samples.assert_same(found, samples.parsed_small(source))
        assert any(NEW in warning for warning in found.warnings), path
    assert not any(NEW in warning for warning in samples.parsed_small(source).warnings)


def _with_new_field(resource: Resource, content: bytes, path: tuple[str, ...]) -> bytes:
    if board_files.is_table(resource):
        return board_files.edit_parquet(content, lambda frame: frame.with_columns(pl.lit(1).alias(NEW)))
    return board_files.edit_objects(
        content, board_files.Field(resource, (*path, NEW)), lambda found: found.update({NEW: 1})
    )


HTML = b"<!doctype html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"


@every_file
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9, 0.9999])
def test_a_truncated_file_is_refused(source: Source, resource: Resource, kept: float) -> None:
    # A text is complete without the end of its last line.
    content = samples.files(source)[resource.name].rstrip()
    cut = content[: int(len(content) * kept)]
    if resource.media in ("parquet", "json") or not kept:
        assert_refused(source, resource, cut)
        return
    # A text table that ends after a whole row looks complete; the client compares its length with what the host states.
    found = samples.parse_or_error(source, samples.files(source) | {resource.name: cut})
    if isinstance(found, Parsed):
        assert len(_untrue_scores(found, samples.parsed(source))) <= MOST_CUT_CELLS
    else:
        assert (found.source, found.file) == (source.id, resource.path)


def _untrue_scores(found: Parsed, true: Parsed) -> list[tuple[object, ...]]:
    """Return the scores that are not in `true`; of a repeated model, the next best row can come to light."""
    new = found.scores.join(true.scores, on=SCORE_KEY, how="anti", nulls_equal=True)
    if not true.rows_duplicate:
        return new.rows()
    best = true.scores.join(true.benchmarks.select("benchmark", "higher_is_better"), on="benchmark")
    both = new.join(best, on=["benchmark", "raw_name"], suffix="_best")
    is_worse = pl.when("higher_is_better").then(pl.col("score") < pl.col("score_best"))
    return both.filter(~is_worse.otherwise(pl.col("score") > pl.col("score_best"))).rows()


@every_file
@pytest.mark.parametrize(
    "content",
    [
        HTML,
        b"null",
        b"[]",
        b"{}",
        b'{"rows": NaN}',
        b"PAR1",
        b"PAR1PAR1",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"[" * 100_000,
        b'{"error":"the dataset index is loading"}',
    ],
    ids=lambda content: repr(content[:12]),
)
def test_a_file_of_another_kind_is_refused(source: Source, resource: Resource, content: bytes) -> None:
    assert_refused(source, resource, content)


@every_file
@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_with_no_row_or_one_row_is_refused(source: Source, resource: Resource, rows: int) -> None:
    content = samples.small_files(source)[resource.name]
    if not board_files.has_records(resource, content):
        pytest.skip("the file has no list of records")
    found = assert_refused(source, resource, board_files.edit_records(resource, content, lambda found: found[:rows]))
    assert (found.reason == "the file has no rows") is (rows == 0)


@every_file
@pytest.mark.parametrize("content", [b"[]", b'{"rows": []}'])
def test_an_empty_list_of_rows_is_no_change_of_columns(source: Source, resource: Resource, content: bytes) -> None:
    if resource.media != "json" or not board_files.has_records(resource, samples.small_files(source)[resource.name]):
        pytest.skip("the file is no JSON with records")
    assert not isinstance(assert_refused(source, resource, content), MissingColumn | WrongType)


@every_file
def test_damaged_bytes_give_valid_rows_or_a_refusal(source: Source, resource: Resource) -> None:
    rng = random.Random(resource.path)
    content = samples.small_files(source)[resource.name]
    for _ in range(40):
        damaged = bytearray(content)
        for _ in range(rng.randint(1, 6)):
            # Half of the damage is in the footer, because a Parquet reader depends on it most.
            at = rng.choice([rng.randrange(len(damaged)), len(damaged) - 1 - rng.randrange(min(2000, len(damaged)))])
            damaged[at] = rng.randrange(256)
        found = samples.parse_small_or_error(source, resource, bytes(damaged))
        if isinstance(found, Parsed):
            samples.assert_no_row_lost(found)
            assert_scores_are_possible(found)
        else:
            # A damaged name in one file can be what another file lacks.
            assert found.source == source.id
            assert found.file in {other.path for other, _ in samples.files_of(source)}


@every_file
@pytest.mark.parametrize("factor", [100.0, 0.01, -1.0, math.nan, math.inf])
def test_numbers_in_another_unit_never_become_scores(source: Source, resource: Resource, factor: float) -> None:
    content = samples.small_files(source)[resource.name]
    true = {*samples.parsed_small(source).scores.select(SCORE_KEY).rows()}
    for field in board_files.numeric_fields(resource, content):
        found = samples.parse_small_or_error(source, resource, board_files.scale_field(content, field, factor))
        if isinstance(found, Parsed):
            samples.assert_no_row_lost(found)
            assert_scores_are_possible(found)
            assert {*found.scores.select(SCORE_KEY).rows()} <= true, field


@every_file
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_one_impossible_number_never_becomes_a_score(source: Source, resource: Resource, data: st.DataObject) -> None:
    content = samples.small_files(source)[resource.name]
    numeric = board_files.numeric_fields(resource, content)
    if not numeric:
        return
    field = data.draw(st.sampled_from(numeric), label="field")
    odd = data.draw(st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -1e308, 1e4, -1e4]), label="number")
    place = data.draw(st.integers(0, samples.SMALL_ROWS - 1), label="row")
    found = samples.parse_small_or_error(source, resource, _with_odd_number(resource, content, field, place, odd))
    if isinstance(found, Parsed):
        samples.assert_no_row_lost(found)
        assert_scores_are_possible(found)
        numbers = found.scores.select("score", "score_normalized", "score_low", "score_high")
        assert not numbers.select(pl.any_horizontal(pl.all().eq(odd).fill_null(value=False)).any()).item()


def _with_odd_number(resource: Resource, content: bytes, field: board_files.Field, place: int, odd: float) -> bytes:
    if board_files.is_table(resource):
        column = field.path[0]
        at = pl.int_range(pl.len()) == place
        return board_files.edit_parquet(
            content, lambda frame: frame.with_columns(pl.when(at).then(odd).otherwise(column).alias(column))
        )
    seen = iter(range(1_000_000))

    def change(value: object) -> object:
        return value if next(seen) != place else board_files.with_number(value, odd)

    return board_files.edit_values(content, field, change)


def assert_refused(source: Source, resource: Resource, content: bytes) -> SourceError:
    """Return the error that refuses the file, which names it."""
    found = samples.parse_small_or_error(source, resource, content)
    assert isinstance(found, SourceError)
    assert (found.source, found.file) == (source.id, resource.path)
    assert resource.path in str(found)
    return found
