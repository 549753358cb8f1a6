"""Inject a fault into the bytes of one file: functions `(resource, content, argument, rng) -> content`."""

import copy
import io
import json
import pickle
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from aggregator.model import Resource
from tests.support import board_files

Argument = Any
Injection = Callable[[Resource, bytes, Argument, random.Random], bytes]

NAMES = ("fullname", "model_name", "model", "Model", "Model version", "")
"""Columns and keys with the name of the model; pandas writes an index without a name."""
DATES = ("leaderboard_publish_date", "Submission Date", "releaseDate")


def _name_column(frame: pl.DataFrame) -> str:
    return next(name for name in NAMES if name in frame.columns)


def _is_payload(resource: Resource) -> bool:
    """Return whether the file is a payload of MTEB; the other files are tables and lists of records."""
    return resource.path.startswith("mteb-leaderboard-backend/")


def _edit_names(resource: Resource, content: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
    """Return a list of records, or an object of records by name, after `change` of the names in their order."""

    def edit(payload: Any) -> Any:
        if isinstance(payload, dict):
            return dict(zip(change(list(payload)), payload.values(), strict=True))
        key = next(name for name in NAMES if name in payload[0])
        for record, name in zip(payload, change([record[key] for record in payload]), strict=True):
            record[key] = name
        return payload

    return board_files.edit_tree(resource, content, edit)


def lose_rows(resource: Resource, content: bytes, share: Argument, rng: random.Random) -> bytes:
    def fewer(rows: list[Any]) -> list[Any]:
        lost = set(rng.sample(range(len(rows)), max(round(share * len(rows)), 1)))
        return [row for place, row in enumerate(rows) if place not in lost]

    return _edit_rows(resource, content, fewer)


def keep_first_rows(resource: Resource, content: bytes, count: Argument, _: random.Random) -> bytes:
    return board_files.edit_records(resource, content, lambda rows: rows[: int(count)])


def double_rows(resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    return _edit_rows(resource, content, lambda rows: rows + copy.deepcopy(rows))


def _edit_rows(resource: Resource, content: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
    if _is_payload(resource):
        return board_files.edit_rows(content, change)
    return board_files.edit_records(resource, content, change)


def reorder_columns(resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    if _is_payload(resource):
        return board_files.edit_json(content, lambda payload: dict(reversed(payload.items())))
    if board_files.is_table(resource):
        return board_files.edit_parquet(content, lambda frame: frame.select(reversed(frame.columns)))
    return _edit_objects(resource, content, _reversed_fields)


def _reversed_fields(record: dict[str, Any]) -> dict[str, Any]:
    """Return the fields in the opposite order; the index that pandas writes without a name stays the first one."""
    index = {"": record[""]} if "" in record else {}
    return index | dict(reversed(record.items()))


def add_column(resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    if _is_payload(resource):
        return board_files.edit_json(content, lambda payload: payload | {"column_of_tomorrow": 1})
    if board_files.is_table(resource):
        return board_files.edit_parquet(content, lambda frame: frame.with_columns(column_of_tomorrow=pl.lit(1)))
    return _edit_objects(resource, content, lambda found: found | {"column_of_tomorrow": 1})


def _edit_objects(resource: Resource, content: bytes, change: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    """Return a list of records, or an object of records, after `change` of each record."""
    if not board_files.has_records(resource, content):
        return content

    def edit(payload: Any) -> Any:
        if isinstance(payload, dict):
            return {name: change(found) for name, found in payload.items()}
        return [change(found) for found in payload]

    return board_files.edit_tree(resource, content, edit)


def remove_largest_benchmark(resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    if _is_payload(resource):
        counts: dict[str, int] = {}
        for row in json.loads(content)["rows"]:
            for task, score in row["scoresByTask"].items():
                counts[task] = counts.get(task, 0) + (score is not None)
        largest = max(counts, key=lambda task: counts[task])
        return board_files.edit_rows(
            content, lambda rows: [row["scoresByTask"].pop(largest, None) for row in rows] and rows
        )
    column = next(name for name in ("category", "task_name") if name in board_files.read_parquet(content).columns)
    most = board_files.read_parquet(content)[column].mode().sort()[-1]
    return board_files.edit_parquet(content, lambda frame: frame.filter(pl.col(column) != most))


def scale_numbers(resource: Resource, content: bytes, factor: Argument, _: random.Random) -> bytes:
    for field in board_files.numeric_fields(resource, content):
        content = board_files.scale_field(content, field, factor)
    return content


def replace_numbers_of_one_row(resource: Resource, content: bytes, value: Argument, rng: random.Random) -> bytes:
    if _is_payload(resource):

        def change(rows: list[Any]) -> None:
            row = rng.choice([row for row in rows if row["scoresByTask"]])
            row["scoresByTask"] = dict.fromkeys(row["scoresByTask"], value)

        return board_files.edit_rows(content, change)
    if not board_files.is_table(resource):
        return _replace_numbers_of_one_record(resource, content, value, rng)
    frame = board_files.read_parquet(content)
    floats = [name for name in frame.columns if frame.schema[name].is_float()]
    # Choose a model with one row: another row of the same model would replace the damaged one.
    once = frame.select(
        pl.struct([c for c in frame.columns if c == "fullname"] or frame.columns).is_unique()
    ).to_series()
    here = pl.int_range(pl.len()) == rng.choice(once.arg_true().to_list())
    return board_files.to_parquet(frame.with_columns(pl.when(here).then(value).otherwise(pl.col(floats)).name.keep()))


def _replace_numbers_of_one_record(resource: Resource, content: bytes, value: Argument, rng: random.Random) -> bytes:
    if not board_files.has_records(resource, content):
        return content
    numeric = board_files.numeric_fields(resource, content)

    def change(payload: Any) -> None:
        objects = board_files.roots(payload)
        keys = [key for key in NAMES if key in objects[0]]
        names = [found[keys[0]] if keys else place for place, found in enumerate(objects)]
        here = rng.choice([place for place, name in enumerate(names) if names.count(name) == 1])
        for field in numeric:
            parent = objects[here]
            for key in field.path[:-1]:
                parent = parent[key]
            if parent.get(field.path[-1]) not in (None, ""):
                parent[field.path[-1]] = board_files.with_number(parent[field.path[-1]], value)

    return board_files.edit_tree(resource, content, change)


def swap_interval_ends(_resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    low, high = "rating_lower", "rating_upper"
    return board_files.edit_parquet(content, lambda frame: frame.rename({low: high, high: low}))


def shift_scores(resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    return _reassign_models(resource, content, lambda names: [*names[1:], names[0]])


def shuffle_scores(resource: Resource, content: bytes, share: Argument, rng: random.Random) -> bytes:
    def change(names: list[Any]) -> list[Any]:
        places = rng.sample(range(len(names)), max(round(share * len(names)), 2))
        mixed = dict(zip(places, rng.sample(places, len(places)), strict=True))
        return [names[mixed.get(place, place)] for place in range(len(names))]

    return _reassign_models(resource, content, change)


def _reassign_models(resource: Resource, content: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
    """Give the scores of each group of rows that have a common ranking to other models."""
    if _is_payload(resource):

        def within(rows: list[Any]) -> None:
            for row, model in zip(rows, change([row["model"] for row in rows]), strict=True):
                row["model"] = model

        return board_files.edit_rows(content, within)
    if not board_files.is_table(resource):
        return _edit_names(resource, content, change) if board_files.has_records(resource, content) else content
    frame = board_files.read_parquet(content).with_row_index("place_in_file")
    together = [name for name in ("category", "leaderboard_publish_date", "task_name") if name in frame.columns]
    groups = frame.partition_by(together, maintain_order=True) if together else [frame]
    name = _name_column(frame)
    mixed = [group.with_columns(pl.Series(name, change(group[name].to_list()))) for group in groups]
    return board_files.to_parquet(pl.concat(mixed).sort("place_in_file").drop("place_in_file"))


def move_dates(resource: Resource, content: bytes, days: Argument, _: random.Random) -> bytes:
    def later(text: str) -> str:
        return (date.fromisoformat(text[:10]) + timedelta(days=int(days))).isoformat() + text[10:]

    if _is_payload(resource):

        def within(rows: list[Any]) -> None:
            for row in rows:
                model = row["model"]
                model["releaseDate"] = model["releaseDate"] and later(model["releaseDate"])

        return board_files.edit_rows(content, within)
    frame = board_files.read_parquet(content)
    column = next(name for name in DATES if name in frame.columns)
    moved = [text and later(text) for text in frame[column].to_list()]
    return board_files.to_parquet(frame.with_columns(pl.Series(column, moved, dtype=pl.String)))


def _add_copy(resource: Resource, content: bytes, rename: Callable[[str], str]) -> bytes:
    """Add a copy of the rows of one model under another name."""
    if _is_payload(resource):

        def more(rows: list[Any]) -> list[Any]:
            copy = json.loads(json.dumps(rows[0]))
            copy["model"]["name"] = rename(copy["model"]["name"])
            return [*rows, copy]

        return board_files.edit_rows(content, more)
    if not board_files.is_table(resource):
        return _add_copy_of_record(resource, content, rename) if board_files.has_records(resource, content) else content
    frame = board_files.read_parquet(content)
    name = _name_column(frame)
    # A new model is in the newest edition of a history only.
    newest = frame.filter(pl.col(DATES[0]) == pl.col(DATES[0]).max()) if DATES[0] in frame.columns else frame
    first = min(newest[name].unique().to_list(), key=lambda text: ("e" not in text, text))
    copies = newest.filter(pl.col(name) == first).with_columns(pl.lit(rename(first)).alias(name))
    return board_files.to_parquet(pl.concat([frame, copies]))


def _add_copy_of_record(resource: Resource, content: bytes, rename: Callable[[str], str]) -> bytes:
    def edit(payload: Any) -> Any:
        if isinstance(payload, dict):
            first = min(payload, key=lambda text: ("e" not in text, text))
            return payload | {rename(first): payload[first]}
        key = next(name for name in NAMES if name in payload[0])
        record = min(payload, key=lambda found: ("e" not in found[key], found[key]))
        return [*payload, record | {key: rename(record[key])}]

    return board_files.edit_tree(resource, content, edit)


def add_copy_of_other_owner(resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    return _add_copy(resource, content, lambda name: f"attacker/{name.rpartition('/')[2]}")


def add_look_alike(resource: Resource, content: bytes, letter: Argument, _: random.Random) -> bytes:
    return _add_copy(resource, content, lambda name: name.replace("e", letter, 1) if "e" in name else name + letter)


def add_copy_with_name(resource: Resource, content: bytes, name: Argument, _: random.Random) -> bytes:
    return _add_copy(resource, content, lambda _name: str(name))


def make_row_bomb(_resource: Resource, content: bytes, rows: Argument, _: random.Random) -> bytes:
    """Return a small file with the same columns that decompresses to `rows` empty rows."""
    schema = pq.read_schema(io.BytesIO(content))
    sink = io.BytesIO()
    nothing = pa.table({field.name: pa.nulls(int(rows), field.type) for field in schema}, schema=schema)
    pq.write_table(nothing, sink, compression="zstd", row_group_size=int(rows))
    return sink.getvalue()


INJECTIONS: dict[str, Injection] = {
    "html": lambda *_: b"<!doctype html><html><title>Just a moment...</title></html>",
    "empty": lambda *_: b"",
    "bom": lambda _r, content, *_: b"\xef\xbb\xbf" + content,
    "deep": lambda *_: b"[" * 100_000 + b"]" * 100_000,
    "pickle": lambda *_: pickle.dumps({"rows": list(range(100))}),
    "row bomb": make_row_bomb,
    "reordered": reorder_columns,
    "added": add_column,
    "first rows": keep_first_rows,
    "rows lost": lose_rows,
    "benchmark lost": remove_largest_benchmark,
    "scaled": scale_numbers,
    "one row": replace_numbers_of_one_row,
    "inverted": swap_interval_ends,
    "shifted": shift_scores,
    "shuffled": shuffle_scores,
    "redated": move_dates,
    "doubled": double_rows,
    "basename": add_copy_of_other_owner,
    "look-alike": add_look_alike,
    "named": add_copy_with_name,
}

ADDING = frozenset({"basename", "look-alike", "named"})
"""Injections that add a model. One in each of 35 files would be 35 models, and a gate sees them go again."""
