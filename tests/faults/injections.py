"""How each fault is laid into a file: `(resource, content, argument, rng) -> content`, on the bytes that a host sends."""

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
from tests.support import spoil

Argument = Any
Injection = Callable[[Resource, bytes, Argument, random.Random], bytes]

NAMES = ("fullname", "model_name")
DATES = ("leaderboard_publish_date", "Submission Date", "releaseDate")


def _name(frame: pl.DataFrame) -> str:
    return next(name for name in NAMES if name in frame.columns)


def rows_lost(resource: Resource, content: bytes, share: Argument, rng: random.Random) -> bytes:
    def fewer(rows: list[Any]) -> list[Any]:
        lost = set(rng.sample(range(len(rows)), max(round(share * len(rows)), 1)))
        return [row for place, row in enumerate(rows) if place not in lost]

    return _records(resource, content, fewer)


def first_rows(resource: Resource, content: bytes, count: Argument, _: random.Random) -> bytes:
    return spoil.records(resource, content, lambda rows: rows[: int(count)])


def doubled(resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    return _records(resource, content, lambda rows: rows + rows)


def _records(resource: Resource, content: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
    if resource.media == "json":
        return spoil.edit_rows(content, change)
    return spoil.records(resource, content, change)


def reordered(resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    if resource.media == "json":
        return spoil.edit_json(content, lambda payload: dict(reversed(payload.items())))
    return spoil.edit_table(content, lambda frame: frame.select(reversed(frame.columns)))


def added(resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    if resource.media == "json":
        return spoil.edit_json(content, lambda payload: payload | {"column_of_tomorrow": 1})
    return spoil.edit_table(content, lambda frame: frame.with_columns(column_of_tomorrow=pl.lit(1)))


def benchmark_lost(resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    if resource.media == "json":
        counts: dict[str, int] = {}
        for row in json.loads(content)["rows"]:
            for task, score in row["scoresByTask"].items():
                counts[task] = counts.get(task, 0) + (score is not None)
        largest = max(counts, key=lambda task: counts[task])
        return spoil.edit_rows(content, lambda rows: [row["scoresByTask"].pop(largest, None) for row in rows] and rows)
    column = next(name for name in ("category", "task_name") if name in spoil.table(content).columns)
    most = spoil.table(content)[column].mode().sort()[-1]
    return spoil.edit_table(content, lambda frame: frame.filter(pl.col(column) != most))


def scaled(resource: Resource, content: bytes, factor: Argument, _: random.Random) -> bytes:
    for field in spoil.numeric_fields(resource, content):
        content = spoil.scaled(content, field, factor)
    return content


def one_row(resource: Resource, content: bytes, value: Argument, rng: random.Random) -> bytes:
    if resource.media == "json":

        def change(rows: list[Any]) -> None:
            row = rng.choice([row for row in rows if row["scoresByTask"]])
            row["scoresByTask"] = dict.fromkeys(row["scoresByTask"], value)

        return spoil.edit_rows(content, change)
    frame = spoil.table(content)
    floats = [name for name in frame.columns if frame.schema[name].is_float()]
    # Another run of the same model would rightly stand in for the one that is spoiled.
    once = frame.select(
        pl.struct([c for c in frame.columns if c == "fullname"] or frame.columns).is_unique()
    ).to_series()
    here = pl.int_range(pl.len()) == rng.choice(once.arg_true().to_list())
    return spoil.parquet(frame.with_columns(pl.when(here).then(value).otherwise(pl.col(floats)).name.keep()))


def inverted(_resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    low, high = "rating_lower", "rating_upper"
    return spoil.edit_table(content, lambda frame: frame.rename({low: high, high: low}))


def shifted(resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    return _renamed(resource, content, lambda names: [*names[1:], names[0]])


def shuffled(resource: Resource, content: bytes, share: Argument, rng: random.Random) -> bytes:
    def change(names: list[Any]) -> list[Any]:
        places = rng.sample(range(len(names)), max(round(share * len(names)), 2))
        mixed = dict(zip(places, rng.sample(places, len(places)), strict=True))
        return [names[mixed.get(place, place)] for place in range(len(names))]

    return _renamed(resource, content, change)


def _renamed(resource: Resource, content: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
    """Give the scores of each group of rows that are ranked together to other models."""
    if resource.media == "json":

        def within(rows: list[Any]) -> None:
            for row, model in zip(rows, change([row["model"] for row in rows]), strict=True):
                row["model"] = model

        return spoil.edit_rows(content, within)
    frame = spoil.table(content).with_row_index("place_in_file")
    together = [name for name in ("category", "leaderboard_publish_date", "task_name") if name in frame.columns]
    groups = frame.partition_by(together, maintain_order=True) if together else [frame]
    name = _name(frame)
    mixed = [group.with_columns(pl.Series(name, change(group[name].to_list()))) for group in groups]
    return spoil.parquet(pl.concat(mixed).sort("place_in_file").drop("place_in_file"))


def redated(resource: Resource, content: bytes, days: Argument, _: random.Random) -> bytes:
    def later(text: str) -> str:
        return (date.fromisoformat(text[:10]) + timedelta(days=int(days))).isoformat() + text[10:]

    if resource.media == "json":

        def within(rows: list[Any]) -> None:
            for row in rows:
                model = row["model"]
                model["releaseDate"] = model["releaseDate"] and later(model["releaseDate"])

        return spoil.edit_rows(content, within)
    frame = spoil.table(content)
    column = next(name for name in DATES if name in frame.columns)
    moved = [text and later(text) for text in frame[column].to_list()]
    return spoil.parquet(frame.with_columns(pl.Series(column, moved, dtype=pl.String)))


def _copied(resource: Resource, content: bytes, rename: Callable[[str], str]) -> bytes:
    """Add a copy of the first model's rows under another name."""
    if resource.media == "json":

        def more(rows: list[Any]) -> list[Any]:
            copy = json.loads(json.dumps(rows[0]))
            copy["model"]["name"] = rename(copy["model"]["name"])
            return [*rows, copy]

        return spoil.edit_rows(content, more)
    frame = spoil.table(content)
    name = _name(frame)
    first = min(frame[name].unique().to_list(), key=lambda text: ("e" not in text, text))
    copies = frame.filter(pl.col(name) == first).with_columns(pl.lit(rename(first)).alias(name))
    return spoil.parquet(pl.concat([frame, copies]))


def basename(resource: Resource, content: bytes, _: Argument, __: random.Random) -> bytes:
    return _copied(resource, content, lambda name: f"attacker/{name.rpartition('/')[2]}")


def look_alike(resource: Resource, content: bytes, letter: Argument, _: random.Random) -> bytes:
    return _copied(resource, content, lambda name: name.replace("e", letter, 1) if "e" in name else name + letter)


def named(resource: Resource, content: bytes, name: Argument, _: random.Random) -> bytes:
    return _copied(resource, content, lambda _name: str(name))


def row_bomb(_resource: Resource, content: bytes, rows: Argument, _: random.Random) -> bytes:
    """Return a file with the right columns and next to no bytes that unpacks to `rows` empty rows."""
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
    "row bomb": row_bomb,
    "reordered": reordered,
    "added": added,
    "first rows": first_rows,
    "rows lost": rows_lost,
    "benchmark lost": benchmark_lost,
    "scaled": scaled,
    "one row": one_row,
    "inverted": inverted,
    "shifted": shifted,
    "shuffled": shuffled,
    "redated": redated,
    "doubled": doubled,
    "basename": basename,
    "look-alike": look_alike,
    "named": named,
}
