"""Edges from names: the base that a name repeats, and the names that have none."""

from typing import Any

import pytest

from aggregator.identity import resolve
from tests.support.names import hub, names, rules_without_aliases

BASES = (
    *("meta-llama/Llama-2-7b-hf", "meta-llama/Meta-Llama-3-8B", "meta-llama/Meta-Llama-3-8B-Instruct"),
    *("meta-llama/Llama-3.1-8B", "mistralai/Mistral-7B-v0.1", "mistralai/Mixtral-8x7B-v0.1", "google/gemma-2-9b"),
    *("Qwen/Qwen-14B", "Qwen/Qwen1.5-14B", "Qwen/Qwen2.5-14B", "Qwen/Qwen2.5-Coder-14B", "google/gemma-2-9b-it"),
    *("EleutherAI/pythia-1.4b", "mistralai/Mistral-7B-Instruct-v0.2"),
)


def base_of(name: str, **facts: Any) -> tuple[str, str] | None:
    """Return the relation and the parent that lineage gives to `name` beside BASES."""
    rows = [*hub(*BASES, kind="pretrained"), *hub("microsoft/phi-2", kind="pretrained", params_b=2.78)]
    lineage = resolve(names(*rows, *hub(name, **facts)), rules_without_aliases()).lineage
    found = lineage.filter(model_id=name).select("relation", "parent_id").rows()
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("you/Llama-3-8B-chinese", "meta-llama/Meta-Llama-3-8B"),
        ("you/dolphin-2.9-llama3-8b", "meta-llama/Meta-Llama-3-8B"),
        ("you/Korean-llama_3.1-orpo-8B", "meta-llama/Llama-3.1-8B"),
        ("you/mistral-7b-v0.1-sft", "mistralai/Mistral-7B-v0.1"),
        ("you/Foo-Mixtral-8x7b", "mistralai/Mixtral-8x7B-v0.1"),
        ("you/pythia-1.4b-sft", "EleutherAI/pythia-1.4b"),
        ("you/Bar-Qwen2.5-Coder-14B", "Qwen/Qwen2.5-Coder-14B"),
        ("you/phi-2-orange", "microsoft/phi-2"),
        ("you/phi-2-orange-3B", "microsoft/phi-2"),
    ],
)
def test_a_name_with_the_words_version_and_size_of_one_base_descends_from_it(name: str, base: str) -> None:
    assert base_of(name) == ("finetune_of", base)


@pytest.mark.parametrize(
    "name",
    [
        "you/qwen-14b-tuned",  # three versions have this size
        "you/mistral-7b-tuned",  # a family with several versions
        "you/Llama-3-70B-tuned",  # no base of this size
        "you/open_llama_7b_v2",  # the version is that of another family
        "you/Llama-3-8B-gemma-2-9b",  # two bases
        "you/Llama-3-8B-Mixtral",  # a word of another base's family
        "you/pythia-1.4b-v3",  # a version that the base lacks
        "you/phi-2-moe-8b",  # a size that the base lacks
        "Qwen/Qwen2.5-Math-14B",  # its own publisher's release
        "you/something-8B",
    ],
)
def test_a_name_that_fits_no_base_or_several_has_no_parent(name: str) -> None:
    assert base_of(name) is None


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("you/Meta-Llama-3-8B-Instruct-abliterated", "meta-llama/Meta-Llama-3-8B-Instruct"),
        ("you/gemma-2-9b-it-SimPO", "google/gemma-2-9b-it"),
        ("you/Mistral-7B-Instruct-v0.2-tuned", "mistralai/Mistral-7B-Instruct-v0.2"),
        ("you/Llama-3-8B-Hindi-Instruct", "meta-llama/Meta-Llama-3-8B"),
        ("you/Bla-gemma-2-9b-it", "google/gemma-2-9b"),
        ("google/gemma-2-9b-jpn-it", "google/gemma-2-9b"),
    ],
)
def test_the_parent_is_the_chat_model_only_when_the_name_goes_on_after_its_whole_name(name: str, base: str) -> None:
    assert base_of(name) == ("finetune_of", base)


def test_a_chat_model_is_no_parent_of_a_model_with_its_name_without_the_stage() -> None:
    assert base_of("mistral-community/Mistral-7B-v0.2") is None


def test_a_merge_of_one_family_descends_from_its_base_as_a_merge() -> None:
    assert base_of("you/gemma-2-9b-slerp") == ("merge_of", "google/gemma-2-9b")
    assert base_of("you/gemma-2-9b-mix", kind="merge") == ("merge_of", "google/gemma-2-9b")


def test_a_base_without_a_size_in_its_name_needs_a_stated_size() -> None:
    assert base_of("you/phi-2-tiny", params_b=0.5) is None
    rows = [*hub("microsoft/phi-2", kind="pretrained"), *hub("you/phi-2-orange")]
    assert resolve(names(*rows), rules_without_aliases()).lineage.is_empty()


def test_a_stated_parent_replaces_the_base_in_the_name() -> None:
    assert base_of("you/Llama-3-8B-chinese", base_models=["you/other"]) == ("finetune_of", "you/other")


def test_a_parent_that_no_board_lists_has_a_base_by_its_name_and_can_be_a_base() -> None:
    rows = [
        *hub("you/child", base_models=["you/Llama-3-8B-unlisted"]),
        *hub("you/other", base_models=["meta-llama/Meta-Llama-3-8B"]),
    ]
    models = resolve(names(*rows), rules_without_aliases()).models
    assert set(models["family"]) == {"meta-llama/Meta-Llama-3-8B"}
