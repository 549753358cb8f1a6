"""The vendors' tables: they place API names with every setting, say so in the evidence, and contradict nothing."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from aggregator.identity import load_rules, resolve
from aggregator.identity.api_names import ApiName
from aggregator.identity.safety import HUB_ID_PATTERN
from tests.support.names import arena, hub, names, resolved_ids

RULES = load_rules()


@pytest.mark.parametrize("row", RULES.api_names, ids=lambda row: row.names[0])
def test_every_row_has_a_source_and_names_an_id_of_a_known_publisher(row: ApiName) -> None:
    assert row.source.startswith("https://")
    namespace = row.model.partition("/")[0].lower()
    assert namespace in {*RULES.organizations_by_namespace, *RULES.organization_by_vendor}
    assert re.fullmatch(HUB_ID_PATTERN, row.model)


def test_no_name_stands_for_two_models_at_one_time() -> None:
    meanings: dict[str, set[str]] = {}
    for row in RULES.api_names:
        if not row.is_floating:
            for name in row.names:
                meanings.setdefault(RULES.reader.read(name).parsed.key, set()).add(row.model)
    assert all(len(models) == 1 for models in meanings.values())


def test_a_row_places_the_name_with_its_settings_and_is_the_evidence() -> None:
    found = resolve(names(*arena("mistral-nemo", "mistral-nemo (high)", organization="Mistral"))).aliases
    by_name = {row["raw_name"]: row for row in found.iter_rows(named=True)}
    assert by_name["mistral-nemo"]["model_id"] == "mistralai/Mistral-Nemo-Instruct-2407"
    assert by_name["mistral-nemo (high)"]["model_id"] == "mistralai/Mistral-Nemo-Instruct-2407-high"
    assert "docs.mistral.ai" in by_name["mistral-nemo"]["evidence"]


def test_a_thinking_name_is_not_the_repository_of_the_plain_name() -> None:
    model = resolved_ids(*arena("Kimi K2", "kimi-k2-thinking", organization="Moonshot"))
    assert model["Kimi K2"] == "moonshotai/Kimi-K2-Instruct"
    assert model["kimi-k2-thinking"] == "moonshotai/kimi-k2-thinking"


def test_a_floating_name_is_placed_on_its_days_only() -> None:
    day: dict[str, Any] = {"first_seen_on": date(2025, 2, 1), "last_seen_on": date(2025, 2, 1)}
    later: dict[str, Any] = {"first_seen_on": date(2026, 6, 1), "last_seen_on": date(2026, 6, 1)}
    assert resolved_ids(*arena("deepseek-reasoner", **day))["deepseek-reasoner"] == "deepseek-ai/DeepSeek-R1"
    assert resolved_ids(*arena("deepseek-reasoner", **later))["deepseek-reasoner"] == "deepseek-ai/deepseek-reasoner"
    assert resolved_ids(*arena("deepseek-reasoner"))["deepseek-reasoner"] == "deepseek-ai/deepseek-reasoner"


def test_without_curated_names_the_tables_do_nothing() -> None:
    rules = RULES.without_curated_names()
    assert (rules.aliases, rules.api_names) == ((), ())
    assert (rules.organizations, rules.hosts) == (RULES.organizations, RULES.hosts)
    assert resolved_ids(*arena("mistral-nemo"), rules=rules)["mistral-nemo"] == "mistralai/mistral-nemo"


def test_a_table_never_overrides_a_stated_publisher() -> None:
    rows = [*hub("mistralai/Mistral-Nemo-Instruct-2407"), *arena("mistral-nemo", organization="Foo Labs")]
    assert resolved_ids(*rows)["mistral-nemo"].startswith("foolabs/")


def test_an_api_name_of_a_table_is_no_chat_model_of_a_name_without_chat() -> None:
    aliases = tuple(alias for alias in RULES.aliases if alias.model == "google/palm-2-chat-bison-001")
    assert aliases
    model = resolved_ids(*arena("palm-2-bison-001", organization="Google"), rules=replace(RULES, aliases=aliases))
    assert model["palm-2-bison-001"] != "google/palm-2-chat-bison-001"
