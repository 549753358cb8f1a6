"""Gate on facts: what costs a column, what keeps the edition back, and what passes."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from aggregator.gates.facts import DECIDING, FACTS
from aggregator.gates.gates import run_gates
from aggregator.gates.verdict import Action, Verdict
from aggregator.model import Parsed, Source
from tests.gates.test_gates import MTEB, V2, candidate, every_source
from tests.support.samples import parsed


def with_fact(found: Parsed, **facts: pl.Expr) -> Parsed:
    return replace(found, entries=found.entries.with_columns(**facts))


def verdicts(source: Source, now: Parsed) -> list[Verdict]:
    return run_gates(candidate(source, now), ["facts", "nulls"])


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("merged", ~pl.col("merged")),
        ("merged", pl.lit(value=True)),
        ("moe", pl.lit(value=True)),
        ("open_weights", ~pl.col("open_weights")),
        ("license", pl.col("license").shuffle(seed=1)),
        ("kind", pl.col("kind").reverse()),
        ("params_b", pl.col("params_b") * 4),
        ("likes", pl.col("likes") * 4 + 30),
        ("base_models", pl.col("base_models").reverse()),
        ("released_on", pl.col("released_on") + timedelta(days=1)),
    ],
)
def test_a_column_that_only_describes_stays_at_its_last_good_values(fact: str, value: pl.Expr) -> None:
    found = verdicts(V2, with_fact(parsed(V2), **{fact: value}))
    assert [(one.action, one.hold.facts) for one in found] == [(Action.HOLD, frozenset({fact}))]


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("flagged", ~pl.col("flagged")),
        ("flagged", pl.lit(value=True)),
        ("hf_id", pl.col("hf_id").reverse()),
        ("link", pl.col("link").reverse()),
    ],
)
def test_a_fact_that_decides_who_is_ranked_keeps_the_edition_back(fact: str, value: pl.Expr) -> None:
    assert fact in DECIDING
    assert Action.KEEP in {one.action for one in verdicts(V2, with_fact(parsed(V2), **{fact: value}))}


def test_a_date_that_dates_the_edition_keeps_it_back_when_all_are_moved() -> None:
    day = timedelta(days=1)
    moved = with_fact(parsed(MTEB), released_on=pl.col("released_on") + day)
    published_on = parsed(MTEB).published_on
    assert published_on is not None
    assert [one.action for one in verdicts(MTEB, moved)] == [Action.HOLD]
    assert [one.action for one in verdicts(MTEB, replace(moved, published_on=published_on + day))] == [Action.KEEP]


@every_source
def test_a_few_corrected_facts_pass(source: Source) -> None:
    is_one = pl.int_range(pl.len()) < 3
    facts = [fact for fact in FACTS if parsed(source).entries.schema[fact] == pl.String]
    corrected = {fact: pl.when(is_one).then(pl.lit("corrected")).otherwise(fact) for fact in facts}
    assert verdicts(source, with_fact(parsed(source), **corrected)) == []


def test_likes_grow_every_night() -> None:
    assert verdicts(V2, with_fact(parsed(V2), likes=(pl.col("likes") * 1.2).cast(pl.Int64) + 2)) == []


def test_a_value_that_few_models_have_is_not_given_up_unseen() -> None:
    flagged = parsed(V2).entries.with_columns(flagged=pl.int_range(pl.len()) < 6)
    last = replace(parsed(V2), entries=flagged)
    now = with_fact(last, flagged=pl.lit(value=False))
    (verdict,) = run_gates(candidate(V2, now, last=last), ["facts"])
    assert (verdict.action, len(verdict.worst)) == (Action.KEEP, 6)


def test_an_emptied_column_is_held_and_one_that_is_empty_for_new_models_only_noted() -> None:
    last = parsed(V2)
    emptied = with_fact(last, license=pl.lit(None, dtype=pl.String))
    assert [(one.gate, one.action) for one in verdicts(V2, emptied)] == [("nulls", Action.HOLD)]
    copies = [frame.with_columns(raw_name="new/" + pl.col("raw_name")) for frame in (last.entries, last.scores)]
    without = copies[0].with_columns(license=pl.lit(None, dtype=pl.String))
    longer = replace(last, entries=pl.concat([last.entries, without]), scores=pl.concat([last.scores, copies[1]]))
    assert [(one.gate, one.action) for one in verdicts(V2, longer)] == [("nulls", Action.NOTE)]


def test_scores_with_another_measurer_keep_the_edition_back() -> None:
    other = parsed(V2).scores.with_columns(measured_by=pl.lit("self_reported"))
    assert [one.action for one in verdicts(V2, replace(parsed(V2), scores=other))] == [Action.KEEP]
