"""One search: what a typed name means, in what order, and what is said about it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.query import queries, search
from aggregator.query.queries import Connection
from aggregator.query.search import AmbiguousModelError, UnknownModelError, find_match
from tests.support.command_line import sample_home
from tests.support.homes.query import write_tiny_file
from tests.support.typed_names import TYPED_NAMES, TypedName, read_typed_names

__all__ = ["sample_home"]


@pytest.fixture(scope="module")
def sample(sample_home: Path) -> Iterator[Connection]:
    with queries.open_current(sample_home) as connection:
        yield connection


def found(connection: Connection, text: str) -> list[str]:
    return [str(row["model_id"]) for row in queries.find_models(connection, text, 1000)]


def tokens(connection: Connection, text: str) -> object:
    return queries.fetch_rows(connection, "select name_tokens($text) as tokens", {"text": text})[0]["tokens"]


@pytest.mark.parametrize("name", read_typed_names(TYPED_NAMES), ids=lambda name: name.text)
def test_a_typed_name_finds_its_model_first(sample: Connection, name: TypedName) -> None:
    assert name.means(found(sample, name.text)[0])
    assert name.means(find_match(sample, name.text).model_id)


def test_every_id_and_raw_name_of_one_model_finds_it_without_a_note(sample: Connection) -> None:
    spellings = queries.fetch_rows(
        sample,
        "select raw_name, any_value(model_id) as model_id from aliases group by lower(raw_name), raw_name"
        " having count(distinct model_id) = 1",
    ) + queries.fetch_rows(sample, "select model_id as raw_name, model_id from models")
    wrong = [
        (row["raw_name"], match.model_id, match.note)
        for row in spellings
        if (match := find_match(sample, str(row["raw_name"]))).model_id != row["model_id"] or match.note
    ]
    assert len(spellings) > 500
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Meta-Llama-3.1-8B-Instruct", ["meta", "llama", "3.1", "8b", "instruct"]),
        ("LLAMA_3_1_8B", ["llama", "3.1", "8b"]),
        ("claude-opus-4-1-20250805", ["claude", "opus", "4.1", "20250805"]),
        ("gpt-4o-2024-05-13", ["gpt", "4o", "20240513"]),
        ("command-r-08-2024", ["command", "r", "202408"]),
        ("internlm/internlm2-1_8b", ["internlm", "2", "1.8b"]),
        ("stella_en_1.5B_v5", ["stella", "en", "1.5b", "5"]),
        ("llama-v3p1-405b", ["llama", "3.1", "405b"]),
        ("gpt4omini", ["gpt", "4o", "mini"]),
        ("Command R+", ["command", "r", "plus"]),
        ("Mixtral 8 × 7B", ["mixtral", "8x7b"]),
        ("Qwen2.5-7B-Instruct-GPTQ-Int4", ["qwen", "2.5", "7b", "instruct", "~", "~"]),
        ("bge‑m3", ["bge", "m3"]),
        ("llama\u00a03\u200b.1", ["llama", "3.1"]),
        ("hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M", ["llama", "3.2", "1b", "instruct", "~", "~"]),
        ("通义 7B", ["通义", "7b"]),
        ("", []),
        (" /// ", []),
    ],
)
def test_a_name_is_cut_into_words(sample: Connection, text: str, words: list[str]) -> None:
    assert tokens(sample, text) == words


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("7b", "~(27|47|67)b"),
        ("o3", "~(?i)gpt-4o|/.*[a-z]o3"),
        ("opt-13b", "facebook/opt-1.3b"),
        ("opt 1.3b", "facebook/opt-13b"),
        ("llama 3 70b", "~meta-llama/Llama-3[.]"),
        ("qwen 2.5 7b", "~(?i)0[.]5b|72b|14b|qwen2-"),
        ("gpt-4", "~gpt-4o|gpt-5"),
    ],
)
def test_another_size_or_version_never_fits(sample: Connection, text: str, forbidden: str) -> None:
    matches = found(sample, text)
    assert matches
    assert not [model_id for model_id in matches if TypedName(text, forbidden).means(model_id)]


def test_words_of_two_names_of_a_model_do_not_add_up(tmp_path: Path) -> None:
    with queries.open_current(write_tiny_file(tmp_path)) as tiny:
        assert found(tiny, "first") == found(tiny, "first 2024") == ["a/first"]
        assert "a/first" in found(tiny, "shared")
        assert found(tiny, "shared first") == []


def test_the_best_of_an_unequal_field_is_taken_with_a_note(sample: Connection) -> None:
    match = find_match(sample, "llama 2 7b chat gguf")
    assert match.model_id == "meta-llama/Llama-2-7b-chat-hf"
    assert match.note.startswith("taken for meta-llama/Llama-2-7b-chat-hf")
    assert find_match(sample, "claude opus 4.5").note.startswith(
        "taken for anthropic/claude-opus-4-5-20251101, the default setting of anthropic/claude-opus-4-5"
    )
    assert "others fit: " in find_match(sample, "zephyr").note
    assert find_match(sample, "Meta-Llama-3-8B").note == ""


def test_a_misspelt_official_name_is_taken_with_a_note(sample: Connection) -> None:
    match = find_match(sample, "Qwen2.5-72B-Instrcut")
    assert match.model_id == "Qwen/Qwen2.5-72B-Instruct"
    assert match.note


def test_a_misspelling_counts_only_when_nothing_else_fits(sample: Connection) -> None:
    fits = {row["fit"] for row in queries.find_models(sample, "qwen 72b", 100)}
    assert "similar" not in fits
    assert {row["fit"] for row in queries.find_models(sample, "qwn 72b", 100)} == {"similar"}


@pytest.mark.parametrize(
    "text", ["xqzw 7b", "gpt-9", "llama 3.1 3b", "claude 3.5 sonnet 13b", "", "%", "' or 1=1 --", "\x00"]
)
def test_a_name_of_no_model_is_unknown(sample: Connection, text: str) -> None:
    with pytest.raises(UnknownModelError):
        find_match(sample, text)


def test_equal_names_of_two_models_are_ambiguous(tmp_path: Path) -> None:
    named = "insert into aliases select 'board_one', 'Same Name', model_id, 'own', 1.0, '' from models"
    with queries.open_current(write_tiny_file(tmp_path, named)) as tiny, pytest.raises(AmbiguousModelError) as caught:
        find_match(tiny, "same name")
    assert {row["model_id"] for row in caught.value.candidates} == {
        "a/first",
        "a/second",
        "b/third",
        "c/vector",
        "d/alone",
    }
    assert "matches 5 models equally well" in str(caught.value)


MERGES = """
insert into leaderboard (model_id, name, track, boards, kind, flagged, params_disputed, release_id)
select 'u' || i || '/Merge-7B', 'Merge-7B', 'llm', 1, 'chat', false, false, 'u' || i || '/Merge-7B' from range(30) as t(i);
insert into models (model_id, name, track, kind, flagged, merged, release_id)
select model_id, name, track, kind, flagged, false, release_id from leaderboard where name = 'Merge-7B';
insert into releases (release_id, name, track, model_id, best_model_id, settings, models, boards)
select release_id, name, track, model_id, model_id, 1, [model_id], 1 from leaderboard where name = 'Merge-7B';
"""


def test_at_most_ten_candidates_are_listed(tmp_path: Path) -> None:
    with queries.open_current(write_tiny_file(tmp_path, MERGES)) as tiny, pytest.raises(AmbiguousModelError) as caught:
        find_match(tiny, "merge 7b")
    assert len(caught.value.candidates) == search.MAX_CANDIDATES
    assert "30 models" in str(caught.value)
    assert "metaboard find" in caught.value.hint


def test_a_former_id_finds_the_model_of_today(tmp_path: Path) -> None:
    moved = [
        "create table model_moves as select 'old/name' as old_id, 'a/first' as new_id, date '2026-11-01' as moved_on, 'moved' as reason"
    ]
    with queries.open_current(write_tiny_file(tmp_path, *moved)) as tiny:
        assert find_match(tiny, "Old/Name").model_id == "a/first"
        assert queries.find_models(tiny, "old/name", 1)[0]["fit"] == "former_id"


def test_a_model_without_a_row_in_the_leaderboard_is_found(sample: Connection) -> None:
    row = queries.find_models(sample, "early grok 3", 1)[0]
    assert (row["model_id"], row["rank"]) == ("xai/early-grok-3", None)
    assert row["track"] == "llm"
