"""MTEB payloads with wrong types, units or impossible values."""

import json
from typing import Any

import pytest

from aggregator.errors import SourceError, WrongType
from aggregator.model import Source
from aggregator.sources.mteb import ENGLISH
from tests.sources.test_mteb import BOARDS, Rows, read
from tests.support import board_files, samples


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rank", 1.5),
        ("rank", True),
        ("rank", "1"),
        ("meanTask", "0.7"),
        ("meanTask", True),
        ("experiments", 7),
        ("scoresByTask", [1]),
    ],
)
def test_one_value_of_another_type_refuses_the_board(field: str, value: object) -> None:
    def change(rows: Rows) -> None:
        rows[7][field] = value

    with pytest.raises(WrongType) as caught:
        read(change)
    assert caught.value.column == f"rows.{field}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("openWeights", 1),
        ("openWeights", "true"),
        ("totalParamsB", "7"),
        ("adaptedFrom", [7]),
        ("adaptedFrom", {}),
        ("license", ["mit"]),
        ("license", "\ud800"),
        ("adaptedFrom", ["a\ud800b"]),
    ],
)
def test_one_value_of_another_type_in_a_decorative_field_empties_the_field(field: str, value: object) -> None:
    def change(rows: Rows) -> None:
        rows[7]["model"][field] = value

    found = read(change)
    assert samples.is_left_empty(found, field)
    samples.assert_same_besides_decoration(found, samples.parsed_small(ENGLISH))


@pytest.mark.parametrize(("field", "value"), [("name", 7), ("releaseDate", 2024)])
def test_one_value_of_another_type_in_a_model_refuses_the_board(field: str, value: object) -> None:
    def change(rows: Rows) -> None:
        rows[7]["model"][field] = value

    with pytest.raises(WrongType) as caught:
        read(change)
    assert caught.value.column == f"rows.model.{field}"


@pytest.mark.parametrize("score", ["0.5", True, [0.5], {"main_score": 0.5}])
def test_a_task_score_that_is_not_a_number_refuses_the_board(score: object) -> None:
    def change(rows: Rows) -> None:
        rows[7]["scoresByTask"]["ArguAna"] = score

    with pytest.raises(WrongType, match="scoresByTask"):
        read(change)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"meanTask": 75.9}, "`meanTask` above the largest possible value"),
        ({"meanTask": -0.75}, "mean lies outside the scores it is made of"),
        ({"meanTask": 0.0075}, "mean lies outside the scores it is made of"),
        ({"rank": 0}, "`rank` below the smallest possible value"),
        ({"rank": None}, "`rank` empty"),
    ],
)
def test_an_impossible_row_is_quarantined_with_its_reason(cells: dict[str, Any], reason: str) -> None:
    found = read(lambda rows: rows[2].update(cells))
    assert found.quarantined["row"].to_list() == [2]
    assert reason in found.quarantined["reason"][0].split("; ")
    assert found.quarantined["raw_name"][0] not in found.scores["raw_name"].to_list()
    samples.assert_no_row_lost(found)


@pytest.mark.parametrize("score", [50.0, -2, 1e400])
def test_a_row_with_one_impossible_task_score_is_quarantined(score: float) -> None:
    (content,) = samples.small_files(ENGLISH).values()
    marked = board_files.edit_rows(content, lambda rows: rows[2]["scoresByTask"].update({"ArguAna": "PLACEHOLDER"}))
    number = b"1e999" if score == float("inf") else json.dumps(score).encode()
    found = ENGLISH.parse({"scores": marked.replace(b'"PLACEHOLDER"', number)})
    assert found.quarantined["row"].to_list() == [2]
    assert found.quarantined["raw_name"][0] not in found.scores["raw_name"].to_list()


@BOARDS
@pytest.mark.parametrize("factor", [100, 0.01, -1])
def test_a_board_in_another_unit_is_refused(source: Source, factor: float) -> None:
    def shift(rows: Rows) -> None:
        for row in rows:
            row["meanTask"] = None if row["meanTask"] is None else row["meanTask"] * factor
            row["scoresByTask"] = {task: score and score * factor for task, score in row["scoresByTask"].items()}

    with pytest.raises(SourceError, match="are they still fractions"):
        read(shift, source)


@pytest.mark.parametrize(
    "literal",
    [b"NaN", b"Infinity", b"-Infinity", b"1" + b"0" * 400, b"1" * 5000],
    ids=["NaN", "Infinity", "-Infinity", "a number past every column", "a number of 5,000 digits"],
)
def test_numbers_outside_json_or_too_large_for_a_column_refuse_the_board(literal: bytes) -> None:
    marked = board_files.edit_rows(
        samples.small_files(ENGLISH)["scores"], lambda rows: rows[2].update(meanTask="PLACEHOLDER")
    )
    with pytest.raises(SourceError, match=r"scores\.json"):
        ENGLISH.parse({"scores": marked.replace(b'"PLACEHOLDER"', literal)})


@pytest.mark.parametrize("text", ["\ud800", "a\ud800b"])
def test_half_a_surrogate_pair_refuses_the_board(text: str) -> None:
    for change in (
        lambda rows: rows[2]["model"].update(name=text),
        lambda rows: rows[2]["scoresByTask"].update({text: 0.5}),
        lambda rows: rows[2].update(experiments={text: text}),
    ):
        with pytest.raises(SourceError, match="that no column can hold"):
            read(change)


def test_a_duplicate_key_refuses_the_board() -> None:
    content = samples.small_files(ENGLISH)["scores"].replace(b'"rank":', b'"rank": 1, "rank":', 1)
    with pytest.raises(SourceError, match="'rank' occurs twice"):
        ENGLISH.parse({"scores": content})


def test_a_name_with_control_characters_is_quarantined() -> None:
    found = read(lambda rows: rows[2]["model"].update(name="org/mo\u0000del"))
    assert found.quarantined["reason"].to_list() == ["`name` holds characters that it cannot have"]
