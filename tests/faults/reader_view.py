"""Read the published data as an independent reader, with pyarrow, hashlib and json only: no code under test."""

import hashlib
import io
import json
import math
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

CANARY = "hf_CANARYxNeverToBeSeenAnywhere000001"
Rows = Counter[tuple[object, ...]]
Scores = dict[str, Rows]
NUMBERS = ("score", "score_normalized", "score_low", "score_high")


@dataclass(frozen=True)
class Published:
    """The contents of the current generation."""

    generation: str
    problems: tuple[str, ...]
    """Differences from the manifest; empty for a complete generation."""
    scores: Scores = field(repr=False, default_factory=dict)
    """The published rows of scores by source."""
    report: dict[str, dict[str, Any]] = field(repr=False, default_factory=dict)
    tables: tuple[str, ...] = ()
    aliases: dict[tuple[str, str], str] = field(repr=False, default_factory=dict)
    quarantined: Counter[str] = field(repr=False, default_factory=Counter)


def read_published(home: Path) -> Published | None:
    """Return the contents of `home/current`, or None without a current generation.

    The tables are read only if all hashes match the manifest.
    """
    current = home / "current"
    if not current.exists():
        return None
    problems = list(_problems(current))
    if problems:
        return Published(current.resolve().name, tuple(problems))
    scores, score_problems = _read_scores((current / "data" / "scores" / "scores.parquet").read_bytes())
    return Published(
        current.resolve().name,
        score_problems,
        scores,
        {row["source"]: row for row in read_table(current, "refresh_report")},
        tuple(sorted(path.name for path in (current / "data").iterdir())),
        {(row["source"], row["raw_name"]): row["model_id"] for row in read_table(current, "aliases")},
        Counter(row["source"] for row in read_table(current, "quarantined")),
    )


@lru_cache(maxsize=32)
def _read_scores(content: bytes) -> tuple[Scores, tuple[str, ...]]:
    """Return the scores of a Parquet file by source, and a sentence for each number that is not finite.

    The result is cached, because most refreshes publish the same bytes.
    """
    table = pq.read_table(io.BytesIO(content))
    found: Scores = {}
    names = [name for name in ("raw_name", "benchmark", *NUMBERS) if name in table.column_names]
    columns = [table.column(name).to_pylist() for name in ("source", *names)]
    problems = []
    for source, *cells in zip(*columns, strict=True):
        values = [_rounded(value) if isinstance(value, float) else value for value in cells]
        if any(isinstance(value, float) and not math.isfinite(value) for value in values):
            problems.append(f"a score is not finite: {source} {cells}")
        found.setdefault(source, Counter())[tuple(values)] += 1
    return found, tuple(problems)


def _rounded(value: float) -> float:
    """Round to nine digits: the last digits depend on the order of a summation."""
    return float(f"{value:.9g}")


def read_table(current: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows of a published table; an empty list if there is no such table."""
    path = current / "data" / table / f"{table}.parquet"
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist() if path.is_file() else []
    return found


def _problems(current: Path) -> list[str]:
    try:
        manifest = json.loads((current / "manifest.json").read_bytes())
        listed = {str(file["path"]): file for file in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError) as cause:
        return [f"no manifest: {cause}"]
    present = {path.relative_to(current).as_posix(): path for path in current.rglob("*") if path.is_file()}
    present.pop("manifest.json", None)
    found = [f"{name} is missing" for name in listed.keys() - present.keys()]
    found += [f"{name} is not listed" for name in present.keys() - listed.keys()]
    for name in listed.keys() & present.keys():
        content = present[name].read_bytes()
        if hashlib.sha256(content).hexdigest() != listed[name]["sha256"]:
            found.append(f"{name} does not have the hash in the manifest")
        elif name.endswith(".parquet") and listed[name].get("rows") != pq.read_metadata(present[name]).num_rows:
            found.append(f"{name} does not have the number of rows in the manifest")
    return found


def find_unbalanced_sources(published: Published) -> list[str]:
    """Return the sources whose rows read are not accepted, quarantined or duplicate (I2)."""
    return [
        source
        for source, row in published.report.items()
        if row["rows_read"] != row["rows_accepted"] + row["rows_quarantined"] + row["rows_duplicate"]
    ]


def find_leaks(home: Path, output: str) -> list[str]:
    """Return the places of the secret (I4): the output, and files with it in their name or contents."""
    secret = CANARY.encode()
    files = [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if CANARY in path.name or (path.is_file() and secret in path.read_bytes())
    ]
    return (["the output"] if CANARY in output else []) + files


@dataclass(frozen=True)
class Dataset:
    """A published dataset: the hash of its rows, and its differences from its own checksums."""

    content_hash: str
    problems: tuple[str, ...]


def read_dataset(folder: Path) -> Dataset | None:
    """Return the dataset in `folder`, checked as `sha256sum -c` would, or None without a folder."""
    if not folder.is_dir():
        return None
    try:
        lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
        listed = {path: digest for digest, path in (line.split("  ", 1) for line in lines)}
        content_hash = str(json.loads((folder / "manifest.json").read_bytes())["content_hash"])
    except (OSError, ValueError, KeyError) as cause:
        return Dataset("", (f"no checksums: {cause}",))
    present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    present.pop("SHA256SUMS")
    problems = [f"{name} is missing" for name in listed.keys() - present.keys()]
    problems += [f"{name} is not listed" for name in present.keys() - listed.keys()]
    for name in listed.keys() & present.keys():
        if hashlib.sha256(present[name].read_bytes()).hexdigest() != listed[name]:
            problems.append(f"{name} does not have its hash")
    return Dataset(content_hash, tuple(problems))
