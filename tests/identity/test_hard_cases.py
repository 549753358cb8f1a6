"""The numbered hard cases of model names, each a law."""

import pytest

from aggregator.identity import parse_name, resolve
from tests.support.names import MTEB, arena, hub, names, resolved_ids, rules_without_aliases


def test_01_renames_inside_a_namespace_and_api_spellings_are_followed() -> None:
    model = resolved_ids(
        *hub("meta-llama/Meta-Llama-3.1-8B-Instruct", source="open_llm_v1"),
        *arena(
            "Meta-Llama-3.1-8B-Instruct", "Llama-3.1-8B-Instruct", "meta.llama3-1-8b-instruct-v1:0", organization="Meta"
        ),
    )
    assert {model[n] for n in model if "3.1-8b" in n.lower() or "3-1-8b" in n} == {"meta-llama/Llama-3.1-8B-Instruct"}


def test_02_a_name_without_a_stage_on_a_chat_board_matches_the_only_chat_model() -> None:
    model = resolved_ids(
        *arena("Mistral-Large-2411", organization="Mistral", open_weights=True), rules=rules_without_aliases()
    )
    assert model["Mistral-Large-2411"] == "mistralai/Mistral-Large-Instruct-2411"


def test_02_a_base_model_is_not_its_chat_model() -> None:
    model = resolved_ids(*arena("Yi-34B", "Yi-34B-Chat", organization="01 AI"))
    assert model["Yi-34B"] == "01-ai/Yi-34B"
    assert model["Yi-34B-Chat"] == "01-ai/Yi-34B-Chat"


def test_02_the_suffix_it_means_instruct() -> None:
    assert resolved_ids(*arena("gemma-2-9b-it", organization="Google"))["gemma-2-9b-it"] == "google/gemma-2-9b-it"


def test_03_a_plus_is_another_model() -> None:
    model = resolved_ids(*arena("Command R", "Command R+", "command-r", "command-r-plus", organization="Cohere"))
    assert model["Command R"] == model["command-r"] == "CohereLabs/c4ai-command-r-v01"
    assert model["Command R+"] == model["command-r-plus"] == "CohereLabs/c4ai-command-r-plus"


def test_04_a_dot_that_changes_the_size_is_kept() -> None:
    assert parse_name("opt-1.3b").key != parse_name("opt-13b").key
    model = resolved_ids(*arena("qwen1.5-14b", "qwen-14b", organization="Alibaba"))
    assert model["qwen1.5-14b"] == "Qwen/Qwen1.5-14B"
    assert model["qwen-14b"] == "Qwen/Qwen-14B"


def test_05_dates_keep_snapshots_apart_and_forms_of_one_date_together() -> None:
    model = resolved_ids(
        *arena("gpt-4-0314", "gpt-4-0613", "gpt-4o-2024-05-13", "GPT-4o (20240513)", organization="OpenAI"),
        *arena("Mistral-Small-2506", "mistral-small-3.2-24b-instruct-2506", organization="Mistral"),
    )
    assert model["gpt-4-0314"] != model["gpt-4-0613"]
    assert model["gpt-4o-2024-05-13"] == model["GPT-4o (20240513)"]
    assert model["Mistral-Small-2506"] == "mistralai/Mistral-Small-3.2-24B-Instruct-2506"


def test_05_a_date_without_a_year_matches_the_only_full_date_that_fits() -> None:
    model = resolved_ids(
        *arena("Grok-2-08-13", "grok-2-2024-08-13", "grok-2-2024-12-12", organization="xAI"),
        rules=rules_without_aliases(),
    )
    assert model["Grok-2-08-13"] == model["grok-2-2024-08-13"] != model["grok-2-2024-12-12"]


def test_05_a_date_without_a_year_matches_nothing_when_two_years_fit() -> None:
    raw_names = ("Grok-2-08-13", "grok-2-2024-08-13", "grok-2-2025-08-13")
    model = resolved_ids(*arena(*raw_names, organization="xAI"), rules=rules_without_aliases())
    assert len({model[name] for name in raw_names}) == 3


def test_06_a_latest_name_is_one_model_per_date() -> None:
    model = resolved_ids(
        *arena(
            "chatgpt-4o-latest (2025-03-26)",
            "chatgpt-4o-latest-20250326",
            "chatgpt-4o-latest-20250129",
            organization="OpenAI",
        ),
    )
    assert model["chatgpt-4o-latest (2025-03-26)"] == model["chatgpt-4o-latest-20250326"]
    assert model["chatgpt-4o-latest-20250129"] != model["chatgpt-4o-latest-20250326"]


def test_07_a_codename_and_an_arena_only_variant_are_not_the_released_weights() -> None:
    model = resolved_ids(
        *hub("meta-llama/Llama-4-Maverick-17B-128E-Instruct"),
        *arena("llama-4-maverick-03-26-experimental", organization="Meta"),
        *arena("chocolate (Early Grok-3)", "early-grok-3", "grok-3", organization="xAI"),
    )
    assert model["llama-4-maverick-03-26-experimental"] != model["meta-llama/Llama-4-Maverick-17B-128E-Instruct"]
    assert model["chocolate (Early Grok-3)"] == model["early-grok-3"] != model["grok-3"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("claude-opus-4-20250514", "claude-opus-4-20250514-thinking-16k"),
        ("claude-x-4-thinking-32k", "claude-x-4-thinking-64k"),
        ("gpt-5-high", "gpt-5"),
        ("o3-mini", "o3-mini-high"),
        ("qwq-32b", "qwq-32b-preview"),
        ("qwen3-max", "qwen3"),
        ("qwen3-235b-a22b", "qwen3-235b-a22b-no-thinking"),
    ],
)
def test_08_effort_and_thinking_stay_apart(first: str, second: str) -> None:
    model = resolved_ids(*arena(first, second))
    assert model[first] != model[second]


def test_09_runs_in_several_precisions_are_one_model_and_quantized_copies_have_an_edge() -> None:
    rows = [
        *hub("meta-llama/Llama-3.1-8B-Instruct", precision="bfloat16"),
        *hub("meta-llama/Llama-3.1-8B-Instruct", precision="float16", source="open_llm_v1"),
        *hub("hugging-quants/Meta-Llama-3.1-8B-Instruct-AWQ-INT4"),
    ]
    found = resolve(names(*rows))
    assert found.models.height == 2
    edge = found.lineage.row(0, named=True)
    assert (edge["model_id"], edge["relation"]) == ("hugging-quants/Meta-Llama-3.1-8B-Instruct-AWQ-INT4", "quantized")


def test_10_a_mirror_keeps_its_id_and_has_an_edge_to_the_original() -> None:
    found = resolve(
        names(
            *hub(
                "microsoft/phi-4",
                "unsloth/phi-4",
                "NousResearch/Meta-Llama-3-8B-Instruct",
                "meta-llama/Meta-Llama-3-8B-Instruct",
            )
        )
    )
    edges = set(found.lineage.select("model_id", "relation", "parent_id").iter_rows())
    assert ("unsloth/phi-4", "same_weights", "microsoft/phi-4") in edges
    assert ("NousResearch/Meta-Llama-3-8B-Instruct", "same_weights", "meta-llama/Meta-Llama-3-8B-Instruct") in edges
    assert found.models.height == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DeepAutoAI/Explore", "DeepAuto-AI/Explore"),
        ("qingy2019/Qwen2.5-Math", "qingy2024/Qwen2.5-Math"),
        ("WizardLM/WizardLM-13B-V1.2", "WizardLMTeam/WizardLM-13B-V1.2"),
        ("CohereForAI/aya-23-8B", "CohereLabs/aya-23-8B"),
        ("THUDM/glm-4-9b", "zai-org/glm-4-9b"),
    ],
)
def test_11_ids_of_a_renamed_account_are_one_model_under_the_newest_name(old: str, new: str) -> None:
    found = resolve(names(*hub(old), *hub(new, source="open_llm_v1"))).aliases
    assert found["model_id"].to_list() == [new, new]
    assert set(resolve(names(*hub(old))).aliases["model_id"]) == {new}


@pytest.mark.parametrize(
    ("copy", "raw_name", "organization", "genuine"),
    [
        ("unsloth/phi-4", "phi-4", "Microsoft", "microsoft/phi-4"),
        ("jebish7/aya-expanse-8b", "aya-expanse-8b", "Cohere", "CohereLabs/aya-expanse-8b"),
        ("upstage/Llama-2-70b-instruct", "Llama-2-70b-chat", "Meta", "meta-llama/Llama-2-70b-chat-hf"),
        ("AI-Sweden-Models/Llama-3-8B-instruct", "Llama-3-8B-Instruct", "Meta", "meta-llama/Meta-Llama-3-8B-Instruct"),
        ("braindao/Qwen2.5-14B", "qwen2.5-14b", "Alibaba", "Qwen/Qwen2.5-14B"),
        ("NousResearch/Meta-Llama-3-8B-Instruct", "llama-3-8b-instruct", None, "meta-llama/Meta-Llama-3-8B-Instruct"),
    ],
)
def test_12_an_id_with_the_same_tail_of_another_organization_is_another_model(
    copy: str, raw_name: str, organization: str | None, genuine: str
) -> None:
    model = resolved_ids(*hub(copy), *arena(raw_name, organization=organization))
    assert model[copy] == copy
    assert model[raw_name] == genuine


def test_12_a_name_never_matches_the_id_of_another_organization_even_when_it_is_the_only_one() -> None:
    rows = [
        *hub("AI-Sweden-Models/Llama-3-8B-instruct", "attacker/Foo-7B"),
        *arena("llama-3-8b-instruct"),
        *arena("foo-7b", organization="Foo Labs"),
    ]
    model = dict(resolve(names(*rows)).aliases.select("raw_name", "model_id").iter_rows())
    assert model["llama-3-8b-instruct"] != "AI-Sweden-Models/Llama-3-8B-instruct"
    assert model["foo-7b"] != "attacker/Foo-7B"


def test_13_numbered_merges_are_different_models() -> None:
    model = resolved_ids(*hub("jaspionjader/bh-58", "jaspionjader/bh-59"))
    assert model["jaspionjader/bh-58"] != model["jaspionjader/bh-59"]


def test_14_a_name_matches_by_its_own_parts_and_not_by_the_linked_base_repository() -> None:
    rows = arena("CodeLlama-70B-instruct", organization="Meta", link="codellama/CodeLlama-70b-hf")
    assert (
        resolved_ids(*rows, *hub("codellama/CodeLlama-70b-hf"))["CodeLlama-70B-instruct"]
        == "codellama/CodeLlama-70b-Instruct-hf"
    )


def test_15_missing_sizes_and_versions_with_underscores_match() -> None:
    model = resolved_ids(
        *arena("Athene-v2-Chat-72B", "athene-v2-chat", organization="NexusFlow"),
        *arena("InternLM2.5-20B-chat", organization="InternLM"),
    )
    assert model["Athene-v2-Chat-72B"] == model["athene-v2-chat"] == "Nexusflow/Athene-V2-Chat"
    assert model["InternLM2.5-20B-chat"] == "internlm/internlm2_5-20b-chat"
    assert parse_name("Llama-3_3-Nemotron-v1_5").key == parse_name("Llama-3.3-Nemotron-v1.5").key


def test_16_an_organization_inside_a_name_is_ignored() -> None:
    model = resolved_ids(
        *hub("nvidia/Llama-3.1-Nemotron-70B-Instruct-HF"),
        *arena("Nvidia-Llama-3.1-Nemotron-70B-Instruct", organization="Nvidia"),
        *arena("c4ai-aya-expanse-8b"),
    )
    assert model["Nvidia-Llama-3.1-Nemotron-70B-Instruct"] == "nvidia/Llama-3.1-Nemotron-70B-Instruct-HF"
    assert model["c4ai-aya-expanse-8b"] == "CohereLabs/aya-expanse-8b"


def test_17_an_api_only_model_never_matches_open_weights_by_its_family_name() -> None:
    model = resolved_ids(
        *hub("mistralai/Mistral-Medium-Instruct-2606"),
        *arena("mistral-medium-2606", organization="Mistral", license="Proprietary", open_weights=False),
        rules=rules_without_aliases(),
    )
    assert model["mistral-medium-2606"] == "mistralai/mistral-medium-2606"


def test_18_the_order_of_words_does_not_matter() -> None:
    model = resolved_ids(
        *arena("yi-coder-chat-9b", organization="01 AI"),
        *arena("claude-3-5-haiku-20241022", "claude-haiku-3.5-20241022", organization="Anthropic"),
    )
    assert model["yi-coder-chat-9b"] == "01-ai/Yi-Coder-9B-Chat"
    assert model["claude-3-5-haiku-20241022"] == model["claude-haiku-3.5-20241022"]


def test_19_a_wrong_vendor_prefix_is_corrected_by_a_curated_row() -> None:
    assert resolved_ids(*hub("openai/gpt-j-6b", source="other"))["openai/gpt-j-6b"] == "EleutherAI/gpt-j-6b"


def test_20_settings_and_revisions_of_an_mteb_model_are_one_model() -> None:
    rows = [
        *hub("voyageai/voyage-4-large", source=MTEB),
        {
            "source": MTEB,
            "raw_name": "voyageai/voyage-4-large (embed_dim=2048)",
            "hf_id": "voyageai/voyage-4-large",
            "variant": "embed_dim=2048",
        },
        *hub("voyageai/voyage-4-large (embed_dim=512)", source="mteb_results"),
    ]
    found = resolve(names(*rows))
    assert set(found.aliases["model_id"]) == {"voyageai/voyage-4-large"}
    assert found.quarantined.is_empty()


def test_21_the_display_name_and_the_api_key_of_an_arena_model_are_one_model() -> None:
    model = resolved_ids(
        *arena("Athene-70B", "athene-70b-0725", organization="NexusFlow"),
        *arena("Amazon Nova Lite 1.0", "amazon-nova-lite-v1.0", organization="Amazon"),
        *arena("Claude 3.7 Sonnet", "claude-3-7-sonnet-20250219", organization="Anthropic"),
    )
    assert model["Athene-70B"] == model["athene-70b-0725"] == "Nexusflow/Athene-70B"
    assert model["Amazon Nova Lite 1.0"] == model["amazon-nova-lite-v1.0"] == "amazon/nova-lite-v1.0"
    assert model["Claude 3.7 Sonnet"] == model["claude-3-7-sonnet-20250219"]


def test_21_an_undated_name_matches_no_snapshot_when_two_exist() -> None:
    raw_names = ("Claude 9 Sonnet", "claude-9-sonnet-20300101", "claude-9-sonnet-20300601")
    model = resolved_ids(*arena(*raw_names, organization="Anthropic"))
    assert len({model[name] for name in raw_names}) == 3


def test_22_a_famous_tail_in_an_unknown_namespace_is_another_model() -> None:
    model = resolved_ids(*hub("attacker/Llama-3-70B-Instruct"), *arena("attacker2/Llama-3-70B-Instruct"))
    assert model["attacker/Llama-3-70B-Instruct"] == "attacker/Llama-3-70B-Instruct"
    assert model["attacker2/Llama-3-70B-Instruct"] != "meta-llama/Meta-Llama-3-70B-Instruct"
