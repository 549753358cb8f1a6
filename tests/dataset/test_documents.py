"""The card, the descriptions and the CSV file are read by the parsers that readers use, also with hostile text."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dataset import column_types, markdown, schema_version
from aggregator.dataset.card import render_card
from aggregator.dataset.citation import render_citation
from aggregator.dataset.contents import Contents
from aggregator.dataset.croissant import make_croissant
from aggregator.dataset.csv_export import FORMULA_STARTS, to_csv
from aggregator.dataset.datapackage import make_data_package
from aggregator.dataset.licences import render_license_page
from aggregator.dataset.yaml_text import to_yaml

HOSTILE = [
    "---\nlicense: mit",
    "<script>alert(1)</script>",
    "a|b\r\nc",
    "[x](javascript:alert(1))",
    "!!python/object:os.system",
    "&a *a",
    "\u2028\x1b[2J\x00",
    "{{7*7}}",
    "https://evil.example",
]


def yaml_head(text: str) -> dict[str, Any]:
    _, front, _ = text.split("---\n", 2)
    found: dict[str, Any] = yaml.safe_load(front)
    return found


def with_hostile_texts(contents: Contents, text: str) -> Contents:
    boards = tuple(replace(board, title=text, license=text, citation=text, homepage=text) for board in contents.boards)
    return replace(contents, boards=boards, quality=({"kind": text, "precision": 0.5},))


def test_the_card_lists_every_table_with_rows_and_the_leaderboard_first(contents: Contents) -> None:
    found = yaml_head(render_card(contents, {"1.0.0": "first"}, "org/name"))
    names = [config["config_name"] for config in found["configs"]]
    assert names == ["leaderboard", "refresh_report", "scores", "sources", "standings"]
    assert found["configs"][0]["default"] is True
    assert found["configs"][0]["data_files"] == [{"split": "train", "path": "data/leaderboard/*.parquet"}]
    assert found["license"] == "other"
    assert found["size_categories"] == ["n<1K"]


def test_the_card_has_limits_freshness_licences_and_schema(contents: Contents) -> None:
    text = render_card(contents, {"1.0.0": "the first schema", "1.1.0": "more"}, "org/name")
    for words in ("## Limits", "## How fresh", "## Licences and citation", "CC-BY-4.0", "none declared", "Fourrier", "2026-10-02",
                  "## Schema 1.0.0", "1.1.0: more", "hf://datasets/org/name/data/leaderboard", contents.content_hash, "archive since 2025-03-13"):  # fmt: skip
        assert words in text
    assert "Measured quality" not in text
    measured = replace(contents, quality=({"rung": "hf_id", "precision": 0.99666},))
    assert "| hf\\_id | 0.9967 |" in render_card(measured, {}, None)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_leaderboard_becomes_markup(contents: Contents, text: str) -> None:
    hostile = with_hostile_texts(contents, text)
    written = render_card(hostile, {}, "org/name")
    assert yaml_head(written).keys() == yaml_head(render_card(contents, {}, "org/name")).keys()
    for page in (written, render_license_page(hostile)):
        assert "<script" not in page
        assert not re.search(r"(?<!\\)\]\((?!https?://|LICENSE)", page)
        assert not set(page) & set("\x1b\x00\u2028\r")
        for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, block
    cited = yaml.safe_load(render_citation(hostile))
    assert cited["references"][0]["notes"] == text


@given(text=st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip))
def test_any_text_is_unchanged_in_the_yaml_of_the_citation(contents: Contents, text: str) -> None:
    written = render_citation(with_hostile_texts(contents, text))
    assert yaml.safe_load(written)["references"][0]["notes"] == text
    assert written.isascii()
    assert written.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "text", ["1e3", "-1.5e3", ".5E1", "0o17", "0x1F", "1_000", "2024", "yes", "null", "~", "2026-01-01", "1:30", "="]
)
def test_a_text_that_a_yaml_parser_would_read_as_another_type_is_quoted(text: str) -> None:
    assert to_yaml({"title": text}) == f"title: '{text}'\n"


def test_numbers_booleans_and_plain_texts_are_not_quoted() -> None:
    document = {"year": 2024, "default": True, "cff-version": "1.2.0", "name": "MTEB"}
    assert to_yaml(document) == "year: 2024\ndefault: true\ncff-version: 1.2.0\nname: MTEB\n"


def test_our_own_sentences_keep_their_code_and_lose_their_tags() -> None:
    assert markdown.prose("one `a < b | c` row\n<b>each</b>") == "one `a < b \\| c` row &lt;b&gt;each&lt;/b&gt;"


@given(st.text())
def test_any_text_is_one_line_of_markdown_without_tags(text: str) -> None:
    written = markdown.escape(text)
    assert "\n" not in written
    assert "<" not in written
    assert not re.search(r"(?<!\\)(\\\\)*[|`\[\]]", written)


def test_the_citation_names_the_dataset_and_each_work_once(contents: Contents) -> None:
    twice = replace(contents, boards=(*contents.boards, *contents.boards))
    cited = yaml.safe_load(render_citation(twice))
    assert cited["cff-version"] == "1.2.0"
    assert cited["type"] == "dataset"
    assert cited["date-released"] == "2026-11-25"
    first, second = cited["references"]
    assert first["title"] == "Open LLM Leaderboard v2"
    assert first["year"] == 2024
    assert [author["name"] for author in first["authors"]] == ["Fourrier", "Habib"]
    assert second["title"] == "Chatbot Arena: An Open Platform"


def test_the_data_package_describes_every_column(contents: Contents) -> None:
    package = make_data_package(contents)
    by_name = {resource["name"]: resource for resource in package["resources"]}
    assert list(by_name) == ["leaderboard", "refresh_report", "scores", "sources", "standings", "leaderboard-csv"]
    fields = {field["name"]: field for field in by_name["leaderboard"]["schema"]["fields"]}
    assert fields["model_id"] == {"name": "model_id", "type": "string", "description": "the model's identity"}
    assert fields["arena_rating"]["type"] == "number"
    assert fields["tags"]["type"] == "array"
    assert by_name["leaderboard"]["schema"]["primaryKey"] == ["model_id"]
    assert by_name["leaderboard"]["hash"] == f"sha256:{contents.tables[0].sha256}"
    assert package["licenses"] == [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}]
    assert {field["name"]: field["type"] for field in by_name["leaderboard-csv"]["schema"]["fields"]}[
        "tags"
    ] == "string"


def test_every_field_of_croissant_is_a_column_of_a_listed_file(contents: Contents) -> None:
    described = json.loads(json.dumps(make_croissant(contents, "org/name")))
    files = {file["@id"]: file for file in described["distribution"]}
    for records in described["recordSet"]:
        table = contents.table(records["name"])
        assert table
        for field, column in zip(records["field"], table.columns, strict=True):
            assert files[field["source"]["fileObject"]["@id"]]["contentUrl"] == table.path
            assert field["source"]["extract"]["column"] == column.name
    leaderboard = described["recordSet"][0]["field"]
    assert {field["name"]: field.get("repeated", False) for field in leaderboard}["tags"] is True
    assert {"@context", "@type", "conformsTo", "name", "description", "license", "url"} <= described.keys()


@pytest.mark.parametrize(
    ("duckdb_type", "frictionless", "croissant_type"),
    [
        ("VARCHAR", "string", ("sc:Text", False)),
        ("BIGINT", "integer", ("sc:Integer", False)),
        ("INTEGER", "integer", ("sc:Integer", False)),
        ("UHUGEINT", "integer", ("sc:Integer", False)),
        ("DOUBLE", "number", ("sc:Float", False)),
        ("DECIMAL(18,3)", "number", ("sc:Float", False)),
        ("TIMESTAMP", "datetime", ("sc:DateTime", False)),
        ("VARCHAR[]", "array", ("sc:Text", True)),
        ("STRUCT(a INTEGER)", "object", ("sc:Text", False)),
        ("BLOB", "any", ("sc:Text", False)),
    ],
)
def test_every_duckdb_type_has_a_frictionless_and_a_croissant_type(
    duckdb_type: str, frictionless: str, croissant_type: tuple[str, bool]
) -> None:
    assert (column_types.frictionless_type(duckdb_type), column_types.croissant_type(duckdb_type)) == (
        frictionless,
        croissant_type,
    )


def read_csv(page: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(page.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "'=1",
        '"=1',
        "  \"'=1",
        "\n-2",
        "＝1",
        "\u00a0=1",
        "\ufeff=1",
        "\u200b=1",
        "=cmd|'/c calc'!A0",
    ],
)
def test_a_text_that_starts_like_a_formula_gets_an_apostrophe(text: str) -> None:
    cell = read_csv(to_csv(["name"], [[text]]))[1][0]
    assert cell.startswith("'")


@given(st.text(st.characters(codec="utf-8")))
def test_no_text_starts_a_formula_or_splits_a_row(text: str) -> None:
    page = read_csv(to_csv(["a", "b"], [[text, 1]]))
    assert page[1][1] == "1"
    assert len(page) == 2
    assert page[1][0].lstrip(' "\u00a0')[:1] not in FORMULA_STARTS
    assert not set(page[1][0]) & set("\t\r\n\x00")


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_are_read_back_exactly(value: float) -> None:
    assert type(value)(read_csv(to_csv(["n", "m"], [[value, "x"]]))[1][0]) == value


def test_the_csv_file_has_the_rows_of_the_table(made: Path) -> None:
    page = read_csv((made / "dataset" / "csv" / "leaderboard.csv").read_bytes())
    assert page[0][:3] == ["model_id", "name", "track"]
    assert page[1][1] == "'=cmd|'/c calc'!A0"
    assert page[1][-1] == "x; y"
    assert page[3][1] == "'-3"
    assert page[3][6] == "-0.1"
    assert page[2][1] == "zwei – 二"


OLD = {"leaderboard": {"model_id": "VARCHAR", "rank": "BIGINT"}, "scores": {"score": "DOUBLE"}}


@pytest.mark.parametrize(
    ("new", "bump", "names"),
    [
        (OLD, None, ()),
        (OLD | {"families": {"family": "VARCHAR"}}, "minor", ("families",)),
        (OLD | {"scores": {"score": "DOUBLE", "votes": "BIGINT"}}, "minor", ("scores.votes",)),
        (OLD | {"scores": {"score": "FLOAT"}}, "major", ("scores.score",)),
        (OLD | {"leaderboard": {"model_id": "VARCHAR"}}, "major", ("leaderboard.rank",)),
        ({"leaderboard": OLD["leaderboard"]}, "major", ("scores",)),
        (OLD | {"leaderboard": {"rank": "BIGINT", "model_id": "VARCHAR"}}, None, ()),
    ],
)
def test_a_schema_change_needs_a_major_or_minor_version(
    new: schema_version.Schema, bump: str | None, names: tuple[str, ...]
) -> None:
    found = schema_version.compare_schemas(OLD, new)
    assert found.bump == bump
    assert found.removed + found.retyped + found.added == names


@pytest.mark.parametrize(
    ("old", "new", "bump", "is_sufficient"),
    [
        ("1.2.3", "2.0.0", "major", True),
        ("1.2.3", "1.3.0", "major", False),
        ("1.2.3", "1.3.0", "minor", True),
        ("1.2.3", "2.0.0", "minor", True),
        ("1.2.3", "1.2.4", "minor", False),
        ("1.9.0", "1.10.0", "minor", True),
        ("1.2.3", "1.2.3", None, True),
        ("1.2.3", "1.2.2", None, False),
    ],
)
def test_a_version_is_sufficient_only_if_it_is_raised_enough(
    old: str, new: str, bump: schema_version.Bump | None, is_sufficient: bool
) -> None:
    assert schema_version.is_version_sufficient(old, new, bump) is is_sufficient
