"""The headers of SQL files, and the order in which the files run."""

import re
from pathlib import Path

import duckdb
import pytest

from aggregator.errors import SqlError
from aggregator.warehouse import sql_root
from aggregator.warehouse.sql_file import read_sql_file, read_sql_files

GOOD = """-- One row per thing.
-- It has two sentences.
-- grain: a, b
-- reads: input_things, others
-- columns:
--   a | the first
--   b | the second, whose meaning
--     has two lines
-- checks:
--   a > 0
select 1 as a, 2 as b;
"""
READS = "-- Words.\n-- grain: a\n-- reads: {}\n-- columns:\n--   a | one\nselect 1 as a"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.sql"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_header_is_split_into_its_sections(tmp_path: Path) -> None:
    file = read_sql_file(write(tmp_path, "things", GOOD))
    assert file.name == "things"
    assert file.description == "One row per thing. It has two sentences."
    assert file.grain == ("a", "b")
    assert file.reads == ("input_things", "others")
    assert file.columns == {"a": "the first", "b": "the second, whose meaning has two lines"}
    assert file.checks == ("a > 0",)
    assert file.statement == "select 1 as a, 2 as b"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("select 1", "description"),
        ("-- Only words.", "statement"),
        ("-- Words.\n-- columns:\n--   a | one\nselect 1 as a", "grain"),
        ("-- Words.\n-- grain: a\n-- columns:\n--   a without a bar\nselect 1 as a", "name | meaning"),
    ],
)
def test_an_incomplete_header_is_refused_with_the_name_of_the_file(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SqlError, match=r"broken\.sql") as caught:
        read_sql_file(write(tmp_path, "broken", text))
    assert problem in str(caught.value)


def test_files_come_after_the_files_that_they_read(tmp_path: Path) -> None:
    write(tmp_path, "a_last", READS.format("m_middle"))
    write(tmp_path, "m_middle", READS.format("z_first"))
    write(tmp_path, "z_first", READS.format("input_x"))
    assert [file.name for file in read_sql_files(tmp_path)] == ["z_first", "m_middle", "a_last"]


def test_files_that_read_each_other_in_a_cycle_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "first", READS.format("second"))
    write(tmp_path, "second", READS.format("first"))
    with pytest.raises(SqlError, match="in a cycle"):
        read_sql_files(tmp_path)


@pytest.mark.parametrize("path", sorted(sql_root().rglob("*.sql")), ids=lambda path: path.stem)
def test_every_file_is_one_statement_with_a_description_of_each_column(path: Path) -> None:
    file = read_sql_file(path)
    assert len(duckdb.extract_statements(file.statement)) == 1
    assert file.reads or file.is_macro, "the header lists the tables that the statement reads"
    assert len(file.description) >= 40, "the description says what a row is"
    if not file.is_macro:
        assert file.columns
        assert all(len(meaning) >= 8 for meaning in file.columns.values())
        assert set(file.grain) <= set(file.columns)


@pytest.mark.parametrize("path", sorted(sql_root().rglob("*.sql")), ids=lambda path: path.stem)
def test_every_file_declares_the_tables_that_it_reads(path: Path) -> None:
    file = read_sql_file(path)
    read = set(re.findall(r"\b(?:from|join)\s+(\w+)", file.statement))
    common_table_expressions = set(re.findall(r"\b(\w+) as (?:materialized )?\(", file.statement))
    assert read - common_table_expressions == set(file.reads)
