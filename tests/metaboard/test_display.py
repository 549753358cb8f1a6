"""Text that cannot play tricks, numbers as people read them, tables that fit, JSON that machines read."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text import billions, jsonable, number, visible
from metaboard.display import Column, print_json, print_table, with_interval


@given(st.text(alphabet=st.characters()))
def test_visible_text_is_printable_and_stays_on_its_line(text: str) -> None:
    assert all(character.isprintable() for character in visible(text))
    assert len(visible(text).splitlines()) <= 1


@given(st.text(alphabet=st.characters(categories=["L", "N", "P"], max_codepoint=0xFFFF)))
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202eb", "a\\u202eb"),
        ("a\nb", "a\\nb"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u200bb", "a\\u200bb"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("[red]é 模型[/red]", "[red]é 模型[/red]"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (None, ""),
        (0.75226, "0.752"),
        (52.0814, "52.08"),
        (1490.4, "1,490"),
        (12, "12"),
        (4495, "4,495"),
        (Decimal("0.5"), "0.500"),
        (-0.25, "-0.250"),
    ],
)
def test_numbers_read_as_people_write_them(value: object, seen: str) -> None:
    assert number(value) == seen


@pytest.mark.parametrize(
    ("value", "seen"),
    [(0.596, "0.596B"), (70.6, "70.6B"), (8.0, "8B"), (1000.0, "1,000B"), (None, ""), (1600, "1,600B")],
)
def test_sizes_are_in_billions(value: object, seen: str) -> None:
    assert billions(value) == seen


def test_an_interval_stands_in_brackets_where_there_is_one() -> None:
    assert with_interval(12, 9, 15) == "12 (9–15)"
    assert with_interval(12, None, None) == "12"
    assert with_interval(None, 9, 15) == ""


@pytest.mark.parametrize(
    ("value", "simple"),
    [
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("1.5"), 1.5),
        (date(2026, 11, 25), "2026-11-25"),
        (datetime(2026, 11, 25, 3, 17), "2026-11-25T03:17:00+00:00"),  # noqa: DTZ001 - DuckDB's plain timestamps have no zone
        (datetime(2026, 11, 25, 3, 17, tzinfo=UTC), "2026-11-25T03:17:00+00:00"),
        (b"\x01\xff", "01ff"),
        ({"a": [1, (True, None)]}, {"a": [1, [True, None]]}),
        (timedelta(days=1), "1 day, 0:00:00"),
    ],
)
def test_json_knows_only_its_own_types(value: object, simple: object) -> None:
    assert jsonable(value) == simple


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_json_gives_every_text_back_and_obeys_no_terminal_code(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        written: list[str] = []
        patch.setattr("sys.stdout", SimpleNamespace(write=written.append))
        print_json([text])
    document = "".join(written)
    assert json.loads(document) == [text]
    assert all(character == "\n" or character.isprintable() for character in document)


COLUMNS = [
    Column("first", lambda row: str(row["a"]), keep=3),
    Column("second", lambda row: str(row["b"]), keep=1, right=True),
    Column("third", lambda row: str(row["c"]), keep=2),
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
    assert "x" * 20 in capsys.readouterr().out, "a pipe never cuts what is kept"


def test_a_terminal_gets_no_line_wider_than_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    print_table([Column("name", lambda row: str(row["a"]), keep=9, folds=True, least=10), *COLUMNS[1:]], ROWS)
    lines = re.sub("\x1b[^m]*m", "", capsys.readouterr().out).splitlines()
    assert max(map(len, lines)) <= 30
    assert "".join(lines).count("x") == 20
