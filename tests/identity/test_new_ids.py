"""Ids of models without a repository: one spelling of the group, without words that say nothing."""

import pytest

from tests.support.names import arena, hub, resolved_ids


@pytest.mark.parametrize(
    ("raw_name", "organization", "model_id"),
    [
        ("GPT-9o (08/06)", "OpenAI", "openai/gpt-9o-08-06"),
        ("claude-sonnet-9-xhigh-effort", "Anthropic", "anthropic/claude-sonnet-9-xhigh"),
        ("gemini-9-flash-preview-05-20 (24k think)", "Google", "google/gemini-9-flash-preview-05-20-thinking-24k"),
        ("gemini-9-pro-preview-06-05 (default think)", "Google", "google/gemini-9-pro-preview-06-05"),
        ("claude-9-sonnet-20300219_16K", "Anthropic", "anthropic/claude-9-sonnet-20300219-thinking-16k"),
        ("Gemini 9.1 Pro Preview High*", "Google", "google/gemini-9.1-pro-preview-high"),
        ("ollama/foo-9:8b-q4_K_M", "Foo Labs", "foolabs/foo-9-8b"),
    ],
)
def test_an_id_is_readable(raw_name: str, organization: str, model_id: str) -> None:
    assert resolved_ids(*arena(raw_name, organization=organization))[raw_name] == model_id


def test_a_setting_follows_the_id_of_the_plain_model() -> None:
    rows = [*hub("Qwen/QwQ-99B"), *arena("QwQ-99B (16K thinking)", organization="Alibaba")]
    assert resolved_ids(*rows)["QwQ-99B (16K thinking)"] == "Qwen/QwQ-99B-thinking-16k"
    dated = arena("claude-sonnet-9-20300514", "Claude Sonnet 9 (Thinking 8K)", organization="Anthropic")
    assert resolved_ids(*dated)["Claude Sonnet 9 (Thinking 8K)"] == "anthropic/claude-sonnet-9-20300514-thinking-8k"


def test_a_dropped_word_of_a_notation_is_not_in_the_id() -> None:
    names = ("claude-9-1-opus-20300805-base", "Claude Opus 9.1 (Non-reasoning)", "claude-opus-9-1-20300805")
    model = resolved_ids(*arena(*names, organization="Anthropic"))
    assert {model[name] for name in names} == {"anthropic/claude-opus-9-1-20300805"}


def test_two_groups_never_share_an_id() -> None:
    names = ("gpt-9-2030-08-07_high", "gpt-9-2030-09-09_high", "gpt-9_high")
    model = resolved_ids(*arena(*names, organization="OpenAI"))
    assert len({model[name] for name in names}) == 3
