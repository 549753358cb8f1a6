"""The publisher of a name that no row states, by the family words inside the name."""

import polars as pl
import pytest

from aggregator.identity import load_rules, resolve
from aggregator.identity.publishers import official_ids
from tests.support.names import arena, hub, names, resolved_ids, rules_without_aliases

READER = load_rules().reader


@pytest.mark.parametrize(
    ("name", "organization"),
    [
        ("llama-9-70b-instruct", "meta-llama"),
        ("DeepSeek-R9-Distill-Llama-8B", "deepseek-ai"),
        ("Llama-9-Nemotron-70B", "nvidia"),
        ("hermes-9-llama-3.1-405b", "NousResearch"),
        ("e5-mistral-9b-instruct", "intfloat"),
        ("gpt-neo-9B", "EleutherAI"),
        ("gpt-j-9b", "EleutherAI"),
        ("Cerebras-GPT-99B", "cerebras"),
        ("gpt-oss-999b", "openai"),
        ("open-mixtral-9x22b", "mistralai"),
        ("chocolate (Early Grok-9)", "xai-org"),
        ("Code Llama 9B", "meta-llama"),
        ("unknownco-llama-9-8b", None),
        ("starling-lm-9b", None),
        ("nothing-known-9b", None),
    ],
)
def test_the_makers_own_word_wins_over_the_base_it_is_built_on(name: str, organization: str | None) -> None:
    assert READER.read(name).family_id == organization


def test_a_family_word_does_not_contradict_the_only_id_that_reads_so() -> None:
    rows = [*hub("EleutherAI/gpt-neo-9.9B", "cerebras/Cerebras-GPT-99B"), *arena("GPT-Neo-9.9B", "cerebras-gpt-99b")]
    model = resolved_ids(*rows)
    assert model["GPT-Neo-9.9B"] == "EleutherAI/gpt-neo-9.9B"
    assert model["cerebras-gpt-99b"] == "cerebras/Cerebras-GPT-99B"


def test_a_name_of_family_words_alone_is_never_the_id_of_another_organization() -> None:
    model = resolved_ids(*hub("upstage/Llama-9-70b-instruct"), *arena("llama-9-70b-instruct", "Llama 9 70B Instruct"))
    assert model["llama-9-70b-instruct"] != "upstage/Llama-9-70b-instruct"


def test_a_stated_organization_contradicts_a_link() -> None:
    rows = [*hub("EleutherAI/gpt-neo-9.9B"), *arena("gpt-neo-9.9b", organization="OpenAI")]
    assert resolved_ids(*rows)["gpt-neo-9.9b"] != "EleutherAI/gpt-neo-9.9B"


def test_a_mirror_is_no_original_even_when_it_is_the_only_id() -> None:
    ids = pl.Series(["NousResearch/Llama-9-7b-hf", "NousResearch/Hermes-9-Llama-9-8B"])
    assert official_ids(ids, load_rules(), frozenset())["official_id"].to_list() == ["NousResearch/Hermes-9-Llama-9-8B"]
    rows = [*hub("NousResearch/Llama-9-7b-hf"), *arena("llama-9-7b")]
    assert resolved_ids(*rows)["llama-9-7b"] != "NousResearch/Llama-9-7b-hf"


def test_a_host_is_no_publisher_and_does_not_spread_to_other_names() -> None:
    rows = [
        *hub("01-ai/Yi-Coder-9B-Chat"),
        *arena("ollama/yi-coder:9b-chat-fp16", "Yi Coder 9B Chat", "chutes/qwen9-14b"),
    ]
    model = resolved_ids(*rows, *arena("qwen9-14b"))
    assert model["ollama/yi-coder:9b-chat-fp16"] == model["Yi Coder 9B Chat"] == "01-ai/Yi-Coder-9B-Chat"
    assert model["chutes/qwen9-14b"] == model["qwen9-14b"] == "Qwen/qwen9-14b"


def test_a_stated_host_is_no_publisher() -> None:
    rows = arena("newhost/qwen9-14b", host="NewHost")
    assert resolved_ids(*rows, *arena("qwen9-14b"))["newhost/qwen9-14b"] == "Qwen/qwen9-14b"


def test_an_unknown_namespace_does_not_spread_to_other_names() -> None:
    model = resolved_ids(*arena("attacker/Llama-3-70B-Instruct", "Llama-3-70B-Instruct"))
    assert model["Llama-3-70B-Instruct"] == "meta-llama/Meta-Llama-3-70B-Instruct"
    assert model["attacker/Llama-3-70B-Instruct"] == "attacker/llama-3-70b-instruct"


def test_two_models_at_work_are_one_model_of_the_board() -> None:
    model = resolved_ids(*arena("DeepSeek R9 + claude-9-sonnet", "Agent Smith + Claude 9 Sonnet", "claude-9-sonnet"))
    assert model["DeepSeek R9 + claude-9-sonnet"] == "arena/deepseek-r9-claude-9-sonnet"
    assert model["Agent Smith + Claude 9 Sonnet"].partition("/")[0] == "agentsmith"


def test_the_licence_of_any_row_decides_the_namespace_of_the_group() -> None:
    rows = [
        *arena("grok-9-8b", organization="xAI"),
        *arena("Grok 9 8B", organization="xAI", open_weights=True),
        *arena("grok-9", organization="xAI"),
        *arena("glm-9.9", organization="Z.ai"),
        *arena("glm-9.9-plus", organization="Z.ai", open_weights=False),
    ]
    model = dict(resolve(names(*rows), rules_without_aliases()).aliases.select("raw_name", "model_id").iter_rows())
    assert model["grok-9-8b"] == model["Grok 9 8B"] == "xai-org/grok-9-8b"
    assert model["grok-9"] == "xai/grok-9"
    assert model["glm-9.9"] == "zai-org/glm-9.9"
    assert model["glm-9.9-plus"] == "zhipuai/glm-9.9-plus"
