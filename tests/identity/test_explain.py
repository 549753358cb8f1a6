"""The explanation of a name that boards have, and of any other text."""

import polars as pl
import pytest

from aggregator.errors import UsageError
from aggregator.identity import Explanation, explain, explain_unlisted, load_rules, resolve
from aggregator.identity.inputs import Inputs
from tests.identity.test_review import decided, reject
from tests.support.names import arena, hub, names

ROWS = [*hub("microsoft/phi-4", "unsloth/phi-4", "microsoft/phi-4-mini"), *arena("Phi-4", organization="Microsoft")]


def explain_text(text: str, *rows: dict[str, object], **facts: object) -> Explanation:
    given = names(*ROWS, *rows)
    return explain_unlisted(text, Inputs(given), resolve(given).lineage, load_rules(), **facts)


def steps_of(explained: Explanation) -> dict[str, bool]:
    return {step.rule: step.matches for step in explained.steps}


def test_an_explanation_has_the_match_rule_the_parts_and_the_differences_of_other_models() -> None:
    rules = load_rules()
    (why,) = explain("PHI-4", resolve(names(*ROWS), rules).aliases, rules)
    assert (why.model_id, why.rung) == ("microsoft/phi-4", "normalized_tail")
    assert why.parts.version == ("v4",)
    assert why.owners == ("microsoft",)
    differences = {candidate.model_id: candidate.differences for candidate in why.candidates}
    assert differences["unsloth/phi-4"] == ("reads the same, but is published by unsloth, not by microsoft",)
    assert differences["microsoft/phi-4-mini"] == ("only one has mini",)


def test_a_name_that_no_source_has_is_not_explained_as_a_name_of_the_generation() -> None:
    with pytest.raises(UsageError, match="no source has the name"):
        explain("nothing", resolve(names(*ROWS)).aliases, load_rules())


def test_the_rules_are_explained_in_their_order_and_the_first_match_decides() -> None:
    rules = load_rules()
    (why,) = explain("phi-4", resolve(names(*ROWS), rules).aliases, rules, Inputs(names(*ROWS)))
    order = [step.rule for step in why.steps]
    assert order[:3] == ["hf_id", "curated", "hf_id_folded"]
    assert order.index("normalized_tail") > order.index("hf_id_folded")
    assert steps_of(why)["normalized_tail"]
    assert "microsoft/phi-4" in next(step.why for step in why.steps if step.matches)
    assert why.publisher == "microsoft, from the organisation that the board states"


def test_a_rejected_match_is_explained() -> None:
    rules = decided(reject("Phi-4", "microsoft/phi-4"))
    (why,) = explain("phi-4", resolve(names(*ROWS), rules).aliases, rules, Inputs(names(*ROWS)))
    assert not steps_of(why)["normalized_tail"]
    assert "never microsoft/phi-4 (as its makers say" in next(step.why for step in why.steps if step.rule == "apart")


@pytest.mark.parametrize(
    ("text", "facts", "model", "decides"),
    [
        ("phi 4", {}, "microsoft/phi-4", "normalized_tail"),
        ("MICROSOFT/Phi-4", {}, "microsoft/phi-4", "hf_id_folded"),
        ("unsloth/PHI-4", {}, "unsloth/phi-4", "hf_id_folded"),
        ("anything", {"hf_id": "microsoft/phi-4"}, "microsoft/phi-4", "hf_id"),
        ("Zx-9 (high)", {"organization": "Zx Lab", "open_weights": False}, "zxlab/zx-9-high", "own"),
        ("phi-4", {"organization": "Somebody Else"}, "somebodyelse/phi-4", "own"),
    ],
)
def test_any_text_is_explained_as_a_new_name(text: str, facts: dict[str, object], model: str, decides: str) -> None:
    why = explain_text(text, **facts)
    assert (why.model_id, why.is_listed) == (model, False)
    assert next(step.rule for step in why.steps if step.matches) == decides
    assert why.release["release_id"]


def test_a_text_gets_the_model_that_the_next_refresh_would_give_it() -> None:
    texts = ["phi 4", "Phi-4-mini-instruct", "Zx-9 (high)", "zx/9", "", "gpt-9", "模型-7b", "microsоft/phi-4"]
    given = names(*ROWS)
    for text in texts:
        why = explain_unlisted(text, Inputs(given), resolve(given).lineage, load_rules(), source="arena_text")
        placed = resolve(names(*ROWS, *arena(text))).aliases.filter(pl.col("raw_name") == text)
        assert placed.select("model_id", "rung", "evidence").row(0) == (why.model_id, why.rung, why.evidence)
        assert sum(step.matches for step in why.steps) >= 1


def test_a_spelling_of_a_new_model_is_explained_by_the_other_name() -> None:
    row = arena("Zx-9", organization="Zx Lab")
    why = explain_text("zx 9", *row, organization="Zx Lab")
    assert steps_of(why)["same name"]
    assert "the model of 'Zx-9'" in why.steps[-1].why


def test_a_quarantined_text_is_explained_as_such() -> None:
    why = explain_text("microsоft/phi-4")
    assert [step.rule for step in why.steps] == ["quarantine"]
    assert why.confidence == 0.0
