"""Settings of models: what boards state has priority, the rest is read from the id."""

from datetime import date
from typing import Any

import pytest

from aggregator import schema
from aggregator.identity import resolve
from aggregator.identity.settings import SETTINGS
from tests.support.names import arena, hub, names


def settings_of(*rows: dict[str, Any]) -> dict[str, object]:
    """Return the settings of the model of the first row, without those that are null."""
    resolution = resolve(names(*rows))
    model_id = resolution.aliases["model_id"][0]
    found = resolution.models.filter(resolution.models["model_id"] == model_id).select(*SETTINGS).to_dicts()[0]
    return {name: value for name, value in found.items() if value is not None}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gpt-5-high", {"effort": "high"}),
        ("gpt-5-minimal", {"effort": "minimal"}),
        ("gpt-5.1-medium", {"effort": "medium"}),
        ("qwen3-max-preview", {}),
        (
            "claude-opus-4-20250514-thinking-16k",
            {"thinking": True, "thinking_budget": 16_000, "snapshot_on": date(2025, 5, 14)},
        ),
        ("qwen3-235b-a22b-no-thinking", {"thinking": False}),
        ("gpt-4o-2024-05-13", {"snapshot_on": date(2024, 5, 13)}),
        ("step-1o-turbo-202506", {"snapshot_on": date(2025, 6, 1)}),
        ("grok-4", {}),
    ],
)
def test_settings_are_read_from_api_names(name: str, expected: dict[str, object]) -> None:
    assert settings_of(*arena(name)) == expected


@pytest.mark.parametrize(
    ("hf_id", "expected"),
    [
        ("Qwen/Qwen3-30B-A3B-Thinking-2507", {"thinking": True, "snapshot_on": date(2025, 7, 1)}),
        ("someone/tune-high-reasoning-0905", {}),
        ("someone/tune-2024-05-13", {"snapshot_on": date(2024, 5, 13)}),
        ("someone/tune-8bit", {"precision": "8bit"}),
        ("TheBloke/Llama-2-13B-GPTQ", {"precision": "gptq"}),
        ("meta-llama/Llama-3.1-8B-Instruct", {}),
    ],
)
def test_repositories_of_unknown_publishers_state_only_full_dates_and_precision(
    hf_id: str, expected: dict[str, object]
) -> None:
    assert settings_of(*hub(hf_id)) == expected


@pytest.mark.parametrize(
    ("first_seen_on", "expected"),
    [
        (date(2025, 5, 29), date(2025, 5, 28)),
        (date(2025, 1, 15), None),
        (date(2026, 5, 27), None),
        (None, None),
    ],
)
def test_a_day_without_a_year_is_completed_only_by_a_listing_within_half_a_year(
    first_seen_on: date | None, expected: date | None
) -> None:
    oldest = arena("grok-2", first_seen_on=date(2024, 6, 1))
    found = settings_of(*arena("deepseek-r1-0528", first_seen_on=first_seen_on), *oldest)
    assert found.get("snapshot_on") == expected


def test_a_day_without_a_year_stays_open_for_a_model_of_the_oldest_known_edition() -> None:
    rows = arena("gpt-4-0314", "gpt-3.5-turbo-0613", first_seen_on=date(2024, 6, 20))
    assert "snapshot_on" not in settings_of(*rows)


def test_an_impossible_day_is_no_date() -> None:
    oldest = arena("grok-2", first_seen_on=date(2024, 6, 1))
    assert "snapshot_on" not in settings_of(*arena("grok-4-0230", first_seen_on=date(2025, 5, 1)), *oldest)


def test_a_stated_setting_has_priority_over_the_name() -> None:
    row = arena("claude-opus-4-20250514-thinking-16k", thinking_budget=32_000)
    assert settings_of(*row)["thinking_budget"] == 32_000


def test_boards_that_state_different_values_leave_the_name_to_decide() -> None:
    stated = hub("Qwen/Qwen2.5-7B-Instruct", precision="bfloat16")
    other = hub("Qwen/Qwen2.5-7B-Instruct", source="open_llm_v1", precision="float16")
    assert settings_of(*stated) == {"precision": "bfloat16"}
    assert settings_of(*stated, *other) == {}


def test_every_model_has_the_columns_of_its_settings() -> None:
    assert {"release_id", *SETTINGS} <= schema.MODELS.keys()
