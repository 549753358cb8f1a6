"""`docs/domains.md` lists every domain with the weight that it has in `domain_weights`."""

from fractions import Fraction
from pathlib import Path

import duckdb
import pytest

from aggregator.model import UNRANKED_DOMAINS, Domain
from aggregator.ranking.domains import NOT_SINGLE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "domains.md"


@pytest.fixture(scope="module")
def listed() -> dict[tuple[str, str], Fraction]:
    rows = [
        line.strip("|").split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")
    ]
    return {(row[0].strip(), row[1].strip()): Fraction(row[2].strip()) for row in rows[2:]}


def test_the_weights_of_a_track_sum_to_one(listed: dict[tuple[str, str], Fraction]) -> None:
    for track in {track for track, _ in listed}:
        assert sum(weight for (of, _), weight in listed.items() if of == track) == 1


def test_every_domain_that_enters_the_rank_is_listed(listed: dict[tuple[str, str], Fraction]) -> None:
    assert {domain for _, domain in listed} == {str(domain) for domain in set(Domain) - NOT_SINGLE}
    assert UNRANKED_DOMAINS | {Domain.GENERAL} == NOT_SINGLE


def test_the_weights_are_those_of_the_table(listed: dict[tuple[str, str], Fraction], sample_home: Path) -> None:
    with duckdb.connect(str(sample_home / "current" / "metaboard.duckdb"), read_only=True) as connection:
        found = connection.execute("select track, domain, weight from domain_weights").fetchall()
    assert {(track, domain): pytest.approx(weight) for track, domain, weight in found} == {
        key: float(weight) for key, weight in listed.items()
    }
