"""Forgeries of a published dataset: functions that change the files in a folder. Those of `WITH_RIGHT_CHECKSUMS` get right checksums again."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

Forgery = Callable[[Path], None]
DATABASE = "metaboard.duckdb"


def table_path(dataset: Path, name: str) -> Path:
    """Return the Parquet file of a table."""
    (path,) = (dataset / "data" / name).glob("*.parquet")
    return path


def in_database(*statements: str) -> Forgery:
    """Return a forgery that runs SQL in the DuckDB file only."""

    def change(dataset: Path) -> None:
        with duckdb.connect(str(dataset / DATABASE)) as connection:
            for statement in statements:
                connection.execute(statement)

    return change


def in_parquet(table: str, edit: Callable[[pl.DataFrame], pl.DataFrame]) -> Forgery:
    """Return a forgery that changes one Parquet file only."""

    def change(dataset: Path) -> None:
        path = table_path(dataset, table)
        edit(pl.read_parquet(path)).write_parquet(path)

    return change


def in_manifest(edit: Callable[[dict[str, Any]], object]) -> Forgery:
    """Return a forgery that changes `manifest.json`; `edit` changes it in place or returns another document."""

    def change(dataset: Path) -> None:
        path = dataset / "manifest.json"
        manifest = json.loads(path.read_bytes())
        path.write_text(json.dumps(edit(manifest) or manifest), encoding="utf-8")

    return change


def written(name: str, content: bytes) -> Forgery:
    """Return a forgery that writes one file anew."""

    def change(dataset: Path) -> None:
        (dataset / name).write_bytes(content)

    return change


def flip_byte(name: str) -> Forgery:
    """Return a forgery that flips a bit in the middle of a file."""

    def change(dataset: Path) -> None:
        path = next(iter(sorted(dataset.glob(name))))
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)

    return change


def replace_by_link(dataset: Path) -> None:
    path = table_path(dataset, "models")
    path.rename(dataset.parent / "elsewhere.parquet")
    path.symlink_to(dataset.parent / "elsewhere.parquet")


def cut_database(dataset: Path) -> None:
    path = dataset / DATABASE
    os.truncate(path, path.stat().st_size * 2 // 3)


def write_checksums(dataset: Path) -> None:
    """Write the checksums of the files as they are into `manifest.json` and `SHA256SUMS`."""
    path = dataset / "manifest.json"
    manifest = json.loads(path.read_bytes())
    for file in manifest["files"]:
        content = dataset / file["path"]
        file["sha256"] = hashlib.sha256(content.read_bytes()).hexdigest()
        if file.get("rows") is not None and content.suffix == ".parquet":
            file["rows"] = pl.scan_parquet(content).select(pl.len()).collect().item()
    path.write_text(json.dumps(manifest), encoding="utf-8")
    listed = [*(file["path"] for file in manifest["files"]), "manifest.json"]
    digests = {name: hashlib.sha256((dataset / name).read_bytes()).hexdigest() for name in listed}
    lines = (f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    (dataset / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def with_right_checksums(*forgeries: Forgery) -> Forgery:
    """Return a forgery whose checksums are right again."""

    def change(dataset: Path) -> None:
        for forgery in forgeries:
            forgery(dataset)
        write_checksums(dataset)

    return change


def swap_first_scores(frame: pl.DataFrame) -> pl.DataFrame:
    """Exchange the scores of the first two rows with different scores."""
    scores = frame["score"].to_list()
    other = next(place for place, score in enumerate(scores) if score != scores[0])
    scores[0], scores[other] = scores[other], scores[0]
    return frame.with_columns(pl.Series("score", scores, dtype=frame.schema["score"]))


def list_path_outside(manifest: dict[str, Any]) -> None:
    manifest["files"][0]["path"] = "../../escaped"


WITH_WRONG_CHECKSUMS: dict[str, Forgery] = {
    "a byte of a table": flip_byte("data/scores/*.parquet"),
    "a byte of the database": flip_byte(DATABASE),
    "a byte of the card": flip_byte("README.md"),
    "a file added": written("data/notes.parquet", b"PAR1"),
    "a file removed": lambda dataset: table_path(dataset, "models").unlink(),
    "a link in place of a table": replace_by_link,
    "an empty file of checksums": written("SHA256SUMS", b""),
}
WITH_RIGHT_CHECKSUMS: dict[str, Forgery] = {
    "scores only in the database": with_right_checksums(
        in_database("update scores set score = score + 1 where score is not null")
    ),
    "one score only in the database": with_right_checksums(
        in_database("update scores set score = score + 1 where rowid = (select min(rowid) from scores where score > 0)")
    ),
    "ranks only in the database": with_right_checksums(in_database("update leaderboard set rank = rank + 1")),
    "two scores exchanged in Parquet": with_right_checksums(in_parquet("scores", swap_first_scores)),
    "rows removed from Parquet": with_right_checksums(in_parquet("scores", lambda frame: frame.head(frame.height - 5))),
    "a column retyped in Parquet": with_right_checksums(
        in_parquet("leaderboard", lambda frame: frame.with_columns(pl.col("rank").cast(pl.Float64)))
    ),
    "a macro that reads a file": with_right_checksums(
        in_database("create or replace macro top(n := 20) as table select * from read_text('/etc/passwd') limit n")
    ),
    "a macro with another order": with_right_checksums(
        in_database(
            "create or replace macro top(n := 20) as table select * from leaderboard order by rank desc limit n"
        )
    ),
    "a table more in the database": with_right_checksums(
        in_database("create table best as select 'nobody' as model_id")
    ),
    "a view in the database": with_right_checksums(in_database("create view best as select * from leaderboard")),
    "the hash of the rows": with_right_checksums(in_manifest(lambda manifest: manifest.update(content_hash="0" * 64))),
    "a schema of a later version": with_right_checksums(
        in_manifest(lambda manifest: manifest.update(schema_version="99.0.0"))
    ),
    "an edition of the future": with_right_checksums(
        in_manifest(lambda manifest: manifest.update(created_at="2999-01-01T00:00:00+00:00"))
    ),
    "an edition without a date": with_right_checksums(
        in_manifest(lambda manifest: manifest.pop("created_at") and None)
    ),
    "a database that is cut": with_right_checksums(cut_database),
}
OF_ANOTHER_SHAPE: dict[str, Forgery] = {
    "a path outside the dataset": in_manifest(list_path_outside),
    "a manifest that is a list": in_manifest(lambda _: [1, 2]),
    "a manifest with numbers as files": in_manifest(lambda manifest: manifest.update(files=[1, 2])),
    "a manifest with null for its files": in_manifest(lambda manifest: manifest.update(files=None)),
    "a manifest with text for its sources": in_manifest(lambda manifest: manifest.update(sources="all")),
    "a manifest that is no JSON": written("manifest.json", b"{"),
    "a manifest of deep brackets": written("manifest.json", b"[" * 100_000),
}
NOT_COPIED = ("a file added", "a link in place of a table")
"""A pull copies the listed files and follows links, so it gets the honest rows."""
FORGERIES = WITH_WRONG_CHECKSUMS | WITH_RIGHT_CHECKSUMS | OF_ANOTHER_SHAPE
