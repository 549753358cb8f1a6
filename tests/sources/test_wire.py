"""The checks of tables, Parquet and JSON files that every source uses."""

import dataframely as dy
import polars as pl
import pytest

from aggregator.errors import MissingColumn, SourceError, WrongType
from aggregator.sources import wire
from aggregator.sources.parquet import read_parquet
from aggregator.sources.strict_json import json_column, read_json
from tests.support import board_files


class Row(wire.Wire):
    name = wire.name_column()
    size = dy.Int64(nullable=True, min=0)
    score = dy.Float64(min=0, max=1)


def read(frame: pl.DataFrame) -> wire.Sheet:
    return read_parquet("board", "a/b.parquet", board_files.to_parquet(frame), Row, name="name", ignored=("known",))


GOOD = pl.DataFrame({"name": ["a", "b", "c"], "size": [1, 2, None], "score": [0.1, 0.2, 0.3]})


def test_a_good_table_is_read_whole_with_the_position_of_each_row() -> None:
    sheet = read(GOOD)
    assert sheet.rows.select("row", "name").rows() == [(0, "a"), (1, "b"), (2, "c")]
    assert (sheet.read, sheet.quarantined.height, sheet.warnings) == (3, 0, ())


def test_an_error_names_all_missing_columns_and_those_of_the_file() -> None:
    with pytest.raises(MissingColumn, match="columns `size`, `score` missing; the file has `name`") as caught:
        read(GOOD.select("name"))
    assert caught.value.missing == ("size", "score")


def test_unknown_columns_are_reported_and_ignored_ones_are_not() -> None:
    assert read(GOOD.with_columns(known=1, new=2, newer=3)).warnings == ("new columns, not used: `new`, `newer`",)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("size", pl.Series([1, 2, 3], dtype=pl.UInt8)),
        ("size", pl.Series([None, None, None], dtype=pl.Null)),
        ("score", pl.Series([0, 1, 0], dtype=pl.Int32)),
        ("score", pl.Series([0.5, 0.5, 0.5], dtype=pl.Float32)),
        ("name", pl.Series(["a", "b", "c"], dtype=pl.Categorical)),
        ("name", pl.Series(["a", "b", "c"], dtype=pl.Enum(["a", "b", "c"]))),
    ],
)
def test_types_with_the_same_meaning_are_cast(column: str, values: pl.Series) -> None:
    assert read(GOOD.with_columns(values.alias(column))).rows.height == 3


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("size", [1.0, 2.0, 3.0]),
        ("size", ["1", "2", "3"]),
        ("size", [True, False, True]),
        ("score", ["0.1", "0.2", "0.3"]),
        ("score", [True, False, True]),
        ("name", [1, 2, 3]),
        ("name", [["a"], ["b"], ["c"]]),
    ],
)
def test_types_with_another_meaning_are_refused(column: str, values: list[object]) -> None:
    with pytest.raises(WrongType) as caught:
        read(GOOD.with_columns(pl.Series(column, values)))
    assert (caught.value.column, caught.value.file) == (column, "a/b.parquet")


def test_a_whole_number_too_large_for_its_column_is_refused() -> None:
    with pytest.raises(SourceError, match="cannot hold"):
        read(GOOD.with_columns(size=pl.Series([1, 2, 2**63], dtype=pl.UInt64)))


def test_the_reason_names_every_broken_rule_of_a_row() -> None:
    sheet = read(pl.DataFrame({"name": ["", "b"], "size": [-1, 2], "score": [float("nan"), 0.5]}))
    assert sheet.quarantined.drop("reason").rows() == [("board", "a/b.parquet", 0, "")]
    reasons = set(sheet.quarantined["reason"][0].split("; "))
    assert {"`name` empty", "`size` below the smallest possible value", "`score` not a number"} <= reasons


@pytest.mark.parametrize(
    ("good", "quarantined", "is_refused"), [(3, 0, False), (2, 0, True), (4, 4, False), (4, 5, True)]
)
def test_a_table_needs_enough_good_rows_and_no_fewer_than_are_quarantined(
    good: int, quarantined: int, is_refused: bool
) -> None:
    frame = pl.DataFrame(
        {
            "name": [f"model {place}" for place in range(good + quarantined)],
            "size": [1] * (good + quarantined),
            "score": [0.5] * good + [7.0] * quarantined,
        }
    )
    sheet = read(frame)
    if not is_refused:
        wire.require_rows("board", "a/b.parquet", sheet, 3)
        return
    with pytest.raises(SourceError, match=f"a/b.parquet: {good} usable rows of {good + quarantined}") as caught:
        wire.require_rows("board", "a/b.parquet", sheet, 3)
    assert ("above the largest" in str(caught.value)) == bool(quarantined)


@pytest.mark.parametrize(
    ("values", "dtype", "is_accepted"),
    [
        ([1, None], pl.Int64(), True),
        ([True], pl.Int64(), False),
        ([1.0], pl.Int64(), False),
        ([1, 0.5, None], pl.Float64(), True),
        ([True], pl.Float64(), False),
        (["a", None], pl.String(), True),
        ([1], pl.String(), False),
        ([{}], pl.String(), False),
        ([True, None], pl.Boolean(), True),
        ([0], pl.Boolean(), False),
        ([["a", None], None, []], pl.List(pl.String()), True),
        (["a"], pl.List(pl.String()), False),
        ([[1]], pl.List(pl.String()), False),
    ],
)
def test_json_values_must_have_exactly_their_type(values: list[object], dtype: pl.DataType, is_accepted: bool) -> None:
    if is_accepted:
        column = json_column("board", "a.json", "field", values, dtype)
        assert (column.to_list(), column.dtype) == (values, dtype)
        return
    with pytest.raises(WrongType, match="`field`"):
        json_column("board", "a.json", "field", values, dtype)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"NaN", b"[Infinity]", b'{"a": 1, "a": 2}', b"\xef\xbb\xbf{}", b"\xff", b"[" * 200_000, b"9" * 5000],
    ids=lambda content: repr(content[:12]),
)
def test_json_that_is_not_strict_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError, match=r"a\.json: not readable JSON"):
        read_json("board", "a.json", content)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-05-05T12:22:44Z", "2024-05-05"),
        ("2024-05-05", "2024-05-05"),
        ("2024-02-30", None),
        ("", None),
        ("05/05/2024", None),
    ],
)
def test_a_day_is_read_from_the_start_of_a_date_or_is_null(written: str, day: str | None) -> None:
    found = pl.DataFrame({"on": [written]}).select(wire.day("on").cast(pl.String)).item()
    assert found == day
