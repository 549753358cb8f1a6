"""Releases: each example of `docs/releases.md`, the decisions listed there, and laws over all recorded names."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aggregator.errors import IdentityError
from aggregator.identity import load_rules, resolve
from aggregator.identity.release_rules import load_release_rules, read_release_rules
from aggregator.identity.release_subjects import release_subjects
from aggregator.identity.releases import releases_of
from tests.support.names import ARENA, arena, hub, names, recorded_names

PAGE = (Path(__file__).parents[2] / "docs" / "releases.md").read_text(encoding="utf-8")


def table_rows(heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading of the page."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| names |")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def in_code(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


EXAMPLES = [(in_code(listed), verdict) for listed, verdict, _ in table_rows("Examples")]


def rows_of(listed: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return rows of boards: an id with a namespace is a Hub id, any other name is an API name on the Arena."""
    return [row for name in listed for row in (hub(name) if "/" in name else arena(name))]


def release_by_name(*rows: dict[str, Any]) -> dict[str, str]:
    resolution = resolve(names(*rows))
    found = resolution.aliases.join(resolution.models.select("model_id", "release_id"), on="model_id")
    return dict(found.select("raw_name", "release_id").iter_rows())


@pytest.mark.parametrize(("listed", "verdict"), EXAMPLES, ids=[" and ".join(listed) for listed, _ in EXAMPLES])
def test_each_example_of_the_page_has_as_many_releases_as_it_says(listed: tuple[str, ...], verdict: str) -> None:
    found = release_by_name(*rows_of(listed))
    assert found.keys() == set(listed)
    assert len(set(found.values())) == {"one": 1, "two": 2}[verdict], found


def test_all_examples_hold_when_all_names_are_listed_together() -> None:
    together = dict.fromkeys(name for listed, _ in EXAMPLES for name in listed)
    found = release_by_name(*rows_of(tuple(together)))
    wrong = [
        listed for listed, verdict in EXAMPLES if (len({found[name] for name in listed}) == 1) != (verdict == "one")
    ]
    assert not wrong


def test_the_page_has_twenty_examples_and_both_verdicts() -> None:
    assert len(EXAMPLES) >= 20
    assert {verdict for _, verdict in EXAMPLES} == {"one", "two"}


def test_the_page_lists_the_decisions_of_the_data_with_their_reasons() -> None:
    rules = load_release_rules()
    listed = table_rows("Decided once")
    decisions = {(in_code(cells), in_code(decision), reason) for cells, decision, reason in listed}
    assert decisions >= {(row.names, (row.release,), row.reason) for row in rules.decided}
    publishers = {(in_code(cells)[0], reason) for cells, _, reason in listed if cells.startswith("names of")}
    assert publishers == {(row.id, row.reason) for row in rules.publishers.values()}
    assert len(listed) == len(rules.decided) + len(rules.publishers)


@pytest.mark.parametrize(
    ("listed", "release_id"),
    [
        (("gpt-5-high", "gpt-5-minimal"), "openai/gpt-5"),
        (("claude-opus-4-5-20251101", "claude-opus-4-5-20251101-thinking-32k"), "anthropic/claude-opus-4-5"),
        (("gpt-4o-2024-05-13",), "openai/gpt-4o"),
        (("Qwen/Qwen2.5-72B-Instruct",), "Qwen/Qwen2.5-72B-Instruct"),
        (("deepseek-ai/DeepSeek-V3-0324", "deepseek-ai/DeepSeek-V3"), "deepseek-ai/DeepSeek-V3"),
        (("gpt-4-0125-preview", "gpt-4-1106-preview"), "openai/gpt-4-turbo-preview"),
        (("meta-llama/Llama-2-7b-chat-hf",), "meta-llama/Llama-2-7b-chat-hf"),
        (("someone/tune-4bit",), "someone/tune-4bit"),
        (("gemini-2.5-flash-lite-preview-09-2025-no-thinking",), "google/gemini-2.5-flash-lite"),
        (("gemini-2.0-pro-exp-02-05",), "google/gemini-2.0-pro"),
        (("grok-4-fast-non-reasoning-2511",), "xai/grok-4-fast"),
    ],
)
def test_a_release_has_the_id_of_its_plain_model_or_the_id_without_settings(
    listed: tuple[str, ...], release_id: str
) -> None:
    assert set(release_by_name(*rows_of(listed)).values()) == {release_id}


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (("gpt-5-high",), ("gpt-5-minimal", "gpt-5")),
        (("claude-opus-4-5-20251101",), ("claude-opus-4-5-20251101-thinking-32k", "claude-opus-4-5-20260301")),
        (("deepseek-ai/DeepSeek-V3",), ("deepseek-ai/DeepSeek-V3-0324", "deepseek-v3-thinking")),
        (
            ("Qwen/Qwen3-235B-A22B-Instruct-2507",),
            ("Qwen/Qwen3-235B-A22B-Thinking-2507", "qwen3-235b-a22b-no-thinking"),
        ),
    ],
)
def test_a_release_keeps_its_id_when_settings_and_builds_arrive(first: tuple[str, ...], later: tuple[str, ...]) -> None:
    before = release_by_name(*rows_of(first))
    after = release_by_name(*rows_of((*later, *first)))
    assert {name: after[name] for name in before} == before


def test_a_dated_thinking_repository_is_apart_from_the_thinking_setting_of_the_plain_model() -> None:
    thinking = "Qwen/Qwen3-30B-A3B-Thinking-2507"
    found = release_by_name(*hub("Qwen/Qwen3-30B-A3B", thinking), *arena("qwen3-30b-a3b-thinking"))
    assert found[thinking] == release_by_name(*hub(thinking))[thinking] == thinking
    assert found["qwen3-30b-a3b-thinking"] == found["Qwen/Qwen3-30B-A3B"] == "Qwen/Qwen3-30B-A3B"


def test_a_number_in_a_free_name_is_no_build_of_the_plain_repository() -> None:
    found = release_by_name(*hub("someone/tune", "someone/tune-0905", "someone/tune-4bit", "someone/tune-high"))
    assert found.pop("someone/tune-4bit") == "someone/tune"
    assert all(name == release_id for name, release_id in found.items())


def test_a_plain_api_name_and_a_dated_repository_are_one_release() -> None:
    found = release_by_name(*hub("zai-org/GLM-4.9-0414"), *arena("glm-4.9", organization="Z.ai"))
    assert len(set(found.values())) == 1


def test_a_precision_in_one_of_a_models_names_does_not_part_it_from_its_settings() -> None:
    found = release_by_name(*arena("gpt-9-fp8", "gpt-9", "gpt-9-high", "solar-9-q4", "solar-9", "solar-9-high"))
    assert len(set(found.values())) == 2
    assert found["gpt-9-fp8"] == found["gpt-9-high"] == "openai/gpt-9"


def test_a_copy_belongs_to_the_release_of_its_original_even_if_no_board_lists_that() -> None:
    found = release_by_name(*hub("unsloth/phi-4-bnb-4bit", "microsoft/phi-4", "TheBloke/Llama-2-13B-GPTQ"))
    assert found["unsloth/phi-4-bnb-4bit"] == "microsoft/phi-4"
    aliases = pl.DataFrame(
        {"model_id": ["a/copy"], "rung": ["hf_id"], "hf_id": ["a/copy"], "key": [None], "open_weights": [True]}
    )
    edge = {"model_id": "a/copy", "relation": "quantized", "parent_id": "b/original", "source": "hub", "evidence": ""}
    assert copy_release(aliases, edge) == "b/original"


def test_equal_scores_alone_do_not_put_two_models_into_one_release() -> None:
    aliases = pl.DataFrame(
        {"model_id": ["a/copy"], "rung": ["hf_id"], "hf_id": ["a/copy"], "key": [None], "open_weights": [True]}
    )
    edge = {
        "model_id": "a/copy",
        "relation": "same_weights",
        "parent_id": "b/original",
        "source": "scores",
        "evidence": "",
    }
    assert copy_release(aliases, edge | {"trust": 1}) == "a/copy"
    assert copy_release(aliases, edge | {"relation": "same_scores", "trust": 5}) == "a/copy"


def copy_release(aliases: pl.DataFrame, edge: dict[str, Any]) -> str:
    aliases = aliases.cast({"key": pl.String})
    rules = load_rules()
    release = releases_of(release_subjects(aliases, rules), pl.DataFrame([edge]), rules)
    return str(release["release_id"][0])


DECIDED = "[[release]]\nnames=['{name}']\nrelease='{release}'\nreason='r'\non=2026-01-01\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[release]]\nnames = ['a']\n", "lacks a field"),
        ("[[publisher]]\nid = 'x'\nreason = 'r'\non = 2026-01-01\ndates = 'build'\n", "dates"),
        (
            DECIDED.format(name="a-1", release="x/a") + DECIDED.format(name="A 1", release="x/b"),
            "`A 1`",
        ),
        ("[[release", "not readable"),
    ],
)
def test_decisions_without_a_field_or_against_each_other_are_refused(text: str, message: str) -> None:
    with pytest.raises(IdentityError, match=message):
        read_release_rules(text)


# The laws over the recordings read names with their own patterns, not with the parser that makes the releases.
SIZE = re.compile(r"(?<![a-z0-9.])\d+(?:\.\d+)?(?:x\d+(?:\.\d+)?)?[bm](?![a-z])")
VERSION = re.compile(r"(?<![0-9a-z])v?([1-9]\d?)(?:[.-](\d))?(?![0-9a-z.]|-\d{2})")
STAGES = ("instruct", "chat", "base", "-it")
PRODUCTS = (
    "mini",
    "nano",
    "flash",
    "lite",
    "pro",
    "turbo",
    "vision",
    "-vl",
    "coder",
    "search",
    "audio",
    "air",
    "plus",
    "max",
)


def parts(model_id: str) -> dict[str, object]:
    tail = model_id.lower().partition("/")[2]
    return {
        "sizes": frozenset(SIZE.findall(tail)),
        "stages": frozenset(word for word in STAGES if re.search(rf"{word}(?![a-z])", tail)),
        "products": frozenset(word for word in PRODUCTS if re.search(rf"(?<![a-z]){word}(?![a-z])", tail)),
    }


@pytest.mark.recordings
def test_no_recorded_release_joins_two_sizes_stages_or_products(recordings: Path) -> None:
    models = resolve(recorded_names(recordings)).models.select("model_id", "release_id")
    joined = models.filter(pl.col("model_id").count().over("release_id") > 1)
    wrong = [
        (release_id, *sorted(ids))
        for release_id, ids in joined.group_by("release_id").agg("model_id").iter_rows()
        # A copy may leave out a part of its original's name, so only names of one namespace are compared.
        for same in [[i for i in ids if i.partition("/")[0].lower() == release_id.partition("/")[0].lower()]]
        if len({tuple(parts(i).values()) for i in same}) > 1
    ]
    assert not wrong
    assert joined.height > 150


@pytest.mark.recordings
def test_every_recorded_model_that_has_the_id_of_a_release_is_in_that_release(recordings: Path) -> None:
    models = resolve(recorded_names(recordings)).models.select("model_id", "release_id")
    named = models.join(models.select(pl.col("release_id").alias("model_id")).unique(), on="model_id", how="semi")
    assert named.filter(pl.col("model_id") != pl.col("release_id")).is_empty()


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("raw_names", "release_id"),
    [
        (("gpt-5-high",), "openai/gpt-5"),
        (("gpt-5.1", "gpt-5.1-high"), "openai/gpt-5.1"),
        (("claude-opus-4-5-20251101", "claude-opus-4-5-20251101-thinking-32k"), "anthropic/claude-opus-4-5"),
        (("claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929-thinking-32k"), "anthropic/claude-sonnet-4-5"),
        (("gpt-4o-2024-05-13", "gpt-4o-2024-08-06"), "openai/gpt-4o"),
    ],
)
def test_recorded_efforts_budgets_and_builds_are_one_release(
    recordings: Path, raw_names: tuple[str, ...], release_id: str
) -> None:
    resolution = resolve(recorded_names(recordings))
    rows = resolution.aliases.filter(pl.col("source").str.starts_with(ARENA) & pl.col("raw_name").is_in(raw_names))
    releases = rows.join(resolution.models, on="model_id")
    assert set(releases["raw_name"]) == set(raw_names)
    assert set(releases["release_id"]) == {release_id}
