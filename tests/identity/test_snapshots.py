"""Undated names and incomplete dates: which build they mean, and when none."""

from datetime import date

import pytest

from tests.support.names import arena, hub, resolved_ids, rules_without_aliases


@pytest.mark.parametrize(
    ("undated", "dated", "organization"),
    [
        ("GPT-9.1", "gpt-9.1-2030-04-14", "OpenAI"),
        ("o9 Preview", "o9-preview-2030-09-12", "OpenAI"),
        ("Grok 9", "grok-9-0709", "xAI"),
        ("Claude Opus 9", "claude-opus-9-20300514", "Anthropic"),
        ("mistral-medium-9", "mistral-medium-9-3005", "Mistral"),
        ("GPT-9.1 (Apr '30)", "gpt-9.1-2030-04-14", "OpenAI"),
        ("GPT-9.1 (04/14)", "gpt-9.1-2030-04-14", "OpenAI"),
    ],
)
def test_an_undated_name_of_these_vendors_is_the_only_build(undated: str, dated: str, organization: str) -> None:
    model = resolved_ids(*arena(undated, dated, organization=organization))
    assert model[undated] == model[dated]


@pytest.mark.parametrize(
    ("undated", "dated", "organization"),
    [
        ("GPT-9.1", ("gpt-9.1-2030-04-14", "gpt-9.1-2030-08-06"), "OpenAI"),
        ("gpt-9.1-latest", ("gpt-9.1-latest-2030-04-14",), "OpenAI"),
        ("grok-9-fast-reasoning", ("grok-9-fast-reasoning-3011",), "xAI"),
        ("GPT-9.5 Instant", ("GPT-9.5 Instant (June 2030)",), "OpenAI"),
        ("gemini-9-pro", ("gemini-9-pro-2030-04-14",), "Google"),
        ("mistral-large", ("mistral-large-3011",), "Mistral"),
        ("GPT-9.1 (May '30)", ("gpt-9.1-2030-04-14",), "OpenAI"),
        ("GPT-9.1 (Apr '30)", ("gpt-9.1-2030-04-14", "gpt-9.1-2030-04-30"), "OpenAI"),
        ("gpt-9.1-mini", ("gpt-9.1-2030-04-14",), "OpenAI"),
    ],
)
def test_otherwise_an_undated_name_is_a_model_of_its_own(
    undated: str, dated: tuple[str, ...], organization: str
) -> None:
    model = resolved_ids(*arena(undated, *dated, organization=organization))
    assert model[undated] not in {model[name] for name in dated}


def test_an_effort_on_a_dated_build_is_that_of_the_undated_name() -> None:
    model = resolved_ids(*arena("gpt-9-2030-08-07_high", "gpt-9 (high)", "gpt-9-2030-08-07_low", organization="OpenAI"))
    assert model["gpt-9-2030-08-07_high"] == model["gpt-9 (high)"] == "openai/gpt-9-high"
    assert model["gpt-9-2030-08-07_low"] == "openai/gpt-9-low"


def test_two_builds_with_one_effort_are_two_models() -> None:
    raw_names = ("gpt-9-2030-08-07_high", "gpt-9-2030-09-09_high")
    model = resolved_ids(*arena(*raw_names, organization="OpenAI"))
    assert len({model[name] for name in raw_names}) == 2


def test_a_stated_release_date_names_the_build_of_that_day() -> None:
    builds = arena("gemini-9-pro-2030-04-14", "gemini-9-pro-2030-08-06", organization="Google")
    stated = arena("Gemini 9 Pro", organization="Google", released_on=date(2030, 8, 6))
    other = arena("gemini 9 pro", organization="Google", released_on=date(2030, 8, 7))
    model = resolved_ids(*builds, *stated, *other)
    assert model["Gemini 9 Pro"] == model["gemini-9-pro-2030-08-06"]
    assert model["gemini 9 pro"] not in {model["gemini-9-pro-2030-04-14"], model["gemini-9-pro-2030-08-06"]}


def test_the_builds_on_the_hub_count_too() -> None:
    ids = hub("mistralai/Foo-Small-9.1-24B-Instruct-3003")
    model = resolved_ids(
        *ids, *arena("Foo-Small-9.1-24B-Instruct", organization="Mistral"), rules=rules_without_aliases()
    )
    assert model["Foo-Small-9.1-24B-Instruct"] == "mistralai/Foo-Small-9.1-24B-Instruct-3003"
