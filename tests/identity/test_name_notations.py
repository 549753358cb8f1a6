"""Notations of boards, hosts and vendors: spellings of one model have one key, near misses have two."""

import pytest

from aggregator.identity import load_rules, parse_name

READER = load_rules().reader


def key(name: str) -> str:
    return READER.read(name).parsed.key


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("grok-9-fast-reasoning", "Grok 9 Fast (Thinking)"),
        ("DeepSeek-V9-Exp (Reasoner)", "deepseek-v9-exp-thinking"),
        ("glm-9 (non-thinking)", "GLM-9 (Non-reasoning)"),
        ("glm-9-nothinking", "GLM 9 (no think)"),
        ("claude-9-opus (32k thinking tokens)", "claude-opus-9-thinking-32k"),
        ("claude-9-opus_32K", "claude-opus-9-thinking-32k"),
        ("gemini-9-flash_16K", "gemini-9-flash (16K thinking)"),
        ("claude-9-opus (no thinking)", "Claude Opus 9"),
        ("claude-opus-9-20300101-base", "claude-opus-9-20300101"),
        ("gemini-9-pro (default think)", "gemini-9-pro"),
        ("gemini-9-flash-lite-highthinking", "gemini-9-flash-lite (high)"),
        ("gemini-9-flash (thinking-minimal)", "Gemini 9 Flash (minimal)"),
        ("claude-opus-9-xhigh-effort", "Claude Opus 9 (xhigh)"),
        ("Claude Opus 9 (Adaptive Reasoning, Max Effort)", "claude-opus-9-thinking-max-effort"),
        ("gpt-9-medium", "GPT-9 (medium)"),
        ("glm-9-max", "GLM 9 (max)"),
        ("phi-9-medium", "Phi-9 (medium)"),
        ("foo-v1", "Foo v1.0"),
        ("yi-coder-chat-9b", "Yi-Coder-9B-Chat"),
        ("tulu-coder-9-8b", "Coder-Tulu 9 8B"),
        ("LLama9-70b-Ins", "Llama-9-70B-Instruct"),
        ("llama-v9p1-70b-instruct", "Llama-9.1-70B-Instruct"),
        ("Code Llama 34B", "CodeLlama-34b"),
        ("foo-9-70b-instruct-q4_K_M", "Foo-9-70B-Instruct (Q4_0)"),
        ("DeepSeek R9 0528 (May '25)", "deepseek-r9-0528"),
        ("gemini-flash-9.5-002", "gemini-9.5-flash-002"),
        ("o9-2029-12-17 (temperature=1, reasoning=high)", "o9-2029-12-17 (high)"),
        ("Claude-9-Opus (temperature=1, length=12800, reasoning=32000)", "claude-opus-9-thinking-32k"),
        ("glm-9 (reasoning=none)", "glm-9 (no think)"),
        ("DeepCoder-99B (w/ Reasoning, temperature=0.6)", "DeepCoder-99B-thinking"),
        ("glm-9 (w/o thinking)", "glm-9-nothinking"),
        ("o9-mini (whole)", "o9-mini"),
        ("gpt-9-turbo (udiff)", "gpt-9-turbo"),
        ("Qwen9 235B A22B diff, no think, Alibaba API", "qwen9-235b-a22b-no-thinking"),
        ("claude-opus-9-thinking-auto-high-effort", "claude-opus-9-thinking-high-effort"),
        ("chatgpt-9o-latest-29-09-07", "chatgpt-9o-latest-2029-09-07"),
        ("Llama-9-70B-Instruct-Turbo", "Llama-9-70B-Instruct-FP8"),
        ("Llama-9-8B-Instruct-Lite", "Llama-9-8B-Instruct (int4)"),
        ("amazon/nova-9-lite-v1:0", "amazon/nova-9-lite"),
        ("amazon/nova-micro-v1:0", "amazon-nova-micro-v1.0"),
    ],
)
def test_two_notations_of_one_model_have_one_key(first: str, second: str) -> None:
    assert key(first) == key(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("qwen9-235b", "qwen9-235b-no-thinking"),
        ("glm-9", "GLM-9 (Non-reasoning)"),
        ("grok-9-fast", "grok-9-fast-reasoning"),
        ("claude-opus-9-thinking-16k", "claude-opus-9-thinking-32k"),
        ("o9 (temperature=1, reasoning=high)", "o9 (temperature=1, reasoning=low)"),
        ("glm-9 (reasoning=8000)", "glm-9 (reasoning=16000)"),
        ("gpt-9-turbo", "gpt-9"),
        ("whole-9b", "9b"),
        ("qwen-9-turbo", "qwen-9"),
        ("Llama-9-8B-Instruct-Lite", "Llama-9-8B-Instruct"),
        ("claude-opus-9-auto", "claude-opus-9"),
        ("claude-opus-9", "claude-opus-9-thinking"),
        ("claude-9-100k", "claude-9-thinking-100k"),
        ("gpt-9-32k", "gpt-9-thinking-32k"),
        ("qwen9-max", "qwen9"),
        ("mistral-medium-9", "mistral-9"),
        ("phi-9-medium", "phi-9"),
        ("gpt-9.1-codex-max", "gpt-9.1-codex"),
        ("gpt-9-high", "gpt-9-xhigh"),
        ("gemini-9-flash-high", "gemini-9-flash-low"),
        ("llama-3.1-tulu-3-8b", "llama-3-tulu-3.1-8b"),
        ("foo-v1", "foo-v1.1"),
        ("foo-v1", "foo-v10"),
        ("llama-9-70b-base", "llama-9-70b"),
        ("foo-1.5-002", "foo-1.5.2"),
        ("foo-1.5-2", "foo-1.5.2"),
        ("foo-9-8b-q4_K_M", "foo-9-8b-q8_0"),
        ("command-r", "command-r+"),
    ],
)
def test_near_misses_have_two_keys(first: str, second: str) -> None:
    assert key(first) != key(second)


@pytest.mark.parametrize(
    ("text", "namespace", "tail"),
    [
        ("GPT-9o (08/06)", "", "GPT-9o (08/06)"),
        ("Foo 8B / 70B", "", "Foo 8B / 70B"),
        ("chutes/QwQ-32B", "", "QwQ-32B"),
        ("ollama/llama9:3b-instruct-fp16", "", "llama9:3b-instruct-fp16"),
        ("openrouter/qwen/qwen-9-32b-instruct", "qwen", "qwen-9-32b-instruct"),
        ("fireworks_ai/accounts/fireworks/models/foo-9b", "", "foo-9b"),
        ("deepseek/deepseek-r9:free", "deepseek", "deepseek-r9"),
        ("anthropic/claude-9-sonnet:beta", "anthropic", "claude-9-sonnet"),
        ("us.anthropic.claude-9-sonnet-20300101-v1:0", "anthropic", "claude-9-sonnet-20300101"),
        ("mistral.mistral-7b-instruct-v0:2", "mistral", "mistral-7b-instruct-v0.2"),
        ("amazon.nova-pro-v1:0", "amazon", "nova-pro-v1"),
        ("Qwen/QwQ-32B@hyperbolic", "Qwen", "QwQ-32B"),
        ("Foo 9B (via Together)", "", "Foo 9B"),
        ("dots.llm1.inst", "", "dots.llm1.inst"),
        ("someone/meta-llama/Llama-9-8B", "someone/meta-llama", "Llama-9-8B"),
    ],
)
def test_a_name_is_parted_from_its_address(text: str, namespace: str, tail: str) -> None:
    found = READER.read(text)
    assert (found.namespace, found.tail) == (namespace, tail)


@pytest.mark.parametrize(
    ("name", "effort", "thinking", "budget"),
    [
        ("foo-9-high", "high", "", ""),
        ("foo-9 (medium)", "medium", "", ""),
        ("foo-9-max-effort", "max", "", ""),
        ("foo-9-thinking-32k", "", "thinking", "32k"),
        ("foo-9 (16K thinking)", "", "thinking", "16k"),
        ("foo-9-non-reasoning", "", "no", ""),
        ("foo-9-128k", "", "", ""),
        ("foo-max", "", "", ""),
        ("foo-medium-9", "", "", ""),
        ("foo-no-7b", "", "", ""),
    ],
)
def test_settings_are_fields_of_the_parsed_name(name: str, effort: str, thinking: str, budget: str) -> None:
    parsed = parse_name(name)
    assert (parsed.effort, parsed.thinking, parsed.budget) == (effort, thinking, budget)


def test_a_length_without_thinking_is_the_context() -> None:
    assert parse_name("phi-9-mini-128k-instruct").context == ("128k",)
    assert parse_name("phi-9-mini-128k-thinking-32k").context == ("128k",)
