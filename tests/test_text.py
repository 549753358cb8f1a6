"""Escapes, number formats and JSON values of `aggregator.text`."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text import billions, jsonable, number, visible


@given(st.text(alphabet=st.characters()))
def test_visible_text_is_printable_and_stays_on_its_line(text: str) -> None:
    assert all(character.isprintable() for character in visible(text))
    assert len(visible(text).splitlines()) <= 1


@given(st.text(alphabet=st.characters(categories=["L", "N", "P"], max_codepoint=0xFFFF)))
def test_printable_text_is_unchanged(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "printed"),
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
def test_control_characters_are_escaped(text: str, printed: str) -> None:
    assert visible(text) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
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
def test_numbers_have_few_decimals_and_thousands_separators(value: object, printed: str) -> None:
    assert number(value) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0.596, "0.596B"), (70.6, "70.6B"), (8.0, "8B"), (1000.0, "1,000B"), (None, ""), (1600, "1,600B")],
)
def test_parameters_are_printed_in_billions(value: object, printed: str) -> None:
    assert billions(value) == printed


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
def test_jsonable_returns_only_json_types(value: object, simple: object) -> None:
    assert jsonable(value) == simple
