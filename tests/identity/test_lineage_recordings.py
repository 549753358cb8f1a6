"""Lineage on the recorded boards: how many models have a family, and how often names and scores find the stated one."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from aggregator.identity import Rules, load_rules
from aggregator.identity.families import CLOSEST, SUPERSEDED_BY, families
from aggregator.identity.lineage import BOARD_TRUST, lineage_of
from aggregator.identity.quality import wilson
from aggregator.identity.resolve import place_names
from aggregator.pipeline.results import ReadResult
from aggregator.pipeline.steps import collect_equal_scores, collect_names
from tests.support.names import recorded_results

pytestmark = pytest.mark.recordings


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules()


@pytest.fixture(scope="module")
def results(recordings: Path) -> list[ReadResult]:
    return recorded_results(recordings)


@pytest.fixture(scope="module")
def equal(results: list[ReadResult]) -> pl.DataFrame:
    return collect_equal_scores(results)


@pytest.fixture(scope="module")
def aliases(results: list[ReadResult], rules: Rules) -> pl.DataFrame:
    return place_names(collect_names(results), rules)


@pytest.fixture(scope="module")
def lineage(aliases: pl.DataFrame, rules: Rules, equal: pl.DataFrame) -> pl.DataFrame:
    return lineage_of(aliases, rules, equal=equal)


def family_of(lineage: pl.DataFrame) -> dict[str, str]:
    return dict(families(lineage).iter_rows())


def compare(
    source: str, aliases: pl.DataFrame, rules: Rules, equal: pl.DataFrame, lineage: pl.DataFrame
) -> list[tuple[str, str, str]]:
    """Return `(model, stated family, family by the edge of source)` of all models whose base a board or a person states.

    The edge of `source` is the one that the model has when nothing is stated; its parent has the family of `lineage`.
    """
    stated = lineage.filter(pl.col("relation") != SUPERSEDED_BY, pl.col("trust") >= BOARD_TRUST)
    nothing = pl.lit(None, dtype=pl.List(pl.String))
    edges = lineage_of(aliases.with_columns(base_models=nothing), replace(rules, edges=()), equal=equal)
    found = edges.filter(source=source).filter(~pl.col("relation").is_in(CLOSEST))
    listed = found.filter(pl.col("model_id").is_in(stated["model_id"].implode()))
    family = family_of(lineage)
    return [
        (model, family[model], family.get(parent, parent))
        for model, parent in listed.select("model_id", "parent_id").iter_rows()
        if model in set(aliases["model_id"])
    ]


def test_a_quarter_of_the_models_have_a_family_beyond_themselves(aliases: pl.DataFrame, lineage: pl.DataFrame) -> None:
    models = aliases["model_id"].unique()
    for edges in (lineage, lineage.filter(pl.col("source") != "scores")):
        family = family_of(edges)
        share = sum(family.get(model, model) != model for model in models) / len(models)
        assert share >= 0.25


def test_names_find_the_family_that_boards_and_curated_rules_state(
    aliases: pl.DataFrame, rules: Rules, equal: pl.DataFrame, lineage: pl.DataFrame
) -> None:
    found = compare("name", aliases, rules, equal, lineage)
    agreed = sum(stated == family for _, stated, family in found)
    assert len(found) >= 250
    low, _ = wilson(agreed, len(found))
    assert low is not None
    assert low >= 0.95, [row for row in found if row[1] != row[2]]


def test_equal_scores_join_models_of_one_family(lineage: pl.DataFrame) -> None:
    """Compared with the families by all other edges, of both models of a pair."""
    others = family_of(lineage.filter(pl.col("source") != "scores"))
    roots = {*others, *others.values()}
    pairs = [
        (model, parent)
        for model, parent in lineage.filter(source="scores").select("model_id", "parent_id").iter_rows()
        if model in roots and parent in roots
    ]
    agreed = sum(others.get(model, model) == others.get(parent, parent) for model, parent in pairs)
    assert len(pairs) >= 40
    assert agreed / len(pairs) >= 0.9, pairs


def test_every_edge_has_the_trust_of_its_source_and_no_copy_comes_from_scores(lineage: pl.DataFrame) -> None:
    trust = dict(lineage.select("source", "trust").unique().iter_rows())
    assert trust["curated"] > trust["open_llm_v2"] > trust["name"] > trust["scores"]
    assert set(lineage.filter(source="scores")["relation"]) == {"same_scores"}
