"""Laws for every registered source, on its files in the bundled sample."""

import random

import polars as pl
import pytest

from aggregator import schema
from aggregator.model import Kind, RankRule, Resource, Source
from tests.support import board_files, samples
from tests.support.samples import SOURCES, assert_scores_are_possible

every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)


@every_source
def test_frames_have_exactly_their_schemas(source: Source) -> None:
    found = samples.parsed(source)
    assert dict(found.entries.schema) == schema.ENTRIES
    assert dict(found.scores.schema) == schema.SCORES
    assert dict(found.benchmarks.schema) == schema.BENCHMARKS
    assert dict(found.quarantined.schema) == schema.QUARANTINED
    assert dict(found.accepted.schema) == {"raw_name": pl.String(), "rows": pl.Int64()}
    if found.history is not None:
        assert dict(found.history.schema) == schema.HISTORY


@every_source
def test_every_row_is_accepted_quarantined_or_a_duplicate(source: Source) -> None:
    found = samples.parsed(source)
    samples.assert_no_row_lost(found)
    assert found.rows_read == sum(
        _rows_of(resource, content) for resource, content in samples.files_of(source) if not resource.is_lookup
    )
    assert found.entries.height >= source.min_rows


@every_source
def test_keys_are_unique_and_frames_refer_to_each_other(source: Source) -> None:
    found = samples.parsed(source)
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
def test_every_frame_has_its_source_and_only_known_kinds_and_files(source: Source) -> None:
    found = samples.parsed(source)
    frames = [found.entries, found.scores, found.benchmarks, found.quarantined]
    frames += [] if found.history is None else [found.history]
    assert {name for frame in frames for name in frame["source"]} == {source.id}
    assert all(name.startswith(f"{source.id}/") for name in found.benchmarks["benchmark"])
    assert set(found.entries["kind"].drop_nulls()) <= {kind.value for kind in Kind}
    assert set(found.quarantined["file"]) <= {resource.path for resource, _ in samples.files_of(source)}
    assert not found.quarantined["reason"].is_null().any()


@every_source
def test_names_ids_and_texts_are_never_empty(source: Source) -> None:
    entries = samples.parsed(source).entries
    assert not entries["raw_name"].is_null().any()
    assert (entries["raw_name"].str.strip_chars().str.len_chars() > 0).all()
    ids = entries["hf_id"].drop_nulls()
    assert ids.str.contains(r"^[^/\s()]+(/[^/\s()]+)?$").all()
    assert (entries["params_b"].drop_nulls() > 0).all()
    for column in ("organization", "license", "link", "variant", "revision"):
        assert (entries[column].drop_nulls().str.strip_chars() != "").all(), column


@every_source
def test_scores_are_finite_and_on_their_scale(source: Source) -> None:
    assert_scores_are_possible(samples.parsed(source))


@every_source
def test_entries_have_the_columns_that_the_rank_rule_needs(source: Source) -> None:
    ranked = samples.parsed(source).entries
    if source.rank_rule in {RankRule.SCORE, RankRule.WIN_RATE}:
        # Past models, and models without a part of the overall score, have none.
        assert ranked["board_score"].is_not_null().sum() >= source.min_rows
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
def test_parsing_twice_gives_the_same_rows_in_the_same_order(source: Source) -> None:
    found, again = samples.parsed(source), source.parse(samples.files(source))
    for name in ("entries", "scores", "benchmarks", "quarantined", "accepted", "history"):
        first, second = getattr(found, name), getattr(again, name)
        assert (first is None and second is None) or first.equals(second), name


@every_source
def test_the_order_of_rows_does_not_matter(source: Source) -> None:
    rng = random.Random(20261123)
    shuffled = {
        resource.name: board_files.edit_records(resource, content, lambda rows: rng.sample(rows, len(rows)))
        for resource, content in samples.files_of(source)
    }
    samples.assert_same(source.parse(shuffled), samples.parsed(source))


def _rows_of(resource: Resource, content: bytes) -> int:
    """Return the number of rows in a table or list of records, 0 in a file without records."""
    if board_files.is_table(resource):
        return board_files.read_parquet(content).height
    payload = board_files.read_tree(resource, content)
    if isinstance(payload, dict) and "rows" in payload:
        return len(payload["rows"])
    found = board_files.roots(payload)
    return 0 if found == [payload] else len(found)
