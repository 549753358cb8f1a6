"""Columns that only decorate, and the spelling of names, in every form of file."""

import json

import dataframely as dy
import polars as pl
import pytest

from aggregator.errors import MissingColumn
from aggregator.sources import wire
from aggregator.sources.csv_table import read_csv
from aggregator.sources.decoration import DECORATIVE
from aggregator.sources.parquet import read_parquet
from aggregator.sources.records import read_records, read_yaml
from tests.support import board_files


class Row(wire.Wire):
    name = wire.name_column()
    score = dy.Float64(min=0, max=1)
    likes = dy.Int64(nullable=True, min=0, metadata=DECORATIVE)
    is_open = dy.Bool(nullable=True, metadata=DECORATIVE)
    license = wire.text(decorative=True)


GOOD = pl.DataFrame(
    {
        "name": ["a", "b", "c"],
        "score": [0.1, 0.2, 0.3],
        "likes": [3, None, 0],
        "is_open": [True, False, None],
        "license": ["mit", None, "other"],
    }
)


def read(frame: pl.DataFrame, form: str) -> wire.Sheet:
    if form == "parquet":
        return read_parquet("board", "a/b", board_files.to_parquet(frame), Row, name="name")
    if form == "csv":
        return read_csv("board", "a/b", frame.write_csv().encode(), Row, name="name")
    records = json.dumps(frame.to_dicts()).encode()
    return (read_records if form == "json" else read_yaml)("board", "a/b", records, Row, name="name")


every_form = pytest.mark.parametrize("form", ["parquet", "csv", "json", "yaml"])


@every_form
@pytest.mark.parametrize("column", ["likes", "is_open", "license"])
def test_a_missing_decorative_column_is_empty_and_reported(form: str, column: str) -> None:
    sheet = read(GOOD.drop(column), form)
    assert sheet.rows["score"].to_list() == [0.1, 0.2, 0.3]
    assert sheet.rows[column].null_count() == 3
    assert sheet.rows.schema[column] == Row.columns()[column].dtype
    assert sheet.warnings == (f"`{column}` is missing; it is empty in this edition",)


@every_form
@pytest.mark.parametrize("column", ["likes", "is_open"])
def test_a_retyped_decorative_column_costs_itself(form: str, column: str) -> None:
    sheet = read(GOOD.with_columns(pl.lit("about 7").alias(column)), form)
    assert sheet.rows["score"].to_list() == [0.1, 0.2, 0.3]
    assert sheet.rows[column].null_count() == 3
    assert len(sheet.warnings) == 1
    assert f"`{column}`" in sheet.warnings[0]


@every_form
def test_an_impossible_decorative_value_costs_itself_and_not_its_row(form: str) -> None:
    sheet = read(GOOD.with_columns(likes=pl.Series([-1, 2, 3])), form)
    assert sheet.rows["likes"].to_list() == [None, 2, 3]
    assert sheet.quarantined.is_empty()
    assert sheet.warnings == ("1 values of `likes` are impossible and were left out",)


@every_form
def test_a_column_that_a_score_needs_is_still_required(form: str) -> None:
    with pytest.raises(MissingColumn):
        read(GOOD.drop("score"), form)


@every_form
def test_an_empty_decorative_column_is_no_fault(form: str) -> None:
    sheet = read(GOOD.with_columns(likes=None, is_open=None), form)
    assert sheet.rows.height == 3
    assert sheet.warnings == ()


def test_blanks_around_names_are_no_part_of_them_and_accents_are_composed() -> None:
    names = pl.Series(["  a", "b \t", "e\u0301", "Ü", None, "plain name", " a "])
    assert wire.plain_names(names).to_list() == ["a", "b", "é", "Ü", None, "plain name", "a"]


def test_names_in_full_width_or_with_invisible_characters_become_plain_when_most_are() -> None:
    plain = [f"gpt-{number}" for number in range(4)]
    wide = [name.translate({code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}) for name in plain]
    hidden = [f"{name[0]}\u200b{name[1:]}\ufeff" for name in plain]
    for written in (wide, hidden):
        assert wire.plain_names(pl.Series(written)).to_list() == plain


def test_a_single_odd_name_stays_odd_so_that_identity_quarantines_it() -> None:
    odd = ["\uff47\uff50\uff54-4", "gpt\u200b-4", "4-tpg\u202e"]
    names = [*odd, *(f"model-{number}" for number in range(9))]
    assert wire.plain_names(pl.Series(names)).to_list() == names


def test_a_change_of_the_direction_of_text_is_never_removed() -> None:
    names = [f"{number}-tpg\u202e" for number in range(5)]
    assert wire.plain_names(pl.Series(names)).to_list() == names
