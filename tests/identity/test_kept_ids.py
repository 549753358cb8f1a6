"""Ids stay from night to night: each test has a first night, and a second one on which one thing is different."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from aggregator import schema
from aggregator.identity import Rules, load_rules
from aggregator.identity.curated import Alias, DistinctPair, RenamedNamespace
from aggregator.identity.match_published import successors_of
from aggregator.identity.registry import NOTHING_PUBLISHED, Registry, advanced
from aggregator.identity.resolve import place_names
from tests.support.names import MTEB, arena, hub, names

FIRST, SECOND, THIRD = date(2026, 9, 1), date(2026, 9, 2), date(2026, 9, 3)
RULES = load_rules()
Rows = list[dict[str, Any]]


def night(rows: Rows, before: Registry = NOTHING_PUBLISHED, on: date = FIRST, rules: Rules = RULES) -> Registry:
    aliases = place_names(names(*rows), rules, published=before)
    return advanced(before, schema.frame(schema.ALIASES, aliases), on, successors_of(before, aliases, rules))


def id_of(registry: Registry, raw_name: str) -> str:
    return str(registry.ids.filter(pl.col("raw_name") == raw_name)["model_id"].unique().item())


def two_nights(first: Rows, second: Rows) -> tuple[Registry, Registry]:
    before = night(first)
    return before, night(second, before, SECOND)


@pytest.mark.parametrize(
    "left_out",
    [{"license": None, "open_weights": None}, {"organization": None}, {"organization": "Other Spelling Inc"}],
)
def test_a_licence_or_an_organization_that_is_left_out_or_spelled_anew_changes_no_id(left_out: dict[str, Any]) -> None:
    first = arena("glm-15", organization="Z.ai", license="mit", open_weights=True)
    before, after = two_nights(first, [first[0] | left_out])
    assert id_of(after, "glm-15") == id_of(before, "glm-15")
    assert after.moves.is_empty()


@pytest.mark.parametrize(
    ("name", "longer"),
    [("chatgpt-9o-latest-20260129", "ChatGPT-9o-latest (2026-01-29)"), ("grok-9-0125", "grok-9-2026-01-25")],
)
def test_the_longer_spelling_of_a_second_board_joins_the_published_id(name: str, longer: str) -> None:
    first = arena(name)
    before, after = two_nights(first, [*first, {"source": "other_board", "raw_name": longer}])
    assert id_of(after, name) == id_of(after, longer) == id_of(before, name)
    alone = night([{"source": "other_board", "raw_name": longer}], before, SECOND)
    assert id_of(alone, name) == id_of(before, name), "the published id stays when its board is not there"


def test_a_name_keeps_the_repository_when_the_row_with_its_id_is_gone() -> None:
    name = arena("Quill-7B-Instruct", organization="acme-ai")
    before = night([*hub("acme-ai/Quill-7B-Instruct"), *name])
    assert id_of(before, "Quill-7B-Instruct") == "acme-ai/Quill-7B-Instruct"
    after = night([*name, *arena("quill-7b-instruct", organization="acme-ai")], before, SECOND)
    assert id_of(after, "Quill-7B-Instruct") == id_of(after, "quill-7b-instruct") == "acme-ai/Quill-7B-Instruct"


@pytest.mark.parametrize("writing", [str.lower, str.upper])
def test_the_casing_of_a_published_id_stays_whatever_boards_write_later(writing: Any) -> None:
    model = "acme-ai/Quill-7B-Instruct"
    before = night(hub(model))
    rows = [*hub(writing(model)), *hub(writing(model), source=MTEB), *hub(writing(model), source="open_llm_v1")]
    after = night(rows, before, SECOND)
    assert set(after.ids["model_id"]) == {model}
    assert after.moves.is_empty()


def test_a_repository_that_appears_is_a_move_with_its_reason() -> None:
    name = arena("quill-7b-instruct", organization="acme-ai")
    before, after = two_nights(name, [*name, *hub("acme-ai/Quill-7B-Instruct-hf")])
    old = id_of(before, "quill-7b-instruct")
    (move,) = after.moves.iter_rows()
    assert move[:3] == (old, "acme-ai/Quill-7B-Instruct-hf", SECOND)
    assert "quill-7b-instruct" in move[3]
    third = night(name, after, THIRD)
    assert id_of(third, "quill-7b-instruct") == "acme-ai/Quill-7B-Instruct-hf", (
        "and it stays when the row is gone again"
    )


def test_an_own_id_that_differs_from_a_repository_in_casing_becomes_it() -> None:
    name = arena("quill-7b", organization="acme-ai", open_weights=True)
    before, after = two_nights(name, [*name, *hub("Acme-AI/Quill-7B")])
    assert id_of(before, "quill-7b").lower().endswith("/quill-7b")
    assert id_of(after, "quill-7b") == "Acme-AI/Quill-7B"


def test_a_base_that_other_rows_name_gives_an_unlisted_repository_its_id() -> None:
    child = hub("someone/Quill-7B-tuned", base_models=["mistralai/Quill-7B-v2"])
    registry = night([*child, *arena("quill-7b-v2", organization="Mistral")])
    assert id_of(registry, "quill-7b-v2") == "mistralai/Quill-7B-v2"


def decided(raw_name: str, model: str) -> Rules:
    alias = Alias((raw_name,), model, "its card says so", date(2026, 9, 1))
    return replace(RULES, aliases=(*RULES.aliases, alias))


def test_a_decision_moves_the_id_and_a_withdrawn_one_gives_the_former_id_back() -> None:
    name = arena("quill-7b-chat-plus", organization="acme-ai")
    before = night(name)
    old = id_of(before, "quill-7b-chat-plus")
    accepted = night(name, before, SECOND, decided("quill-7b-chat-plus", "acme-ai/Quill-9B"))
    assert id_of(accepted, "quill-7b-chat-plus") == "acme-ai/Quill-9B"
    assert "its card says so" in accepted.moves["reason"].item()
    withdrawn = night(name, accepted, THIRD)
    assert id_of(withdrawn, "quill-7b-chat-plus") == old
    assert dict(withdrawn.moves.select("old_id", "new_id").iter_rows()) == {"acme-ai/Quill-9B": old}


def test_a_rejected_model_is_left_although_the_name_was_published_with_it() -> None:
    rows = [*hub("acme-ai/Quill-7B"), *arena("quill-7b", organization="acme-ai")]
    before = night(rows)
    assert id_of(before, "quill-7b") == "acme-ai/Quill-7B"
    pair = DistinctPair(("quill-7b", "acme-ai/Quill-7B"), "other weights", date(2026, 9, 2))
    after = night(rows, before, SECOND, replace(RULES, apart=(*RULES.apart, pair)))
    assert id_of(after, "quill-7b") != "acme-ai/Quill-7B"
    assert after.ids.filter(pl.col("raw_name") == "quill-7b")["former_id"].item() == "acme-ai/Quill-7B"
    assert after.moves.is_empty(), "the repository itself stays"


def test_a_renamed_namespace_moves_its_ids_even_without_their_rows() -> None:
    before = night(hub("oldname/Quill-7B"))
    renamed = RenamedNamespace("oldname", "NewName", date(2026, 9, 2), "the account was renamed")
    rules = replace(RULES, renamed=(*RULES.renamed, renamed))
    after = night(hub("NewName/Quill-7B"), before, SECOND, rules)
    assert dict(after.moves.select("old_id", "new_id").iter_rows()) == {"oldname/Quill-7B": "NewName/Quill-7B"}


def test_a_weaker_match_with_another_publisher_does_not_replace_a_published_id() -> None:
    first = arena("quill-7b", organization="acme-ai")
    before = night(first)
    rows = [*hub("other-ai/Quill-7B"), *arena("quill-7b"), *arena("beta-1b", organization="other-ai")]
    after = night(rows, before, SECOND)
    assert id_of(after, "quill-7b") == id_of(before, "quill-7b")


def test_evidence_differs_only_where_the_registry_decided() -> None:
    rows = [
        *hub("acme-ai/Quill-7B"),
        *arena("quill-7b", organization="acme-ai"),
        *arena("other-9", organization="beta"),
    ]
    before = night(rows)
    changed = [*rows[:2], rows[2] | {"organization": "gamma"}]
    plain = place_names(names(*changed), RULES)
    kept = place_names(names(*changed), RULES, published=before)
    both = plain.join(kept, on=["source", "raw_name"], suffix="_kept")
    differ = both.filter(pl.col("evidence") != pl.col("evidence_kept"))
    assert differ["raw_name"].to_list() == ["other-9"]
    assert "is published as" in differ["evidence_kept"].item()
