"""The gate across leaderboards: a board whose order leaves the abilities that it agreed with."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from aggregator.gates.agreement import agreement
from aggregator.gates.candidate import Candidate
from aggregator.gates.statistics import compute_statistics
from aggregator.model import Parsed
from tests.support.samples import SOURCES, parsed

SOURCE = next(source for source in SOURCES if source.id == "open_llm_v2")
FOUND = parsed(SOURCE)
MATH = "open_llm_v2/math"


def abilities(noise: float = 0.3) -> pl.DataFrame:
    """Return abilities that follow the mean score with some noise."""
    means = FOUND.scores.group_by("raw_name").agg(ability=pl.col("score").mean()).sort("raw_name")
    spread = means["ability"].std()
    assert isinstance(spread, float)
    return means.with_columns(
        pl.col("ability") + np.random.default_rng(1).normal(scale=noise * spread, size=means.height)
    )


def sentences(now: Parsed, known: pl.DataFrame | None = None, last: Parsed | None = FOUND) -> list[str]:
    given = abilities() if known is None else known
    new = Candidate(SOURCE, now, compute_statistics(now), date(2026, 11, 25), last, abilities=given)
    return [finding.sentence for finding in agreement(new)]


def with_math(score: pl.Expr) -> Parsed:
    changed = pl.when(pl.col("benchmark") == MATH).then(score).otherwise("score")
    return replace(FOUND, scores=FOUND.scores.with_columns(score=changed))


@pytest.mark.parametrize("factor", [-1.0, 0.0], ids=["inverted", "shuffled"])
def test_a_benchmark_that_leaves_the_abilities_is_named_with_both_correlations(factor: float) -> None:
    order = pl.col("score").shuffle(3) if factor == 0.0 else factor * pl.col("score")
    (sentence,) = sentences(with_math(order))
    assert sentence.startswith(f"{MATH}: on ")
    assert "fell from 0." in sentence


def test_ten_models_that_moved_farthest_are_listed() -> None:
    now = with_math(-pl.col("score"))
    new = Candidate(SOURCE, now, compute_statistics(now), date(2026, 11, 25), FOUND, abilities=abilities())
    (finding,) = agreement(new)
    assert len(finding.worst) == 10
    assert {change.what for change in finding.worst} == {MATH}


def test_a_small_drift_and_a_linear_change_pass() -> None:
    noise = pl.Series(np.random.default_rng(2).normal(scale=0.1, size=FOUND.scores.height))
    assert sentences(with_math(pl.col("score") + noise * pl.col("score").std().over("benchmark"))) == []
    assert sentences(with_math(2 * pl.col("score") + 1)) == []


def test_nothing_is_compared_without_abilities_or_a_last_good_edition() -> None:
    shuffled = with_math(pl.col("score").shuffle(3))
    assert sentences(shuffled, known=abilities().clear()) == []
    assert sentences(shuffled, last=None) == []
    assert sentences(shuffled, known=abilities().head(19)) == [], "fewer than 20 models"


def test_a_new_edition_with_other_items_may_agree_less_but_not_by_much() -> None:
    renewed = FOUND.benchmarks.with_columns(edition=pl.lit("2026-11"))
    noise = pl.Series(np.random.default_rng(4).normal(size=FOUND.scores.height))

    def with_noise(deviations: float) -> Parsed:
        moved = with_math(pl.col("score") + deviations * noise * pl.col("score").std().over("benchmark"))
        return replace(moved, benchmarks=renewed)

    assert sentences(with_noise(0.4)) == []
    assert sentences(with_noise(5.0)) != []
