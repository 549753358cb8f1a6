"""Gates on a leaderboard whose editions have other items: a new edition is no damaged one."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aggregator.gates.candidate import Candidate
from aggregator.gates.gates import run_gates
from aggregator.gates.statistics import EditionStatistics, compute_statistics, from_json
from aggregator.gates.verdict import Action, Verdict
from aggregator.model import Parsed
from aggregator.sources import livebench
from tests.support import samples

SOURCE = livebench.SOURCES[0]
TODAY = date(2026, 2, 1)


def parsed_until(day: str, files: dict[str, bytes]) -> Parsed:
    return SOURCE.parse({name: content for name, content in files.items() if name.rpartition(".")[0][-10:] <= day})


def judged(now: Parsed, *past: Parsed) -> list[Verdict]:
    statistics = [compute_statistics(one) for one in past]
    return run_gates(Candidate(SOURCE, now, compute_statistics(now), TODAY, past[-1], statistics))


def stopped(now: Parsed, *past: Parsed) -> list[str]:
    return [one.gate for one in judged(now, *past)]


NEWEST, BEFORE = samples.parsed(SOURCE), parsed_until("2025_05_30", samples.files(SOURCE))


def test_a_new_edition_with_other_tasks_and_models_passes() -> None:
    assert stopped(NEWEST, BEFORE) == []
    assert stopped(NEWEST, *[BEFORE] * 6, NEWEST) == []


def test_the_same_edition_is_compared_as_ever() -> None:
    is_kept = pl.col("raw_name").str.contains("[a-k]$|\\d$")
    fewer = replace(NEWEST, scores=NEWEST.scores.filter(is_kept), entries=NEWEST.entries.filter(is_kept))
    assert "drop" in stopped(fewer, BEFORE, NEWEST)
    moved = replace(NEWEST, scores=NEWEST.scores.with_columns(score=100 - pl.col("score")))
    assert "order" in stopped(moved, NEWEST)


def test_a_new_edition_without_the_earlier_ones_is_stopped() -> None:
    assert NEWEST.history is not None
    alone = replace(NEWEST, history=NEWEST.history.filter(pl.col("published_on") == NEWEST.published_on))
    assert stopped(alone, BEFORE) == ["drop", "past_editions"]


def test_a_new_edition_that_rewrites_an_earlier_one_is_stopped() -> None:
    assert NEWEST.history is not None
    before = pl.col("published_on") < NEWEST.published_on
    rewritten = NEWEST.history.with_columns(score=pl.when(before).then(100 - pl.col("score")).otherwise("score"))
    assert "order" in stopped(replace(NEWEST, history=rewritten), BEFORE)


KEPT = [f"{SOURCE.id}/{task}" for task in ("tablejoin", "spatial")]
"""Tasks of which `NEWEST` has the items of `BEFORE`."""
SCORE, IN_KEPT = pl.col("score"), pl.col("benchmark").is_in(KEPT)
BEST = (
    NEWEST.entries.join(BEFORE.scores, on="raw_name", how="semi")
    .drop_nulls("board_score")
    .sort("board_score", descending=True)["raw_name"]
)


def with_scores(score: pl.Expr, where: pl.Expr) -> Parsed:
    return replace(NEWEST, scores=NEWEST.scores.with_columns(score=pl.when(where).then(score).otherwise("score")))


def with_exchanged(column: str, one: str, other: str) -> Parsed:
    exchanged = pl.col(column).replace({one: other, other: one})
    return replace(NEWEST, scores=NEWEST.scores.with_columns(exchanged.alias(column)))


@pytest.mark.parametrize(
    ("spoiled", "sentence"),
    [
        pytest.param(with_scores(pl.lit(50.0), IN_KEPT), "has one score for all models", id="constant"),
        pytest.param(
            with_scores(100 - SCORE, IN_KEPT), "the scores of the last edition on another scale", id="reversed"
        ),
        pytest.param(with_scores(0.5 * SCORE, IN_KEPT), "the scores of the last edition on another scale", id="scaled"),
        pytest.param(with_exchanged("benchmark", *KEPT), "columns were exchanged", id="exchanged tasks"),
        pytest.param(
            with_scores(SCORE.reverse().over("benchmark"), IN_KEPT), "orders the models otherwise", id="permuted"
        ),
        pytest.param(with_scores(0.8 * SCORE, pl.lit(value=True)), "0 of 19 tasks have the scores", id="all scaled"),
        pytest.param(with_exchanged("raw_name", BEST[0], BEST[-1]), f"`{BEST[-1]} -> {BEST[0]}`", id="exchanged names"),
        pytest.param(with_scores(SCORE * 0.6, pl.col("raw_name") == BEST[0]), f"`{BEST[0]}`: other", id="one model"),
    ],
)
def test_what_cannot_come_from_new_items_is_stopped(spoiled: Parsed, sentence: str) -> None:
    found = [one for one in judged(spoiled, BEFORE) if one.gate == "new_edition"]
    assert {one.action for one in found} == {Action.KEEP}
    assert all(one.worst for one in found)
    assert any(sentence in one.reason for one in found)


def test_a_drift_of_a_tenth_of_the_spread_passes_in_a_new_edition() -> None:
    noise = pl.Series(np.random.default_rng(3).normal(0, 0.1, NEWEST.scores.height))
    drift = noise * SCORE.std().over("benchmark")
    drifted = replace(NEWEST, scores=NEWEST.scores.with_columns(score=SCORE + drift))
    assert "new_edition" not in stopped(drifted, BEFORE)


def test_an_edition_that_goes_back_is_stopped() -> None:
    assert "backward" in stopped(BEFORE, NEWEST)


def test_the_manifest_keeps_the_edition_and_an_older_manifest_has_none() -> None:
    document = compute_statistics(NEWEST).to_json()
    assert document["edition"] == "2026-01-08"
    assert from_json(document) == compute_statistics(NEWEST)
    del document["edition"]
    found = from_json(document)
    assert isinstance(found, EditionStatistics)
    assert found.edition is None


@pytest.mark.recordings
def test_every_real_change_of_edition_passes(recordings: Path) -> None:
    files = samples.files(SOURCE, recordings)
    days = sorted({name[-14:-4] for name in files if name.endswith(".csv")})
    editions = [parsed_until(day, files) for day in days]
    assert len(editions) == 10
    found = {day: stopped(editions[at], *editions[:at]) for at, day in enumerate(days) if at}
    assert {day: gates for day, gates in found.items() if gates} == {}
