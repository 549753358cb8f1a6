"""The macro `places`, compared with a plain computation on any draws, and its speed."""

import time

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import warehouse
from aggregator.warehouse.sql_file import read_sql_file

DRAWS = 200
Places = dict[str, tuple[int, int, int]]


def make_places(
    models: int, seed: int, *, step: float = 0.1, shift: float = 0.0
) -> tuple[duckdb.DuckDBPyConnection, pl.DataFrame, pl.DataFrame]:
    """Return a connection with the macro and random tables that it reads.

    Draws are multiples of `step`, so some are equal. Those of every third model lie `shift` above its ability.
    """
    random = np.random.default_rng(seed)
    ability = random.normal(1000, 60, models)
    drawn = ability[:, None] + random.uniform(5, 60, models)[:, None] * random.normal(size=(models, DRAWS))
    drawn[::3] += shift
    rows = pl.DataFrame(
        {
            "id": [f"o/m{at}" for at in range(models)],
            "track": ["embedding" if at % 5 == 4 else "llm" for at in range(models)],
            "ability": np.round(ability / step) * step,
            "draws": pl.Series((np.round(drawn / step) * step).tolist(), dtype=pl.List(pl.Float32)),
        }
    )
    draws = pl.concat(  # noqa: F841 - the SQL reads it
        [
            rows.with_columns(grain=pl.lit("release")),
            rows.with_columns(grain=pl.lit("setting"), ability=-pl.col("ability"), draws=pl.col("draws") * -1),
        ]
    )
    domains = pl.DataFrame(
        {
            "grain": ["release"] * models,
            "id": rows["id"],
            "domain": ["coding"] * models,
            "ability": random.normal(1000, 60, models),
            "deviation": random.uniform(5, 60, models),
            "rank": [None if at % 7 == 6 else 1 for at in range(models)],
        }
    )
    file = read_sql_file(next(warehouse.sql_root().rglob("places.sql")))
    connection = duckdb.connect()
    connection.execute("create table ability_draws as select * from draws")
    connection.execute("create table domain_abilities as select * from domains")
    connection.execute(f"create macro places({file.parameters}) as table {file.statement}")
    return connection, rows, domains


def count_places(rows: pl.DataFrame, ids: set[str], domains: pl.DataFrame | None = None) -> Places:
    """Return place and interval of each id by counting, draw by draw, how many of its track are better."""
    found: Places = {}
    for track in ("llm", "embedding"):
        chosen = rows.filter(pl.col("id").is_in(list(ids)), pl.col("track") == track)
        if chosen.is_empty():
            continue
        ability, drawn = chosen["ability"].to_numpy(), np.array(chosen["draws"].to_list(), dtype=np.float64)
        if domains is not None:
            joined = chosen.select("id").join(domains, on="id", how="left", maintain_order="left")
            standard = (drawn - ability[:, None]) / drawn.std(axis=1, ddof=1)[:, None]
            ability = joined["ability"].to_numpy()
            drawn = ability[:, None] + standard * joined["deviation"].to_numpy()[:, None]
        places = 1 + (drawn[None] > drawn[:, None]).sum(axis=1)
        for row, name in enumerate(chosen["id"]):
            place = 1 + int((ability > ability[row]).sum())
            # 5 % of the draws are before the first end, and 5 % after the second.
            ordered = sorted(places[row].tolist())
            low, high = ordered[DRAWS // 20 - 1], ordered[DRAWS - DRAWS // 20 - 1]
            found[name] = (place, min(low, place), max(high, place))
    return found


def ask(connection: duckdb.DuckDBPyConnection, ids: list[str], **options: str) -> Places:
    named = "".join(f", {name} := ${name}" for name in options)
    found = connection.execute(f"from places($ids{named})", {"ids": ids} | options).fetchall()
    assert [row[1] for row in found] == sorted(row[1] for row in found), "the best row is the first"
    places = {str(row[0]): (int(row[1]), int(row[2]), int(row[3])) for row in found}
    assert len(places) == len(found)
    return places


@given(st.integers(1, 40), st.integers(0, 2**32), st.sampled_from([0.1, 20.0]), st.data())
@settings(max_examples=30, deadline=None)
def test_places_are_counted_among_the_ids_in_every_draw(
    models: int, seed: int, step: float, data: st.DataObject
) -> None:
    connection, rows, _ = make_places(models, seed, step=step)
    ids = data.draw(st.lists(st.sampled_from([*rows["id"], "nobody/unknown"]), max_size=60))
    assert ask(connection, ids) == count_places(rows, set(ids))


@given(st.integers(1, 40), st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_places_in_a_domain_have_its_abilities_and_deviations(models: int, seed: int) -> None:
    connection, rows, domains = make_places(models, seed)
    ids = rows["id"].to_list()[::2]
    ranked = set(ids) & set(domains.drop_nulls("rank")["id"])
    assert ask(connection, ids, domain="coding") == count_places(rows, ranked, domains)


@pytest.mark.parametrize("shift", [-300.0, 300.0])
def test_an_interval_always_holds_the_place_by_ability(shift: float) -> None:
    connection, rows, _ = make_places(30, 3, shift=shift)
    found = ask(connection, rows["id"].to_list())
    assert found == count_places(rows, set(rows["id"]))
    assert all(low <= place <= high for place, low, high in found.values())


def test_the_grain_of_settings_has_its_own_draws() -> None:
    connection, rows, _ = make_places(20, 1)
    negative = rows.with_columns(ability=-pl.col("ability"), draws=pl.col("draws") * -1)
    ids = rows["id"].to_list()
    assert ask(connection, ids, grain="setting") == count_places(negative, set(ids))
    assert ask(connection, ids, grain="setting") != ask(connection, ids, grain="release")


def test_the_ids_can_be_a_query() -> None:
    connection, rows, _ = make_places(20, 1)
    found = connection.execute(
        "select id, place, place_low, place_high from places((select list(id) from ability_draws where id like '%1%'))"
    ).fetchall()
    expected = count_places(rows, {name for name in rows["id"] if "1" in name})
    assert {row[0]: row[1:] for row in found} == expected


def test_a_single_id_is_the_first_and_no_id_has_no_row() -> None:
    connection, _, _ = make_places(20, 1)
    assert ask(connection, ["o/m7"]) == {"o/m7": (1, 1, 1)}
    assert ask(connection, []) == {}


def test_an_unknown_domain_is_an_error() -> None:
    connection, _, _ = make_places(5, 1)
    with pytest.raises(duckdb.Error, match="no domain cooking"):
        ask(connection, ["o/m1"], domain="cooking")


@pytest.mark.parametrize(("models", "seconds"), [(200, 0.05), (10_000, 3.0)])
def test_places_are_fast(models: int, seconds: float) -> None:
    connection, rows, _ = make_places(11_000, 1)
    ids = rows["id"].to_list()[:models]
    times = []
    for _ in range(3):
        begun = time.process_time()
        assert len(ask(connection, ids)) == models
        times.append(time.process_time() - begun)
    # Processor time of all threads: other programs on the machine do not count.
    assert min(times) < 2 * seconds
