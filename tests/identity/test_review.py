"""Review: the list of unresolved names, the explanation of a name, and the decision file."""

import datetime as dt

import pytest

from aggregator.errors import IdentityError, UsageError
from aggregator.identity import Decision, explain, load_rules, resolve, with_decision
from aggregator.identity.curated_files import merge_rules, read_rules
from aggregator.identity.review import MAX_COMPARED_NAMES
from tests.support.names import arena, hub, names

TODAY = dt.date(2026, 11, 25)
GLM = [
    *arena("GLM-9-Plus", organization="Z.ai", best_rank=4),
    *arena("glm-9-plus-0111", organization="Z.ai", best_rank=40),
]


def decided(name: str, verdict: str, model: str = "", reason: str = "as its makers say", text: str = "") -> str:
    return with_decision(text, Decision(name, verdict, model, reason, TODAY), load_rules())


def test_unresolved_names_are_listed_with_candidates_best_rank_first() -> None:
    found = resolve(names(*GLM, *arena("Unheard-Of-7B", best_rank=1))).unresolved
    assert found["raw_name"].to_list() == ["GLM-9-Plus", "glm-9-plus-0111"]
    assert found["candidates"].to_list() == [["zhipuai/glm-9-plus-0111"], ["zhipuai/glm-9-plus"]]
    assert found["best_rank"].to_list() == [4, 40]


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


def test_the_number_of_compared_names_is_limited() -> None:
    rows = [
        row
        for n in range(2 * MAX_COMPARED_NAMES)
        for row in arena(f"glm-{n}.5-plus", f"glm-{n}.5-plus-0111", organization="Z.ai")
    ]
    assert 0 < resolve(names(*rows)).unresolved["raw_name"].n_unique() <= MAX_COMPARED_NAMES


def test_an_explanation_has_the_match_rule_the_parts_and_the_differences_of_other_models() -> None:
    rows = [*hub("microsoft/phi-4", "unsloth/phi-4", "microsoft/phi-4-mini"), *arena("Phi-4", organization="Microsoft")]
    rules = load_rules()
    (why,) = explain("PHI-4", resolve(names(*rows), rules).aliases, rules)
    assert (why.model_id, why.rung) == ("microsoft/phi-4", "normalized_tail")
    assert why.parts.version == ("v4",)
    assert why.owners == ("microsoft",)
    differences = {candidate.model_id: candidate.differences for candidate in why.candidates}
    assert differences["unsloth/phi-4"] == ("reads the same, but is published by unsloth, not by microsoft",)
    assert differences["microsoft/phi-4-mini"] == ("only one has mini",)


def test_a_name_that_no_source_has_cannot_be_explained() -> None:
    with pytest.raises(UsageError, match="no source has the name"):
        explain("nothing", resolve(names(*GLM)).aliases, load_rules())


def test_an_accepted_name_has_the_given_model_from_then_on() -> None:
    text = decided("GLM-9-Plus", "accept", "zhipuai/glm-9-plus-0111")
    rules = merge_rules(load_rules(), read_rules(text))
    found = resolve(names(*GLM), rules)
    assert found.aliases["model_id"].n_unique() == 1
    assert found.unresolved.is_empty()


def test_a_rejected_match_does_not_happen_again() -> None:
    rows = [*hub("microsoft/phi-4"), *arena("Phi-4", organization="Microsoft")]
    text = decided("Phi-4", "reject", "microsoft/phi-4")
    found = resolve(names(*rows), merge_rules(load_rules(), read_rules(text)))
    assert found.aliases["model_id"].n_unique() == 2


def test_a_postponed_name_stays_listed_with_that_reason() -> None:
    text = decided("GLM-9-Plus", "postpone")
    found = resolve(names(*GLM), merge_rules(load_rules(), read_rules(text))).unresolved
    assert found.filter(raw_name="GLM-9-Plus")["reason"].to_list() == ["postponed by a person"]


def test_a_decision_leaves_the_rest_of_the_file_unchanged() -> None:
    before = '# mine\n[[alias]]\nnames = ["a-9b"]   # spelled so\nmodel = "x/a-9b"\nreason = "r"\non = 2026-01-01\n'
    after = decided("b-9b", "accept", "x/b-9b", text=before)
    assert after.startswith(before)
    assert len(read_rules(after).aliases) == 2
    assert len(read_rules(decided("c-9b", "reject", "x/c-9b", text=after)).apart) == 1


@pytest.mark.parametrize(
    ("name", "verdict", "model", "reason"),
    [("a", "perhaps", "x/a", "r"), ("a", "accept", "x/a", " ")],
)
def test_a_decision_with_an_unknown_verdict_or_no_reason_is_refused(
    name: str, verdict: str, model: str, reason: str
) -> None:
    with pytest.raises(UsageError):
        decided(name, verdict, model, reason)


def test_a_decision_that_contradicts_an_earlier_one_is_refused() -> None:
    once = decided("a-9b", "accept", "x/a-9b")
    with pytest.raises(IdentityError, match="stands for"):
        decided("A 9B", "accept", "y/a-9b", text=once)
    with pytest.raises(IdentityError, match="must stay apart"):
        decided("A 9B", "reject", "x/a-9b", text=once)
    with pytest.raises(IdentityError, match="not a list of tables"):
        decided("A 9B", "accept", "x/a-9b", text="alias = 3\n")
