"""Names that others took over, and renames: what the Hub says is not believed of the model that a board means."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from aggregator import identity
from aggregator.hub.cache import frame
from aggregator.identity.hub_metadata import HubModel, Status, read_model
from aggregator.identity.hub_takeover import after
from tests.support.clocks import NOON
from tests.support.hub.models import model

LATER = NOON + timedelta(days=40)


def said(asked: str, answered: str | None = None, **fields: object) -> HubModel:
    return read_model(asked, model(answered or asked, **fields), NOON)


def later(asked: str, answered: str | None = None, **fields: object) -> HubModel:
    return read_model(asked, model(answered or asked, **fields), LATER)


def judged(*models: HubModel, named: dict[str, date] | None = None) -> dict[str, dict[str, object]]:
    days = pl.DataFrame(
        {"hub_id": list(named or {}), "first_named_on": list((named or {}).values())},
        schema={"hub_id": pl.String, "first_named_on": pl.Date},
    )
    found = identity.judge(frame(models), days, identity.load_rules())
    return {row["hub_id"]: row for row in found.iter_rows(named=True)}


def test_the_same_answer_again_is_no_news() -> None:
    kept = after(said("a/M"), later("a/M"))
    assert (kept.retrieved_at, kept.checked_at, kept.epoch) == (NOON, LATER, 1)
    changed = after(said("a/M"), later("a/M", downloads=7))
    assert (changed.retrieved_at, changed.epoch) == (LATER, 1)


@pytest.mark.parametrize(
    ("before", "now", "why"),
    [
        (said("a/M"), later("a/M", createdAt="2026-11-01T00:00:00Z"), "made anew on 2026-11-01"),
        (said("a/M"), later("a/M", author="b"), "belongs to b, belonged to a"),
        (said("a/M", "b/M"), later("a/M", "c/M"), "leads to c/M, led to b/M"),
        (said("a/M", "b/M"), later("a/M"), "leads to a/M, led to b/M"),
    ],
)
def test_another_owner_birth_or_target_begins_an_epoch_that_nothing_is_inherited_from(
    before: HubModel, now: HubModel, why: str
) -> None:
    kept = after(before, now)
    assert kept.epoch == 2
    row = judged(kept)["a/M"]
    assert row["applies"] is False
    assert row["rename"] != "verified"
    assert why in str(row["evidence"])


def test_a_move_of_the_same_repository_is_the_same_epoch() -> None:
    assert after(said("a/M"), later("a/M", "b/M")).epoch == 1


def test_an_owner_who_comes_after_a_gap_is_told_from_the_one_before() -> None:
    gone = HubModel("a/M", Status.MISSING, LATER, LATER)
    between = after(said("a/M"), gone)
    assert (between.status, between.author) == (Status.MISSING, "a")
    taken = after(between, replace(later("a/M", createdAt="2026-11-20T00:00:00Z"), checked_at=LATER))
    assert taken.epoch == 2


def test_an_epoch_stays_what_it_is() -> None:
    taken = after(said("a/M"), later("a/M", author="b"))
    again = after(taken, later("a/M", author="b", downloads=3))
    assert (again.epoch, again.epoch_reason) == (2, taken.epoch_reason)


def test_a_repository_made_after_a_board_had_the_id_is_not_the_boards_model() -> None:
    young = said("a/M", createdAt="2025-03-01T00:00:00Z")
    assert judged(young, named={"a/m": date(2024, 6, 1)})["a/M"]["applies"] is False
    assert judged(young, named={"a/m": date(2025, 3, 1)})["a/M"]["applies"] is True
    assert judged(young)["a/M"]["applies"] is True


def test_the_day_on_which_the_hub_began_to_note_births_says_nothing() -> None:
    old = said("a/M", createdAt="2022-03-02T23:29:04.000Z")
    assert judged(old, named={"a/m": date(2021, 1, 1)})["a/M"]["applies"] is True


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("DeepAutoAI/Explore_Llama-3.1-8B-Inst", "DeepAuto-AI/Explore_Llama-3.1-8B-Inst", "verified"),
        ("a/My_Model-7b", "b/My-Model-7B", "verified"),
        ("jaspionjader/bh-58", "jaspionjader/bh-59", "unverified"),
        ("a/Yi-34B", "a/Yi-34B-Chat", "unverified"),
        ("a/Model-2024-05-13", "a/Model-2024-08-06", "unverified"),
        ("a/Command-R", "a/Command-R-plus", "unverified"),
    ],
)
def test_a_rename_counts_only_where_nothing_but_the_owner_differs(old: str, new: str, expected: str) -> None:
    row = judged(said(old, new))[old]
    assert (row["renamed_to"], row["rename"], row["applies"]) == (new, expected, expected == "verified")


def test_what_is_missing_or_gated_applies_to_nothing() -> None:
    rows = judged(HubModel("a/M", Status.MISSING, NOON, NOON), HubModel("a/N", Status.GATED, NOON, NOON))
    assert [row["applies"] for row in rows.values()] == [False, False]
