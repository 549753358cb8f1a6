"""The list of names for a review, and what a decision changes on it and in the matches."""

import datetime as dt
from dataclasses import replace

import pytest

from aggregator import schema
from aggregator.errors import UsageError
from aggregator.identity import Decision, Rules, load_rules, resolve, with_decision
from aggregator.identity.curated import DistinctPair
from aggregator.identity.curated_files import merge_rules, read_rules
from aggregator.identity.effects import changes_of
from aggregator.identity.inputs import Inputs
from aggregator.identity.registry import advanced, seeded
from aggregator.identity.review import open_names
from tests.support.names import MTEB, arena, hub, names

TODAY = dt.date(2026, 11, 25)
GLM = [
    *arena("GLM-9-Plus", organization="Z.ai", best_rank=4),
    *arena("glm-9-plus-0111", organization="Z.ai", best_rank=40),
]


def decided(*decisions: Decision) -> Rules:
    """Return the shipped rules with a user's decisions."""
    text = ""
    for decision in decisions:
        text = with_decision(text, decision, load_rules())
    return merge_rules(load_rules(), read_rules(text))


def accept(name: str, model: str) -> Decision:
    return Decision(name, "accept", model, "as its makers say", TODAY)


def reject(name: str, model: str) -> Decision:
    return Decision(name, "reject", model, "as its makers say", TODAY)


def models(rows: list[dict[str, object]], rules: Rules) -> dict[str, str]:
    return dict(resolve(names(*rows), rules).aliases.select("raw_name", "model_id").iter_rows())


def board(name: str, source: str, organization: str | None = "Zx Lab", **facts: object) -> dict[str, object]:
    return {"source": source, "raw_name": name, "organization": organization, **facts}


def test_unresolved_names_are_listed_with_candidates_best_rank_first() -> None:
    found = resolve(names(*GLM, *arena("Unheard-Of-7B", best_rank=1))).unresolved
    assert found["raw_name"].to_list() == ["GLM-9-Plus", "glm-9-plus-0111"]
    assert [ids[0].partition("/")[2] for ids in found["candidates"]] == ["glm-9-plus-0111", "glm-9-plus"]
    assert found["best_rank"].to_list() == [4, 40]
    assert found.columns == list(schema.UNRESOLVED)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("gpt-9-2030-05-13", "gpt-9-2030-08-06"),
        ("gpt-9-7b", "gpt-9-13b"),
        ("gpt-9-mini", "gpt-9"),
        ("gpt-9-thinking", "gpt-9"),
        ("command-z", "command-z+"),
        ("gpt-9-foo", "gpt-9-bar"),
    ],
)
def test_contradicting_names_are_not_candidates(first: str, second: str) -> None:
    assert resolve(names(*arena(first, second))).unresolved.is_empty()


def test_a_name_of_several_boards_or_spellings_has_one_row() -> None:
    rows = [
        board("GLM-9-Plus", "arena_vision", organization="Z.ai", best_rank=2),
        board("glm 9 plus", "live", organization="Z.ai", best_rank=9),
        board("glm-9-plus-0111", "other", organization="Z.ai"),
    ]
    found = resolve(names(*GLM[:1], *rows)).unresolved.filter(raw_name="GLM-9-Plus")
    assert found.select("sources", "best_rank").row(0) == (["arena_text", "arena_vision", "live"], 2)
    assert resolve(names(*GLM[:1], *rows)).unresolved["raw_name"].to_list() == ["GLM-9-Plus", "glm-9-plus-0111"]


def test_a_left_out_part_is_listed_however_unlike_the_names_are() -> None:
    rows = [board("zx-9", "live"), board("zx-9-135b-a22b-instruct-2031-02-17", "other")]
    found = resolve(names(*rows)).unresolved
    assert found["raw_name"].to_list() == ["zx-9", "zx-9-135b-a22b-instruct-2031-02-17"]
    assert set(found["state"]) == {"open"}


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        ("zx-9", "zx-9-0111", "open"),
        ("zx-9", "zx-9-instruct", "open"),
        ("zx-9", "zx-9-exp", "variant"),
        ("zx-9-thinking", "zx-9-exp-thinking", "variant"),
        ("zx-9-0111", "zx-9-foo-0111", "variant"),
    ],
)
def test_a_word_of_its_own_makes_a_name_a_variant(first: str, second: str, state: str) -> None:
    found = resolve(names(board(first, "live"), board(second, "other"))).unresolved
    assert set(found["state"]) == {state}


def test_two_names_of_one_board_are_variants_while_the_board_lists_both() -> None:
    assert set(resolve(names(*GLM)).unresolved["state"]) == {"variant"}
    renamed = [GLM[0] | {"gone": True}, GLM[1]]
    assert set(resolve(names(*renamed)).unresolved["state"]) == {"open"}


def test_a_name_under_an_unknown_publisher_has_the_publishers_model_as_candidate() -> None:
    rows = [*hub("Qwen/QwQ-32B"), *arena("shed/QwQ-32B")]
    found = resolve(names(*rows)).unresolved.filter(raw_name="shed/QwQ-32B")
    assert found["candidates"].to_list() == [["Qwen/QwQ-32B"]]


def test_a_shipped_row_that_a_publisher_contradicts_is_reported() -> None:
    rows = arena("DeepSeek-R1", organization="Somebody Else")
    found = resolve(names(*rows))
    assert "another publisher" in found.aliases["evidence"][0]
    assert found.unresolved["candidates"].to_list() == [["deepseek-ai/DeepSeek-R1"]]
    assert "names another publisher: Somebody Else" in found.unresolved["reason"][0]


@pytest.mark.parametrize(
    ("row", "model"),
    [
        (arena("Claude 3.5 Sonnet (10/22)"), "anthropic/claude-3-5-sonnet-20241022"),
        (arena("MiMo-9-Max", organization="Xiaomi Corp. (CN)"), "XiaomiMiMo/MiMo-9-Max"),
        (arena("grok-9-max", organization="SpaceXAI Labs"), "xai/grok-9-max"),
        (arena("chutes/QwQ-32B"), "Qwen/QwQ-32B"),
        (arena("Phi-4", organization="Microsoft"), "mistralai/Devstral-2-123B-Instruct-2512"),
        (hub("Foo/bar-7b", source=MTEB), "Qwen/QwQ-32B"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_accepted_name_has_its_model_whatever_the_board_states(row: list[dict[str, object]], model: str) -> None:
    rows = [*hub("microsoft/phi-4", "Qwen/QwQ-32B"), *row]
    name = str(row[0]["raw_name"])
    placed = resolve(names(*rows), decided(accept(name, model)))
    assert placed.aliases.filter(raw_name=name).select("model_id", "rung").row(0) == (model, "curated")
    assert name not in placed.unresolved["raw_name"]
    assert models(rows, load_rules())["microsoft/phi-4"] == "microsoft/phi-4"


def test_another_spelling_follows_an_accepted_name_unless_its_board_names_another_publisher() -> None:
    rows = [
        *arena("Zx-9-Plus"),
        board("zx 9 plus", "live", organization=None),
        board("ZX-9 Plus", "other", organization="Somebody Else"),
    ]
    found = resolve(names(*rows), decided(accept("Zx-9-Plus", "zai-org/Zx-9-Plus")))
    model = dict(found.aliases.select("raw_name", "model_id").iter_rows())
    assert model["Zx-9-Plus"] == model["zx 9 plus"] == "zai-org/Zx-9-Plus"
    assert model["ZX-9 Plus"] != "zai-org/Zx-9-Plus"
    assert found.unresolved.filter(raw_name="ZX-9 Plus")["candidates"].to_list() == [["zai-org/Zx-9-Plus"]]


def test_a_rejected_match_does_not_happen_again_by_any_rule() -> None:
    rows = [*hub("microsoft/phi-4", "old-lab/zx-9"), *arena("Phi-4", organization="Microsoft"), *arena("phi_4")]
    merged = Decision("old-lab/zx-9", "merge", "new-lab/zx-9", "one repository", TODAY)
    rules = decided(reject("Phi-4", "microsoft/phi-4"), merged)
    model = models(rows, rules)
    assert model["Phi-4"] == model["phi_4"] != model["microsoft/phi-4"] == "microsoft/phi-4"
    assert model["old-lab/zx-9"] == "new-lab/zx-9"


def test_a_name_rejected_from_its_own_spellings_leaves_them() -> None:
    rows = [board("zx-9-large", "arena_text"), board("Zx 9 (Large)", "live"), board("zx 9 large", "other")]
    before = models(rows, load_rules())
    assert len(set(before.values())) == 1
    rules = decided(Decision("Zx 9 (Large)", "split", "live/zx-9-large-build", "another", TODAY, ("zx-9-large",)))
    after = models(rows, rules)
    assert after == before | {"Zx 9 (Large)": "live/zx-9-large-build"}


def test_a_rejected_candidate_leaves_the_list_with_both_names() -> None:
    listed = resolve(names(*GLM)).unresolved
    model = listed["candidates"][0][0]
    rules = decided(reject("GLM-9-Plus", model))
    assert resolve(names(*GLM), rules).unresolved.is_empty()
    assert open_names(listed, rules).is_empty()


def test_decided_names_leave_the_list_of_an_earlier_night() -> None:
    listed = resolve(names(*GLM)).unresolved
    first, second = listed["model_id"]
    assert open_names(listed, decided(accept("GLM-9-Plus", second))).is_empty()
    assert open_names(listed, decided(Decision(first, "merge", second, "one", TODAY))).is_empty()
    split = Decision("GLM-9-Plus", "split", "zai-org/other", "another", TODAY)
    assert open_names(listed, decided(split))["raw_name"].to_list() == ["glm-9-plus-0111"]
    assert open_names(listed, load_rules()).equals(listed)


def test_a_postponed_name_stays_listed_with_that_state() -> None:
    rules = decided(Decision("GLM-9-Plus", "postpone", "", "no date", TODAY))
    for found in (resolve(names(*GLM), rules).unresolved, open_names(resolve(names(*GLM)).unresolved, rules)):
        row = found.filter(raw_name="GLM-9-Plus")
        assert row.select("state", "reason").row(0) == ("postponed", "postponed by a person")
        assert found["state"].to_list().count("postponed") == 1


def test_merged_ids_are_one_model_for_names_ids_and_bases() -> None:
    rows = [
        *hub("old-lab/zx-9"),
        *arena("GLM-9-Plus", organization="Z.ai"),
        *hub("someone/zx-9-tuned", base_models=["old-lab/zx-9"]),
    ]
    own = models(rows, load_rules())["GLM-9-Plus"]
    merges = [Decision(old, "merge", "new-lab/Zx-9", "one repository", TODAY) for old in ("old-lab/zx-9", own)]
    found = resolve(names(*rows), decided(*merges))
    model = dict(found.aliases.select("raw_name", "model_id").iter_rows())
    assert model["old-lab/zx-9"] == model["GLM-9-Plus"] == "new-lab/Zx-9"
    assert "new-lab/Zx-9" in found.lineage["parent_id"]


def test_a_trial_returns_the_changes_of_a_decision() -> None:
    inputs = Inputs(names(*GLM))
    listed = resolve(inputs.names).unresolved
    decision = accept("GLM-9-Plus", listed["candidates"][0][0])
    changes = changes_of(decision, inputs, load_rules(), decided(decision))
    assert changes.select("raw_name", "old_id", "new_id").rows() == [
        ("GLM-9-Plus", listed["model_id"][0], listed["candidates"][0][0])
    ]


def test_a_decision_without_effect_is_refused_with_the_reason() -> None:
    inputs = Inputs(names(*hub("microsoft/phi-4"), *arena("microsоft/phi-4")))
    spoofed = accept("microsоft/phi-4", "microsoft/phi-4")
    with pytest.raises(UsageError, match=r"would have no effect.*since"):
        changes_of(spoofed, inputs, load_rules(), decided(spoofed))
    itself = reject("microsoft/phi-4", "microsoft/phi-4")
    with pytest.raises(UsageError, match="would have no effect"):
        changes_of(itself, inputs, load_rules(), load_rules())


def test_one_name_of_two_boards_that_state_no_publisher_is_listed() -> None:
    rows = [board("zx-9-large", "live", organization=None), board("Zx 9 Large", "other", organization=None)]
    found = resolve(names(*rows)).unresolved
    assert found["candidates"].to_list() == [["live/zx-9-large"], ["other/zx-9-large"]]


def test_an_accepted_name_follows_its_model_to_a_new_id() -> None:
    first = [board("zx-9-large", "live"), board("Large Nine", "other")]
    own = models(first, load_rules())["zx-9-large"]
    rules = decided(accept("Large Nine", own))
    night = resolve(names(*first), rules)
    assert set(night.aliases["model_id"]) == {own}
    registry = seeded(night.aliases, TODAY)
    second = [*hub("zxlab/Zx-9_Large"), *first]
    moved = resolve(names(*second), rules, published=registry)
    assert set(moved.aliases["model_id"]) == {"zxlab/Zx-9_Large"}
    registry = advanced(registry, moved.aliases, TODAY)
    assert set(resolve(names(*second), rules, published=registry).aliases["model_id"]) == {"zxlab/Zx-9_Large"}


def test_of_two_names_that_must_stay_apart_the_first_leaves_their_model() -> None:
    rows = [board("zx-9-large", "arena_text"), board("Zx 9 (Large)", "live"), board("zx 9 large", "other")]
    before = models(rows, load_rules())
    pair = DistinctPair(("Zx 9 (Large)", "zx-9-large"), "two builds", TODAY)
    after = models(rows, replace(load_rules(), apart=(pair,)))
    assert after == before | {"Zx 9 (Large)": "live/zx-9-large"}


def test_a_row_with_an_id_keeps_its_own_id_when_a_renamed_namespace_is_rejected() -> None:
    rows = hub("THUDM/zx-9b")
    current = models(rows, load_rules())["THUDM/zx-9b"]
    assert current != "THUDM/zx-9b"
    assert models(rows, decided(reject("THUDM/zx-9b", current)))["THUDM/zx-9b"] == "THUDM/zx-9b"
