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
--     goes on
-- checks:
--   a > 0
select 1 as a, 2 as b;
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.sql"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_header_is_read_into_its_parts(tmp_path: Path) -> None:
    file = read_sql_file(write(tmp_path, "things", GOOD))
    assert file.name == "things"
    assert file.description == "One row per thing. It has two sentences."
    assert file.grain == ("a", "b")
    assert file.reads == ("input_things", "others")
    assert file.columns == {"a": "the first", "b": "the second, whose meaning goes on"}
    assert file.checks == ("a > 0",)
    assert file.statement == "select 1 as a, 2 as b"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("select 1", "description"),
        ("-- Only words.", "statement"),
        ("-- Words.\n-- columns:\n--   a | one\nselect 1 as a", "grain"),
        ("-- Words.\n-- grain: a\n-- columns:\n--   a without a bar\nselect 1 as a", "name | meaning"),
    ],
)
def test_a_header_that_lacks_something_is_refused_by_name(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SqlError, match=r"broken\.sql") as caught:
        read_sql_file(write(tmp_path, "broken", text))
    assert complaint in str(caught.value)


def test_files_come_after_what_they_read(tmp_path: Path) -> None:
    head = "-- Words.\n-- grain: a\n-- reads: {}\n-- columns:\n--   a | one\nselect 1 as a"
    write(tmp_path, "a_last", head.format("m_middle"))
    write(tmp_path, "m_middle", head.format("z_first"))
    write(tmp_path, "z_first", head.format("input_x"))
    assert [file.name for file in read_sql_files(tmp_path)] == ["z_first", "m_middle", "a_last"]


def test_files_that_read_each_other_are_refused(tmp_path: Path) -> None:
    head = "-- Words.\n-- grain: a\n-- reads: {}\n-- columns:\n--   a | one\nselect 1 as a"
    write(tmp_path, "hen", head.format("egg"))
    write(tmp_path, "egg", head.format("hen"))
    with pytest.raises(SqlError, match="circle"):
        read_sql_files(tmp_path)


@pytest.mark.parametrize("path", sorted(sql_root().rglob("*.sql")), ids=lambda path: path.stem)
def test_every_file_is_one_statement_that_explains_itself(path: Path) -> None:
    file = read_sql_file(path)
    assert len(duckdb.extract_statements(file.statement)) == 1
    assert file.reads, "the header names what the statement reads"
    assert len(file.description) >= 40, "the description says what a row is for"
    if not file.is_macro:
        assert file.columns
        assert all(len(meaning) >= 8 for meaning in file.columns.values())
        assert set(file.grain) <= set(file.columns)


@pytest.mark.parametrize("path", sorted(sql_root().rglob("*.sql")), ids=lambda path: path.stem)
def test_every_table_that_is_read_is_declared(path: Path) -> None:
    file = read_sql_file(path)
    read = set(re.findall(r"\b(?:from|join)\s+(\w+)", file.statement))
    named_steps = set(re.findall(r"\b(\w+) as \(", file.statement))
    assert read - named_steps == set(file.reads)
