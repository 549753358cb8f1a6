"""Laws of parsing names, on generated names with known parts and on any text."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.identity import parse_name

WORDS = ("llama", "qwen", "command", "claude", "hunyuan", "turbos", "coder", "nemotron", "yi", "gpt")
SIZES = ("", "1.3b", "13b", "7b", "70b", "8x7b", "350m", "e4b")
ACTIVES = ("", "a22b", "a3b", "128e")
STAGES = ("", "instruct", "chat", "base", "preview", "experimental", "latest", "beta", "dpo")
DATES = ("", "2024-05-13", "2024-08-06", "05-13", "03-14", "2024-05", "2025-01")
MODES = ("", "thinking", "no-thinking", "high", "low", "xhigh", "thinking-32k", "thinking-high")
PARTS = {"size": SIZES, "active": ACTIVES, "stage": STAGES, "date": DATES, "mode": MODES}


@dataclass(frozen=True)
class GeneratedName:
    """A name with known parts."""

    words: tuple[str, ...]
    version: str
    plus: bool
    size: str
    active: str
    stage: str
    date: str
    mode: str

    def written(self, separator: str = "-") -> str:
        family = [*self.words[:1], *([self.version] if self.version else []), *self.words[1:]]
        plus = ["+"] if self.plus else []
        rest = [self.size, self.active, self.stage, self.mode, self.date]
        return separator.join([*family, *plus, *(part for part in rest if part)])


def with_part(name: GeneratedName, part: str, value: str) -> GeneratedName:
    changes: dict[str, Any] = {part: value}
    return replace(name, **changes)


versions = st.one_of(
    st.just(""), st.integers(1, 9).map(str), st.tuples(st.integers(1, 9), st.integers(0, 9)).map("{0[0]}.{0[1]}".format)
)
generated_names = st.builds(
    GeneratedName,
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(tuple),
    version=versions,
    plus=st.booleans(),
    size=st.sampled_from(SIZES),
    active=st.sampled_from(ACTIVES),
    stage=st.sampled_from(STAGES),
    date=st.sampled_from(DATES),
    mode=st.sampled_from(MODES),
)
cases = st.sampled_from([str.lower, str.upper, str.title])
separators = st.sampled_from(["-", "_", " ", "--", " - "])


@given(st.text(max_size=60))
@example("may-24-jun 2024 0513")
@example("v1-v2-3.4_05-13")
@example("No thinking 32k 12-11-10")
def test_the_key_of_a_key_is_itself(text: str) -> None:
    key = parse_name(text).key
    assert parse_name(key).key == key


@given(st.text(alphabet="av0123456789.-_+ /xbk", max_size=24))
def test_the_key_of_a_key_is_itself_for_any_numbers(text: str) -> None:
    key = parse_name(text).key
    assert parse_name(key).key == key


@given(generated_names, cases, separators)
def test_case_and_separators_do_not_matter(name: GeneratedName, case: object, separator: str) -> None:
    assert callable(case)
    assert parse_name(case(name.written(separator))).key == parse_name(name.written()).key


@given(generated_names, versions)
def test_names_that_differ_in_version_never_share_a_key(name: GeneratedName, version: str) -> None:
    if version.removesuffix(".0") != name.version.removesuffix(".0"):
        assert parse_name(replace(name, version=version).written()).key != parse_name(name.written()).key


@given(generated_names)
def test_names_that_differ_in_the_plus_never_share_a_key(name: GeneratedName) -> None:
    assert parse_name(replace(name, plus=not name.plus).written()).key != parse_name(name.written()).key


@given(st.data(), generated_names, st.sampled_from(sorted(PARTS)))
def test_names_that_differ_in_a_part_never_share_a_key(data: st.DataObject, name: GeneratedName, part: str) -> None:
    other = data.draw(st.sampled_from(PARTS[part]))
    if other != getattr(name, part):
        assert parse_name(with_part(name, part, other).written()).key != parse_name(name.written()).key


@given(generated_names, st.permutations(range(3)))
def test_the_order_of_words_does_not_matter_with_one_version(name: GeneratedName, order: list[int]) -> None:
    shuffled = tuple(name.words[at] for at in order if at < len(name.words))
    assert parse_name(replace(name, words=shuffled).written()).key == parse_name(name.written()).key


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("gpt-4o-2024-05-13", "2024-05-13"),
        ("gpt-4o-20240513", "2024-05-13"),
        ("gpt-4-0513", "05-13"),
        ("mistral-2405", "2024-05"),
        ("phi-3 June-24", "2024-06"),
        ("command-r-08-2024", "2024-08"),
        ("step-1o-turbo-202506", "2025-06"),
        ("gemini-exp-02-05", "02-05"),
        ("gpt-4-1106-preview", "11-06"),
        ("openchat-3.5-0106", "01-06"),
    ],
)
def test_dates_are_read_in_every_form(text: str, date: str) -> None:
    assert parse_name(text).date == date


@pytest.mark.parametrize(
    "text", ["llama-30b-instruct-2048", "bh-58", "qwen-14b", "yi-1.5-34b", "model-1999", "h2ogpt-4096"]
)
def test_other_numbers_are_not_dates(text: str) -> None:
    assert parse_name(text).date == ""


def test_a_name_is_parsed_into_all_its_parts() -> None:
    parsed = parse_name("Qwen/Qwen3-235B-A22B-Thinking-2507-FP8")
    assert parsed.organization == "qwen"
    assert parsed.words == ("qwen",)
    assert parsed.version == ("v3",)
    assert parsed.size == ("235b",)
    assert parsed.active == ("a22b",)
    assert parsed.date == "2025-07"
    assert (parsed.thinking, parsed.budget, parsed.effort) == ("thinking", "", "")
    assert parsed.precision == ("fp8",)


def test_each_of_two_versions_belongs_to_the_word_before_it() -> None:
    assert parse_name("llama-3.1-tulu-3-8b").key != parse_name("llama-3-tulu-3.1-8b").key


def test_the_key_ignores_a_native_precision_and_keeps_a_quantized_one() -> None:
    assert parse_name("llama-3.1-8b-bf16").key == parse_name("llama-3.1-8b").key
    assert parse_name("llama-3.1-8b-fp8").key != parse_name("llama-3.1-8b").key


def test_letters_outside_ascii_are_kept_in_their_order() -> None:
    assert parse_name("ünï-7b").key != parse_name("ïnü-7b").key
    assert parse_name("模型-7b").words == ("模型",)
