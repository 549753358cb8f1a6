"""Reading one answer of the Hub's model API into a record."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.identity.hub_metadata import EXPAND, AnswerError, read_model
from aggregator.identity.parameter_count import read_parameter_count, sizes_in_name
from tests.support.clocks import NOON
from tests.support.hub import model_record


def bases(**fields: object) -> tuple[str | None, tuple[str, ...]]:
    found = read_model("me/It-7B", model_record("me/It-7B", **fields), NOON)
    return found.relation, found.base_models


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"baseModels": {"relation": "merge", "models": [{"_id": "1", "id": "a/X"}, {"_id": "2", "id": "b/Y"}]}},
            ("merge", ("a/X", "b/Y")),
        ),
        ({"baseModels": ["a/X"]}, (None, ("a/X",))),
        ({"cardData": {"base_model": "a/X"}}, (None, ("a/X",))),
        ({"cardData": {"base_model": ["a/X", "b/Y"], "base_model_relation": "adapter"}}, ("adapter", ("a/X", "b/Y"))),
        ({"cardData": {"base_model": "https://huggingface.co/a/X"}}, (None, ("a/X",))),
        ({"tags": ["base_model:a/X", "base_model:quantized:a/X"]}, ("quantized", ("a/X",))),
        ({"tags": ["base_model:a/X"]}, (None, ("a/X",))),
        ({"cardData": {"base_model": "me/It-7B"}}, (None, ())),
        ({"cardData": {"base_model": "a model I trained at home"}}, (None, ())),
        ({"baseModels": None, "cardData": None, "tags": None}, (None, ())),
        ({"baseModels": {"relation": "stolen", "models": [{"id": 3}, None, {"id": "a/X\u202e"}]}}, (None, ())),
    ],
)
def test_base_models_are_read_in_every_form(fields: dict[str, object], expected: object) -> None:
    assert bases(**fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cardData": {"license": "mit"}}, "mit"),
        ({"cardData": {"license": "other", "license_name": "llama3.1"}}, "llama3.1"),
        ({"cardData": {"license": ["mit", "apache-2.0"]}}, "mit"),
        ({"cardData": {}, "tags": ["license:gemma"]}, "gemma"),
        ({"cardData": {"license": "\x1b[31mred"}, "tags": []}, None),
        ({"cardData": {"license": "x" * 500}, "tags": []}, None),
    ],
)
def test_a_licence_is_a_short_printable_text(fields: dict[str, object], expected: str | None) -> None:
    assert read_model("me/It", model_record("me/It", **fields), NOON).license == expected


PACKED = {"safetensors": {"parameters": {"I32": 900_000_000, "F16": 500_000_000}, "total": 1_400_000_000}}


@pytest.mark.parametrize(
    ("name", "answer", "expected"),
    [
        ("Qwen2.5-7B", {"safetensors": {"parameters": {"BF16": 7615616512}, "total": 7615616512}}, 7.615617),
        ("Mixtral-8x7B", {"safetensors": {"parameters": {"BF16": 46702792704}, "total": 46702792704}}, 46.702793),
        ("bloom-7b1", {"safetensors": {"parameters": {"F16": 7069016064}, "total": 7069016064}}, 7.069016),
        ("Wrong-Total-7B", {"safetensors": {"parameters": {"BF16": 7241732096}, "total": 664944}}, 7.241732),
        ("Wrong-Total-7B", {"safetensors": {"total": 664944}}, None),
        ("Tiny", {"safetensors": {"total": 664944}}, None),
        ("Llama-8B-GPTQ", PACKED, None),
        ("Llama-GPTQ", PACKED, None),
        ("Llama-8B-GPTQ", PACKED | {"gguf": {"total": 8_030_261_248}}, 8.030261),
        ("gemma-7b-bnb-4bit", {"safetensors": {"parameters": {"U8": 4_650_000_000, "BF16": 790_000_000}}}, None),
        ("Llama-8B-W8A8", {"safetensors": {"parameters": {"I8": 6979321856, "BF16": 1050939392}}}, 8.030261),
        ("bge-base-en", {"safetensors": {"parameters": {"I64": 512, "F32": 109482240}, "total": 109482752}}, 0.109483),
        ("Named-70B", {"safetensors": {"parameters": {"BF16": 2_600_000}, "total": 2_600_000}}, None),
        ("Unsized", {"safetensors": {"parameters": {"BF16": 7_000_000_000}, "total": 2_600_000}}, None),
        ("Unsized", {"safetensors": {"total": 4_000_000_000}, "gguf": {"total": 8_000_000_000}}, None),
        ("Unsized-GGUF", {"gguf": {"total": 8_030_261_248}}, 8.030261),
        ("Nothing-7B", {}, None),
        ("Odd-7B", {"safetensors": {"parameters": [1], "total": True}, "gguf": "8B"}, None),
        ("Odd-7B", {"safetensors": {"parameters": {"BF16": -5}, "total": "7B"}}, None),
    ],
)
def test_implausible_parameter_counts_are_ignored(name: str, answer: dict[str, object], expected: float | None) -> None:
    assert read_parameter_count(answer, f"org/{name}")[0] == expected


def test_sizes_in_names_are_read() -> None:
    assert list(sizes_in_name("org/Mixtral-8x22B")) == [176e9]
    assert list(sizes_in_name("org/bloom-560m")) == [560e6]
    assert list(sizes_in_name("org/bloomz-7b1")) == [7.1e9]
    assert not list(sizes_in_name("org/gemma-3n-E4B"))


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(EXPAND)


@settings(deadline=None)
@given(st.dictionaries(FIELDS, JSON | st.fixed_dictionaries({"models": JSON, "total": JSON, "base_model": JSON})))
def test_any_answer_with_an_id_gives_a_record_with_valid_types(fields: dict[str, Any]) -> None:
    found = read_model("a/B-7B", {"id": "a/B-7B", **fields}, NOON)
    assert found.downloads is None or found.downloads >= 0
    assert found.params_b is None or found.params_b > 0
    assert all("/" in base or base for base in found.base_models)
    json.dumps([found.license, found.author, found.pipeline_tag, found.gated])


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:00", "yesterday", "", 5, None])
def test_an_invalid_time_is_ignored(text: object) -> None:
    assert read_model("me/It", model_record("me/It", createdAt=text), NOON).created_at is None


@settings(deadline=None)
@given(JSON)
def test_an_answer_without_an_id_is_an_error(answer: Any) -> None:
    with pytest.raises(AnswerError):
        read_model("a/B", answer, NOON)
