"""`metaboard top --weight DOMAIN=W`: an order by abilities in domains, on the bundled sample."""

from pathlib import Path

import duckdb
import pytest

from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard


def read_abilities(home: Path, grain: str, domain: str) -> list[str]:
    """Return the ids with a rank in the domain, best first."""
    with duckdb.connect(str(home / "current" / "metaboard.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select id from domain_abilities where grain = ? and track = 'llm' and domain = ? and rank is not null order by ability desc, id",
            [grain, domain],
        ).fetchall()
    return [str(row[0]) for row in found]


@pytest.mark.parametrize(("grain", "column"), [("release", "release_id"), ("setting", "model_id")])
@pytest.mark.parametrize("name", ["math", "Instruction_following", "instruction-following"])
def test_the_weight_of_one_domain_gives_its_order(
    metaboard: Metaboard, sample_home: Path, grain: str, column: str, name: str
) -> None:
    result = metaboard("top", "-n", 500, "--json", "--home", sample_home, "--grain", grain, "--weight", f"{name}=3")
    expected = read_abilities(sample_home, grain, name.lower().replace("_", " ").replace("-", " "))
    assert len(expected) > 20
    rows = result.rows
    assert [row[column] for row in rows] == expected
    assert all(int(str(row["rank_low"])) <= int(str(row["rank"])) <= int(str(row["rank_high"])) for row in rows)
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))


def test_another_weight_changes_the_order(metaboard: Metaboard, sample_home: Path) -> None:
    orders = []
    for weights in (("math=1", "knowledge=1"), ("math=9", "knowledge=1")):
        given = [part for weight in weights for part in ("--weight", weight)]
        result = metaboard("top", "-n", 500, "--json", "--home", sample_home, *given)
        orders.append([str(row["release_id"]) for row in result.rows])
    both = set(orders[0]) & set(orders[1])
    assert len(both) > 20
    first, second = ([release for release in order if release in both] for order in orders)
    assert first != second


@pytest.mark.parametrize("weights", [("math=1", "open_llm_v2=1"), ("open_llm_v2=1", "math=1"), ("math=1", "mathh=1")])
def test_domains_and_leaderboards_do_not_mix_and_the_message_lists_the_domains(
    metaboard: Metaboard, sample_home: Path, weights: tuple[str, ...]
) -> None:
    given = [part for weight in weights for part in ("--weight", weight)]
    result = metaboard("top", "--home", sample_home, *given)
    assert result.code == Exit.USAGE
    assert "no domain" in result.err
    assert "instruction following" in result.err
