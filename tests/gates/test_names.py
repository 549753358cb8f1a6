"""Gates on names: lost, replaced and respelled models, on the bundled sample and on the recorded changes of the Arena."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from aggregator.gates.candidate import Candidate
from aggregator.gates.counts import benchmark_lost
from aggregator.gates.gates import run_gates
from aggregator.gates.names import names, top
from aggregator.gates.statistics import compute_statistics
from aggregator.gates.verdict import Action
from aggregator.model import Parsed, Source
from benchmarks.honest_editions import arena_editions
from tests.gates.test_gates import ARENA, MTEB, V2, candidate, random_models, without_models
from tests.support.samples import SOURCES, parsed

every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)


def failing(source: Source, now: Parsed, last: Parsed | None = None) -> set[str]:
    """Return which of the gates on names stop `now`."""
    found = run_gates(candidate(source, now, last=last), ["names", "top"])
    return {one.gate for one in found if one.action is not Action.NOTE}


def renamed(found: Parsed, rename: Callable[[str], str], only: set[str] | None = None) -> Parsed:
    """Return an edition with other names for all models, or for `only` some."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        new = {name: rename(name) for name in frame["raw_name"].unique() if only is None or name in only}
        return frame.with_columns(pl.col("raw_name").replace(new))

    history = None if found.history is None else change(found.history)
    return replace(
        found,
        entries=change(found.entries),
        scores=change(found.scores),
        accepted=change(found.accepted),
        history=history,
    )


def best(source: Source, count: int) -> set[str]:
    placed = parsed(source).entries.drop_nulls("board_score")
    by_place = placed.sort("board_rank", -pl.col("board_score"), nulls_last=True)
    return set(by_place["raw_name"].head(count))


@every_source
@pytest.mark.parametrize("rename", [str.upper, lambda name: name.replace("a", "а").replace("e", "е") + "\u0443"])
def test_names_respelled_en_bloc_are_kept_back(source: Source, rename: Callable[[str], str]) -> None:
    assert "names" in failing(source, renamed(parsed(source), rename))


@every_source
def test_a_tenth_of_unknown_names_is_kept_back_and_the_best_lost_are_listed(source: Source) -> None:
    new = renamed(parsed(source), lambda name: f"unknown {name[::-1]}", random_models(source, 0.12, 4))
    (verdict,) = (one for one in run_gates(candidate(source, new), ["names"]) if one.action is Action.KEEP)
    assert 0 < len(verdict.worst) <= 10
    places = [int(change.before) for change in verdict.worst if change.before]
    assert places == sorted(places)


def test_a_loss_of_single_models_passes_and_five_percent_at_random_does_not() -> None:
    others = sorted(set(parsed(V2).entries["raw_name"]) - best(V2, 30))
    for share, expected in ((0.01, set()), (0.05, {"names"})):
        assert (
            failing(V2, without_models(parsed(V2), set(others[: round(share * parsed(V2).entries.height)]))) == expected
        )


@pytest.mark.parametrize("source", [V2, ARENA, MTEB], ids=lambda source: source.id)
def test_lost_best_models_are_found_also_when_no_row_is_quarantined(source: Source) -> None:
    assert "top" in failing(source, without_models(parsed(source), best(source, 10)))
    assert "top" not in failing(source, without_models(parsed(source), best(source, 1)))


def test_an_organization_does_not_lose_all_its_models_in_one_night() -> None:
    stated = parsed(ARENA).entries.drop_nulls("organization").drop_nulls("board_score")
    counts = stated["organization"].value_counts().filter(pl.col("count").is_between(4, 6)).sort("organization")
    organization = counts["organization"][0]
    theirs = set(stated.filter(pl.col("organization") == organization)["raw_name"])
    found = [
        verdict.reason for verdict in run_gates(candidate(ARENA, without_models(parsed(ARENA), theirs)), ["names"])
    ]
    assert len(found) == 1


def test_a_few_renamed_models_are_named_and_published() -> None:
    one = best(V2, 2)
    found = run_gates(candidate(V2, renamed(parsed(V2), lambda name: f"other/{name[-8:]}", one)), ["names"])
    assert [(verdict.gate, verdict.action) for verdict in found] == [("names", Action.NOTE)]
    assert {change.raw_name for change in found[0].worst} == one


def editions_of(days: set[str], recordings: Path) -> dict[str, Parsed]:
    """Return the recorded editions of the Arena's text view on some days."""
    (text,) = (source for source in SOURCES if source.id == "arena_text")
    return {str(one.day): text.parse(one.files) for one in arena_editions(text, recordings) if str(one.day) in days}


def compared(now: Parsed, last: Parsed) -> Candidate:
    (text,) = (source for source in SOURCES if source.id == "arena_text")
    assert now.published_on is not None
    return Candidate(
        text, now, compute_statistics(now), now.published_on, last, (compute_statistics(last),), last.published_on
    )


@pytest.mark.recordings
def test_the_real_changes_of_the_arena_pass_and_the_same_changes_by_an_impostor_do_not(recordings: Path) -> None:
    days = ["2025-02-12", "2025-02-16", "2025-03-04", "2025-03-07", "2025-03-12"]
    editions = editions_of(set(days), recordings)
    retired = compared(editions["2025-02-16"], editions["2025-02-12"])
    spelled = compared(editions["2025-03-07"], editions["2025-03-04"])
    back = compared(editions["2025-03-12"], editions["2025-03-07"])
    for edition in (retired, spelled, back):
        assert [one for gate in (names, top) for one in gate(edition) if one.action is not Action.NOTE] == []
    assert [one.action for one in benchmark_lost(back)] == [Action.NOTE]

    # As many models of the same edition are gone, but any, or the best ones, and not those that their makers retired.
    last = editions["2025-02-12"]
    now = last.entries.drop_nulls("board_score").sort("board_score", descending=True)["raw_name"].to_list()
    for gone in (set(now[::6]), set(now[:20])):
        assert [one for one in names(compared(without_models(last, gone), last)) if one.action is None]
    shouted = renamed(editions["2025-03-07"], str.upper)
    assert [one for one in names(compared(shouted, editions["2025-03-04"])) if one.action is None]
