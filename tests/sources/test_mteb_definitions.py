"""The splits and subsets of MTEB's tasks: equal to the recorded definitions, with names that nobody confuses."""

import json
from itertools import product
from pathlib import Path

import pytest

from aggregator.model import Domain
from aggregator.sources.mteb_cells import MIN_MODELS, choose_sets
from aggregator.sources.mteb_definitions import Cell, TaskSet, defined, from_data, set_of
from tools import write_mteb_definitions


def test_every_recorded_definition_is_in_the_file(recordings: Path) -> None:
    definitions = json.loads((recordings / "mteb_benchmark_definitions.json").read_bytes())
    recorded = {
        (benchmark, task["name"]): (frozenset(product(task["eval_splits"], task["hf_subsets"])), task["main_score"])
        for benchmark, definition in definitions.items()
        for task in definition["tasks"]
    }
    found = {key: set_of(*key) for key in recorded}
    assert {key: one and (one.cells, one.main_score) for key, one in found.items()} == recorded


def test_the_tool_writes_exactly_this_file(recordings: Path) -> None:
    written = write_mteb_definitions.TARGET.read_text(encoding="utf-8")
    definitions = json.loads((recordings / "mteb_benchmark_definitions.json").read_bytes())
    origin, day = written.splitlines()[0].removesuffix(".").split(", ")[-2:]
    assert write_mteb_definitions.definitions_table(definitions, origin.removeprefix("from "), day) == written


def test_every_set_has_a_name_and_a_test_set_of_its_own() -> None:
    sets = [one for of_task in defined().values() for one in of_task]
    assert len({one.name for one in sets}) == len({one.test_set for one in sets}) == len(sets)


def test_a_task_with_several_definitions_has_one_for_each_benchmark_and_none_for_others() -> None:
    english, every = set_of("MTEB(eng, v2)", "STS17"), set_of("MTEB(Multilingual, v2)", "STS17")
    assert english is not None
    assert every is not None
    assert (english.name, english.test_set) == ("STS17 (test; en-en)", "mteb_sts17_test_en-en")
    assert len(every.cells) == 11
    assert set_of("MTEB(fra, v1)", "STS17") is None
    assert set_of("MTEB(fra, v1)", "ArguAna") == set_of("MTEB(eng, v2)", "ArguAna")


def test_a_metric_states_the_splits_and_subsets() -> None:
    assert TaskSet("T", "T", frozenset({("test", "en"), ("test", "de")}), None, "f1").metric == (
        "f1; split test, subsets de, en"
    )
    many = frozenset(product(("dev", "test"), map(str, range(13))))
    assert TaskSet("T", "T", many).metric == "main score of the task; splits dev, test, 13 subsets"
    assert TaskSet("T", "T", frozenset(), None, "f1").metric == "f1"


@pytest.mark.parametrize(
    ("task", "task_type", "domain"),
    [
        ("NewRetrieval", None, Domain.RETRIEVAL),
        ("NewBitextMining", None, Domain.MULTILINGUAL),
        ("New", "InstructionReranking", Domain.RETRIEVAL),
        ("New", "STS", Domain.EMBEDDING),
    ],
)
def test_the_domain_follows_from_the_type_or_the_name(task: str, task_type: str | None, domain: Domain) -> None:
    assert TaskSet(task, task, frozenset(), task_type).domain is domain


def ran(*subsets: str, split: str = "test") -> frozenset[Cell]:
    return frozenset((split, subset) for subset in subsets)


def test_the_first_set_has_the_most_measurements_in_common() -> None:
    models = {ran("a", "b", "c"): MIN_MODELS, ran("a"): 2 * MIN_MODELS, ran("d"): MIN_MODELS - 1}
    # 3 subsets of 5 models, or one subset of 10 + 5 models: as many, so the larger set.
    assert choose_sets(models) == [ran("a", "b", "c"), ran("a")]
    assert choose_sets(models | {ran("a"): 2 * MIN_MODELS + 1}) == [ran("a"), ran("a", "b", "c")]


def test_without_a_common_set_one_is_used() -> None:
    assert choose_sets({ran("a"): 1, ran("b"): 2}) == [ran("b")]


def test_the_name_of_a_set_does_not_depend_on_the_other_sets() -> None:
    large, mixed = ran(*"abcde"), ran("a") | ran("b", split="dev")
    names = [one.name for one in from_data("T", [ran("a"), large, ran("b"), mixed])]
    assert names[0::2] == ["T", "T (test; b)"]
    assert [one.name for one in from_data("T", [ran("z"), mixed, large])][1:] == [names[3], names[1]]
    assert names[1].startswith("T (test; 5 subsets, ")
    assert names[3] != "T (dev, test; a, b)"
