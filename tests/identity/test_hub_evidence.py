"""Evidence from Hub metadata: which renames and edges identity uses, and which it does not."""

import polars as pl

from aggregator import identity
from aggregator.hub.cache import hub_models_frame
from aggregator.identity.curated import Alias, Edge, Rules
from aggregator.identity.hub_metadata import HubModel
from tests.identity.test_hub_takeover import answered_at_noon
from tests.support.clocks import NOON
from tests.support.names import arena, hub, names

NO_DATES = pl.DataFrame(schema={"hub_id": pl.String, "first_named_on": pl.Date})


def resolved(rows: list[dict[str, object]], *models: HubModel, rules: Rules | None = None) -> identity.Resolution:
    rules = rules or Rules()
    return identity.resolve(names(*rows), rules, identity.validate_metadata(hub_models_frame(models), NO_DATES, rules))


def edges(found: identity.Resolution) -> set[tuple[str, str, str, str]]:
    return set(found.lineage.select("model_id", "relation", "parent_id", "source").iter_rows())


def model_by_name(found: identity.Resolution) -> dict[str, str]:
    return dict(found.aliases.select("raw_name", "model_id").iter_rows())


def test_empty_metadata_changes_nothing() -> None:
    rows = [*hub("a/X-7B", "b/Y-7B"), *arena("x-7b")]
    without, empty = identity.resolve(names(*rows), Rules()), resolved(rows)
    for table in ("aliases", "models", "lineage", "unresolved"):
        assert getattr(without, table).equals(getattr(empty, table))


def test_a_verified_rename_makes_two_ids_one_model_with_evidence() -> None:
    found = resolved(hub("old/X-7B", "new/X-7B"), answered_at_noon("old/X-7B", "new/X-7B"))
    assert set(model_by_name(found).values()) == {"new/X-7B"}
    row = found.aliases.filter(raw_name="old/X-7B").row(0, named=True)
    assert row["rung"] == "hf_id_folded"
    assert "the Hub leads from old/X-7B to new/X-7B, seen on 2026-11-25" in row["evidence"]


def test_a_rename_to_another_name_is_never_followed() -> None:
    found = resolved(hub("old/X-7B", "old/X-8B"), answered_at_noon("old/X-7B", "old/X-8B"))
    assert model_by_name(found) == {"old/X-7B": "old/X-7B", "old/X-8B": "old/X-8B"}


def test_a_curated_move_has_priority_over_a_redirect() -> None:
    decided = Rules(moved=(Alias(("old/X-7B",), "right/X-7B", "looked at", NOON.date()),))
    found = resolved(hub("old/X-7B", "new/X-7B"), answered_at_noon("old/X-7B", "new/X-7B"), rules=decided)
    assert model_by_name(found)["old/X-7B"] == "right/X-7B"
    assert model_by_name(found)["new/X-7B"] == "new/X-7B"


def test_two_redirects_in_a_circle_rename_nothing() -> None:
    answers = (answered_at_noon("a/X-7B", "b/X-7B"), answered_at_noon("b/X-7B", "a/X-7B"))
    assert model_by_name(resolved(hub("a/X-7B", "b/X-7B"), *answers)) == {"a/X-7B": "a/X-7B", "b/X-7B": "b/X-7B"}


def with_base(child: str, relation: str, *parents: str) -> HubModel:
    return answered_at_noon(child, baseModels={"relation": relation, "models": [{"id": parent} for parent in parents]})


def test_the_hubs_relations_become_typed_edges_and_families() -> None:
    found = resolved(
        hub("me/Tuned-7B", "me/Lora-7B", "me/Mix-7B", "me/Tuned-7B-GGUF", "org/Base-7B"),
        with_base("me/Tuned-7B", "finetune", "org/Base-7B"),
        with_base("me/Lora-7B", "adapter", "org/Base-7B"),
        with_base("me/Mix-7B", "merge", "me/Tuned-7B", "me/Lora-7B"),
        with_base("me/Tuned-7B-GGUF", "quantized", "me/Tuned-7B"),
    )
    assert edges(found) == {
        ("me/Tuned-7B", "finetune_of", "org/Base-7B", "hub"),
        ("me/Lora-7B", "adapter_of", "org/Base-7B", "hub"),
        ("me/Mix-7B", "merge_of", "me/Tuned-7B", "hub"),
        ("me/Mix-7B", "merge_of", "me/Lora-7B", "hub"),
        ("me/Tuned-7B-GGUF", "quantized", "me/Tuned-7B", "hub"),
    }
    assert set(found.models["family"]) == {"org/Base-7B"}


def test_a_quantized_model_must_have_a_precision_in_its_name() -> None:
    """Otherwise the author of a card could remove a model from the ranking."""
    found = resolved(hub("me/Great-7B", "org/Base-7B"), with_base("me/Great-7B", "quantized", "org/Base-7B"))
    assert edges(found) == {("me/Great-7B", "finetune_of", "org/Base-7B", "hub")}


def test_the_hub_has_priority_over_the_parents_that_a_board_states() -> None:
    rows = [*hub("me/X-7B", base_models=["org/One"]), *hub("org/One", "org/Two")]
    found = resolved(rows, with_base("me/X-7B", "finetune", "org/Two"))
    assert edges(found) == {
        ("me/X-7B", "finetune_of", "org/One", "open_llm_v2"),
        ("me/X-7B", "finetune_of", "org/Two", "hub"),
    }
    assert found.models.filter(model_id="me/X-7B")["family"].item() == "org/Two"


def test_a_curated_parent_has_priority_over_the_hub() -> None:
    decided = Rules(edges=(Edge("me/X-7B", "finetune_of", "org/One", "the model card", NOON.date()),))
    found = resolved(hub("me/X-7B", "org/One"), with_base("me/X-7B", "finetune", "org/Two"), rules=decided)
    assert edges(found) == {("me/X-7B", "finetune_of", "org/One", "curated")}


def test_the_hub_may_add_the_relation_to_a_parent_that_a_board_states() -> None:
    rows = [*hub("me/One-AWQ", base_models=["org/One"]), *hub("org/One")]
    found = resolved(rows, with_base("me/One-AWQ", "quantized", "org/One"))
    assert edges(found) == {("me/One-AWQ", "quantized", "org/One", "hub")}


def test_the_parent_of_another_kind_of_an_embedding_model_has_its_own_relation() -> None:
    rows = [*hub("me/Embed-7B", "org/Embed-1", source="mteb_eng_v2"), *hub("org/Base-7B")]
    found = resolved(
        rows,
        with_base("me/Embed-7B", "finetune", "org/Base-7B"),
        with_base("org/Embed-1", "finetune", "me/Embed-7B"),
    )
    assert edges(found) == {
        ("me/Embed-7B", "embedding_of", "org/Base-7B", "hub"),
        ("org/Embed-1", "finetune_of", "me/Embed-7B", "hub"),
    }


def test_edges_go_up_through_models_that_no_board_lists_and_never_down() -> None:
    found = resolved(
        hub("me/X-7B"),
        with_base("me/X-7B", "finetune", "org/Chat-7B"),
        with_base("org/Chat-7B", "finetune", "org/Base-7B"),
        with_base("you/Unlisted", "finetune", "org/Base-7B"),
    )
    assert {(child, parent) for child, _, parent, _ in edges(found)} == {
        ("me/X-7B", "org/Chat-7B"),
        ("org/Chat-7B", "org/Base-7B"),
    }
    assert found.models["family"].to_list() == ["org/Base-7B"]


def test_a_cycle_in_hub_metadata_loses_one_edge() -> None:
    found = resolved(hub("a/X", "b/Y"), with_base("a/X", "finetune", "b/Y"), with_base("b/Y", "finetune", "a/X"))
    assert len(edges(found)) == 1
