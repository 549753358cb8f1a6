"""The table `identity_quality` of a build, on labels small enough to count by hand and on those that are shipped."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from aggregator.identity import QUALITY, Rules, load_rules, resolve
from aggregator.identity.curated import Alias
from aggregator.identity.evaluation import (
    ARENA_LABELS,
    OTHER_LABELS,
    SOURCE_SUFFIX,
    Night,
    evaluate_build,
    evaluate_night,
    label_names,
    shipped_labels,
)
from aggregator.identity.hub_evidence import NO_METADATA
from aggregator.identity.inputs import Inputs
from aggregator.identity.labels import ARENA, Label
from tests.support.names import arena, hub, names

KNOWN = ("microsoft/phi-4", "google/gemma-2-9b-it", "Qwen/QwQ-32B", "someone/phi-4")
DAY = dt.date(2026, 1, 1)


def label(name: str, canonical: str, *same: str, board: str = ARENA, **facts: object) -> Label:
    empty: frozenset[str] = frozenset()
    made = Label(name, canonical.lower(), frozenset(i.lower() for i in same), empty, empty, board)
    return replace(made, **facts)  # type: ignore[arg-type] # the values have several types


def measured(rules: Rules, arena_labels: list[Label], others: list[Label]) -> pl.DataFrame:
    night_names = names(*hub(*KNOWN), *arena(*(one.name for one in arena_labels)))
    resolution = resolve(night_names, rules)
    night = Night(Inputs(night_names), resolution.aliases, resolution.lineage)
    return evaluate_night(night, rules, {ARENA_LABELS: arena_labels, OTHER_LABELS: others})


def counted(found: pl.DataFrame, measure: str, **row: str) -> tuple[int, int]:
    """Return the right and all decisions of one row of the other boards' labels."""
    wanted = {"labels": OTHER_LABELS, "board": "all", "part": "all", "class": "all", "method": "metaboard"} | row
    return (
        found.filter(pl.col("measure") == measure, *(pl.col(c) == v for c, v in wanted.items()))
        .select("right", "decided")
        .row(0)
    )


ARENA_LABELLED = [label("phi-4", "microsoft/phi-4", "microsoft/phi-4"), label("zeta-1", "zeta/zeta-1")]
OTHERS = [
    label("Phi 4", "microsoft/phi-4", "microsoft/phi-4", board="aider"),
    label("gemma 2 9b (it)", "google/gemma-2-9b-it", "google/gemma-2-9b-it", board="helm"),
    label("the-ninth", "Qwen/QwQ-32B", "Qwen/QwQ-32B", board="helm", flags=frozenset({"knowledge"})),
    label("omega-5", "omega/omega-5", board="helm", organization="Omega"),
]


def test_names_of_boards_that_the_night_lacks_are_resolved_beside_its_names() -> None:
    found = measured(load_rules(), ARENA_LABELLED, OTHERS)
    assert found.schema == QUALITY
    assert counted(found, "link_precision") == (2, 2)
    assert counted(found, "link_recall") == (2, 3)
    assert counted(found, "link_recall", **{"class": "needs no knowledge"}) == (2, 2)
    assert counted(found, "link_recall", board="helm") == (1, 2)
    assert counted(found, "link_recall", board="helm", **{"class": "needs no knowledge"}) == (1, 1)
    assert counted(found, "no_match_kept") == (1, 1)


def test_pairs_count_within_other_boards_and_with_the_arena_but_not_within_the_arena() -> None:
    again = label("PHI-4", "microsoft/phi-4", "microsoft/phi-4", board="helm")
    found = measured(load_rules(), [*ARENA_LABELLED, label("Phi-4", "microsoft/phi-4")], [*OTHERS, again])
    # Two names of other boards with each other, and each with the two names of the Arena.
    assert counted(found, "pair_recall") == (5, 5)
    assert counted(found, "pair_precision") == (5, 5)
    assert counted(found, "pair_recall", board="aider") == (2, 2)


def test_the_publisher_and_the_whole_id_are_compared_with_the_label() -> None:
    found = measured(load_rules(), ARENA_LABELLED, OTHERS)
    assert counted(found, "publisher_right") == (3, 4)
    assert counted(found, "whole_id_right") == (3, 4)
    other_id = label("Phi 4", "microsoft/phi-4-chat", board="aider")
    found = measured(load_rules(), ARENA_LABELLED, [other_id, label("x-1", "y/x-1", board="helm")])
    assert counted(found, "publisher_right", board="aider") == (1, 1)
    assert counted(found, "whole_id_right", board="aider") == (0, 1)


def test_recall_without_curated_rows_is_measured_apart() -> None:
    alias = Alias(("the-ninth",), "Qwen/QwQ-32B", "a test", DAY)
    found = measured(replace(load_rules(), aliases=(alias,)), ARENA_LABELLED, OTHERS)
    assert counted(found, "link_recall") == (3, 3)
    assert counted(found, "link_recall", method="without_curated") == (2, 3)


def test_baselines_match_any_organization_and_are_counted_as_such() -> None:
    found = measured(load_rules(), ARENA_LABELLED, OTHERS)
    # `phi 4` is no tail; with equal separators both repositories named `phi-4` match.
    assert counted(found, "link_precision", method="lower_tail") == (0, 0)
    assert counted(found, "link_precision", method="normalized_tail") == (2, 3)
    assert counted(found, "link_recall", method="sorted_tail") == (2, 3)
    assert counted(found, "link_precision", method="rapidfuzz_92", board="aider") == (0, 0)


def test_a_name_that_the_night_has_keeps_its_published_model() -> None:
    labelled = [label("phi-4", "microsoft/phi-4", "microsoft/phi-4")]
    night_names = names(*hub(*KNOWN), *arena("phi-4"))
    moved = resolve(night_names).aliases.with_columns(
        model_id=pl.when(pl.col("raw_name") == "phi-4").then(pl.lit("elsewhere/phi-4")).otherwise("model_id")
    )
    night = Night(Inputs(night_names), moved, resolve(night_names).lineage)
    found = evaluate_night(night, load_rules(), {ARENA_LABELS: labelled})
    assert counted(found, "link_recall", labels=ARENA_LABELS) == (0, 1)


def test_labelled_names_have_sources_of_their_own_with_the_facts_of_their_board() -> None:
    row = label("omega-5", "omega/omega-5", board="helm", organization="Omega", license="proprietary")
    (found,) = label_names([row, row]).iter_rows(named=True)
    assert (found["source"], found["organization"], found["open_weights"]) == ("helm_labels", "Omega", False)


def test_the_shipped_labels_have_boards_and_one_spelling_of_each_renamed_namespace() -> None:
    shipped = shipped_labels(load_rules())
    boards = {one.board for one in shipped[OTHER_LABELS]}
    assert {one.board for one in shipped[ARENA_LABELS]} == {ARENA}
    assert len(boards) >= 10
    assert ARENA not in boards
    namespaces = {one.canonical.partition("/")[0] for labels in shipped.values() for one in labels}
    assert "cohereforai" not in namespaces
    assert "coherelabs" in namespaces


@pytest.mark.parametrize("rows", [[], arena("phi-4")])
def test_a_night_without_known_ids_or_without_arena_names_is_measured(rows: list[dict[str, object]]) -> None:
    resolution = resolve(names(*hub("microsoft/phi-4"), *rows) if rows else names(*hub("microsoft/phi-4")))
    found = evaluate_build(resolution, load_rules(), NO_METADATA)
    assert counted(found, "whole_id_right")[1] > 500
    assert found.select("labels", "board", "part", "class", "method", "measure").is_unique().all()


def test_no_labelled_name_is_among_the_models_of_the_night() -> None:
    resolution = resolve(names(*hub("microsoft/phi-4")))
    evaluate_build(resolution, load_rules(), NO_METADATA)
    assert resolution.aliases["raw_name"].to_list() == ["microsoft/phi-4"]
    assert not resolution.names["source"].str.ends_with(SOURCE_SUFFIX).any()
