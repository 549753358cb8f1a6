"""The readers of CSV, JSON records, YAML, Markdown and Parquet: types, empty cells, and precise refusals."""

import io
from collections.abc import Callable, Sequence
from datetime import date

import dataframely as dy
import polars as pl
import pytest

from aggregator.errors import MissingColumn, SourceError, WrongType
from aggregator.model import Domain
from aggregator.sources import wire
from aggregator.sources.board import Benchmark, build_board, one_row_per_name
from aggregator.sources.csv_table import csv_cells, read_csv
from aggregator.sources.markdown_table import read_markdown
from aggregator.sources.parquet import parquet_table
from aggregator.sources.records import read_records, read_yaml
from aggregator.sources.win_rate import mean_win_rates

HEADER = ("model", "score", "votes", "open")


class Row(wire.Wire):
    model = wire.name_column()
    score = dy.Float64(nullable=True, min=0, max=100)
    votes = dy.Int64(nullable=True, min=0)
    open = dy.Bool(nullable=True)


def from_csv(content: bytes) -> wire.Sheet:
    return read_csv("board", "a.csv", content, Row, name="model")


def from_json(content: bytes) -> wire.Sheet:
    return read_records("board", "a.json", content, Row, name="model")


def from_yaml(content: bytes) -> wire.Sheet:
    return read_yaml("board", "a.yml", content, Row, name="model")


def from_markdown(content: bytes) -> wire.Sheet:
    return read_markdown("board", "a.md", content, Row, header=HEADER, name="model")


CSV = b"model,score,votes,open\na,61.5,10,True\nb,,,\nc,4.1 %,3,false\n"
JSON = b"""[{"model": "a", "score": "61.5", "votes": 10, "open": true},
{"model": "b", "score": null, "votes": null, "open": null}, {"model": "c", "score": "4.1 %", "votes": 3, "open": false}]"""
OBJECT = b"""{"a": {"score": 61.5, "votes": 10, "open": true}, "b": {"score": null, "votes": null, "open": null},
"c": {"score": 4.1, "votes": 3, "open": false}}"""
YAML = b"""- model: a
  score: 61.5
  votes: 10
  open: true
- model: b
  score:
- {model: c, score: '4.1 %', votes: 3, open: False}
"""
MARKDOWN = b"""# A board

| other | table |
|---|---|
| x | y |

|model|score|votes|open|
|----|----:|:---:|---|
|a|61.5|10|true|
| b | - |  | N/A |
|c|4.1 %|3|false|

The end | of it.
"""
EXPECTED = [("a", 61.5, 10, True), ("b", None, None, None), ("c", 4.1, 3, False)]


@pytest.mark.parametrize(
    ("read", "content"),
    [(from_csv, CSV), (from_json, JSON), (from_json, OBJECT), (from_yaml, YAML), (from_markdown, MARKDOWN)],
    ids=["csv", "json list", "json object", "yaml", "markdown"],
)
def test_every_format_gives_the_same_typed_rows(read: Callable[[bytes], wire.Sheet], content: bytes) -> None:
    sheet = read(content)
    assert sheet.rows.select("model", "score", "votes", "open").rows() == EXPECTED
    assert sheet.quarantined.is_empty()
    assert sheet.read == len(EXPECTED)


@pytest.mark.parametrize("text", ["about 5", "1,5", "0x1f", "5 5", "--5", "1e", "inf", "Infinity", "１２"])
def test_text_that_is_no_number_is_quarantined_with_its_column(text: str) -> None:
    sheet = from_csv(f'model,score,votes,open\na,"{text}",10,true\nb,5,1,true\n'.encode())
    assert sheet.rows["model"].to_list() == ["b"]
    assert sheet.quarantined.select("row", "raw_name").rows() == [(0, "a")]
    assert "`score`" in sheet.quarantined["reason"][0]


def test_a_fraction_in_a_column_of_whole_numbers_is_quarantined() -> None:
    sheet = from_csv(b"model,score,votes,open\na,5,1.5,true\nb,5,2.0,true\n")
    assert sheet.rows["votes"].to_list() == [2]
    assert "`votes`" in sheet.quarantined["reason"][0]


@pytest.mark.parametrize(
    ("read", "content", "sentence"),
    [
        (from_csv, b"model,score,votes,open\na,1,2\n", "row 0, the last one, has 3 cells, the header 4"),
        (from_csv, b"model,score,score,open\na,1,2,true\n", "the column `score` occurs twice"),
        (from_csv, b'model,score,votes,open\na,1,2,"tr', "not readable CSV, line"),
        (from_csv, b"model,score,votes,open\n\xff,1,2,true\n", "not readable text in UTF-8"),
        (from_csv, b"model,score,votes,open\na\x00,1,2,true\n", "NUL character"),
        (from_json, b'[{"model": "a"}, 3]', "row 1"),
        (from_json, b"3", "a int where a list of records was expected"),
        (from_json, b'[{"model": "a", "model": "b"}]', "occurs twice"),
        (from_yaml, b"- &a {model: x}\n- *a\n", "an alias"),
        (from_yaml, b"- model: a\n  model: b\n", "the key 'model' occurs twice"),
        (from_yaml, b"- [", "not readable YAML"),
        (from_yaml, b"[" * 100_000, "not readable YAML"),
        (from_yaml, b"text", "a str where a list of records was expected"),
        (
            from_markdown,
            MARKDOWN.replace(b"|a|61.5|10|true|", b"|a|61.5|10|"),
            "line 9 of the table has 3 cells, not 4",
        ),
        (from_markdown, MARKDOWN + b"\n" + MARKDOWN, "2 tables with the header"),
    ],
)
def test_an_unreadable_file_is_refused_with_the_place(
    read: Callable[[bytes], wire.Sheet], content: bytes, sentence: str
) -> None:
    with pytest.raises(SourceError) as refused:
        read(content)
    assert sentence in str(refused.value)
    assert refused.value.source == "board"


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (from_csv, CSV.replace(b"votes", b"ballots")),
        (from_json, JSON.replace(b"votes", b"ballots")),
        (from_yaml, YAML.replace(b"votes", b"ballots")),
        (from_markdown, MARKDOWN.replace(b"votes", b"ballots")),
    ],
)
def test_a_renamed_column_is_named(read: Callable[[bytes], wire.Sheet], content: bytes) -> None:
    with pytest.raises(MissingColumn) as refused:
        read(content)
    assert refused.value.missing == ("votes",)
    assert "`ballots`" in str(refused.value)


def test_a_number_where_text_was_declared_is_a_wrong_type() -> None:
    with pytest.raises(WrongType):
        from_json(b'[{"model": 7, "score": 1, "votes": 1, "open": true}]')


def test_an_unnamed_first_column_is_the_name() -> None:
    assert csv_cells("board", "a.csv", b"\xef\xbb\xbf,score\na,1\n") == (["name", "score"], [["a", "1"]])
    assert csv_cells("board", "a.csv", b",score\na,1\n")[0] == ["name", "score"]


def test_a_row_without_all_its_cells_is_quarantined_and_the_last_one_refuses_the_file() -> None:
    whole = from_csv(CSV)
    lines = CSV.splitlines(keepends=True)
    short = lines[1].rpartition(b",")[0] + b"\n"
    found = from_csv(b"".join([lines[0], short, *lines[1:]]))
    assert found.rows["row"].to_list() == [row + 1 for row in whole.rows["row"]]
    assert found.read == whole.read + 1
    assert found.quarantined.filter(pl.col("row") == 0)["reason"].item() == "3 cells, the header 4"
    with pytest.raises(SourceError, match="the last one, has 3 cells"):
        from_csv(CSV + short)


BENCHMARKS = (
    Benchmark("x", "X", Domain.MATH, "accuracy, %"),
    Benchmark("y", "Y", Domain.CODING, "errors, %", higher_is_better=False),
)


def sheet_of(rows: Sequence[tuple[str, float | None, float | None]]) -> wire.Sheet:
    class Two(wire.Wire):
        model = wire.name_column()
        x = dy.Float64(nullable=True)
        y = dy.Float64(nullable=True)

    frame = pl.DataFrame(rows, schema={"model": pl.String, "x": pl.Float64, "y": pl.Float64}, orient="row")
    return wire.read_table("board", "a.csv", frame, Two, name="model")


SIX = [("a", 90.0, 1.0), ("b", 80.0, 2.0), ("c", 70.0, 3.0), ("d", 60.0, 4.0), ("e", 50.0, 5.0), ("f", 40.0, None)]


def test_a_board_without_an_overall_score_has_the_mean_win_rate() -> None:
    sheet = sheet_of(SIX)
    found = build_board("board", [sheet], sheet.rows, BENCHMARKS, name="model", published_on=date(2026, 1, 1))
    rates = dict(found.entries.select("raw_name", "board_score").rows())
    # c: beats 3 of 5 on x and 2 of 4 on y, where fewer errors are better; f has one benchmark only.
    assert rates["a"] == 1.0
    assert rates["c"] == pytest.approx((3 / 5 + 2 / 4) / 2)
    assert rates["f"] is None
    assert found.rows_read == found.rows_accepted == len(SIX)
    assert found.scores.height == 2 * len(SIX) - 1


def test_a_tie_counts_half_and_a_small_benchmark_not_at_all() -> None:
    sheet = sheet_of([(name, 50.0, 1.0 if name == "a" else None) for name in "abcde"])
    found = build_board("board", [sheet], sheet.rows, BENCHMARKS, name="model", published_on=None)
    assert mean_win_rates(found.scores, found.benchmarks)["board_score"].to_list() == [None] * 5


def test_fractions_in_a_column_of_percentages_are_refused() -> None:
    sheet = sheet_of([(name, x / 100, y) for name, x, y in SIX])
    with pytest.raises(SourceError, match=r"no score of `x` reaches 2: are they still in the range 0–100\?"):
        build_board("board", [sheet], sheet.rows, BENCHMARKS, name="model", published_on=None)


def test_the_best_row_of_a_name_is_kept_and_the_others_are_duplicates() -> None:
    sheet = sheet_of([*SIX, ("a", 10.0, 9.0), ("b", 99.0, 9.0)])
    rows = one_row_per_name(sheet.rows, "model", best="x")
    found = build_board("board", [sheet], rows, BENCHMARKS, name="model", published_on=None)
    assert dict(found.scores.filter(pl.col("benchmark") == "board/x").select("raw_name", "score").rows())["b"] == 99.0
    assert found.rows_duplicate == 2


def test_a_file_that_unpacks_to_too_much_is_refused_with_the_limit() -> None:
    content = io.BytesIO()
    pl.select(model=pl.repeat("a", 2_000_000)).write_parquet(content)
    with pytest.raises(SourceError, match=r"2,000,000 rows of 1 columns, .*; the limit .* is 1,0\d\d,\d{3} cells and"):
        parquet_table("board", "a.parquet", content.getvalue())


@pytest.mark.parametrize("content", [b"", b"model,score,votes,open\n"])
def test_a_csv_file_without_rows_is_no_change_of_columns(content: bytes) -> None:
    with pytest.raises(SourceError, match="the file has no rows"):
        wire.require_rows("board", "a.csv", from_csv(content), 1)
