"""Draws of abilities in a refresh: releases and models agree, and SQL gives the probability of the ranking."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pytest
from scipy.stats import norm

from aggregator.sources import SAMPLE
from aggregator.warehouse.build import open_read_only
from tests.support.refreshes import run_refresh


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    result = run_refresh(tmp_path_factory.mktemp("home"), mirror=str(SAMPLE))
    with open_read_only(result.generation.path / "metaboard.duckdb") as connection:
        yield connection


def test_every_ranked_row_has_draws_around_its_ability(published: duckdb.DuckDBPyConnection) -> None:
    missing = published.sql("""
        select 'setting' as grain, model_id as id, track, ability from leaderboard where rank is not null
        union all
        select 'release', release_id, track, ability from releases where rank is not null
        except all
        select grain, id, track, ability from ability_draws
    """)
    assert not missing.fetchall()
    rows = published.sql("select ability, deviation, shared, draws from ability_draws").fetchall()
    ability, deviation, shared, draws = (np.array(column) for column in zip(*rows, strict=True))
    total = np.sqrt(deviation**2 + (shared**2).sum(axis=1))
    spread = draws.std(axis=1) / total
    assert np.median(spread) == pytest.approx(1, abs=0.05)
    assert np.abs((draws.mean(axis=1) - ability) / total).max() < 0.5
    assert np.allclose(draws, draws.round(1), atol=1e-3)


def test_a_release_of_one_model_has_the_draws_of_that_model(published: duckdb.DuckDBPyConnection) -> None:
    same, other = published.sql("""
        select count(*) filter (where r.draws = m.draws), count(*) filter (where r.draws != m.draws)
        from releases as l
        inner join ability_draws as r on r.grain = 'release' and r.id = l.release_id
        inner join ability_draws as m on m.grain = 'setting' and m.id = l.model_id
        where l.settings = 1
    """).fetchall()[0]
    assert same > 100
    assert other == 0


def test_the_probability_of_a_pair_is_that_of_the_difference_on_a_further_board(
    published: duckdb.DuckDBPyConnection,
) -> None:
    pairs = published.sql("""
        with every_ninth as (select release_id as id, track from releases where rank % 9 = 1)
        select a.id, b.id, probability_better(a.id, b.id) as p
        from every_ninth as a inner join every_ninth as b on a.track = b.track and a.id < b.id
    """).fetchall()
    rows = published.sql(
        "select id, ability, deviation, board_deviation, shared from ability_draws where grain = 'release'"
    ).fetchall()
    known = {name: (ability, np.hypot(own, board), np.array(shared)) for name, ability, own, board, shared in rows}
    assert len(pairs) > 50
    for first, second, found in pairs:
        (m, s, f), (n, t, g) = known[first], known[second]
        assert found == pytest.approx(norm.cdf((m - n) / np.sqrt(((f - g) ** 2).sum() + s**2 + t**2)), abs=1e-6)


def test_pairs_without_a_common_order_have_no_probability(published: duckdb.DuckDBPyConnection) -> None:
    llm, embedding = (
        published.sql(f"select release_id from releases where track = '{track}' and rank = 1").fetchall()[0][0]
        for track in ("llm", "embedding")
    )
    unranked = published.sql("select model_id from leaderboard where rank is null").fetchall()[0][0]
    for other in (embedding, unranked, "no such model"):
        assert published.sql(f"select probability_better('{llm}', '{other}')").fetchall() == [(None,)]
    assert published.sql(f"select probability_better('{llm}', '{llm}')").fetchall() == [(0.5,)]


def test_counts_of_told_apart_releases_are_those_of_the_differences_of_their_abilities(
    published: duckdb.DuckDBPyConnection,
) -> None:
    wrong = published.sql("""
        with pairs as (
            select r.release_id, r.clearly_better, r.clearly_worse, b.ability > a.ability as is_better,
                abs(a.ability - b.ability) > 1.6448536 * sqrt(
                    list_distance(a.shared, b.shared) ** 2 + a.deviation ** 2 + b.deviation ** 2) as is_clear
            from releases as r
            inner join ability_draws as a on a.grain = 'release' and a.id = r.release_id
            inner join ability_draws as b on b.grain = 'release' and b.track = a.track and b.id != a.id
            where r.rank % 50 = 1
        )
        select release_id from pairs group by release_id
        having abs(any_value(clearly_better) - count(*) filter (where is_clear and is_better)) > 1
            or abs(any_value(clearly_worse) - count(*) filter (where is_clear and not is_better)) > 1
    """)
    assert not wrong.fetchall()


@pytest.mark.parametrize("x", [-6.0, -1.6448536269514722, -0.3, 0.0, 1.0, 2.5, 7.0])
def test_normal_cdf_is_the_normal_distribution_function(published: duckdb.DuckDBPyConnection, x: float) -> None:
    assert published.sql(f"select normal_cdf({x})").fetchall()[0][0] == pytest.approx(norm.cdf(x), abs=1e-7)
