"""The page of the fault tests has the numbers of the last whole run, and that run is of the present matrix."""

import json
from typing import Any

import pytest

from tests.faults.cases import FAMILIES, NOT_TESTED, OTHER_TESTS, ROWS, SEED
from tools import write_reliability_page as page


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    if not page.FIGURES.exists():
        pytest.skip("no whole run is recorded yet; `make faults` writes docs/reliability.json")
    found: dict[str, Any] = json.loads(page.FIGURES.read_text(encoding="utf-8"))
    return found


def test_the_page_has_the_numbers_of_the_committed_run(figures: dict[str, Any]) -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.with_tables(text, figures) == text, "run `make faults`"


def test_the_run_was_whole(figures: dict[str, Any]) -> None:
    """A short run has no random kills of two hundred, and not every row."""
    assert figures["seed"] == SEED
    assert figures["survived_by_family"].keys() == {f"{key} {title}" for key, title in FAMILIES.items()}
    tested = {int(row.split()[0]) for row in figures["survived_by_row"]}
    assert tested | OTHER_TESTS.keys() | NOT_TESTED.keys() == ROWS.keys()
    assert figures["measured"]["35 200 kills at random times: killed"] > 60
    assert figures["measured"]["35 200 kills at random times: broken"] == 0


def test_the_sums_agree(figures: dict[str, Any]) -> None:
    for group in ("survived_by_family", "survived_by_row"):
        shares = [[int(part) for part in share.split(" of ")] for share in figures[group].values()]
        assert sum(survived for survived, _ in shares) == figures["survived"]
        assert sum(tried for _, tried in shares) == figures["faults"]
