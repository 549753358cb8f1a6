"""Names that leave out or add one part of the only id with the rest, and near misses that stay apart."""

from typing import Any

import pytest

from tests.support.names import arena, hub, resolved_ids


def model_of(raw_name: str, *ids: str, facts: dict[str, Any] | None = None, **row: Any) -> str:
    given = [entry for model_id in ids for entry in hub(model_id, **(facts or {}))]
    return resolved_ids(*given, *arena(raw_name, **row))[raw_name]


@pytest.mark.parametrize(
    ("raw_name", "params_b", "links"),
    [
        ("StableBeluga9 (70B)", 68.7, True),
        ("StableBeluga9 70B", 68.7, True),
        ("StableBeluga9 13B", 68.7, False),
        ("StableBeluga9 70B", None, False),
    ],
)
def test_a_size_that_only_the_name_says_must_be_the_parameter_count(
    raw_name: str, params_b: float | None, *, links: bool
) -> None:
    found = model_of(raw_name, "stabilityai/StableBeluga9", facts={"params_b": params_b})
    assert (found == "stabilityai/StableBeluga9") is links


def test_base_that_only_the_name_says_is_the_pretrained_id() -> None:
    assert model_of("pythia-9b-base", "EleutherAI/pythia-9b", facts={"kind": "pretrained"}) == "EleutherAI/pythia-9b"
    assert model_of("DeepSeek-V9 Base", "deepseek-ai/DeepSeek-V9", facts={"kind": "chat"}) != "deepseek-ai/DeepSeek-V9"


def test_a_first_version_may_be_left_out() -> None:
    assert model_of("mixtral-9x22b-instruct", "mistralai/Mixtral-9x22B-Instruct-v0.1") == (
        "mistralai/Mixtral-9x22B-Instruct-v0.1"
    )
    assert model_of("rocinante-9b", "TheDrummer/Rocinante-9B-v1") != "TheDrummer/Rocinante-9B-v1"
    assert model_of("mistral-9b", "mistralai/Mistral-9B-v0.1", "mistralai/Mistral-9B-v0.2") == (
        "mistralai/Mistral-9B-v0.1"
    )


def test_a_first_generation_may_be_written_as_one() -> None:
    assert model_of("Baichuan 1-9B", "baichuan-inc/Baichuan-9B") == "baichuan-inc/Baichuan-9B"
    assert model_of("Baichuan 2-9B", "baichuan-inc/Baichuan-9B") != "baichuan-inc/Baichuan-9B"
    both = ("baichuan-inc/Baichuan-9B", "baichuan-inc/Baichuan1-9B")
    assert model_of("Baichuan 1-9B", *both) == "baichuan-inc/Baichuan1-9B"


@pytest.mark.parametrize("precision", ["q4_K_M", "Q8_0", "GGUF", "AWQ", "int4"])
def test_a_quantized_spelling_is_the_original(precision: str) -> None:
    assert model_of(f"qwen9:32b-instruct-{precision}", "Qwen/Qwen9-32B-Instruct") == "Qwen/Qwen9-32B-Instruct"


def test_the_vendors_own_quantized_id_comes_first() -> None:
    ids = ("meta-llama/Llama-9-405B-Instruct", "meta-llama/Llama-9-405B-Instruct-FP8")
    assert model_of("llama-9-405b-instruct-fp8", *ids) == "meta-llama/Llama-9-405B-Instruct-FP8"


def test_chat_may_be_left_out_on_a_board_of_chat_models_only() -> None:
    ids = ("mistralai/Foo-Large-Instruct-3011",)
    assert model_of("foo-large-3011", *ids, organization="Mistral") == ids[0]
    assert model_of("foo-large-3011", *ids, organization="Mistral", kind=None) != ids[0]


def test_a_board_that_lists_a_base_model_is_no_board_of_chat_models() -> None:
    ids = hub("Qwen/CodeQwen9-7B-Chat")
    alone = resolved_ids(*ids, *arena("CodeQwen9-7B"))
    assert alone["CodeQwen9-7B"] == "Qwen/CodeQwen9-7B-Chat"
    beside = resolved_ids(*ids, *arena("CodeQwen9-7B", "Baichuan-9B-Base"))
    assert beside["CodeQwen9-7B"] != "Qwen/CodeQwen9-7B-Chat"


def test_a_sized_name_without_a_stage_joins_the_instruct_name_of_chat_boards() -> None:
    model = resolved_ids(*arena("gemma-9-31b", "gemma-9-31b-it", "foo-9", "foo-9-instruct", organization="Google"))
    assert model["gemma-9-31b"] == model["gemma-9-31b-it"] == "google/gemma-9-31b-it"
    assert model["foo-9"] != model["foo-9-instruct"]


def test_a_chat_product_is_not_the_model_without_chat() -> None:
    raw_names = ("gpt-9", "gpt-9-chat", "gpt-9-turbo-instruct", "gpt-9-turbo")
    model = resolved_ids(*arena(*raw_names, organization="OpenAI"))
    assert len({model[name] for name in raw_names}) == 4
