"""Checks of text files: CSV, YAML and Markdown that are complete, and signs that they are cut short."""

import csv
import io
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch.body_error import BodyError
from aggregator.fetch.validation import check_body

cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=8)
records = st.lists(st.fixed_dictionaries({"model": cells, "score": cells, "date": cells}), min_size=1, max_size=5)
TABLE = "model,score\nalpha,1.5\nbeta,2.5"
LIST = "- model: alpha\n  score: 1.5\n  date: 2026-01-02\n- model: beta\n  score: 2.5\n  date: 2026-01-03"
MARKDOWN = "<img src='x'>\n\n# Board\n\n|Model|Rate|\n|---|---|\n|alpha|1.5|\n|beta|2.5|"


def is_transient(media: str, content: bytes) -> bool:
    with pytest.raises(BodyError) as error:
        check_body(media, content)
    return error.value.is_transient


@given(records, st.sampled_from(["\n", "\r\n"]))
def test_every_csv_table_is_complete(rows: list[dict[str, str]], line_break: str) -> None:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator=line_break, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    check_body("csv", file.getvalue().encode())
    check_body("csv", file.getvalue().removesuffix(line_break).encode("utf-8-sig"))


@given(records)
def test_every_yaml_list_is_complete(rows: list[dict[str, str]]) -> None:
    text = yaml.safe_dump(rows, allow_unicode=True, sort_keys=False)
    check_body("yaml", text.encode())
    check_body("yaml", yaml.safe_dump({str(place): row for place, row in enumerate(rows)}).encode())


@pytest.mark.parametrize(
    ("media", "text"),
    [("csv", TABLE), ("yaml", LIST), ("markdown", MARKDOWN), ("csv", "model,score"), ("markdown", "x")],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_last_line_with_all_its_parts_may_lack_its_line_break(media: str, text: str, end: str) -> None:
    check_body(media, (text + end).encode())


def test_a_row_with_fewer_cells_before_the_last_line_break_is_left_to_the_reader() -> None:
    check_body("csv", b"model,score,cost\nalpha,1.5\n")


@pytest.mark.parametrize(
    ("media", "content"),
    [
        ("csv", TABLE[:-4].encode()),
        ("csv", b'model,score\nalpha,1.5\n"be'),
        ("csv", b"model,score\nalph" + "é".encode()[:1]),
        ("yaml", LIST[: LIST.index("date: 2026-01-03")].rstrip().encode()),
        ("yaml", (LIST + "\n  pass_ra").encode()),
        ("yaml", (LIST + '\n- model: "gam').encode()),
        ("markdown", MARKDOWN[:-5].encode()),
    ],
)
def test_a_cut_inside_a_line_is_seen_and_tried_again(media: str, content: bytes) -> None:
    assert is_transient(media, content)


@pytest.mark.parametrize("media", ["csv", "yaml", "markdown"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n",
        b"<!DOCTYPE html><p>Sign in</p>",
        b"\n<html lang='en'>",
        TABLE.encode("utf-16"),
        b"model,score\nalpha,\x001\n",
        "model,score\ncafé,1\n".encode("latin-1"),
        b"PAR1\x00\x00",
    ],
)
def test_what_is_no_text_is_refused_and_not_tried_again(media: str, content: bytes) -> None:
    assert not is_transient(media, content)


@pytest.mark.parametrize(
    ("media", "content"),
    [
        ("csv", b'{"message": "API rate limit exceeded"}'),
        ("csv", b"<svg/>"),
        ("yaml", b"rate limited, try later"),
        ("yaml", b"- a: 1\n b: 2\n- c: 3\n- d: 4\n"),
        ("yaml", b"- " + b"[" * 100 + b"]" * 100),
        ("yaml", b"- [" * 50),
    ],
)
def test_text_of_another_kind_is_refused(media: str, content: bytes) -> None:
    with pytest.raises(BodyError):
        check_body(media, content)


def test_most_cuts_of_the_recorded_files_are_seen_and_none_raises_another_error(recordings: Path) -> None:
    kinds = {".csv": "csv", ".yml": "yaml", ".md": "markdown"}
    seen = total = 0
    for path in sorted((recordings / "github").rglob("*")):
        if path.suffix not in kinds:
            continue
        content = path.read_bytes()
        check_body(kinds[path.suffix], content)
        for place in range(1, len(content), max(len(content) // 20, 1)):
            total += 1
            try:
                check_body(kinds[path.suffix], content[:place])
            except BodyError:
                seen += 1
    assert seen > 0.7 * total
