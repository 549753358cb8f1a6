"""Tables that fit the terminal, intervals, and JSON output."""

import json
import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaboard.display import Column, format_interval, print_json, print_table


def test_an_interval_is_printed_in_brackets() -> None:
    assert format_interval(12, 9, 15) == "12 (9–15)"
    assert format_interval(12, None, None) == "12"
    assert format_interval(None, 9, 15) == ""


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_json_keeps_every_text_and_escapes_control_characters(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        written: list[str] = []
        patch.setattr("sys.stdout", SimpleNamespace(write=written.append))
        print_json([text])
    document = "".join(written)
    assert json.loads(document) == [text]
    assert all(character == "\n" or character.isprintable() for character in document)


COLUMNS = [
    Column("first", lambda row: str(row["a"]), priority=3),
    Column("second", lambda row: str(row["b"]), priority=1, is_right_aligned=True),
    Column("third", lambda row: str(row["c"]), priority=2),
]
ROWS = [{"a": "x" * 20, "b": "y" * 20, "c": "z" * 20}]


@pytest.mark.parametrize(
    ("width", "dropped"),
    [(200, []), (66, []), (65, ["second"]), (44, ["second"]), (43, ["second", "third"]), (5, ["second", "third"])],
)
def test_the_least_important_columns_are_dropped_first(
    width: int, dropped: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert print_table(COLUMNS, ROWS) == dropped
    assert "x" * 20 in capsys.readouterr().out, "text is not cut in a pipe"


def test_no_line_is_wider_than_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    print_table(
        [Column("name", lambda row: str(row["a"]), priority=9, can_wrap=True, min_width=10), *COLUMNS[1:]], ROWS
    )
    lines = re.sub("\x1b[^m]*m", "", capsys.readouterr().out).splitlines()
    assert max(map(len, lines)) <= 30
    assert "".join(lines).count("x") == 20
