"""The hard cases of names, one test each, and the false merges that other systems made."""

import pytest

from aggregator.identity import parse_name, resolve
from tests.support.names import MTEB, OPEN_LLM, arena, bare, hub, names, placed


def test_01_renames_inside_a_namespace_and_api_spellings_are_followed() -> None:
    model = placed(
        *hub("meta-llama/Meta-Llama-3.1-8B-Instruct", source="open_llm_v1"),
        *arena(
            "Meta-Llama-3.1-8B-Instruct", "Llama-3.1-8B-Instruct", "meta.llama3-1-8b-instruct-v1:0", organization="Meta"
        ),
    )
    assert {model[n] for n in model if "3.1-8b" in n.lower() or "3-1-8b" in n} == {"meta-llama/Llama-3.1-8B-Instruct"}


def test_02_a_chat_board_may_leave_out_the_stage_where_only_the_chat_model_is_left() -> None:
    model = placed(*arena("Mistral-Large-2411", organization="Mistral", open_weights=True), rules=bare())
    assert model["Mistral-Large-2411"] == "mistralai/Mistral-Large-Instruct-2411"


def test_02_a_base_model_is_not_its_chat_model() -> None:
    model = placed(*arena("Yi-34B", "Yi-34B-Chat", organization="01 AI"))
    assert model["Yi-34B"] == "01-ai/Yi-34B"
    assert model["Yi-34B-Chat"] == "01-ai/Yi-34B-Chat"


def test_02_it_is_the_stage_instruct() -> None:
    assert placed(*arena("gemma-2-9b-it", organization="Google"))["gemma-2-9b-it"] == "google/gemma-2-9b-it"


def test_03_a_plus_is_another_model() -> None:
    model = placed(*arena("Command R", "Command R+", "command-r", "command-r-plus", organization="Cohere"))
    assert model["Command R"] == model["command-r"] == "CohereLabs/c4ai-command-r-v01"
    assert model["Command R+"] == model["command-r-plus"] == "CohereLabs/c4ai-command-r-plus"


def test_04_a_separator_that_changes_the_size_is_read() -> None:
    assert parse_name("opt-1.3b").key != parse_name("opt-13b").key
    model = placed(*arena("qwen1.5-14b", "qwen-14b", organization="Alibaba"))
    assert model["qwen1.5-14b"] == "Qwen/Qwen1.5-14B"
    assert model["qwen-14b"] == "Qwen/Qwen-14B"


def test_05_dates_keep_snapshots_apart_and_forms_of_one_date_together() -> None:
    model = placed(
        *arena("gpt-4-0314", "gpt-4-0613", "gpt-4o-2024-05-13", "GPT-4o (20240513)", organization="OpenAI"),
        *arena("Mistral-Small-2506", "mistral-small-3.2-24b-instruct-2506", organization="Mistral"),
    )
    assert model["gpt-4-0314"] != model["gpt-4-0613"]
    assert model["gpt-4o-2024-05-13"] == model["GPT-4o (20240513)"]
    assert model["Mistral-Small-2506"] == "mistralai/Mistral-Small-3.2-24B-Instruct-2506"


def test_05_a_date_without_its_year_joins_the_only_full_date_that_it_fits() -> None:
    model = placed(*arena("Grok-2-08-13", "grok-2-2024-08-13", "grok-2-2024-12-12", organization="xAI"), rules=bare())
    assert model["Grok-2-08-13"] == model["grok-2-2024-08-13"] != model["grok-2-2024-12-12"]


def test_05_a_date_without_its_year_joins_nothing_where_two_years_fit() -> None:
    spelled = ("Grok-2-08-13", "grok-2-2024-08-13", "grok-2-2025-08-13")
    model = placed(*arena(*spelled, organization="xAI"), rules=bare())
    assert len({model[name] for name in spelled}) == 3


def test_06_a_floating_name_is_one_model_a_day() -> None:
    model = placed(
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
    model = placed(
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
    model = placed(*arena(first, second))
    assert model[first] != model[second]


def test_09_precision_runs_of_one_repository_are_one_model_and_quantised_copies_are_edges() -> None:
    rows = [
        *hub("meta-llama/Llama-3.1-8B-Instruct", precision="bfloat16"),
        *hub("meta-llama/Llama-3.1-8B-Instruct", precision="float16", source="open_llm_v1"),
        *hub("hugging-quants/Meta-Llama-3.1-8B-Instruct-AWQ-INT4"),
    ]
    found = resolve(names(*rows))
    assert found.models.height == 2
    edge = found.lineage.row(0, named=True)
    assert (edge["model_id"], edge["relation"]) == ("hugging-quants/Meta-Llama-3.1-8B-Instruct-AWQ-INT4", "quantized")


def test_10_a_mirror_keeps_its_id_and_gets_an_edge() -> None:
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
def test_11_moved_accounts_are_one_model_under_the_newest_name(old: str, new: str) -> None:
    found = resolve(names(*hub(old), *hub(new, source="open_llm_v1"))).aliases
    assert found["model_id"].to_list() == [new, new]
    assert set(resolve(names(*hub(old))).aliases["model_id"]) == {new}


@pytest.mark.parametrize(
    ("impostor", "spelled", "organization", "genuine"),
    [
        ("unsloth/phi-4", "phi-4", "Microsoft", "microsoft/phi-4"),
        ("jebish7/aya-expanse-8b", "aya-expanse-8b", "Cohere", "CohereLabs/aya-expanse-8b"),
        ("upstage/Llama-2-70b-instruct", "Llama-2-70b-chat", "Meta", "meta-llama/Llama-2-70b-chat-hf"),
        ("AI-Sweden-Models/Llama-3-8B-instruct", "Llama-3-8B-Instruct", "Meta", "meta-llama/Meta-Llama-3-8B-Instruct"),
        ("braindao/Qwen2.5-14B", "qwen2.5-14b", "Alibaba", "Qwen/Qwen2.5-14B"),
        ("NousResearch/Meta-Llama-3-8B-Instruct", "llama-3-8b-instruct", None, "meta-llama/Meta-Llama-3-8B-Instruct"),
    ],
)
def test_12_another_organisation_s_id_of_the_same_tail_stays_apart(
    impostor: str, spelled: str, organization: str | None, genuine: str
) -> None:
    model = placed(*hub(impostor), *arena(spelled, organization=organization))
    assert model[impostor] == impostor
    assert model[spelled] == genuine


def test_12_a_name_never_links_to_another_organisation_s_id_even_where_it_is_the_only_one() -> None:
    rows = [
        *hub("AI-Sweden-Models/Llama-3-8B-instruct", "attacker/Foo-7B"),
        *arena("llama-3-8b-instruct"),
        *arena("foo-7b", organization="Foo Labs"),
    ]
    model = dict(resolve(names(*rows)).aliases.select("raw_name", "model_id").iter_rows())
    assert model["llama-3-8b-instruct"] != "AI-Sweden-Models/Llama-3-8B-instruct"
    assert model["foo-7b"] != "attacker/Foo-7B"


def test_13_numbered_merges_stay_apart() -> None:
    model = placed(*hub("jaspionjader/bh-58", "jaspionjader/bh-59"))
    assert model["jaspionjader/bh-58"] != model["jaspionjader/bh-59"]


def test_14_a_name_is_placed_by_itself_not_by_the_base_repository_that_the_board_links() -> None:
    rows = arena("CodeLlama-70B-instruct", organization="Meta", link="codellama/CodeLlama-70b-hf")
    assert (
        placed(*rows, *hub("codellama/CodeLlama-70b-hf"))["CodeLlama-70B-instruct"]
        == "codellama/CodeLlama-70b-Instruct-hf"
    )


def test_15_missing_sizes_and_underscored_versions_are_read() -> None:
    model = placed(
        *arena("Athene-v2-Chat-72B", "athene-v2-chat", organization="NexusFlow"),
        *arena("InternLM2.5-20B-chat", organization="InternLM"),
    )
    assert model["Athene-v2-Chat-72B"] == model["athene-v2-chat"] == "Nexusflow/Athene-V2-Chat"
    assert model["InternLM2.5-20B-chat"] == "internlm/internlm2_5-20b-chat"
    assert parse_name("Llama-3_3-Nemotron-v1_5").key == parse_name("Llama-3.3-Nemotron-v1.5").key


def test_16_an_organisation_inside_the_name_is_not_part_of_it() -> None:
    model = placed(
        *hub("nvidia/Llama-3.1-Nemotron-70B-Instruct-HF"),
        *arena("Nvidia-Llama-3.1-Nemotron-70B-Instruct", organization="Nvidia"),
        *arena("c4ai-aya-expanse-8b"),
    )
    assert model["Nvidia-Llama-3.1-Nemotron-70B-Instruct"] == "nvidia/Llama-3.1-Nemotron-70B-Instruct-HF"
    assert model["c4ai-aya-expanse-8b"] == "CohereLabs/aya-expanse-8b"


def test_17_an_api_only_model_never_becomes_weights_by_its_family_name() -> None:
    model = placed(
        *hub("mistralai/Mistral-Medium-Instruct-2606"),
        *arena("mistral-medium-2606", organization="Mistral", license="Proprietary", open_weights=False),
        rules=bare(),
    )
    assert model["mistral-medium-2606"] == "mistralai/mistral-medium-2606"


def test_18_the_order_of_words_carries_no_meaning() -> None:
    model = placed(
        *arena("yi-coder-chat-9b", organization="01 AI"),
        *arena("claude-3-5-haiku-20241022", "claude-haiku-3.5-20241022", organization="Anthropic"),
    )
    assert model["yi-coder-chat-9b"] == "01-ai/Yi-Coder-9B-Chat"
    assert model["claude-3-5-haiku-20241022"] == model["claude-haiku-3.5-20241022"]


def test_19_a_wrong_vendor_prefix_is_corrected_by_a_curated_row() -> None:
    assert placed(*hub("openai/gpt-j-6b", source="other"))["openai/gpt-j-6b"] == "EleutherAI/gpt-j-6b"


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


def test_21_display_names_and_api_keys_of_one_arena_model_are_one() -> None:
    model = placed(
        *arena("Athene-70B", "athene-70b-0725", organization="NexusFlow"),
        *arena("Amazon Nova Lite 1.0", "amazon-nova-lite-v1.0", organization="Amazon"),
        *arena("Claude 3.7 Sonnet", "claude-3-7-sonnet-20250219", organization="Anthropic"),
    )
    assert model["Athene-70B"] == model["athene-70b-0725"] == "Nexusflow/Athene-70B"
    assert model["Amazon Nova Lite 1.0"] == model["amazon-nova-lite-v1.0"] == "amazon/nova-lite-v1.0"
    assert model["Claude 3.7 Sonnet"] == model["claude-3-7-sonnet-20250219"]


def test_21_an_undated_name_is_no_snapshot_where_two_exist() -> None:
    spelled = ("Claude 9 Sonnet", "claude-9-sonnet-20300101", "claude-9-sonnet-20300601")
    model = placed(*arena(*spelled, organization="Anthropic"))
    assert len({model[name] for name in spelled}) == 3


def test_22_a_famous_tail_under_a_stranger_s_namespace_stays_apart() -> None:
    model = placed(*hub("attacker/Llama-3-70B-Instruct"), *arena("attacker2/Llama-3-70B-Instruct"))
    assert model["attacker/Llama-3-70B-Instruct"] == "attacker/Llama-3-70B-Instruct"
    assert model["attacker2/Llama-3-70B-Instruct"] != "meta-llama/Meta-Llama-3-70B-Instruct"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("gpt-4o-2024-11-20", "GPT-4o-2024-08-06"),
        ("mistral-small-2503", "mistral-small-2501"),
        ("hunyuan-turbos-20250313", "hunyuan-turbos-20250226"),
        ("grok-3-mini-beta-high", "Grok-3-Preview-02-24"),
        ("grok-3-beta", "Grok-3-Preview-02-24"),
        ("claude-3-7-sonnet-thinking-64k", "claude-3-7-sonnet-thinking-32k"),
        ("glm-4-5-thinking", "gpt-5-thinking"),
        ("hunyuan-turbo-20250226", "hunyuan-turbos-20250226"),
    ],
)
def test_the_false_merges_of_other_systems_are_not_made(first: str, second: str) -> None:
    model = placed(*arena(first, second))
    assert model[first] != model[second]


def test_the_same_key_of_two_publishers_is_two_models() -> None:
    rows = [
        *arena("nova-pro", organization="Amazon"),
        {"source": "arena_vision", "raw_name": "Nova Pro", "organization": "Rubik"},
    ]
    model = placed(*rows)
    assert model["nova-pro"] != model["Nova Pro"]


def test_a_name_that_is_an_id_in_another_casing_is_that_id() -> None:
    found = resolve(names(*hub("microsoft/phi-4"), *arena("Microsoft/PHI-4"))).aliases.filter(
        raw_name="Microsoft/PHI-4"
    )
    assert found.select("model_id", "rung").row(0) == ("microsoft/phi-4", "hf_id_folded")


def test_ids_that_differ_in_casing_are_one_model() -> None:
    found = resolve(names(*hub("facebook/opt-125m"), *hub("Facebook/OPT-125M", source="open_llm_v1")))
    assert set(found.aliases["model_id"]) == {"facebook/opt-125m"}
    assert found.aliases.filter(source=OPEN_LLM)["rung"].to_list() == ["hf_id"]


def test_a_name_of_no_publisher_joins_neither_of_two_that_use_it() -> None:
    rows = [
        *arena("zeta-pro", organization="Foo Labs"),
        *arena("Zeta Pro", organization="Bar Labs"),
        *arena("zeta_pro"),
    ]
    model = placed(*rows)
    assert len({model["zeta-pro"], model["Zeta Pro"], model["zeta_pro"]}) == 3
