"""Merges that must not happen: false merges that other systems made, and names that two publishers use."""

import pytest

from aggregator.identity import resolve
from tests.support.names import OPEN_LLM, arena, hub, names, resolved_ids


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
def test_the_false_merges_of_other_systems_do_not_happen(first: str, second: str) -> None:
    model = resolved_ids(*arena(first, second))
    assert model[first] != model[second]


def test_the_same_key_of_two_publishers_is_two_models() -> None:
    rows = [
        *arena("nova-pro", organization="Amazon"),
        {"source": "arena_vision", "raw_name": "Nova Pro", "organization": "Rubik"},
    ]
    model = resolved_ids(*rows)
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


def test_a_name_without_a_publisher_matches_neither_of_two_publishers_that_use_it() -> None:
    rows = [
        *arena("zeta-pro", organization="Foo Labs"),
        *arena("Zeta Pro", organization="Bar Labs"),
        *arena("zeta_pro"),
    ]
    model = resolved_ids(*rows)
    assert len({model["zeta-pro"], model["Zeta Pro"], model["zeta_pro"]}) == 3
