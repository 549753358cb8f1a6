"""MTEB's boards: ranks, settings, tasks and links of the API's payload."""

import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from aggregator.errors import SourceError
from aggregator.model import Parsed, Source
from aggregator.sources.mteb import CHINESE, ENGLISH, MULTILINGUAL, RETRIEVAL
from tests.support import board_files, samples

BOARDS = pytest.mark.parametrize("source", [ENGLISH, MULTILINGUAL, CHINESE, RETRIEVAL], ids=lambda source: source.id)
REQUIRED = {
    *("benchmarkName", "rows", "tasksMeta", "rows.rank", "rows.model", "rows.meanTask", "rows.scoresByTask"),
    *("rows.experiments", "rows.model.name", "rows.model.releaseDate", "tasksMeta.name"),
}
DECORATIVE = {
    *("rows.model.openWeights", "rows.model.totalParamsB", "rows.model.activeParamsB", "rows.model.license"),
    *("rows.model.adaptedFrom", "rows.model.supersededBy", "rows.model.url"),
    *("tasksMeta.type", "tasksMeta.mainScore", "tasksMeta.reference"),
}
Rows = list[dict[str, Any]]


def read(change: Callable[[Rows], Any], source: Source = ENGLISH) -> Parsed:
    (resource,) = source.resources
    return source.parse({resource.name: board_files.edit_rows(samples.small_files(source)[resource.name], change)})


def read_payload(change: Callable[[dict[str, Any]], Any], source: Source = ENGLISH) -> Parsed:
    (resource,) = source.resources
    return source.parse({resource.name: board_files.edit_json(samples.small_files(source)[resource.name], change)})


def only(frame: pl.DataFrame, name: str) -> dict[str, Any]:
    return frame.row(by_predicate=pl.col("raw_name") == name, named=True)


@BOARDS
def test_every_field_that_a_rank_needs_is_required(source: Source) -> None:
    (resource,) = source.resources
    assert samples.required_fields(source, resource) == REQUIRED
    assert samples.decorative_fields(source, resource) == DECORATIVE


@BOARDS
def test_ranks_are_those_of_the_board(source: Source) -> None:
    (content,) = samples.files(source).values()
    given = {row["model"]["name"]: row["rank"] for row in json.loads(content)["rows"]}
    found = samples.parsed(source).entries
    assert dict(found.select("raw_name", "board_rank").rows()) == given


@BOARDS
def test_every_task_score_is_kept(source: Source) -> None:
    (content,) = samples.files(source).values()
    given = {
        (f"{source.id}/{task}", row["model"]["name"]): score
        for row in json.loads(content)["rows"]
        for task, score in row["scoresByTask"].items()
        if score is not None
    }
    found = samples.parsed(source).scores
    assert {
        (benchmark, name): score for benchmark, name, score in found.select("benchmark", "raw_name", "score").rows()
    } == given


def test_a_model_without_every_task_keeps_its_rank_and_has_no_mean() -> None:
    found = samples.parsed(ENGLISH).entries
    partial = found.filter(pl.col("board_score").is_null())
    assert partial.height == 31
    assert not partial["board_rank"].is_null().any()
    assert samples.parsed(MULTILINGUAL).entries["board_score"].is_null().all()


def test_each_setting_of_a_model_has_its_own_raw_name() -> None:
    def ablate(rows: Rows) -> None:
        rows[3]["model"]["name"] = rows[4]["model"]["name"] = rows[2]["model"]["name"] = "org/model"
        rows[3]["experiments"] = {"embed_dim": 512, "output_dtype": "int8"}
        rows[4]["experiments"] = {"output_dtype": None}

    found = read(ablate)
    assert found.rows_duplicate == 1
    assert only(found.entries, "org/model")["variant"] is None
    setting = only(found.entries, "org/model (embed_dim=512, output_dtype=int8)")
    assert setting["hf_id"] == "org/model"
    assert setting["variant"] == "embed_dim=512, output_dtype=int8"


def test_a_setting_inside_the_name_is_not_part_of_the_id() -> None:
    setting = only(samples.parsed(ENGLISH).entries, "openai/text-embedding-3-large (embed_dim=512)")
    assert setting["hf_id"] == "openai/text-embedding-3-large"
    assert setting["variant"] == "embed_dim=512"


def test_a_setting_that_the_name_already_has_is_not_added_again() -> None:
    def both(rows: Rows) -> None:
        rows[0]["model"]["name"] = "org/model (embed_dim=512)"
        rows[0]["experiments"] = {"embed_dim": 512}

    assert "org/model (embed_dim=512)" in read(both).entries["raw_name"].to_list()


def test_of_two_rows_with_one_name_the_better_ranked_one_is_kept() -> None:
    def twice(rows: Rows) -> Rows:
        return [*rows, rows[0] | {"rank": 300}, rows[1] | {"rank": 1}]

    found = read(twice)
    whole = samples.parsed_small(ENGLISH)
    first, second = json.loads(samples.small_files(ENGLISH)["scores"])["rows"][:2]
    assert found.rows_duplicate == 2
    assert found.entries.height == whole.entries.height
    assert only(found.entries, first["model"]["name"])["board_rank"] == first["rank"]
    assert only(found.entries, second["model"]["name"])["board_rank"] == 1
    samples.assert_no_row_lost(found)


@pytest.mark.parametrize("name", ["MTEB(eng, v1)", "mteb(eng, v2)", "", None, 7, ["MTEB(eng, v2)"]])
def test_the_payload_of_another_benchmark_is_refused(name: object) -> None:
    with pytest.raises(SourceError, match=r"not 'MTEB\(eng, v2\)'"):
        read_payload(lambda payload: payload | {"benchmarkName": name})


def test_a_task_that_is_listed_twice_is_one_benchmark() -> None:
    whole = samples.parsed_small(CHINESE)
    found = read_payload(
        lambda payload: (
            payload
            | {
                "tasks": payload["tasks"] + payload["tasks"][:2],
                "tasksMeta": payload["tasksMeta"] + payload["tasksMeta"][:2],
            }
        ),
        CHINESE,
    )
    samples.assert_same(found, whole)


def test_a_task_with_scores_and_no_description_is_a_benchmark() -> None:
    found = read_payload(lambda payload: payload | {"tasksMeta": payload["tasksMeta"][1:]})
    assert set(found.benchmarks["benchmark"]) == set(samples.parsed_small(ENGLISH).benchmarks["benchmark"])
    assert set(found.scores["benchmark"]) <= set(found.benchmarks["benchmark"])


def test_a_task_without_a_name_is_reported() -> None:
    def unnamed(payload: dict[str, Any]) -> None:
        payload["tasksMeta"][0]["name"] = ""

    assert read_payload(unnamed).warnings == ("1 entries of `tasksMeta` were left out",)


@pytest.mark.parametrize(
    ("written", "bases"),
    [
        (None, None),
        ("a/b", ["a/b"]),
        (["a/b", "c/d"], ["a/b", "c/d"]),
        ("https://huggingface.co/a/b", ["https://huggingface.co/a/b"]),
    ],
)
def test_base_models_are_kept_as_written_alone_or_in_a_list(written: object, bases: list[str] | None) -> None:
    def adapt(rows: Rows) -> None:
        for row in rows:
            row["model"]["adaptedFrom"] = written

    assert all(found == bases for found in read(adapt).entries["base_models"].to_list())


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://huggingface.co/a/b", "a/b"),
        ("http://huggingface.co/a/b/", "a/b"),
        ("https://huggingface.co/a/b/tree/main", None),
        ("https://huggingface.co.evil.com/a/b", None),
        ("https://voxell.ai/a/b", None),
        (None, None),
    ],
)
def test_only_an_address_of_a_model_on_the_hub_is_a_link(url: str | None, link: str | None) -> None:
    def address(rows: Rows) -> None:
        for row in rows:
            row["model"]["url"] = url

    assert set(read(address).entries["link"]) == {link}


def test_whole_numbers_mean_the_same_as_fractions() -> None:
    def whole(rows: Rows) -> None:
        rows[0]["model"]["totalParamsB"] = 7
        rows[0]["scoresByTask"]["ArguAna"] = 1

    found = read(whole)
    name = json.loads(samples.small_files(ENGLISH)["scores"])["rows"][0]["model"]["name"]
    assert only(found.entries, name)["params_b"] == 7.0
    assert only(found.scores.filter(pl.col("benchmark") == "mteb_eng_v2/ArguAna"), name)["score"] == 1.0


def test_unknown_sizes_are_null() -> None:
    def unknown(rows: Rows) -> None:
        rows[0]["model"] |= {"totalParamsB": 0, "activeParamsB": 0.0}
        rows[1]["model"] |= {"totalParamsB": None, "activeParamsB": None}

    names = [row["model"]["name"] for row in json.loads(samples.small_files(ENGLISH)["scores"])["rows"]]
    found = read(unknown).entries
    for name in names[:2]:
        assert (only(found, name)["params_b"], only(found, name)["active_params_b"]) == (None, None)
