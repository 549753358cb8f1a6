"""What identity takes from the Hub: moved ids and edges, and what it does not take."""

import polars as pl

from aggregator import identity
from aggregator.hub.cache import frame
from aggregator.identity.curated import Alias, Rules
from aggregator.identity.hub_metadata import HubModel
from tests.identity.test_hub_takeover import said
from tests.support.clocks import NOON
from tests.support.names import arena, hub, names

NO_DAYS = pl.DataFrame(schema={"hub_id": pl.String, "first_named_on": pl.Date})


def resolved(rows: list[dict[str, object]], *models: HubModel, rules: Rules | None = None) -> identity.Resolution:
    rules = rules or Rules()
    return identity.resolve(names(*rows), rules, identity.judge(frame(models), NO_DAYS, rules))


def edges(found: identity.Resolution) -> set[tuple[str, str, str, str]]:
    return set(found.lineage.select("model_id", "relation", "parent_id", "source").iter_rows())


def placed(found: identity.Resolution) -> dict[str, str]:
    return dict(found.aliases.select("raw_name", "model_id").iter_rows())


def test_without_the_hub_nothing_differs() -> None:
    rows = [*hub("a/X-7B", "b/Y-7B"), *arena("x-7b")]
    plain, told = identity.resolve(names(*rows), Rules()), resolved(rows)
    for table in ("aliases", "models", "lineage", "unresolved"):
        assert getattr(plain, table).equals(getattr(told, table))


def test_a_verified_rename_makes_two_ids_one_model_and_says_why() -> None:
    found = resolved(hub("old/X-7B", "new/X-7B"), said("old/X-7B", "new/X-7B"))
    assert set(placed(found).values()) == {"new/X-7B"}
    row = found.aliases.filter(raw_name="old/X-7B").row(0, named=True)
    assert row["rung"] == "hf_id_folded"
    assert "the Hub leads from old/X-7B to new/X-7B, seen on 2026-11-25" in row["evidence"]


def test_a_rename_to_another_name_is_never_followed() -> None:
    found = resolved(hub("old/X-7B", "old/X-8B"), said("old/X-7B", "old/X-8B"))
    assert placed(found) == {"old/X-7B": "old/X-7B", "old/X-8B": "old/X-8B"}


def test_a_persons_decision_stands_before_a_redirect() -> None:
    decided = Rules(moved=(Alias(("old/X-7B",), "right/X-7B", "looked at", NOON.date()),))
    found = resolved(hub("old/X-7B", "new/X-7B"), said("old/X-7B", "new/X-7B"), rules=decided)
    assert placed(found)["old/X-7B"] == "right/X-7B"
    assert placed(found)["new/X-7B"] == "new/X-7B"


def test_two_redirects_that_make_a_circle_move_nothing() -> None:
    told = (said("a/X-7B", "b/X-7B"), said("b/X-7B", "a/X-7B"))
    assert placed(resolved(hub("a/X-7B", "b/X-7B"), *told)) == {"a/X-7B": "a/X-7B", "b/X-7B": "b/X-7B"}


def made(child: str, relation: str, *parents: str) -> HubModel:
    return said(child, baseModels={"relation": relation, "models": [{"id": parent} for parent in parents]})


def test_the_hubs_relations_become_typed_edges_and_families() -> None:
    found = resolved(
        hub("me/Tuned-7B", "me/Lora-7B", "me/Mix-7B", "me/Tuned-7B-GGUF", "org/Base-7B"),
        made("me/Tuned-7B", "finetune", "org/Base-7B"),
        made("me/Lora-7B", "adapter", "org/Base-7B"),
        made("me/Mix-7B", "merge", "me/Tuned-7B", "me/Lora-7B"),
        made("me/Tuned-7B-GGUF", "quantized", "me/Tuned-7B"),
    )
    assert edges(found) == {
        ("me/Tuned-7B", "finetune_of", "org/Base-7B", "hub"),
        ("me/Lora-7B", "adapter_of", "org/Base-7B", "hub"),
        ("me/Mix-7B", "merge_of", "me/Tuned-7B", "hub"),
        ("me/Mix-7B", "merge_of", "me/Lora-7B", "hub"),
        ("me/Tuned-7B-GGUF", "quantized", "me/Tuned-7B", "hub"),
    }
    assert set(found.models["family"]) == {"org/Base-7B"}


def test_a_copy_must_look_like_one() -> None:
    """A card that calls a model of its own a quantised copy would take it out of the ranking."""
    found = resolved(hub("me/Great-7B", "org/Base-7B"), made("me/Great-7B", "quantized", "org/Base-7B"))
    assert edges(found) == {("me/Great-7B", "finetune_of", "org/Base-7B", "hub")}


def test_a_boards_word_on_parents_stands_before_the_hubs() -> None:
    rows = [*hub("me/X-7B", base_models=["org/One"]), *hub("org/One", "org/Two")]
    found = resolved(rows, made("me/X-7B", "finetune", "org/Two"))
    assert edges(found) == {("me/X-7B", "finetune_of", "org/One", "open_llm_v2")}


def test_the_hub_may_say_how_a_model_comes_from_the_parent_that_a_board_names() -> None:
    rows = [*hub("me/One-AWQ", base_models=["org/One"]), *hub("org/One")]
    found = resolved(rows, made("me/One-AWQ", "quantized", "org/One"))
    assert edges(found) == {("me/One-AWQ", "quantized", "org/One", "hub")}


def test_an_embedding_models_other_parent_is_named_as_such() -> None:
    rows = [*hub("me/Embed-7B", "org/Embed-1", source="mteb_eng_v2"), *hub("org/Base-7B")]
    found = resolved(
        rows,
        made("me/Embed-7B", "finetune", "org/Base-7B"),
        made("org/Embed-1", "finetune", "me/Embed-7B"),
    )
    assert edges(found) == {
        ("me/Embed-7B", "embedding_of", "org/Base-7B", "hub"),
        ("org/Embed-1", "finetune_of", "me/Embed-7B", "hub"),
    }


def test_edges_lead_up_through_models_that_no_board_lists_and_no_further_down() -> None:
    found = resolved(
        hub("me/X-7B"),
        made("me/X-7B", "finetune", "org/Chat-7B"),
        made("org/Chat-7B", "finetune", "org/Base-7B"),
        made("you/Unlisted", "finetune", "org/Base-7B"),
    )
    assert {(child, parent) for child, _, parent, _ in edges(found)} == {
        ("me/X-7B", "org/Chat-7B"),
        ("org/Chat-7B", "org/Base-7B"),
    }
    assert found.models["family"].to_list() == ["org/Base-7B"]


def test_a_circle_of_the_hub_is_cut() -> None:
    found = resolved(hub("a/X", "b/Y"), made("a/X", "finetune", "b/Y"), made("b/Y", "finetune", "a/X"))
    assert len(edges(found)) == 1
