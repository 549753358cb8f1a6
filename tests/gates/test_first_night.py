"""Gates on a first edition: what differs from the baseline of the same board is found, what is harmless passes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from aggregator.gates.candidate import Candidate
from aggregator.gates.edition_summary import key_frame
from aggregator.gates.gates import run_gates
from aggregator.gates.reference import Reference, make_reference
from aggregator.gates.statistics import compute_statistics
from aggregator.gates.verdict import Action
from aggregator.model import Parsed, Source
from tests.support.samples import SOURCES, parsed

TODAY = date(2026, 11, 25)
BY_ID = {source.id: source for source in SOURCES}
ENDED, LIVE, RATINGS = BY_ID["open_llm_v2"], BY_ID["mteb_eng_v2"], BY_ID["arena_text_style_control"]
UNDATED = BY_ID["bigcodebench"]
BOARDS = [ENDED, LIVE, RATINGS, UNDATED]
BASELINE_GATES = ("baseline_names", "baseline_scores", "baseline_facts", "baseline_past")
every_board = pytest.mark.parametrize("source", BOARDS, ids=lambda source: source.id)
live_boards = pytest.mark.parametrize("source", BOARDS[1:], ids=lambda source: source.id)


def reference(source: Source) -> Reference:
    return make_reference(source, parsed(source), date(2026, 8, 1))


def candidate(source: Source, now: Parsed, today: date = TODAY) -> Candidate:
    return Candidate(source, now, compute_statistics(now), today, reference=reference(source))


def closed(source: Source, now: Parsed, today: date = TODAY) -> set[str]:
    """Return the gates that keep the edition back."""
    verdicts = run_gates(candidate(source, now, today), BASELINE_GATES)
    return {verdict.gate for verdict in verdicts if verdict.action is not Action.NOTE}


def with_score(found: Parsed, score: pl.Expr) -> Parsed:
    return replace(found, scores=found.scores.with_columns(score=score))


def with_facts(found: Parsed, **facts: pl.Expr) -> Parsed:
    return replace(found, entries=found.entries.with_columns(**facts))


def noisy(found: Parsed, deviations: float) -> Parsed:
    """Return `found` with normal noise on every score, in standard deviations of its benchmark."""
    noise = pl.Series(np.random.default_rng(7).normal(scale=deviations, size=found.scores.height))
    return with_score(found, pl.col("score") + noise * pl.col("score").std().over("benchmark").fill_null(0.0))


def renamed(found: Parsed, name: pl.Expr) -> Parsed:
    return replace(
        found,
        entries=found.entries.with_columns(raw_name=name),
        scores=found.scores.with_columns(raw_name=name),
        accepted=found.accepted.with_columns(raw_name=name),
    )


def largest_benchmark(found: Parsed) -> str:
    return str(found.scores["benchmark"].value_counts().sort("count", "benchmark", descending=True)["benchmark"][0])


def without(found: Parsed, names: list[str]) -> Parsed:
    is_kept = ~pl.col("raw_name").is_in(names)
    return replace(found, entries=found.entries.filter(is_kept), scores=found.scores.filter(is_kept))


def permuted(found: Parsed, names: list[str]) -> Parsed:
    """Return `found` with the scores of each name under the next one."""
    other = pl.col("raw_name").replace(dict(zip(names, names[1:] + names[:1], strict=True)))
    return replace(found, scores=found.scores.with_columns(raw_name=other))


def some_names(found: Parsed, every: int) -> list[str]:
    return found.scores["raw_name"].unique().sort().to_list()[::every]


score, name = pl.col("score"), pl.col("raw_name")
LIES: dict[str, tuple[str, Callable[[Parsed], Parsed]]] = {
    "a constant benchmark": (
        "baseline_scores",
        lambda found: with_score(
            found,
            pl.when(pl.col("benchmark") == largest_benchmark(found))
            .then(score.mean().over("benchmark"))
            .otherwise(score),
        ),
    ),
    "scores times .85": ("baseline_scores", lambda found: with_score(found, 0.85 * score)),
    "noise of a quarter": ("baseline_scores", lambda found: noisy(found, 0.25)),
    "half a deviation more": (
        "baseline_scores",
        lambda found: with_score(found, score + 0.5 * score.std().over("benchmark").fill_null(0.0)),
    ),
    "every tenth name permuted": ("baseline_scores", lambda found: permuted(found, some_names(found, 10))),
    "upper case": ("baseline_names", lambda found: renamed(found, name.str.to_uppercase())),
    "a Cyrillic letter": ("baseline_names", lambda found: renamed(found, name.str.replace_all("e", "е"))),
    "half of the names unknown": (
        "baseline_names",
        lambda found: renamed(found, pl.when(name.is_in(some_names(found, 2))).then(name + "-x").otherwise(name)),
    ),
    "every twelfth model lost": ("baseline_names", lambda found: without(found, some_names(found, 12))),
}


@every_board
@pytest.mark.parametrize("lie", LIES)
def test_a_first_edition_that_differs_from_the_baseline_is_kept_back(source: Source, lie: str) -> None:
    gate, spoil = LIES[lie]
    assert gate in closed(source, spoil(parsed(source)))


@every_board
def test_the_recorded_edition_itself_passes_in_any_order_and_with_more_decimals(source: Source) -> None:
    found = parsed(source)
    shuffled = replace(found, scores=found.scores.reverse(), entries=found.entries.reverse())
    for edition in (found, shuffled, with_score(found, score + 1e-9), with_score(found, score.cast(pl.Float32))):
        assert closed(source, with_score(edition, score.cast(pl.Float64))) == set()


@live_boards
@pytest.mark.parametrize("deviations", [0.05, 0.1])
def test_a_small_drift_of_a_live_board_passes(source: Source, deviations: float) -> None:
    assert closed(source, noisy(parsed(source), deviations)) == set()


def test_an_ended_board_may_not_drift_at_all() -> None:
    assert closed(ENDED, noisy(parsed(ENDED), 0.05)) == {"baseline_scores"}


@live_boards
def test_new_models_pass(source: Source) -> None:
    found = parsed(source)
    few = found.entries["raw_name"].head(3).to_list()
    new = renamed(
        replace(found, entries=found.entries.filter(name.is_in(few)), scores=found.scores.filter(name.is_in(few))),
        name + "-2",
    )
    both = replace(
        found,
        entries=pl.concat([found.entries, new.entries]),
        scores=pl.concat([found.scores, new.scores]),
    )
    assert closed(source, both) == set()


@every_board
def test_a_night_before_the_baseline_is_not_compared_with_it(source: Source) -> None:
    spoiled = noisy(parsed(source), 0.5)
    assert closed(source, spoiled, today=reference(source).day - timedelta(days=1)) == set()
    assert closed(source, spoiled, today=reference(source).day) != set()


@every_board
def test_an_edition_after_a_good_one_is_not_compared_with_the_baseline(source: Source) -> None:
    spoiled = candidate(source, noisy(parsed(source), 0.5))
    assert run_gates(replace(spoiled, last_good=parsed(source)), BASELINE_GATES) == []


def test_all_ratings_may_move_together_until_a_later_date_but_not_on_the_same_one() -> None:
    found = parsed(RATINGS)
    moved = with_score(found, score + 0.5 * score.std().over("benchmark").fill_null(0.0))
    assert found.published_on is not None
    assert closed(RATINGS, moved) == {"baseline_scores"}
    assert closed(RATINGS, replace(moved, published_on=found.published_on + timedelta(days=40))) == set()


@pytest.mark.parametrize("source", [LIVE, RATINGS], ids=lambda source: source.id)
def test_one_organization_that_gained_is_found(source: Source) -> None:
    found = parsed(source)
    organization = found.entries["organization"].drop_nulls().value_counts().sort("count")["organization"][-1]
    favoured = found.entries.filter(pl.col("organization") == organization)["raw_name"].to_list()
    gain = pl.when(name.is_in(favoured)).then(0.35 * score.std().over("benchmark")).otherwise(0.0)
    assert closed(source, with_score(found, score + gain.fill_null(0.0))) == {"baseline_scores"}


def test_an_inverted_or_shuffled_fact_is_found_and_a_missing_one_only_noted() -> None:
    found = parsed(ENDED)
    assert closed(ENDED, with_facts(found, merged=~pl.col("merged"))) == {"baseline_facts"}
    assert closed(ENDED, with_facts(found, organization=pl.col("organization").reverse())) == {"baseline_facts"}
    assert closed(ENDED, with_facts(found, license=pl.lit(None, pl.String))) == set()
    assert closed(ENDED, with_facts(found, flagged=pl.lit(None, pl.Boolean))) == {"baseline_facts"}


def test_changed_and_moved_past_dates_are_found() -> None:
    found = parsed(RATINGS)
    assert found.history is not None
    first = pl.col("published_on") == found.history["published_on"].min()
    raised = found.history.with_columns(score=pl.when(first).then(score + 100).otherwise(score))
    later = found.history.with_columns(pl.col("published_on") + timedelta(days=1))
    assert "baseline_past" in closed(RATINGS, replace(found, history=raised))
    assert "baseline_past" in closed(RATINGS, replace(found, history=later))


def test_lost_scores_of_known_models_are_found() -> None:
    found = parsed(LIVE)
    lost = replace(found, scores=found.scores.filter(pl.col("benchmark") != largest_benchmark(found)))
    assert "baseline_scores" in closed(LIVE, lost)


def test_little_noise_on_all_scores_of_a_newer_edition_is_found() -> None:
    found = parsed(LIVE)
    assert found.published_on is not None
    newer = replace(noisy(found, 0.2), published_on=found.published_on + timedelta(days=30))
    assert closed(LIVE, newer) == {"baseline_scores"}


def test_scores_that_belong_to_the_row_above_are_found_however_close_they_are() -> None:
    found, benchmark = parsed(RATINGS), largest_benchmark(parsed(RATINGS))
    rows = found.scores.sort(pl.col("benchmark") == benchmark, "score")
    shifted = (
        pl.when(pl.col("benchmark") == benchmark)
        .then(score.shift(1).over("benchmark").fill_null(score))
        .otherwise(score)
    )
    verdicts = run_gates(candidate(RATINGS, replace(found, scores=rows.with_columns(score=shifted))), BASELINE_GATES)
    assert any("are those of other models" in verdict.reason for verdict in verdicts)


def test_ranks_off_by_one_are_found() -> None:
    assert closed(LIVE, with_facts(parsed(LIVE), board_rank=pl.col("board_rank") + 1)) == {"baseline_scores"}


def test_on_a_large_ended_board_the_models_that_are_no_anchors_are_compared_too() -> None:
    found = parsed(ENDED)
    copies = [found, *(renamed(found, name + f"-{number}") for number in (1, 2))]
    large = replace(
        found,
        entries=pl.concat([one.entries for one in copies]),
        scores=pl.concat([one.scores for one in copies]),
        accepted=pl.concat([one.accepted for one in copies]),
    )
    known = make_reference(ENDED, large, date(2026, 8, 1))
    keys = key_frame(large.scores["raw_name"].unique()).join(known.anchors, on="key", how="anti")
    others = keys["raw_name"].sort().to_list()
    assert len(others) > 100

    def reasons(now: Parsed) -> list[str]:
        first = Candidate(ENDED, now, compute_statistics(now), TODAY, reference=known)
        return [verdict.reason for verdict in run_gates(first, BASELINE_GATES)]

    assert reasons(large) == []
    one = name == others[0]
    raised = with_score(large, pl.when(one).then(score + 0.5 * score.std().over("benchmark")).otherwise(score))
    assert any("the means of" in reason for reason in reasons(raised))
    relicensed = with_facts(large, license=pl.when(name.is_in(others)).then(pl.lit("mit")).otherwise("license"))
    assert any(reason.startswith("`license` is ") for reason in reasons(relicensed))


def test_models_that_a_board_adds_to_past_dates_pass() -> None:
    found = parsed(RATINGS)
    assert found.history is not None
    few = found.history["raw_name"].unique().sort().to_list()[:2]
    added = found.history.filter(name.is_in(few)).with_columns(raw_name=name + "-2")
    assert closed(RATINGS, replace(found, history=pl.concat([found.history, added]))) == set()


def test_a_small_copy_of_the_sample_is_not_compared() -> None:
    found = parsed(ENDED)
    few = without(found, [one for one in some_names(found, 1) if one not in some_names(found, 4)])
    cut = make_reference(ENDED, found, date(2026, 8, 1), frozenset(few.scores["raw_name"]))
    spoiled = noisy(few, 0.5)
    first = Candidate(ENDED, spoiled, compute_statistics(spoiled), TODAY, reference=cut)
    assert run_gates(first, BASELINE_GATES) == []
    assert run_gates(replace(first, reference=reference(ENDED)), BASELINE_GATES) != []


def test_a_finding_names_the_baseline_and_lists_at_most_ten_rows() -> None:
    (verdict,) = [
        one
        for one in run_gates(candidate(LIVE, noisy(parsed(LIVE), 0.5)))
        if "differ by" in one.reason or "away from" in one.reason
    ][:1]
    assert f"the shipped baseline of {parsed(LIVE).published_on}" in verdict.reason
    assert 0 < len(verdict.worst) <= 10
    assert verdict.action is Action.KEEP
