"""What a stranger sees in a home directory, by pyarrow, hashlib and json alone: nothing of the code under test."""

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
Scores = dict[str, Counter[tuple[object, ...]]]
NUMBERS = ("score", "score_normalized", "score_low", "score_high")


@dataclass(frozen=True)
class Seen:
    """The published directory, read from outside."""

    generation: str
    problems: tuple[str, ...]
    """What is not as the manifest says; nothing where the generation is whole."""
    scores: Scores = field(repr=False, default_factory=dict)
    """By source: every published score with its name."""
    report: dict[str, dict[str, Any]] = field(repr=False, default_factory=dict)
    tables: tuple[str, ...] = ()
    aliases: dict[tuple[str, str], str] = field(repr=False, default_factory=dict)
    quarantined: Counter[str] = field(repr=False, default_factory=Counter)


def look(home: Path) -> Seen | None:
    """Return what `home/current` holds, or None where there is none; hashes first, rows after."""
    current = home / "current"
    if not current.exists():
        return None
    problems = list(_problems(current))
    if problems:
        return Seen(current.resolve().name, tuple(problems))
    scores, odd = _scores((current / "data" / "scores" / "scores.parquet").read_bytes())
    return Seen(
        current.resolve().name,
        odd,
        scores,
        {row["source"]: row for row in rows(current, "refresh_report")},
        tuple(sorted(path.name for path in (current / "data").iterdir())),
        {(row["source"], row["raw_name"]): row["model_id"] for row in rows(current, "aliases")},
        Counter(row["source"] for row in rows(current, "quarantined")),
    )


@lru_cache(maxsize=32)
def _scores(content: bytes) -> tuple[Scores, tuple[str, ...]]:
    """Return the scores of a file by source, and those that are no numbers; most nights publish the same bytes."""
    table = pq.read_table(io.BytesIO(content))
    found: Scores = {}
    names = [name for name in ("raw_name", "benchmark", *NUMBERS) if name in table.column_names]
    columns = [table.column(name).to_pylist() for name in ("source", *names)]
    odd = []
    for source, *told in zip(*columns, strict=True):
        values = [_rounded(value) if isinstance(value, float) else value for value in told]
        if any(isinstance(value, float) and not math.isfinite(value) for value in values):
            odd.append(f"a score is not finite: {source} {told}")
        found.setdefault(source, Counter())[tuple(values)] += 1
    return found, tuple(odd)


def _rounded(value: float) -> float:
    """Leave out what the order of a sum makes of the last digits."""
    return float(f"{value:.9g}")


def rows(current: Path, table: str) -> list[dict[str, Any]]:
    """Return a published table, or nothing where there is no such table."""
    path = current / "data" / table / f"{table}.parquet"
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist() if path.is_file() else []
    return found


def _problems(current: Path) -> list[str]:
    try:
        manifest = json.loads((current / "manifest.json").read_bytes())
        listed = {str(file["path"]): file for file in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError) as cause:
        return [f"no manifest: {cause}"]
    there = {path.relative_to(current).as_posix(): path for path in current.rglob("*") if path.is_file()}
    there.pop("manifest.json", None)
    found = [f"{name} is missing" for name in listed.keys() - there.keys()]
    found += [f"{name} is not listed" for name in there.keys() - listed.keys()]
    for name in listed.keys() & there.keys():
        content = there[name].read_bytes()
        if hashlib.sha256(content).hexdigest() != listed[name]["sha256"]:
            found.append(f"{name} is not what the manifest says")
        elif name.endswith(".parquet") and listed[name].get("rows") != pq.read_metadata(there[name]).num_rows:
            found.append(f"{name} has not the rows that the manifest says")
    return found


def unbalanced(seen: Seen) -> list[str]:
    """Return the sources of which a row is lost or invented (I2)."""
    return [
        source
        for source, row in seen.report.items()
        if row["rows_read"] != row["rows_accepted"] + row["rows_quarantined"] + row["rows_duplicate"]
    ]


def leaks(home: Path, output: str) -> list[str]:
    """Return where the canary shows (I4): in the output, in a file's bytes, in a file's name."""
    secret = CANARY.encode()
    held = [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if CANARY in path.name or (path.is_file() and secret in path.read_bytes())
    ]
    return (["the output"] if CANARY in output else []) + held
