"""The registry of published ids: what stays, what moves, and that one step leads from every old id to the id of today."""

from datetime import date
from typing import Any

import polars as pl

from aggregator import schema
from aggregator.identity.registry import NOTHING_PUBLISHED, Registry, advanced, merged, seeded

DAYS = [date(2026, 9, day) for day in range(1, 8)]


def aliases(*rows: tuple[str, str], rung: str = "own", evidence: str = "why") -> pl.DataFrame:
    facts = {"source": "board", "rung": rung, "confidence": 0.8, "evidence": evidence}
    listed: list[dict[str, Any]] = [{"raw_name": name, "model_id": model, **facts} for name, model in rows]
    return schema.frame(schema.ALIASES, listed)


def night(before: Registry, day: int, *rows: tuple[str, str], **facts: str) -> Registry:
    return advanced(before, aliases(*rows, **facts), DAYS[day])


def moves(registry: Registry) -> dict[str, str]:
    return dict(registry.moves.select("old_id", "new_id").iter_rows())


def test_a_name_has_the_day_of_its_id_and_keeps_it() -> None:
    first = night(NOTHING_PUBLISHED, 0, ("a", "x/a"))
    second = night(first, 3, ("a", "x/a"), ("b", "x/b"))
    assert second.ids.select("raw_name", "model_id", "published_on").rows() == [
        ("a", "x/a", DAYS[0]),
        ("b", "x/b", DAYS[3]),
    ]
    assert second.moves.is_empty()


def test_an_id_without_a_name_tonight_stays_in_the_registry() -> None:
    first = night(NOTHING_PUBLISHED, 0, ("a", "x/a"), ("b", "x/b"))
    assert night(first, 1, ("b", "x/b")).ids.equals(first.ids)


def test_a_changed_id_is_a_move_with_its_day_and_the_evidence_of_the_name() -> None:
    first = night(NOTHING_PUBLISHED, 0, ("a", "x/a"))
    second = night(first, 2, ("a", "hub/A"), rung="normalized_tail", evidence="reads `a`")
    assert second.moves.rows() == [("x/a", "hub/A", DAYS[2], "`a` on board: reads `a`")]
    (row,) = second.ids.to_dicts()
    assert (row["model_id"], row["former_id"], row["published_on"]) == ("hub/A", "x/a", DAYS[2])


def test_moves_stay_flat_when_the_id_of_today_moves_on() -> None:
    first = night(NOTHING_PUBLISHED, 0, ("a", "x/a"))
    second = night(first, 1, ("a", "x/b"))
    third = night(second, 2, ("a", "x/c"))
    assert moves(third) == {"x/a": "x/c", "x/b": "x/c"}


def test_an_id_that_comes_back_is_no_old_id_and_there_is_no_cycle() -> None:
    registry = night(NOTHING_PUBLISHED, 0, ("a", "x/a"))
    for day, model in enumerate(["x/b", "x/a", "x/b", "x/a"], start=1):
        registry = night(registry, day, ("a", model))
    assert moves(registry) == {"x/b": "x/a"}


def test_a_split_leads_to_the_model_of_most_names_and_says_where_each_name_went() -> None:
    first = night(NOTHING_PUBLISHED, 0, ("a", "x/a"), ("b", "x/a"), ("c", "x/a"))
    second = night(first, 1, ("a", "x/one"), ("b", "x/two"), ("c", "x/two"), rung="curated", evidence="a review")
    assert moves(second) == {"x/a": "x/two"}
    assert second.moves["reason"].item() == "split: `b` on board: a review is x/two; `a` on board: a review is x/one"
    assert set(second.ids["former_id"]) == {"x/a"}


def test_a_name_that_leaves_a_model_which_stays_records_it_with_the_name() -> None:
    first = night(NOTHING_PUBLISHED, 0, ("a", "x/a"), ("b", "x/a"))
    second = night(first, 1, ("a", "x/a"), ("b", "x/b"), rung="curated", evidence="a review")
    assert moves(second) == {}
    assert second.ids.filter(pl.col("raw_name") == "b").select("former_id", "reason").row(0) == (
        "x/a",
        "`b` on board: a review",
    )


def test_the_names_that_no_board_has_tonight_follow_the_move_of_their_model() -> None:
    first = night(NOTHING_PUBLISHED, 0, ("a", "x/a"), ("gone", "x/a"))
    second = night(first, 1, ("a", "x/b"))
    assert set(second.ids["model_id"]) == {"x/b"}


def test_a_rename_moves_an_id_that_no_name_has_tonight() -> None:
    first = night(NOTHING_PUBLISHED, 0, ("old/a", "old/a"), ("b", "x/b"))
    successors = pl.DataFrame({"old_id": ["old/a"], "new_id": ["new/a"], "reason": ["a rename"]})
    second = advanced(first, aliases(("new/a", "new/a"), ("b", "x/b")), DAYS[1], successors)
    assert second.moves.rows() == [("old/a", "new/a", DAYS[1], "a rename")]
    assert second.ids.filter(pl.col("raw_name") == "old/a")["model_id"].item() == "new/a"


def test_a_quarantined_name_keeps_its_published_id_for_later() -> None:
    first = night(NOTHING_PUBLISHED, 0, ("a", "x/a"))
    second = night(first, 1, ("a", "quarantine/board/a"))
    assert second.ids.equals(first.ids)
    assert second.moves.is_empty()


def test_an_id_of_the_hub_is_known_even_after_a_night_with_weaker_evidence() -> None:
    first = night(NOTHING_PUBLISHED, 0, ("A", "hub/A"), rung="hf_id")
    second = night(first, 1, ("A", "hub/A"), rung="normalized_tail")
    assert second.hub_ids.to_list() == ["hub/A"]


def test_a_generation_of_an_older_schema_seeds_the_registry_from_its_aliases() -> None:
    registry = seeded(aliases(("a", "x/a")), DAYS[0])
    assert registry.ids.select("model_id", "published_on").rows() == [("x/a", DAYS[0])]


def test_a_pulled_registry_wins_and_leads_from_the_ids_that_this_home_had() -> None:
    own = night(night(NOTHING_PUBLISHED, 0, ("a", "x/old"), ("own", "x/own")), 1, ("a", "x/a"), ("own", "x/own"))
    pulled = night(NOTHING_PUBLISHED, 2, ("a", "y/a"), ("b", "y/b"))
    both = merged(own, pulled, DAYS[3])
    ids = dict(both.ids.select("raw_name", "model_id").iter_rows())
    assert ids == {"a": "y/a", "b": "y/b", "own": "x/own"}
    assert moves(both) == {"x/old": "y/a", "x/a": "y/a"}
