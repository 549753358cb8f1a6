"""The macro `domain_rank`: the same order as `reweighted`, and refusals that name the domains."""

from collections.abc import Iterator

import duckdb
import numpy as np
import polars as pl
import pytest

from aggregator import warehouse
from aggregator.ranking.domains import reweighted
from aggregator.warehouse.sql_file import read_sql_file

DOMAINS = ("coding", "instruction following", "math")


def random_rows() -> pl.DataFrame:
    """Return rows as of `domain_abilities` of two tracks and grains: some ids have one domain, some borrow all."""
    rng = np.random.default_rng(0)
    rows = []
    for grain in ("release", "setting"):
        for m in range(60):
            has = DOMAINS if m % 4 else DOMAINS[:1]
            borrowed = [1.0 if m % 7 == 0 else rng.uniform() for _ in has]
            common = rng.uniform(5, 20)
            elsewhere = (common, rng.normal(1000, 60), common + rng.uniform(20, 40))
            rows += [
                (grain, f"o/m{m}", "llm", domain, rng.normal(1000, 90), common + rng.uniform(1, 30), *elsewhere, share)
                for domain, share in zip(has, borrowed, strict=True)
            ]
    rows.append(("release", "o/vector", "embedding", "retrieval", 1100.0, 30.0, 20.0, 1100.0, 40.0, 0.1))
    columns = ["grain", "id", "track", "domain", "ability", "deviation", "common_deviation"]
    return pl.DataFrame(rows, schema=[*columns, "elsewhere", "elsewhere_deviation", "borrowed"], orient="row")


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return random_rows()


@pytest.fixture(scope="module")
def connection(rows: pl.DataFrame) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.register("rows", rows)
        opened.execute("create table domain_abilities as select * from rows")
        opened.execute("create table domain_weights as select distinct track, domain, 1 / 3 as weight from rows")
        file = read_sql_file(warehouse.sql_root() / "macro" / "domain_rank.sql")
        opened.execute(f"create macro domain_rank({file.parameters}) as table {file.statement}")
        yield opened


@pytest.mark.parametrize("grain", ["release", "setting"])
@pytest.mark.parametrize(
    "weights",
    [{"coding": 1.0}, {"coding": 2.0, "math": 1.0}, {"coding": 3.0, "instruction following": 0.5, "math": 0.0}],
)
def test_the_order_is_that_of_the_library(
    connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame, weights: dict[str, float], grain: str
) -> None:
    found = connection.execute(
        "from domain_rank($weights::map(varchar, double), grain := $grain)",
        {"weights": {"key": list(weights), "value": list(weights.values())}, "grain": grain},
    ).pl()
    expected = reweighted(rows.filter(track="llm", grain=grain), weights)
    assert found["id"].to_list() == expected["id"].to_list()
    assert found["rank"].to_list() == expected["rank"].to_list()
    assert found.height > 30
    for column in ("ability", "ability_low", "ability_high", "borrowed"):
        assert np.abs(found[column].to_numpy() - expected[column].to_numpy()).max() < 1e-4


def test_without_weights_every_domain_of_the_track_counts_alike(
    connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame
) -> None:
    found = connection.execute("from domain_rank()").pl()
    expected = reweighted(rows.filter(track="llm", grain="release"), dict.fromkeys(DOMAINS, 1.0))
    assert found["id"].to_list() == expected["id"].to_list()
    assert connection.execute("select id from domain_rank(track := 'embedding')").fetchall() == [("o/vector",)]


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ("map {'codin': 1}", "it has coding, instruction following, math"),
        ("map {'retrieval': 1}", "no domain of the track"),
        ("map {'coding': 1, 'math': -1}", "negative"),
    ],
)
def test_unknown_domains_and_negative_weights_are_refused(
    connection: duckdb.DuckDBPyConnection, weights: str, words: str
) -> None:
    with pytest.raises(duckdb.Error, match=words):
        connection.execute(f"from domain_rank({weights})").fetchall()
