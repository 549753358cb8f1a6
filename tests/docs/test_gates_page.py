"""`docs/gates.md` lists the gates of the register and their thresholds as the code has them."""

import pytest

from aggregator.gates.gates import GATES
from tools.write_gates_page import MARKS, PAGE, gates_table, thresholds, with_text


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_gates_of_the_page_are_those_of_the_register(page: str) -> None:
    table = page.partition("<!-- gates -->")[2].partition("<!-- /gates -->")[0]
    named = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert named == list(GATES)


def test_the_tables_of_the_code_are_up_to_date(page: str) -> None:
    text = with_text(with_text(page, "gates", gates_table()), "thresholds", thresholds())
    assert page == text, "run `python -m tools.write_gates_page`"


def test_only_the_text_between_the_marks_is_replaced(page: str) -> None:
    for mark in MARKS:
        assert page.count(f"<!-- {mark} -->") == page.count(f"<!-- /{mark} -->") == 1


def test_every_gate_says_what_it_finds() -> None:
    assert all(len(line) > 60 for line in gates_table().splitlines()[2:])
