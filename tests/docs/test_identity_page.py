"""`docs/identity.md` has the figures that the shipped rules reach on the recordings."""

from pathlib import Path

import pytest

from tools.write_identity_page import BEGIN, END, PAGE, measure, with_tables


@pytest.mark.recordings
def test_the_measured_tables_are_up_to_date(recordings: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_tables(page, measure(recordings)), "run `make identity-page`"


def test_only_the_text_between_the_marks_is_replaced() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert page.index(BEGIN) < page.index(END)
