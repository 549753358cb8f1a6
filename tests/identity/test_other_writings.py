"""One id in another writing is that id where it is certain, else a row for a review; never a second model in silence."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aggregator import schema
from aggregator.identity import load_rules, resolve
from aggregator.identity.hub_evidence import NO_METADATA
from tests.support.names import MTEB, arena, hub, names, recorded_names

V1 = "open_llm_v1"
MODEL = "acme-ai/Quill-2.5-7B-Instruct"

WRITINGS: dict[str, Callable[[str], str]] = {
    "lower case": str.lower,
    "upper case": str.upper,
    "underscores": lambda model: model.replace("-7B", "_7B"),
    "an address": lambda model: f"https://huggingface.co/{model}",
    "an address with a slash": lambda model: f"https://huggingface.co/{model}/",
    "an address with a query": lambda model: f"https://www.huggingface.co/{model}?library=transformers#files",
    "a page of the repository": lambda model: f"huggingface.co/{model}/tree/main",
    "a clone address": lambda model: f"https://huggingface.co/{model}.git",
    "a short address": lambda model: f"https://hf.co/{model}",
}


def ids(*rows: dict[str, Any]) -> dict[str, str]:
    return dict(resolve(names(*rows)).aliases.select("raw_name", "model_id").iter_rows())


@pytest.mark.parametrize("writing", WRITINGS.values(), ids=WRITINGS)
def test_another_writing_of_an_id_is_that_id(writing: Callable[[str], str]) -> None:
    other = writing(MODEL)
    rows = [*hub(MODEL), *hub(MODEL, source=MTEB), *hub(other, source=V1)]
    assert set(ids(*rows).values()) == {MODEL}


@pytest.mark.parametrize("writing", WRITINGS.values(), ids=WRITINGS)
def test_a_board_without_an_id_column_may_write_the_id_as_the_name(writing: Callable[[str], str]) -> None:
    other = writing(MODEL)
    assert ids(*hub(MODEL), {"source": "board", "raw_name": other})[other] == MODEL


@pytest.mark.parametrize("address", ["https://huggingface.co/datasets/acme/quill", "https://example.org/acme/quill"])
def test_an_address_that_leads_to_no_model_is_no_id(address: str) -> None:
    assert ids({"source": "board", "raw_name": address})[address] != "acme/quill"


def test_two_ids_that_one_board_lists_are_two_models() -> None:
    rows = [*hub("someone/Ferret-7B", "someone/Ferret_7B"), *hub("someone/Ferret-7B", source=V1)]
    assert set(ids(*rows).values()) == {"someone/Ferret-7B", "someone/Ferret_7B"}
    assert resolve(names(*rows)).unresolved.is_empty(), "nothing is left to decide"


def test_two_ids_that_the_hub_has_are_two_models() -> None:
    rows = [*hub("someone/Ferret-7B"), *hub("someone/Ferret_7B", source=V1)]
    found = [{"hub_id": i, "status": "found", "applies": True} for i in ("someone/Ferret-7B", "someone/Ferret_7B")]
    metadata = schema.frame(schema.HUB_MODELS, pl.DataFrame(found))
    assert set(resolve(names(*rows), hub_metadata=metadata).models["model_id"]) == {
        "someone/Ferret-7B",
        "someone/Ferret_7B",
    }
    assert set(resolve(names(*rows), hub_metadata=NO_METADATA).models["model_id"]) == {"someone/Ferret-7B"}


def test_a_board_that_renamed_its_row_does_not_list_both() -> None:
    gone = [row | {"gone": True} for row in hub("someone/Ferret_7B")]
    assert len(set(ids(*hub("someone/Ferret-7B"), *gone).values())) == 1


def test_an_id_in_another_namespace_of_its_publisher_is_that_id() -> None:
    rows = [*hub("meta-llama/Quill-7B"), *hub("facebook/Quill-7B", source=V1)]
    assert set(ids(*rows).values()) == {"meta-llama/Quill-7B"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("someone/Quill-7B", "newaccount/Quill-7B"), ("someone/Quill-2.5-7B", "someone/Quill-2-5-7B")],
    ids=["a namespace that may have moved", "a dot"],
)
def test_what_is_not_certain_waits_for_a_review_with_its_candidate(one: str, other: str) -> None:
    found = resolve(names(*hub(one), *hub(one, source=MTEB), *hub(other, source=V1)))
    assert set(found.models["model_id"]) == {one, other}
    (row,) = found.unresolved.filter(pl.col("raw_name") == other).to_dicts()
    assert row["candidates"] == [one]


def test_ids_of_other_sizes_are_not_joined_and_wait_for_a_review() -> None:
    rows = [*hub("someone/Quill-chat", params_b=7.0), *hub("someone/Quill_chat", source=V1, params_b=70.0)]
    found = resolve(names(*rows))
    assert found.models.height == 2
    assert found.unresolved.height == 1


def test_a_copy_in_the_namespace_of_a_mirror_needs_no_review() -> None:
    rows = [*hub("someone/Quill-7B"), *hub("TheBloke/Quill-7B", source=V1)]
    assert resolve(names(*rows)).unresolved.is_empty()


TWINS = {
    "the casing of its publisher": ([], "google/Quill-7B", "Google/Quill-7B"),
    "the casing of other boards": (hub("acme/Quill-7B", source=MTEB), "acme/Quill-7B", "ACME/Quill-7B"),
    "the casing in which others name it as a base": (
        hub("someone/tuned", base_models=["acme/QuilL-7B"]),
        "acme/QuilL-7B",
        "acme/Quill-7B",
    ),
    "the casing of the namespace": (hub("acme/One-1B", "acme/Two-2B"), "acme/Quill-7B", "Acme/Quill-7B"),
    "the one that is not all lower case": ([], "acme/Quill-7B", "acme/quill-7b"),
}


@pytest.mark.parametrize(("others", "right", "twin"), TWINS.values(), ids=TWINS)
def test_of_two_casings_on_one_board_the_better_attested_one_is_the_id(
    others: list[dict[str, Any]], right: str, twin: str
) -> None:
    for rows in (hub(right, twin), hub(twin, right)):
        assert ids(*others, *rows)[right] == ids(*others, *rows)[twin] == right


def test_of_two_casings_with_equal_evidence_capitals_come_last() -> None:
    rows = names(*hub("ACME/QUILL-7B"), *hub("Acme/Quill-7B", source=MTEB))
    assert set(resolve(rows).models["model_id"]) == {"Acme/Quill-7B"}


def test_the_casing_of_the_hubs_answer_decides() -> None:
    metadata = schema.frame(
        schema.HUB_MODELS, pl.DataFrame([{"hub_id": "acme/qUill-7B", "status": "found", "applies": True}])
    )
    rows = names(*hub("acme/Quill-7B"), *hub("acme/quill-7b", source=MTEB))
    assert set(resolve(rows, hub_metadata=metadata).models["model_id"]) == {"acme/qUill-7B"}


@pytest.mark.recordings
def test_any_recorded_id_in_another_writing_on_one_of_its_boards_is_that_id(recordings: Path) -> None:
    rows = recorded_names(recordings)
    base = resolve(rows).aliases
    shared = (
        rows.filter(pl.col("hf_id").is_not_null())
        .join(base.select("source", "raw_name", "model_id"), on=["source", "raw_name"])
        .filter((pl.col("source").n_unique().over("model_id") > 1) & (pl.col("model_id") == pl.col("hf_id")))
        .sort("model_id", "source")
        .unique("model_id", keep="first", maintain_order=True)
        .sample(200, seed=1)
    )
    rng = random.Random(1)
    written = [rng.choice(list(WRITINGS.values()))(model) for model in shared["model_id"]]
    changes = shared.select("source", "raw_name", "model_id", written=pl.Series(written))
    other = rows.join(changes, on=["source", "raw_name"], how="left").with_columns(
        raw_name=pl.coalesce("written", "raw_name"),
        hf_id=pl.coalesce("written", "hf_id"),
        link=pl.when(pl.col("written").is_null()).then("link"),
    )
    found = resolve(schema.frame(schema.NAMES, other), load_rules())
    placed = changes.join(
        found.aliases, left_on=["source", "written"], right_on=["source", "raw_name"], suffix="_found"
    )
    wrong = placed.filter(pl.col("model_id") != pl.col("model_id_found"))
    assert placed.height == 200
    listed = set(found.unresolved["raw_name"])
    assert set(wrong["written"]) <= listed, "what is not joined waits for a review"
    assert wrong.height <= 4


def test_arena_names_are_no_ids() -> None:
    assert ids(*arena("GPT-4o (08/06)"))["GPT-4o (08/06)"].count("/") == 1
