"""Abilities by domain on the recorded leaderboards: what must hold whatever the scores are, and who is good at what."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from scipy.stats import spearmanr

from aggregator.model import UNRANKED_DOMAINS, Domain
from tests.support.recorded_home import recordings_home

__all__ = ["recordings_home"]

pytestmark = pytest.mark.recordings


@pytest.fixture(scope="module")
def connection(recordings_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(recordings_home / "current" / "metaboard.duckdb"), read_only=True) as opened:
        yield opened


def test_every_domain_of_a_benchmark_in_the_rank_has_abilities_and_no_other(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = connection.execute(
        "select track, list(distinct domain order by domain) from domain_abilities group by track"
    ).fetchall()
    calibrated = connection.execute(
        """
        select c.track, list(distinct b.domain order by b.domain)
        from (select track, unnest(benchmarks) as benchmark from calibrations) as c
        inner join benchmarks as b using (benchmark)
        where not list_contains($not_single, b.domain)
        group by c.track
        """,
        {"not_single": [*UNRANKED_DOMAINS, Domain.GENERAL]},
    ).fetchall()
    assert dict(found) == dict(calibrated)


def test_ids_on_two_leaderboards_have_all_domains_and_others_only_what_is_measured(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    (missing,) = connection.execute(
        """
        select count(*)
        from leaderboard as l
        inner join domain_weights as w using (track)
        left join domain_abilities as d on d.grain = 'setting' and d.id = l.model_id and d.domain = w.domain
        where l.rank is not null and l.evidence = 'A' and d.id is null
        """
    ).fetchone()  # type: ignore[misc] # an aggregate has one row
    (unmeasured,) = connection.execute(
        """
        select count(*)
        from domain_abilities as d
        inner join leaderboard as l on l.model_id = d.id and d.grain = 'setting'
        where l.boards = 1 and d.benchmarks = 0
        """
    ).fetchone()  # type: ignore[misc] # an aggregate has one row
    assert (missing, unmeasured) == (0, 0)


def test_the_ranks_of_a_domain_count_from_one_in_the_order_of_the_ability(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = connection.execute("from domain_abilities where rank is not null").pl()
    for (_, _, _), table in rows.group_by("grain", "track", "domain"):
        ordered = table.sort("ability", descending=True)
        assert (ordered["rank"] == ordered["ability"].rank("min", descending=True)).all()
        assert (ordered["rank_high"] <= ordered.height).all()
        assert (ordered["rank_low"] >= 1).all()
    assert rows.group_by("domain").len()["len"].min() > 50  # type: ignore[operator] # a Series can hold any type


def test_a_domain_moves_models_around_their_overall_ability(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(
        """
        select d.domain, d.ability, r.ability as overall
        from domain_abilities as d
        inner join releases as r on r.release_id = d.id
        where d.grain = 'release' and d.rank is not null and r.boards > 2
        """
    ).pl()
    for (domain,), table in rows.group_by("domain"):
        correlation = spearmanr(table["ability"], table["overall"]).statistic
        assert 0.8 < correlation < 1, domain


def test_models_made_for_code_are_better_at_coding_than_elsewhere(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(
        """
        select d.id, d.domain = 'coding' as is_coding, d.ability - d2.ability as gap,
            regexp_matches(lower(d.id), '[-_/]code|coder|devstral|starcoder|wizardcoder') as is_coder
        from domain_abilities as d
        inner join domain_abilities as d2 using (grain, id)
        where d.grain = 'release' and d.domain = 'coding' and d2.domain = 'preference' and d.rank is not null
        """
    ).pl()
    coders, others = (rows.filter(is_coder=wanted)["gap"].mean() for wanted in (True, False))
    assert rows.filter(is_coder=True).height >= 5
    assert coders > others  # type: ignore[operator] # a mean of floats


def test_chat_models_follow_instructions_better_than_base_models_of_their_ability(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    gap = connection.execute(
        """
        select m.kind, avg(d.ability - r.ability) as gap
        from domain_abilities as d
        inner join releases as r on r.release_id = d.id
        inner join models as m on m.model_id = r.model_id
        where d.grain = 'release' and d.domain = 'instruction following' and d.rank is not null
        group by m.kind
        """
    ).fetchall()
    by_kind = {str(kind): float(value) for kind, value in gap}
    assert by_kind["chat"] > by_kind["pretrained"] + 5


def test_equal_weights_keep_the_overall_order_nearly_and_one_weight_does_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    def agreement(weights: str) -> float:
        rows = connection.execute(
            f"select d.ability, r.ability as overall from domain_rank({weights}) as d"
            " inner join releases as r on r.release_id = d.id where r.boards > 2"
        ).pl()
        assert rows.height > 50
        return float(spearmanr(rows["ability"], rows["overall"]).statistic)

    assert agreement("") > 0.95
    assert agreement("map {'agents': 1}") < agreement("")


def test_the_table_of_weights_counts_what_the_calibration_has(connection: duckdb.DuckDBPyConnection) -> None:
    weights = connection.execute("from domain_weights").pl()
    total = weights.group_by("track").agg(pl.col("weight").sum())["weight"]
    assert all(abs(one - 1) < 1e-9 for one in total)
    assert weights.filter(track="llm", domain="coding")["boards"].item() >= 5
