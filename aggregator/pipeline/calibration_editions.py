"""Editions of the calibrations: their names, what each one changed, and how far each model moved."""

import json
import re
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import polars as pl
from scipy.stats import kendalltau

from aggregator import schema
from aggregator.errors import StorageError, UsageError
from aggregator.model import Track
from aggregator.ranking import Calibration, link_shifts, standings

EDITIONS = "editions.json"
MOVES = "moves.parquet"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")

CALIBRATION_MOVES: dict[str, pl.DataType] = {
    "track": pl.String(),
    "model_id": pl.String(),
    "edition": pl.String(),
    "rank_before": pl.Int64(),
    "rank_after": pl.Int64(),
    "ability_before": pl.Float64(),
    "ability_after": pl.Float64(),
    "moved": pl.Float64(),
}

Edition = dict[str, Any]
"""One entry of the file: `name, dated, kind` (`fit` or `addition`), `follows` and `tracks`."""


def read_editions(folder: Path) -> list[Edition]:
    """Return the editions of a folder of calibrations, oldest first; raises `StorageError` for a damaged file."""
    path = folder / EDITIONS
    if not path.is_file():
        return []
    try:
        editions: list[Edition] = json.loads(path.read_text(encoding="utf-8"))["editions"]
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise StorageError(
            f"{path} cannot be read: {cause}", hint="Remove it; the calibrations do not need it."
        ) from cause
    return editions


def write_editions(folder: Path, editions: Sequence[Edition]) -> None:
    """Write the editions of a folder of calibrations."""
    text = json.dumps({"editions": list(editions)}, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / EDITIONS).write_text(text + "\n", encoding="utf-8")


def read_moves(folder: Path) -> pl.DataFrame:
    """Return the moves of the last fit (`CALIBRATION_MOVES`); an empty frame when no fit replaced another one."""
    path = folder / MOVES
    return schema.frame(CALIBRATION_MOVES, pl.read_parquet(path, glob=False) if path.is_file() else None)


def choose_name(editions: Sequence[Edition], name: str | None, dated: str) -> str:
    """Return the name of a new edition: the given one, else the date of the scores and a counter.

    Raises `UsageError` when an edition has the given name, or when it cannot be a name.
    """
    taken = {str(edition["name"]) for edition in editions}
    if name is None:
        return next(f"{dated}-{n}" for n in range(1, len(taken) + 2) if f"{dated}-{n}" not in taken)
    if name in taken:
        raise UsageError(f"there is a calibration {name} already", hint="`metaboard calibrate --list` lists all names.")
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of a calibration",
            hint="A name has up to 40 letters, digits, dots, hyphens and underscores, such as 2026-12.",
        )
    return name


def model_moves(
    track: Track, edition: str, scores: pl.DataFrame, before: Calibration | None, after: Calibration
) -> pl.DataFrame:
    """Return `CALIBRATION_MOVES` of the models that either calibration measures, largest move first.

    `scores` are those of the ranked models of one track. The earlier scale is linked to them, as a refresh links it.
    """
    if before is None:
        return pl.DataFrame(schema=CALIBRATION_MOVES)
    try:
        earlier = standings(scores, before.relinked(link_shifts(scores, before)))
    except UsageError:
        # The earlier calibration has none of these benchmarks.
        return pl.DataFrame(schema=CALIBRATION_MOVES)
    columns = ("rank", "ability")
    left = earlier.select("model_id", *(pl.col(name).alias(f"{name}_before") for name in columns))
    right = standings(scores, after).select("model_id", *(pl.col(name).alias(f"{name}_after") for name in columns))
    both = left.join(right, on="model_id", how="full", coalesce=True).with_columns(
        moved=pl.col("ability_after") - pl.col("ability_before"),
        track=pl.lit(track.value),
        edition=pl.lit(edition),
    )
    order = [pl.col("moved").abs(), pl.col("model_id")]
    return schema.frame(CALIBRATION_MOVES, both.sort(order, descending=[True, False], nulls_last=True))


def describe_moves(moves: pl.DataFrame) -> dict[str, float | int | None]:
    """Return the moves of one track in a few numbers.

    `shift` is the median move: it is that of the scale, whose cohort has other models. `median` and `largest` are the
    sizes of the moves around it.
    """
    known = moves.drop_nulls("moved")
    shift = known["moved"].median() if known.height else 0.0
    size = (known["moved"] - shift).abs()
    ranks = known.select("rank_before", "rank_after").drop_nulls()
    tau = float(kendalltau(ranks["rank_before"].to_numpy(), ranks["rank_after"].to_numpy()).statistic)
    return {
        "n_models": known.height,
        "n_added": moves["ability_before"].null_count(),
        "n_removed": moves["ability_after"].null_count(),
        "shift": _rounded(shift),
        "median": _rounded(size.median()),
        "largest": _rounded(size.max()),
        "kendall": round(tau, 4) if isfinite(tau) else None,
    }


def _rounded(value: Any) -> float | None:  # noqa: ANN401 - an aggregate of polars has any type
    return None if value is None else round(float(value), 2)


def describe_change(before: Calibration | None, after: Calibration) -> dict[str, Any]:
    """Return what an edition has, and what it adds to the one before and removes from it."""
    earlier = set(before.benchmarks) if before else set()
    now = set(after.benchmarks)
    return {
        "n_models": after.n_models,
        "n_cohort": len(after.cohort),
        "n_draws": len(after.draws),
        "n_benchmarks": len(now),
        "data_hash": after.data_hash,
        "boards_added": sorted(_boards(now) - _boards(earlier)),
        "boards_removed": sorted(_boards(earlier) - _boards(now)),
        "benchmarks_added": sorted(now - earlier) if before else [],
        "benchmarks_removed": sorted(earlier - now),
        "lowered": {
            name: round(float(weight), 3)
            for name, weight in zip(after.benchmarks, after.weight_of, strict=True)
            if weight < 1
        },
    }


def _boards(benchmarks: set[str]) -> set[str]:
    return {name.split("/", 1)[0] for name in benchmarks}


def edition(name: str, dated: str, kind: str, follows: str, tracks: Mapping[Track, Mapping[str, Any]]) -> Edition:
    """Return the entry of one edition."""
    return {
        "name": name,
        "dated": dated,
        "kind": kind,
        "follows": follows or None,
        "tracks": {track.value: dict(found) for track, found in tracks.items()},
    }
