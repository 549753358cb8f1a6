"""Laws of what is remembered: nothing that was ever said is lost, and every moment can be asked for."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import schema
from aggregator.store.history import EDITION, PAST, Past, PastStore, as_of, fold, fold_names

START = datetime(2026, 11, 1, 3, 17)  # noqa: DTZ001 - the file keeps UTC without zone
DAYS = [date(2026, 10, 1), date(2026, 10, 8)]
KEYS = [(day, name) for day in DAYS for name in ("a", "b", "c")]


def frame(values: dict[tuple[date, str], tuple[int, float | None]]) -> pl.DataFrame:
    rows: list[dict[str, object]] = [
        {"source": "s", "benchmark": "s/overall", "raw_name": name, "published_on": day, "rank": rank, "score": score}
        for (day, name), (rank, score) in values.items()
    ]
    return schema.frame(schema.HISTORY, rows or None)


said = st.dictionaries(st.sampled_from(KEYS), st.tuples(st.integers(1, 2), st.sampled_from([None, 1.0, 2.0])))
nights = st.lists(said, max_size=5).map(lambda nights: [frame(night) for night in nights])


def folded(nights: list[pl.DataFrame]) -> pl.DataFrame:
    past = schema.frame(PAST)
    for number, night in enumerate(nights):
        past = fold(past, night, START + timedelta(days=number))
    return past


def rows(table: pl.DataFrame) -> list[tuple[Any, ...]]:
    return sorted(table.rows(), key=str)


@settings(max_examples=60)
@given(nights)
def test_what_was_said_on_a_night_can_be_asked_for_on_every_later_day(nights: list[pl.DataFrame]) -> None:
    past = folded(nights)
    for number, night in enumerate(nights):
        then = as_of(past, START + timedelta(days=number, hours=1))
        spoken_of = then.join(night.select(EDITION).unique(), on=EDITION, how="semi")
        assert rows(spoken_of) == rows(night)


@settings(max_examples=60)
@given(nights, said)
def test_folding_the_same_retrieval_again_changes_nothing(nights: list[pl.DataFrame], last: Any) -> None:
    at = START + timedelta(days=len(nights))
    once = fold(folded(nights), frame(last), at)
    assert rows(fold(once, frame(last), at)) == rows(once)
    assert rows(fold(once, frame(last), at + timedelta(days=1))) == rows(once), "the same again is no news"


@settings(max_examples=60)
@given(nights)
def test_at_any_time_one_value_stands(nights: list[pl.DataFrame]) -> None:
    past = folded(nights)
    for number in range(len(nights) + 1):
        then = as_of(past, START + timedelta(days=number))
        assert not then.select("benchmark", "published_on", "raw_name").is_duplicated().any()
    assert past.filter(pl.col("superseded_at") <= pl.col("retrieved_at")).is_empty()


def test_an_edition_that_is_not_spoken_of_again_stands() -> None:
    old, new = frame({(DAYS[0], "a"): (1, 1.0)}), frame({(DAYS[1], "a"): (2, 2.0)})
    assert folded([old, new])["superseded_at"].null_count() == 2


def test_a_correction_closes_what_it_corrects() -> None:
    first, second = frame({(DAYS[0], "a"): (1, 1.0), (DAYS[0], "b"): (2, None)}), frame({(DAYS[0], "a"): (1, 2.0)})
    past = folded([first, second])
    ends = dict(zip(zip(past["raw_name"], past["score"], strict=True), past["superseded_at"], strict=True))
    assert ends == {("a", 1.0): START + timedelta(days=1), ("a", 2.0): None, ("b", None): START + timedelta(days=1)}


def names(**facts: Any) -> pl.DataFrame:
    return schema.frame(schema.NAMES, [{"source": "s", "raw_name": "a", **facts}])


def test_names_keep_their_newest_facts_and_their_whole_span() -> None:
    old = names(license="MIT", first_seen_on=DAYS[0], last_seen_on=DAYS[0], best_rank=1)
    new = names(license="Apache", first_seen_on=DAYS[1], last_seen_on=DAYS[1], best_rank=4)
    (row,) = fold_names(old, new).to_dicts()
    assert (row["license"], row["first_seen_on"], row["last_seen_on"], row["best_rank"]) == ("Apache", *DAYS, 1)


def test_a_past_is_kept_whole_and_a_damaged_one_counts_as_none(tmp_path: Path) -> None:
    store = PastStore(tmp_path)
    past = Past().with_fetch("k1", frame({KEYS[0]: (1, 1.0)}), names(), START).without("k2")
    store.save("s", past)
    again = store.load("s")
    assert (again.folded, again.refused, again.at) == (("k1",), ("k2",), START)
    assert again.rows.equals(past.rows)
    assert again.names.equals(past.names)
    (tmp_path / "history" / "s" / "rows.parquet").write_bytes(b"PAR1")
    assert store.load("s").folded == ()
    store.forget("s")
    assert store.load("s").rows.is_empty()
