"""Text columns from templates, also on columns in several chunks."""

import polars as pl
import pytest

from aggregator.text_columns import fill_in


def test_each_place_gets_the_text_of_its_column() -> None:
    frame = pl.DataFrame({"a": ["x", None], "n": [1, 2]})
    assert frame.select(t=fill_in("{} of {}.", "a", pl.col("n") + 1))["t"].to_list() == ["x of 2.", None]


def test_a_series_and_a_text_without_places_are_filled_in() -> None:
    frame = pl.DataFrame({"a": ["x", "y"]})
    assert frame.select(t=fill_in("{}/{}", "a", pl.Series(["1", "2"])))["t"].to_list() == ["x/1", "y/2"]


def test_a_column_whose_first_chunk_is_empty_is_filled_in() -> None:
    rows = pl.concat([pl.DataFrame({"a": ["x"] * 5}), pl.DataFrame({"a": ["y"] * 3})], rechunk=False).with_row_index()
    left = rows.filter(pl.col("a") == "y")
    assert [len(chunk) for chunk in left["a"].get_chunks()] == [0, 3]
    assert left.select(t=fill_in("the {}", "a"))["t"].to_list() == ["the y"] * 3


def test_a_template_with_more_places_than_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="1 columns for 2 places"):
        fill_in("{} {}", "a")
