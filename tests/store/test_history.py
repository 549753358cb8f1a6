"""Laws of the bitemporal history: no value is ever lost, and the history can be read as of any time."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import schema
from aggregator.store.history import (
    BITEMPORAL,
    EDITION,
    HistoryStore,
    SourceHistory,
    add_retrieval,
    as_of,
    merge_names,
    with_remembered_facts,
)

START = datetime(2026, 11, 1, 3, 17)  # noqa: DTZ001 - the file keeps UTC without zone
DAYS = [date(2026, 10, 1), date(2026, 10, 8)]
KEYS = [(day, name) for day in DAYS for name in ("a", "b", "c")]


def frame(values: dict[tuple[date, str], tuple[int, float | None]]) -> pl.DataFrame:
    rows: list[dict[str, object]] = [
        {"source": "s", "benchmark": "s/overall", "raw_name": name, "published_on": day, "rank": rank, "score": score}
        for (day, name), (rank, score) in values.items()
    ]
    return schema.frame(schema.HISTORY, rows or None)


values = st.dictionaries(st.sampled_from(KEYS), st.tuples(st.integers(1, 2), st.sampled_from([None, 1.0, 2.0])))
retrievals = st.lists(values, max_size=5).map(lambda found: [frame(one) for one in found])


def history_of(retrievals: list[pl.DataFrame]) -> pl.DataFrame:
    history = schema.frame(BITEMPORAL)
    for number, retrieval in enumerate(retrievals):
        history = add_retrieval(history, retrieval, START + timedelta(days=number))
    return history


def rows(table: pl.DataFrame) -> list[tuple[Any, ...]]:
    return sorted(table.rows(), key=str)


@settings(max_examples=60)
@given(retrievals)
def test_the_values_of_a_retrieval_can_be_read_as_of_its_time_forever(retrievals: list[pl.DataFrame]) -> None:
    history = history_of(retrievals)
    for number, retrieval in enumerate(retrievals):
        then = as_of(history, START + timedelta(days=number, hours=1))
        same_editions = then.join(retrieval.select(EDITION).unique(), on=EDITION, how="semi")
        assert rows(same_editions) == rows(retrieval)


@settings(max_examples=60)
@given(retrievals, values)
def test_adding_the_same_retrieval_again_changes_nothing(retrievals: list[pl.DataFrame], last: Any) -> None:
    at = START + timedelta(days=len(retrievals))
    once = add_retrieval(history_of(retrievals), frame(last), at)
    assert rows(add_retrieval(once, frame(last), at)) == rows(once)
    assert rows(add_retrieval(once, frame(last), at + timedelta(days=1))) == rows(once), (
        "the same values on the next day are no change"
    )


@settings(max_examples=60)
@given(retrievals)
def test_at_any_time_each_key_has_at_most_one_value(retrievals: list[pl.DataFrame]) -> None:
    history = history_of(retrievals)
    for number in range(len(retrievals) + 1):
        then = as_of(history, START + timedelta(days=number))
        assert not then.select("benchmark", "published_on", "raw_name").is_duplicated().any()
    assert history.filter(pl.col("superseded_at") <= pl.col("retrieved_at")).is_empty()


def test_an_edition_that_is_missing_from_a_later_retrieval_stays_current() -> None:
    old, new = frame({(DAYS[0], "a"): (1, 1.0)}), frame({(DAYS[1], "a"): (2, 2.0)})
    assert history_of([old, new])["superseded_at"].null_count() == 2


def test_a_corrected_value_ends_the_old_value() -> None:
    first, second = frame({(DAYS[0], "a"): (1, 1.0), (DAYS[0], "b"): (2, None)}), frame({(DAYS[0], "a"): (1, 2.0)})
    history = history_of([first, second])
    ends = {(row["raw_name"], row["score"]): row["superseded_at"] for row in history.iter_rows(named=True)}
    assert ends == {("a", 1.0): START + timedelta(days=1), ("a", 2.0): None, ("b", None): START + timedelta(days=1)}


def names(**facts: Any) -> pl.DataFrame:
    return schema.frame(schema.NAMES, [{"source": "s", "raw_name": "a", **facts}])


def test_a_name_keeps_its_newest_facts_and_its_first_and_last_day() -> None:
    old = names(license="MIT", first_seen_on=DAYS[0], last_seen_on=DAYS[0], best_rank=1)
    new = names(license="Apache", first_seen_on=DAYS[1], last_seen_on=DAYS[1], best_rank=4)
    (row,) = merge_names(old, new).to_dicts()
    assert (row["license"], row["first_seen_on"], row["last_seen_on"], row["best_rank"]) == ("Apache", *DAYS, 1)


def test_what_a_board_stated_once_of_a_name_stays_until_it_states_another() -> None:
    old = names(license="MIT", organization="Acme", open_weights=True, first_seen_on=DAYS[0], last_seen_on=DAYS[0])
    new = names(organization="Acme AI", first_seen_on=DAYS[1], last_seen_on=DAYS[1])
    (row,) = merge_names(old, new).to_dicts()
    assert (row["license"], row["organization"], row["open_weights"]) == ("MIT", "Acme AI", True)
    (tonight,) = with_remembered_facts(new, old).to_dicts()
    assert (tonight["license"], tonight["organization"], tonight["last_seen_on"]) == ("MIT", "Acme AI", DAYS[1])
    unknown = new.with_columns(raw_name=pl.lit("another"))
    assert with_remembered_facts(unknown, old)["license"].to_list() == [None]


def test_a_saved_history_is_loaded_unchanged_and_a_damaged_one_is_empty(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path)
    history = SourceHistory().with_fetch("k1", frame({KEYS[0]: (1, 1.0)}), names(), START).with_refused_fetch("k2")
    store.save("s", history)
    again = store.load("s")
    assert (again.added_keys, again.refused_keys, again.at) == (("k1",), ("k2",), START)
    assert again.rows.equals(history.rows)
    assert again.names.equals(history.names)
    (tmp_path / "history" / "s" / "rows.parquet").write_bytes(b"PAR1")
    assert store.load("s").added_keys == ()
    store.remove("s")
    assert store.load("s").rows.is_empty()
