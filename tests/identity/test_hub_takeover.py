"""Takeovers and renames: Hub metadata of another repository is not valid for the model that a board evaluated."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from aggregator import identity
from aggregator.hub.cache import hub_models_frame
from aggregator.identity.hub_metadata import HubModel, Status, read_model
from aggregator.identity.hub_takeover import update_metadata
from tests.support.clocks import NOON
from tests.support.hub import model_record

LATER = NOON + timedelta(days=40)


def answered_at_noon(asked: str, answered: str | None = None, **fields: object) -> HubModel:
    return read_model(asked, model_record(answered or asked, **fields), NOON)


def answered_later(asked: str, answered: str | None = None, **fields: object) -> HubModel:
    return read_model(asked, model_record(answered or asked, **fields), LATER)


def validated(*models: HubModel, first_named: dict[str, date] | None = None) -> dict[str, dict[str, object]]:
    days = pl.DataFrame(
        {"hub_id": list(first_named or {}), "first_named_on": list((first_named or {}).values())},
        schema={"hub_id": pl.String, "first_named_on": pl.Date},
    )
    found = identity.validate_metadata(hub_models_frame(models), days, identity.load_rules())
    return {row["hub_id"]: row for row in found.iter_rows(named=True)}


def test_an_equal_answer_keeps_the_time_of_the_first() -> None:
    kept = update_metadata(answered_at_noon("a/M"), answered_later("a/M"))
    assert (kept.retrieved_at, kept.checked_at, kept.epoch) == (NOON, LATER, 1)
    changed = update_metadata(answered_at_noon("a/M"), answered_later("a/M", downloads=7))
    assert (changed.retrieved_at, changed.epoch) == (LATER, 1)


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        (answered_at_noon("a/M"), answered_later("a/M", createdAt="2026-11-01T00:00:00Z"), "made anew on 2026-11-01"),
        (answered_at_noon("a/M"), answered_later("a/M", author="b"), "belongs to b, belonged to a"),
        (answered_at_noon("a/M", "b/M"), answered_later("a/M", "c/M"), "leads to c/M, led to b/M"),
        (answered_at_noon("a/M", "b/M"), answered_later("a/M"), "leads to a/M, led to b/M"),
    ],
)
def test_another_owner_creation_time_or_target_begins_an_epoch_without_valid_metadata(
    before: HubModel, now: HubModel, reason: str
) -> None:
    kept = update_metadata(before, now)
    assert kept.epoch == 2
    row = validated(kept)["a/M"]
    assert row["applies"] is False
    assert row["rename"] != "verified"
    assert reason in str(row["evidence"])


def test_a_renamed_repository_stays_in_the_same_epoch() -> None:
    assert update_metadata(answered_at_noon("a/M"), answered_later("a/M", "b/M")).epoch == 1


def test_a_new_owner_after_a_missing_answer_begins_an_epoch() -> None:
    gone = HubModel("a/M", Status.MISSING, LATER, LATER)
    between = update_metadata(answered_at_noon("a/M"), gone)
    assert (between.status, between.author) == (Status.MISSING, "a")
    taken = update_metadata(between, replace(answered_later("a/M", createdAt="2026-11-20T00:00:00Z"), checked_at=LATER))
    assert taken.epoch == 2


def test_a_later_answer_keeps_the_epoch_and_its_reason() -> None:
    taken = update_metadata(answered_at_noon("a/M"), answered_later("a/M", author="b"))
    again = update_metadata(taken, answered_later("a/M", author="b", downloads=3))
    assert (again.epoch, again.epoch_reason) == (2, taken.epoch_reason)


def test_metadata_of_a_repository_created_after_a_board_listed_the_id_is_not_valid() -> None:
    young = answered_at_noon("a/M", createdAt="2025-03-01T00:00:00Z")
    assert validated(young, first_named={"a/m": date(2024, 6, 1)})["a/M"]["applies"] is False
    assert validated(young, first_named={"a/m": date(2025, 3, 1)})["a/M"]["applies"] is True
    assert validated(young)["a/M"]["applies"] is True


def test_the_first_creation_day_that_the_hub_stores_is_ignored() -> None:
    old = answered_at_noon("a/M", createdAt="2022-03-02T23:29:04.000Z")
    assert validated(old, first_named={"a/m": date(2021, 1, 1)})["a/M"]["applies"] is True


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
def test_a_rename_is_verified_only_when_nothing_but_the_owner_differs(old: str, new: str, expected: str) -> None:
    row = validated(answered_at_noon(old, new))[old]
    assert (row["renamed_to"], row["rename"], row["applies"]) == (new, expected, expected == "verified")


def test_a_missing_or_gated_answer_is_not_valid() -> None:
    rows = validated(HubModel("a/M", Status.MISSING, NOON, NOON), HubModel("a/N", Status.GATED, NOON, NOON))
    assert [row["applies"] for row in rows.values()] == [False, False]
