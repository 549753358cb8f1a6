"""Laws that hold for every registered source from the day it is born, on its files in the bundled sample."""

import math
import random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import schema
from aggregator.errors import MissingColumn, SourceError, WrongType
from aggregator.model import Kind, Parsed, RankRule, Resource, Source
from tests.sources import captures
from tests.sources.captures import PAIR_IDS, PAIRS, SCORE_KEY, SOURCES

every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
every_file = pytest.mark.parametrize(("source", "resource"), PAIRS, ids=PAIR_IDS)
NEW = "a_column_of_tomorrow"


@every_source
def test_frames_have_exactly_their_schemas(source: Source) -> None:
    found = captures.parsed(source)
    assert dict(found.entries.schema) == schema.ENTRIES
    assert dict(found.scores.schema) == schema.SCORES
    assert dict(found.benchmarks.schema) == schema.BENCHMARKS
    assert dict(found.quarantined.schema) == schema.QUARANTINED
    assert dict(found.accepted.schema) == {"raw_name": pl.String(), "rows": pl.Int64()}
    if found.history is not None:
        assert dict(found.history.schema) == schema.HISTORY


@every_source
def test_no_row_is_lost(source: Source) -> None:
    found = captures.parsed(source)
    captures.assert_balanced(found)
    in_files = sum(_rows_of(resource, source) for resource in source.resources)
    assert found.rows_read == in_files
    assert found.entries.height >= source.min_rows


@every_source
def test_keys_are_unique_and_frames_refer_to_each_other(source: Source) -> None:
    found = captures.parsed(source)
    assert found.entries["raw_name"].is_unique().all()
    assert found.accepted["raw_name"].is_unique().all()
    assert found.benchmarks["benchmark"].is_unique().all()
    assert not found.scores.select("benchmark", "raw_name").is_duplicated().any()
    assert set(found.scores["raw_name"]) <= set(found.entries["raw_name"])
    assert set(found.entries["raw_name"]) == set(found.accepted["raw_name"])
    assert set(found.scores["benchmark"]) <= set(found.benchmarks["benchmark"])
    if found.history is not None:
        assert not found.history.select("benchmark", "raw_name", "published_on").is_duplicated().any()
        assert set(found.history["raw_name"]) <= set(found.entries["raw_name"])
        assert set(found.history["benchmark"]) <= set(found.benchmarks["benchmark"])


@every_source
def test_every_frame_names_its_source_and_known_words(source: Source) -> None:
    found = captures.parsed(source)
    frames = [found.entries, found.scores, found.benchmarks, found.quarantined]
    frames += [] if found.history is None else [found.history]
    assert {name for frame in frames for name in frame["source"]} == {source.id}
    assert all(name.startswith(f"{source.id}/") for name in found.benchmarks["benchmark"])
    assert set(found.entries["kind"].drop_nulls()) <= {kind.value for kind in Kind}
    assert set(found.quarantined["file"]) <= {resource.path for resource in source.resources}
    assert not found.quarantined["reason"].is_null().any()


@every_source
def test_names_and_ids_are_whole(source: Source) -> None:
    entries = captures.parsed(source).entries
    assert not entries["raw_name"].is_null().any()
    assert (entries["raw_name"].str.strip_chars().str.len_chars() > 0).all()
    ids = entries["hf_id"].drop_nulls()
    assert ids.str.contains(r"^[^/\s()]+(/[^/\s()]+)?$").all()
    assert (entries["params_b"].drop_nulls() > 0).all()
    for column in ("organization", "license", "link", "variant", "revision"):
        assert (entries[column].drop_nulls().str.strip_chars() != "").all(), column


@every_source
def test_scores_are_numbers_on_their_scale(source: Source) -> None:
    assert_scores_are_possible(captures.parsed(source))


@every_source
def test_rank_rule_has_what_it_needs(source: Source) -> None:
    ranked = captures.parsed(source).entries
    if source.rank_rule is RankRule.SCORE:
        assert not ranked["board_score"].is_null().any()
    elif source.rank_rule is RankRule.INTERVAL:
        scored = ranked.drop_nulls("board_score")
        assert not scored.is_empty()
        assert not scored["board_rank"].is_null().any()
        assert (scored["board_score_low"] <= scored["board_score"]).all()
        assert (scored["board_score"] <= scored["board_score_high"]).all()
    elif source.in_rank:
        assert not ranked["board_rank"].is_null().any()
    assert (ranked["board_rank"].drop_nulls() >= 1).all()


@every_source
def test_reading_twice_says_the_same_in_the_same_order(source: Source) -> None:
    found, again = captures.parsed(source), source.parse(captures.capture(source))
    for name in ("entries", "scores", "benchmarks", "quarantined", "accepted", "history"):
        mine, other = getattr(found, name), getattr(again, name)
        assert (mine is None and other is None) or mine.equals(other), name


@every_source
def test_order_of_rows_does_not_matter(source: Source) -> None:
    rng = random.Random(20261123)
    whole = captures.capture(source)
    turned = {
        resource.name: captures.records(resource, whole[resource.name], lambda rows: rng.sample(rows, len(rows)))
        for resource in source.resources
    }
    captures.assert_same(source.parse(turned), captures.parsed(source))


@every_file
def test_a_missing_column_refuses_the_source_or_was_not_used(source: Source, resource: Resource) -> None:
    declared = 0
    for field, found in captures.outcomes_without(source, resource).items():
        if isinstance(found, Parsed):
            captures.assert_same(found, captures.parsed_small(source))
            continue
        declared += 1
        assert isinstance(found, MissingColumn), field
        assert (found.source, found.file) == (source.id, resource.path)
        assert found.missing == (field,)
        assert source.id in str(found)
        assert resource.path in str(found)
        assert f"`{field}`" in str(found)
    assert declared >= 3


@every_file
def test_a_column_of_another_type_refuses_the_source_or_was_not_used(source: Source, resource: Resource) -> None:
    content = captures.small(source)[resource.name]
    declared = captures.refused_fields(source, resource)
    for field in captures.fields(resource, content):
        if captures.is_null_throughout(content, field):
            continue
        for changed in captures.retyped(content, field):
            found = captures.outcome(source, resource, changed)
            if str(field) not in declared:
                assert isinstance(found, Parsed), field
                captures.assert_same(found, captures.parsed_small(source))
                continue
            assert isinstance(found, SourceError), field
            assert (found.source, found.file) == (source.id, resource.path)
            if isinstance(found, WrongType):
                assert found.column == str(field)


@every_file
def test_a_new_column_is_reported_and_changes_nothing(source: Source, resource: Resource) -> None:
    content = captures.small(source)[resource.name]
    if resource.media == "json":
        places = sorted({field.path[:-1] for field in captures.fields(resource, content)})
        used = captures.refused_fields(source, resource)
        held = [place for place in places if not place or any(name.startswith(f"{'.'.join(place)}.") for name in used)]
    else:
        held = [()]
    for place in held:
        found = captures.parse_small_with(source, resource, _with_new(resource, content, place))
        captures.assert_same(found, captures.parsed_small(source))
        assert any(NEW in warning for warning in found.warnings), place
    assert not any(NEW in warning for warning in captures.parsed_small(source).warnings)


def _with_new(resource: Resource, content: bytes, place: tuple[str, ...]) -> bytes:
    if resource.media != "json":
        return captures.edit_table(content, lambda frame: frame.with_columns(pl.lit(1).alias(NEW)))
    field = captures.Field(resource, (*place, NEW))
    return captures.edit_json(
        content, lambda payload: [found.update({NEW: 1}) for found in captures._holders(payload, field)] and payload
    )


HTML = b"<!doctype html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"


@every_file
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9, 0.9999])
def test_a_truncated_file_is_refused(source: Source, resource: Resource, kept: float) -> None:
    content = captures.capture(source)[resource.name]
    assert_refused(source, resource, content[: int(len(content) * kept)])


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
def test_a_table_of_no_or_one_row_is_refused(source: Source, resource: Resource, rows: int) -> None:
    content = captures.small(source)[resource.name]
    assert_refused(source, resource, captures.records(resource, content, lambda found: found[:rows]))


@every_file
def test_damaged_bytes_end_in_rows_or_in_a_refusal(source: Source, resource: Resource) -> None:
    rng = random.Random(resource.path)
    content = captures.small(source)[resource.name]
    for _ in range(40):
        damaged = bytearray(content)
        for _ in range(rng.randint(1, 6)):
            # The footer of a Parquet file, where its reader trusts most, is hit as often as the rest.
            at = rng.choice([rng.randrange(len(damaged)), len(damaged) - 1 - rng.randrange(min(2000, len(damaged)))])
            damaged[at] = rng.randrange(256)
        found = captures.outcome(source, resource, bytes(damaged))
        if isinstance(found, Parsed):
            captures.assert_balanced(found)
            assert_scores_are_possible(found)
        else:
            assert (found.source, found.file) == (source.id, resource.path)


@every_file
@pytest.mark.parametrize("factor", [100.0, 0.01, -1.0, math.nan, math.inf, -math.inf, 1e300])
def test_numbers_in_another_unit_never_become_scores(source: Source, resource: Resource, factor: float) -> None:
    content = captures.small(source)[resource.name]
    true = {*captures.parsed_small(source).scores.select(SCORE_KEY).rows()}
    for field in captures.numeric_fields(resource, content):
        found = captures.outcome(source, resource, captures.scaled(content, field, factor))
        if isinstance(found, Parsed):
            captures.assert_balanced(found)
            assert_scores_are_possible(found)
            assert {*found.scores.select(SCORE_KEY).rows()} <= true, field


@every_file
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_one_odd_number_never_becomes_a_score(source: Source, resource: Resource, data: st.DataObject) -> None:
    content = captures.small(source)[resource.name]
    field = data.draw(st.sampled_from(captures.numeric_fields(resource, content)), label="field")
    odd = data.draw(st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -1e308, 1e4, -1e4]), label="number")
    place = data.draw(st.integers(0, captures.FEW - 1), label="row")
    found = captures.outcome(source, resource, _with_odd_number(resource, content, field, place, odd))
    if isinstance(found, Parsed):
        captures.assert_balanced(found)
        assert_scores_are_possible(found)
        numbers = found.scores.select("score", "score_normalized", "score_low", "score_high")
        assert not numbers.select(pl.any_horizontal(pl.all().eq(odd).fill_null(value=False)).any()).item()


def _with_odd_number(resource: Resource, content: bytes, field: captures.Field, place: int, odd: float) -> bytes:
    if resource.media != "json":
        column = field.path[0]
        at = pl.int_range(pl.len()) == place
        return captures.edit_table(
            content, lambda frame: frame.with_columns(pl.when(at).then(odd).otherwise(column).alias(column))
        )
    seen = iter(range(1_000_000))

    def change(value: object) -> object:
        if next(seen) != place:
            return value
        return dict.fromkeys(value, odd) if isinstance(value, dict) else odd

    return captures.mapped(content, field, change)


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


def assert_refused(source: Source, resource: Resource, content: bytes) -> None:
    """Hold that the file is refused with an error that names it."""
    found = captures.outcome(source, resource, content)
    assert isinstance(found, SourceError)
    assert (found.source, found.file) == (source.id, resource.path)
    assert resource.path in str(found)


def _rows_of(resource: Resource, source: Source) -> int:
    content = captures.capture(source)[resource.name]
    if resource.media != "json":
        return captures.table(content).height
    counted: list[int] = []
    captures.edit_rows(content, lambda rows: counted.append(len(rows)))
    return counted[0]
