"""What a source states in a column counts as if the name said it, and wins over the name."""

from typing import Any

import pytest

from aggregator.identity import resolve
from tests.support.names import arena, names


def model_ids(*rows: dict[str, Any]) -> list[str]:
    return resolve(names(*rows)).aliases["model_id"].to_list()


@pytest.mark.parametrize(
    ("stated", "spelled"),
    [
        ({"effort": "high"}, "gpt-9-high"),
        ({"effort": "max"}, "GPT-9 (max)"),
        ({"thinking": False}, "gpt-9-no-thinking"),
        ({"thinking": True, "thinking_budget": 32_000}, "gpt-9-thinking-32k"),
        ({"thinking_budget": 16_000}, "gpt-9-thinking-16k"),
    ],
)
def test_a_stated_setting_is_the_setting_in_a_name(stated: dict[str, Any], spelled: str) -> None:
    first, second, plain = model_ids(
        {**arena("GPT-9", organization="OpenAI")[0], **stated, "source": "one"},
        {**arena(spelled, organization="OpenAI")[0], "source": "two"},
        {**arena("gpt-9", organization="OpenAI")[0], "source": "three"},
    )
    assert first == second != plain


def test_a_stated_setting_wins_over_the_name() -> None:
    first, second = model_ids(
        {**arena("gpt-9-high", organization="OpenAI")[0], "effort": "low", "source": "one"},
        {**arena("gpt-9-low", organization="OpenAI")[0], "source": "two"},
    )
    assert first == second


def test_one_name_with_two_stated_settings_is_two_models() -> None:
    row = arena("GPT-9", organization="OpenAI")[0]
    first, second = model_ids({**row, "effort": "low", "source": "one"}, {**row, "effort": "high", "source": "two"})
    assert first != second


def test_stated_no_thinking_is_the_plain_model_of_a_vendor_whose_plain_model_does_not_think() -> None:
    row = arena("Claude Opus 9", organization="Anthropic")[0]
    first, second = model_ids({**row, "thinking": False, "source": "one"}, {**row, "source": "two"})
    assert first == second
