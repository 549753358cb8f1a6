"""Chatbot Arena: ranks by interval, editions by category, and the rules for rows."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Parsed, Source
from aggregator.sources import arena
from aggregator.sources.arena import TEXT, TEXT_STYLE_CONTROL
from aggregator.sources.interval_rank import count_models_above
from aggregator.sources.rating_table import has_open_weights
from tests.support import board_files, samples

LATEST, FULL = TEXT.resources
VIEWS = pytest.mark.parametrize("source", [TEXT, TEXT_STYLE_CONTROL], ids=lambda source: source.id)
REQUIRED = {"model_name", "rating", "rating_lower", "rating_upper", "category", "leaderboard_publish_date"}
DECORATIVE = {"organization", "license", "vote_count"}


@VIEWS
def test_every_column_that_a_rank_needs_is_required(source: Source) -> None:
    for resource in source.resources:
        assert samples.required_fields(source, resource) == REQUIRED
        assert samples.decorative_fields(source, resource) == DECORATIVE


def brute_force_ranks(lows: list[float], highs: list[float]) -> list[int]:
    return [1 + sum(low > high for low in lows) for high in highs]


INTERVALS = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([1, 2]), INTERVALS), min_size=1, max_size=40))
def test_interval_rank_counts_the_models_whose_interval_lies_above(
    rows: list[tuple[str, int, tuple[int, int]]],
) -> None:
    frame = pl.DataFrame(
        {
            "benchmark": [board for board, _, _ in rows],
            "published_on": [date(2025, 1, day) for _, day, _ in rows],
            "score": [float(low + high) / 2 for _, _, (low, high) in rows],
            "score_low": [float(low) for _, _, (low, _) in rows],
            "score_high": [float(high) for _, _, (_, high) in rows],
        }
    )
    found = count_models_above(frame).to_list()
    for place, (board, day, (_, high)) in enumerate(rows):
        rivals = [low for other, when, (low, _) in rows if (other, when) == (board, day)]
        assert found[place] == sum(low > high for low in rivals)


@VIEWS
def test_ranks_of_the_sample_equal_brute_force_ranks_on_every_date_and_category(source: Source) -> None:
    history = samples.parsed(source).history
    assert history is not None
    for _, table in history.group_by("benchmark", "published_on"):
        lows = table.select(pl.coalesce("score_low", "score")).to_series().to_list()
        highs = table.select(pl.coalesce("score_high", "score")).to_series().to_list()
        assert table["rank"].to_list() == brute_force_ranks(lows, highs)


@VIEWS
def test_the_ordinal_rank_of_the_file_is_not_used(source: Source) -> None:
    with_other_ranks = {
        resource.name: board_files.edit_parquet(
            samples.files(source)[resource.name], lambda frame: frame.with_columns(rank=500 - pl.col("rank"))
        )
        for resource in source.resources
    }
    samples.assert_same(source.parse(with_other_ranks), samples.parsed(source))
    ranks = samples.parsed(source).entries["board_rank"].drop_nulls()
    assert ranks.is_duplicated().any()


def row(name: str, **cells: Any) -> dict[str, Any]:
    defaults = {
        "model_name": name,
        "organization": "Org",
        "license": "MIT",
        "rating": 1200.0,
        "rating_lower": 1190.0,
        "rating_upper": 1210.0,
        "variance": 26.0,
        "vote_count": 1000.0,
        "rank": 1.0,
        "category": "overall",
        "leaderboard_publish_date": "2026-10-02",
    }
    return defaults | cells


def table(*extra: dict[str, Any], **cells: Any) -> bytes:
    rows = [
        row(f"filler-{place}", rating=1000.0 + place, rating_lower=990.0, rating_upper=1100.0) | cells
        for place in range(20)
    ]
    return board_files.to_parquet(pl.DataFrame([*rows, *extra]))


def read(latest: bytes, full: bytes | None = None) -> Parsed:
    return TEXT.parse({LATEST.name: latest, FULL.name: full or latest})


def only(frame: pl.DataFrame | None, **cells: object) -> dict[str, Any]:
    assert frame is not None
    return frame.row(
        by_predicate=pl.all_horizontal(pl.col(name).eq_missing(pl.lit(cell)) for name, cell in cells.items()),
        named=True,
    )


def test_rows_of_nan_are_quarantined_and_counted() -> None:
    nan = float("nan")
    odd = row("falcon-180b-chat", category="korean", rating=nan, rating_lower=nan, rating_upper=nan, rank=nan)
    found = read(table(odd), table(odd))
    assert found.quarantined["raw_name"].to_list() == ["falcon-180b-chat"] * 2
    assert found.quarantined["file"].to_list() == [LATEST.path, FULL.path]
    assert "falcon-180b-chat" not in found.entries["raw_name"].to_list()
    samples.assert_no_row_lost(found)


def test_each_category_has_its_own_latest_date() -> None:
    found = read(
        table(
            row("new", rating=1300.0, rating_lower=1290.0, rating_upper=1310.0),
            row("old", leaderboard_publish_date="2026-10-01"),
            row("slow", category="webdev", leaderboard_publish_date="2026-09-01"),
        )
    )
    assert only(found.scores, raw_name="slow")["published_on"] == date(2026, 9, 1)
    assert only(found.scores, raw_name="new")["published_on"] == date(2026, 10, 2)
    assert "old" not in found.scores["raw_name"].to_list()
    assert only(found.history, raw_name="old")["published_on"] == date(2026, 10, 1)
    assert only(found.entries, raw_name="old")["board_rank"] is None
    assert found.published_on == date(2026, 10, 2)
    samples.assert_no_row_lost(found)


def test_of_rows_with_one_key_the_one_with_the_most_votes_is_kept_and_the_others_are_duplicates() -> None:
    twice = [row("twice", vote_count=10.0, rating=1201.0), row("twice", vote_count=30.0, rating=1202.0)]
    for order in (twice, twice[::-1]):
        found = read(table(*order), table())
        assert found.rows_duplicate == 1
        assert only(found.scores, raw_name="twice")["score"] == 1202.0
        samples.assert_no_row_lost(found)


def test_the_sample_has_one_duplicate_row() -> None:
    assert samples.parsed(TEXT).rows_duplicate == 1


def test_a_rating_without_an_interval_is_its_own_interval() -> None:
    bare = row("vicuna-13b", rating=1300.0, rating_lower=None, rating_upper=None, variance=None, vote_count=None)
    found = read(table(bare))
    assert only(found.entries, raw_name="vicuna-13b")["board_rank"] == 1
    assert only(found.scores, raw_name="vicuna-13b")["score_low"] is None
    assert only(found.scores, raw_name="vicuna-13b")["votes"] is None


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"rating_lower": 1205.0}, "interval does not hold the rating"),
        ({"rating_upper": 1195.0}, "interval does not hold the rating"),
        ({"rating_lower": 1210.0, "rating_upper": 1190.0}, "interval does not hold the rating"),
        ({"rating_lower": 11.9}, "interval is lopsided"),
        ({"rating_lower": -1190.0}, "interval is lopsided"),
        ({"rating_upper": 3000.0}, "interval is lopsided"),
        ({"rating": 0.83}, "`rating` below the smallest possible value"),
        ({"leaderboard_publish_date": "2026-02-30"}, "publish date is no day"),
        ({"leaderboard_publish_date": "02.10.2026"}, "`leaderboard_publish_date` holds characters that it cannot have"),
        ({"category": "o'verall; --"}, "`category` holds characters that it cannot have"),
        ({"model_name": ""}, "`model_name` empty"),
    ],
)
def test_an_impossible_row_is_quarantined_with_its_reason(cells: dict[str, Any], reason: str) -> None:
    found = read(table(row("odd") | cells), table())
    assert reason in found.quarantined["reason"][0].split("; ")
    assert found.quarantined["row"].to_list() == [20]
    assert "odd" not in found.scores["raw_name"].to_list()


@pytest.mark.parametrize("votes", [-1.0, 1e300])
def test_an_impossible_number_of_votes_is_left_out_and_its_row_is_not(votes: float) -> None:
    found = read(table(row("odd") | {"vote_count": votes}), table())
    assert found.quarantined.is_empty()
    assert only(found.scores, raw_name="odd")["votes"] is None
    assert "1 values of `vote_count` are impossible and were left out" in found.warnings


def test_the_lower_side_of_an_interval_may_be_twice_as_long() -> None:
    wide = row("gpt4all", rating=715.0, rating_lower=380.0, rating_upper=841.0)
    assert read(table(wide), table()).quarantined.is_empty()


def test_names_of_all_dates_are_entries_and_only_the_current_ones_are_ranked() -> None:
    found = samples.parsed(TEXT)
    assert only(found.entries, raw_name="Command R+ (04-2024)")["board_rank"] is None
    assert only(found.entries, raw_name="command-r-plus")["board_rank"] is not None
    assert {"Athene-70B", "athene-70b-0725", "Amazon Nova Lite 1.0", "amazon-nova-lite-v1.0"} <= set(
        found.entries["raw_name"]
    )
    assert set(found.scores["raw_name"]) < set(found.entries["raw_name"])


def test_organization_and_license_are_the_last_known_ones() -> None:
    old = table(
        row("m", organization="Zhipu AI", license=" ", leaderboard_publish_date="2025-06-01"),
        row("m", organization="Zhipu", license="MIT", leaderboard_publish_date="2025-01-01"),
    )
    entry = only(read(table(row("m", organization="", license="")), old).entries, raw_name="m")
    assert (entry["organization"], entry["license"]) == ("Zhipu AI", "MIT")


def test_history_has_both_files_and_the_scores_only_the_current_edition() -> None:
    found = samples.parsed(TEXT)
    assert found.history is not None
    assert found.history["published_on"].n_unique() == 8
    assert set(found.scores["published_on"]) == {date(2025, 12, 11)}
    assert found.benchmarks.height == 27


def test_history_ranks_are_within_their_date() -> None:
    first = samples.parsed(TEXT).history
    assert first is not None
    best = first.filter(pl.col("benchmark") == "arena_text/overall").group_by("published_on").agg(pl.col("rank").min())
    assert set(best["rank"]) == {1}


@pytest.mark.parametrize(
    ("license_", "expected"),
    [
        ("Proprietary", False),
        ("Propretary", False),
        ("proprietary", False),
        ("N/A", False),
        ("MIT", True),
        ("Llama 3.1 Community", True),
        (None, None),
    ],
)
def test_open_weights_follow_from_the_licence(license_: str | None, expected: bool | None) -> None:
    found = pl.select(pl.lit(license_, pl.String)).select(has_open_weights(pl.col("literal"))).item()
    assert found is expected


def test_a_column_of_whole_numbers_means_the_same_as_one_of_fractions() -> None:
    content = samples.files(TEXT)[FULL.name]
    whole = board_files.edit_parquet(content, lambda frame: frame.with_columns(pl.col("vote_count").cast(pl.Int64)))
    samples.assert_same(TEXT.parse(samples.files(TEXT) | {FULL.name: whole}), samples.parsed(TEXT))


def test_the_two_views_share_no_file_and_one_is_in_the_rank() -> None:
    assert not set(arena.TEXT.resources) & set(arena.TEXT_STYLE_CONTROL.resources)
    assert (arena.TEXT.in_rank, arena.TEXT_STYLE_CONTROL.in_rank) == (False, True)
