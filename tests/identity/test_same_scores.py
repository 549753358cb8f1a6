"""Edges between models with equal scores: which vectors count, their direction, and what depends on them."""

from datetime import date
from typing import Any

import polars as pl

from aggregator import schema
from aggregator.identity import resolve
from aggregator.identity.same_scores import equal_scores
from tests.support.names import OPEN_LLM, hub, names, rules_without_aliases

CHANCE = 0.25


def equal(vectors: dict[str, list[float]], **entries: list[Any]) -> pl.DataFrame:
    """Return EQUAL_SCORES of one source; `entries` are further columns, in the order of `vectors`."""
    scores = [
        {"source": OPEN_LLM, "benchmark": f"{OPEN_LLM}/b{at}", "raw_name": name, "score": score}
        for name, vector in vectors.items()
        for at, score in enumerate(vector)
    ]
    count = max(len(vector) for vector in vectors.values())
    benchmarks = [{"benchmark": f"{OPEN_LLM}/b{at}", "chance": CHANCE, "scale_high": 1.0} for at in range(count)]
    listed = pl.DataFrame({"source": [OPEN_LLM] * len(vectors), "raw_name": list(vectors), **entries})
    return equal_scores(
        schema.frame(schema.SCORES, scores),
        schema.frame(schema.BENCHMARKS, benchmarks),
        schema.frame(schema.ENTRIES, listed),
    )


def edges(vectors: dict[str, list[float]], *rows: dict[str, Any], **entries: list[Any]) -> set[tuple[str, str]]:
    given = {row["raw_name"] for row in rows}
    listed = names(*rows, *hub(*(name for name in vectors if name not in given)))
    lineage = resolve(listed, rules_without_aliases(), equal=equal(vectors, **entries)).lineage
    found = lineage.filter(relation="same_scores")
    assert found.filter((pl.col("trust") != 1) | (pl.col("source") != "scores")).is_empty()
    return set(found.select("model_id", "parent_id").iter_rows())


SCORES = [0.5, 0.6, 0.7, 0.8, 0.9]


def test_equal_scores_on_five_benchmarks_make_an_edge_and_fewer_or_other_scores_do_not() -> None:
    assert edges({"x/a": SCORES, "x/b": SCORES, "x/c": [*SCORES[:4], 0.91]}) == {("x/b", "x/a")}
    assert edges({"x/a": SCORES[:4], "x/b": SCORES[:4]}) == set()
    assert edges({"x/a": SCORES, "x/b": [*SCORES, 0.5]}) == set()


def test_models_that_only_guess_are_not_equal() -> None:
    guesses = [0.25, 0.26, 0.24, 0.25, 0.4]
    assert edges({"x/a": guesses, "x/b": guesses}) == set()
    assert edges({"x/a": [0.4, *guesses[1:]], "x/b": [0.4, *guesses[1:]]}) == {("x/b", "x/a")}


def test_scores_of_different_settings_are_not_compared() -> None:
    both = {"x/a": SCORES, "x/b": SCORES}
    assert edges(both, chat_template=[True, False]) == set()
    assert edges(both, chat_template=[True, True]) == {("x/b", "x/a")}


def test_the_edges_of_a_group_lead_to_one_model() -> None:
    three = {"x/a": SCORES, "x/b": SCORES, "x/c": SCORES}
    assert edges(three) == {("x/b", "x/a"), ("x/c", "x/a")}
    dates = [date(2024, 3, 1), date(2024, 2, 1), date(2024, 4, 1)]
    assert edges(three, submitted_on=dates) == {("x/a", "x/b"), ("x/c", "x/b")}
    assert edges(three, *hub("x/b", base_models=["x/c"])) == {("x/a", "x/c"), ("x/b", "x/c")}
    official = {"a/copy": SCORES, "Qwen/Qwen2-7B": SCORES}
    assert edges(official, submitted_on=dates[1:]) == {("a/copy", "Qwen/Qwen2-7B")}
    child = hub("x/child", base_models=["a/copy"])
    assert edges(official, *hub("a/copy", base_models=["x/old"]), *child) == {("a/copy", "Qwen/Qwen2-7B")}


def test_equal_scores_give_a_family_only_where_other_edges_show_one() -> None:
    vectors = {"x/a": SCORES, "x/b": SCORES, "y/c": [*SCORES, 0.3], "y/d": [*SCORES, 0.3]}
    rows = [*hub("x/b", base_models=["x/root"]), *hub("x/a", "y/c", "y/d")]
    found = resolve(names(*rows), rules_without_aliases(), equal=equal(vectors))
    family = dict(found.models.select("model_id", "family").iter_rows())
    assert family == {"x/a": "x/root", "x/b": "x/root", "y/c": "y/c", "y/d": "y/d"}


def test_any_other_edge_has_priority_over_equal_scores() -> None:
    vectors = {"x/a": SCORES, "x/b": SCORES}
    rows = [*hub("x/a", base_models=["x/one"]), *hub("x/b", base_models=["x/two"])]
    found = resolve(names(*rows), rules_without_aliases(), equal=equal(vectors))
    assert dict(found.models.select("model_id", "family").iter_rows()) == {"x/a": "x/one", "x/b": "x/two"}
