"""Gates on scores: what each one alone stops, what is held instead of the edition, and which drift passes."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.gates.candidate import Candidate
from aggregator.gates.gates import run_gates
from aggregator.gates.score_pairs import OVERALL, days_between
from aggregator.gates.statistics import compute_statistics
from aggregator.gates.verdict import WORST_ROWS, Action, Verdict
from aggregator.model import Parsed, Source
from tests.support.samples import SOURCES, parsed

SCORE_GATES = ("order", "shuffle", "unit", "exchange", "moved", "spread", "tail", "groups", "correlation")
TODAY = date(2026, 11, 25)
BY_ID = {source.id: source for source in SOURCES}
V2, ARENA, TEXT = BY_ID["open_llm_v2"], BY_ID["arena_text_style_control"], BY_ID["arena_text"]
RESULTS, LIVEBENCH = BY_ID["mteb_results"], BY_ID["livebench_2025_05"]
every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
Edition = tuple[Parsed, Parsed]
"""The new edition and the last good one."""


def judge(source: Source, now: Parsed, last: Parsed | None = None, *, days: int = 1) -> list[Verdict]:
    """Return the verdicts of the gates on scores, with `days` between the two fetches."""
    last = last or parsed(source)
    edition = Candidate(
        source, now, compute_statistics(now), TODAY, last, (compute_statistics(last),), TODAY - timedelta(days)
    )
    return run_gates(edition, SCORE_GATES)


def gates_of(found: Iterable[Verdict]) -> set[tuple[str, Action]]:
    return {(verdict.gate, verdict.action) for verdict in found}


def moved_by(found: Parsed, step: pl.Expr, *, benchmarks: Iterable[str] = (), names: Iterable[str] = ()) -> Parsed:
    """Add `step` standard deviations to scores and overall score, of all or of some benchmarks and models."""
    is_chosen = pl.lit(value=True)
    if names := list(names):
        is_chosen &= pl.col("raw_name").is_in(names)
    overall = pl.when(is_chosen).then(pl.col("board_score") + step * pl.col("board_score").std())
    entries = found.entries.with_columns(board_score=overall.otherwise("board_score"))
    if benchmarks := list(benchmarks):
        is_chosen &= pl.col("benchmark").is_in(benchmarks)
        entries = found.entries
    spread = pl.col("score").std().over("benchmark").fill_null(0.0)
    score = pl.when(is_chosen).then(pl.col("score") + step * spread).otherwise("score")
    return replace(found, scores=found.scores.with_columns(score=score), entries=entries)


def only(found: Parsed, names: Iterable[str]) -> Parsed:
    is_kept = pl.col("raw_name").is_in(list(names))
    return replace(found, scores=found.scores.filter(is_kept), entries=found.entries.filter(is_kept))


def scored_names(source: Source) -> list[str]:
    return parsed(source).scores["raw_name"].unique().sort().to_list()


def with_names(found: Parsed, names: dict[str, str]) -> Parsed:
    renamed = pl.col("raw_name").replace(names)
    return replace(
        found, scores=found.scores.with_columns(raw_name=renamed), entries=found.entries.with_columns(raw_name=renamed)
    )


def exchanged_columns(found: Parsed, one: str, other: str) -> Parsed:
    renamed = pl.col("benchmark").replace({one: other, other: one})
    return replace(found, scores=found.scores.with_columns(benchmark=renamed))


def similar_models(source: Source) -> tuple[str, str]:
    """Return two models with the nearest overall scores."""
    ordered = parsed(source).entries.drop_nulls("board_score").sort("board_score")
    at = ordered["board_score"].diff().fill_null(1e9).arg_min() or 1
    return ordered["raw_name"][at - 1], ordered["raw_name"][at]


def _faults() -> dict[str, tuple[Source, Callable[[], Edition]]]:
    v2, arena = parsed(V2), parsed(ARENA)
    names = scored_names(V2)
    reversed_ranks = arena.entries.with_columns(board_rank=1000 - pl.col("board_rank"))
    past = arena.history
    assert past is not None
    in_other_unit = past.with_columns(pl.col("score") + 400)
    mean = pl.col("score").mean().over("benchmark")
    narrow = pl.when(pl.col("benchmark") == f"{ARENA.id}/math").then(mean + 0.9 * (pl.col("score") - mean))
    shuffled = pl.col("score").shuffle(seed=1).over("benchmark", pl.col("raw_name").is_in(names[::2]))
    is_spoiled = (pl.col("benchmark") == f"{V2.id}/mmlu_pro") & ~pl.col("raw_name").is_in(names[::2])
    open_models = arena.entries.filter("open_weights")["raw_name"].to_list()[::3]
    first, second = similar_models(V2)
    return {
        "order": (ARENA, lambda: (replace(arena, entries=reversed_ranks), arena)),
        "shuffle": (V2, lambda: (with_names(v2, {first: second, second: first}), v2)),
        "unit": (ARENA, lambda: (replace(arena, history=in_other_unit), arena)),
        "exchange": (
            ARENA,
            lambda: (exchanged_columns(arena, f"{ARENA.id}/hard_prompts", f"{ARENA.id}/hard_prompts_english"), arena),
        ),
        "moved": (V2, lambda: (moved_by(v2, pl.lit(0.2), benchmarks=[f"{V2.id}/ifeval"]), v2)),
        "spread": (
            ARENA,
            lambda: (replace(arena, scores=arena.scores.with_columns(score=narrow.otherwise("score"))), arena),
        ),
        "tail": (
            V2,
            lambda: (moved_by(v2, pl.lit(6.0), benchmarks=[f"{V2.id}/gpqa"], names=names[::11]), only(v2, set(names) - set(names[::11]))),
        ),
        "groups": (ARENA, lambda: (moved_by(arena, pl.lit(0.2), names=open_models), replace(arena, entries=_in_group(arena, open_models)))),
        "correlation": (
            V2,
            lambda: (
                replace(v2, scores=v2.scores.with_columns(score=pl.when(is_spoiled).then(shuffled).otherwise("score"))),
                only(v2, names[::2]),
            ),
        ),
    }  # fmt: skip


def _in_group(found: Parsed, names: list[str]) -> pl.DataFrame:
    is_member = pl.col("raw_name").is_in(names)
    return found.entries.with_columns(organization=pl.when(is_member).then(pl.lit("Acme")).otherwise("organization"))


FAULTS = _faults()


@pytest.mark.parametrize("gate", SCORE_GATES)
def test_each_score_gate_stops_a_fault_that_no_other_score_gate_stops(gate: str) -> None:
    source, spoiled = FAULTS[gate]
    found = judge(source, *spoiled())
    assert {verdict.gate for verdict in found} == {gate}
    assert {verdict.action for verdict in found} <= {Action.KEEP, Action.HOLD}


@every_source
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.floats(0.0, 0.1))
def test_a_drift_below_the_noise_passes(source: Source, seed: int, size: float) -> None:
    last = parsed(source)
    rng = np.random.default_rng(seed)
    spread = pl.col("score").std().over("benchmark").fill_null(0.0)
    steps = pl.Series(rng.normal(0, size, last.scores.height))
    drifted = replace(last, scores=last.scores.with_columns(score=pl.col("score") + steps * spread))
    assert judge(source, drifted) == []


@every_source
def test_more_decimals_other_order_and_new_models_pass(source: Source) -> None:
    last = parsed(source)
    rounded = replace(last, scores=last.scores.with_columns(pl.col("score").round_sig_figs(5)))
    assert judge(source, last, rounded) == []
    assert judge(source, replace(last, scores=last.scores.reverse(), entries=last.entries.reverse())) == []
    names = scored_names(source)
    assert judge(source, last, only(last, [name for at, name in enumerate(names) if at % 20])) == []


@every_source
@pytest.mark.parametrize("step", [0.3, -0.5])
def test_a_common_shift_of_all_scores_is_always_found(source: Source, step: float) -> None:
    found = judge(source, moved_by(parsed(source), pl.lit(step)))
    # Of ratings, a common shift of every benchmark changes no order: the board set its zero anew.
    action = Action.NOTE if source.is_refitted else Action.KEEP
    assert action in {verdict.action for verdict in found if verdict.gate == "moved"}


def test_ratings_of_one_benchmark_that_move_alone_are_a_wrong_column() -> None:
    alone = moved_by(parsed(ARENA), pl.lit(0.5), benchmarks=[f"{ARENA.id}/coding"])
    assert ("moved", Action.KEEP) in gates_of(judge(ARENA, alone))


def test_a_new_zero_hides_no_scatter() -> None:
    last, rng = parsed(ARENA), np.random.default_rng(5)
    spread = pl.col("score").std().over("benchmark").fill_null(0.0)
    moves = pl.Series(0.5 + rng.normal(0, 0.1, last.scores.height))
    found = judge(ARENA, replace(last, scores=last.scores.with_columns(score=pl.col("score") + moves * spread)))
    assert ("moved", Action.KEEP) in gates_of(found)


@every_source
def test_a_noise_of_a_third_of_the_spread_is_always_found(source: Source) -> None:
    last, rng = parsed(source), np.random.default_rng(7)
    spread = pl.col("score").std().over("benchmark").fill_null(0.0)
    noise = pl.Series(rng.normal(0, 0.33, last.scores.height))
    spoiled = replace(last, scores=last.scores.with_columns(score=pl.col("score") + noise * spread))
    assert "moved" in {verdict.gate for verdict in judge(source, spoiled)}


def test_a_few_models_that_moved_far_are_held_with_their_changes() -> None:
    names = scored_names(V2)[:2]
    (found,) = judge(V2, moved_by(parsed(V2), pl.lit(1.0), names=names))
    assert (found.gate, found.action, found.hold.raw_names) == ("moved", Action.HOLD, frozenset(names))
    assert {change.raw_name for change in found.worst} == set(names)
    assert all(float(change.now) > float(change.before) for change in found.worst)
    assert not found.hold.benchmarks


def test_many_models_that_moved_far_keep_the_edition_with_the_ten_worst_rows() -> None:
    found = judge(V2, moved_by(parsed(V2), pl.lit(1.0), names=scored_names(V2)[::10]))
    (moved,) = (verdict for verdict in found if verdict.gate == "moved")
    assert moved.action is Action.KEEP
    assert len(moved.worst) == WORST_ROWS
    assert not moved.hold


@pytest.mark.parametrize("fact", ["revision", "precision"])
def test_a_model_with_another_run_may_move(fact: str) -> None:
    (name,) = scored_names(V2)[:1]
    moved = moved_by(parsed(V2), pl.lit(1.0), names=[name])
    other_run = pl.when(pl.col("raw_name") == name).then(pl.lit("other")).otherwise(fact).alias(fact)
    assert gates_of(judge(V2, moved)) == {("moved", Action.HOLD)}
    assert judge(V2, replace(moved, entries=moved.entries.with_columns(other_run))) == []


def test_two_exchanged_names_are_held_also_where_the_board_states_other_runs() -> None:
    first, second = (parsed(V2).entries.sort("board_score")["raw_name"][at] for at in (0, -1))
    found = judge(V2, with_names(parsed(V2), {first: second, second: first}))
    assert {name for verdict in found for name in verdict.hold.raw_names} == {first, second}
    assert ("shuffle", Action.HOLD) in gates_of(found)
    assert Action.KEEP not in {verdict.action for verdict in found}


@pytest.mark.parametrize("count", [20, 60])
def test_many_exchanged_names_keep_the_edition(count: int) -> None:
    names = scored_names(V2)[:count]
    found = judge(V2, with_names(parsed(V2), dict(zip(names, [*names[1:], names[0]], strict=True))))
    assert ("shuffle", Action.KEEP) in gates_of(found)


def test_a_bad_benchmark_of_a_source_outside_the_rank_is_held_alone() -> None:
    benchmark = parsed(RESULTS).scores["benchmark"].value_counts(sort=True)["benchmark"][0]
    found = judge(RESULTS, moved_by(parsed(RESULTS), pl.lit(0.5), benchmarks=[benchmark]))
    assert {verdict.action for verdict in found} == {Action.HOLD}
    assert {name for verdict in found for name in verdict.hold.benchmarks} == {benchmark}


def test_a_bad_benchmark_of_a_source_in_the_rank_keeps_the_edition() -> None:
    found = judge(V2, moved_by(parsed(V2), pl.lit(0.5), benchmarks=[f"{V2.id}/math"]))
    assert ("moved", Action.KEEP) in gates_of(found)


def test_many_bad_benchmarks_of_a_source_outside_the_rank_keep_the_edition() -> None:
    found = judge(RESULTS, moved_by(parsed(RESULTS), pl.lit(0.5)))
    assert ("moved", Action.KEEP) in gates_of(found)


def test_a_benchmark_that_was_measured_anew_is_said_in_one_sentence() -> None:
    change = pl.when(pl.col("score") > pl.col("score").median().over("benchmark")).then(0.15).otherwise(0.0)
    spread = pl.col("score").std().over("benchmark")
    is_math = pl.col("benchmark") == f"{V2.id}/math"
    score = pl.when(is_math).then(pl.col("score") + change * spread).otherwise("score")
    last = parsed(V2)
    found = judge(V2, replace(last, scores=last.scores.with_columns(score=score)))
    (moved,) = (verdict for verdict in found if verdict.gate == "moved")
    assert "MATH Lvl 5" in moved.reason
    assert "% of the models: the board measured it anew, or the column is wrong" in moved.reason


def test_a_constant_benchmark_keeps_the_edition() -> None:
    last = parsed(V2)
    is_math = pl.col("benchmark") == f"{V2.id}/math"
    score = pl.when(is_math).then(pl.lit(0.3)).otherwise("score")
    found = judge(V2, replace(last, scores=last.scores.with_columns(score=score)))
    assert Action.KEEP in {verdict.action for verdict in found}


@pytest.mark.parametrize("factor", [0.5, 0.8, 0.9])
def test_a_benchmark_in_smaller_numbers_keeps_the_edition(factor: float) -> None:
    last = parsed(V2)
    is_math = pl.col("benchmark") == f"{V2.id}/math"
    score = pl.when(is_math).then(pl.col("score") * factor).otherwise("score")
    found = judge(V2, replace(last, scores=last.scores.with_columns(score=score)))
    assert ("moved", Action.KEEP) in gates_of(found)


def test_an_exchange_of_the_overall_rating_names_both_benchmarks() -> None:
    one, other = f"{ARENA.id}/overall", f"{ARENA.id}/coding"
    found = judge(ARENA, exchanged_columns(parsed(ARENA), one, other))
    (exchange,) = (verdict for verdict in found if verdict.gate == "exchange")
    assert one in exchange.reason
    assert other in exchange.reason


def test_ratings_may_move_together_more_after_a_long_time() -> None:
    moved = moved_by(parsed(ARENA), pl.lit(0.15))
    assert ("moved", Action.NOTE) in gates_of(judge(ARENA, moved, days=1))
    # The last good edition of the sample has the same publish date, which is the shorter time.
    now = replace(moved, published_on=(parsed(ARENA).published_on or TODAY) + timedelta(days=90))
    assert judge(ARENA, now, days=90) == []


def test_the_shorter_of_two_times_counts() -> None:
    day = date(2026, 1, 1)
    assert days_between(day + timedelta(3), day, day + timedelta(90), day) == 3
    assert days_between(day, None, day + timedelta(90), day) == 90
    assert days_between(day, None, None, None) == 0


def test_the_overall_score_is_compared_where_no_benchmark_moved() -> None:
    last = parsed(LIVEBENCH)
    spoiled = last.entries.with_columns(pl.col("board_score") * 0.8)
    found = judge(LIVEBENCH, replace(last, entries=spoiled))
    assert ("moved", Action.KEEP) in gates_of(found)
    assert {change.what for verdict in found for change in verdict.worst} == {OVERALL}


def test_another_edition_of_a_benchmark_is_not_compared() -> None:
    last = parsed(LIVEBENCH)
    renewed = last.benchmarks.with_columns(edition=pl.lit("2030-01-01"))
    moved = replace(moved_by(last, pl.lit(1.0)), benchmarks=renewed, history=None)
    assert judge(LIVEBENCH, moved) == []
