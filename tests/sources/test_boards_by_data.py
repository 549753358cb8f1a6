"""Boards that a line of a table registers: the Arena's views and MTEB's benchmarks."""

from urllib.parse import unquote

import pytest

from aggregator.model import Source
from aggregator.sources import arena, mteb, on_by_default, registered
from tests.support import board_files, samples

BY_DATA = (*arena.SOURCES, *mteb.SOURCES)
OFF = [source for source in BY_DATA if not source.is_on]


def test_all_are_registered_and_only_the_recorded_ones_are_on() -> None:
    assert {source.id for source in BY_DATA} <= {source.id for source in registered()}
    assert [source.id for source in on_by_default() if source in BY_DATA] == [
        *("arena_text_style_control", "arena_text"),
        *("mteb_eng_v2", "mteb_multilingual_v2", "mteb_cmn_v1", "rteb_eng"),
    ]
    assert len(OFF) >= 50
    assert not any(source.in_rank for source in OFF)


def test_no_two_sources_share_an_id_or_the_columns_of_leaderboard() -> None:
    every = registered()
    assert len({source.id for source in every}) == len(every)
    assert len({source.column_prefix for source in every}) == len(every)


@pytest.mark.parametrize(
    ("source", "prefix", "score", "has_interval"),
    [
        ("open_llm_v2", "open_llm_v2", "score", False),
        ("open_llm_v1", "open_llm_v1", "score", False),
        ("arena_text_style_control", "arena", "rating", True),
        ("arena_text", "arena_text", "rating", True),
        ("mteb_eng_v2", "mteb", "score", False),
        ("mteb_multilingual_v2", "mteb_multilingual", "score", False),
        ("mteb_cmn_v1", "mteb_chinese", "score", False),
        ("rteb_eng", "rteb", "score", False),
    ],
)
def test_the_first_boards_keep_their_columns(source: str, prefix: str, score: str, has_interval: bool) -> None:
    (found,) = (one for one in registered() if one.id == source)
    assert (found.column_prefix, found.score_name, found.has_interval) == (prefix, score, has_interval)


@pytest.mark.parametrize("source", mteb.SOURCES, ids=lambda source: source.id)
def test_a_benchmark_of_mteb_is_read_under_its_own_name(source: Source) -> None:
    resource = source.resources[0]
    benchmark = unquote(resource.url.split("/")[-2])
    assert resource.path.split("/")[-2] == resource.url.split("/")[-2]
    english = samples.files(mteb.ENGLISH)["scores"]
    renamed = board_files.edit_json(english, lambda payload: payload | {"benchmarkName": benchmark})
    found = source.parse({"scores": renamed})
    assert set(found.scores["source"]) == {source.id}
    assert found.scores.height == samples.parsed(mteb.ENGLISH).scores.height


@pytest.mark.parametrize("source", arena.SOURCES, ids=lambda source: source.id)
def test_a_view_of_the_arena_is_read_from_its_own_folder(source: Source) -> None:
    view = source.id.removeprefix("arena_")
    assert {resource.path.split("/")[-2] for resource in source.resources} == {view}
    found = source.parse(samples.files(arena.TEXT))
    assert set(found.benchmarks["source"]) == {source.id}
    assert found.scores.height == samples.parsed(arena.TEXT).scores.height
