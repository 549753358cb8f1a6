"""Load and write the shipped baselines of the leaderboards, and give them to the nights that they are for."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import polars as pl

from aggregator.gates.reference import TABLES, Reference, references_of
from aggregator.model import Sha256, Snapshot
from aggregator.pipeline.read import Baseline
from aggregator.pipeline.results import FetchResult

FOLDER = Path(str(files("aggregator.gates"))) / "references"


@cache
def load_references() -> Mapping[str, Reference]:
    """Return the shipped baselines by source."""
    return references_of({name: pl.read_parquet(FOLDER / f"{name}.parquet") for name in TABLES})


def write_references(references: Mapping[str, Reference], folder: Path = FOLDER) -> None:
    """Write one Parquet file per table; the same references give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [reference.to_tables(source) for source, reference in references.items()]
    for name in TABLES:
        table = pl.concat([tables[name] for tables in parts])
        table.write_parquet(folder / f"{name}.parquet", compression="zstd", compression_level=19, statistics=False)


def with_references(baseline: Baseline, fetched: Iterable[FetchResult]) -> Baseline:
    """Return `baseline` with the shipped baselines for the sources without a last good edition.

    There are none on a night that reads the bundled sample: its leaderboards are cut, and tests change single ones.
    """
    digests = {item.source.id: {file.sha256 for file in item.snapshots} for item in fetched if item.snapshots}
    if all(_is_known(source, baseline) for source in digests) or is_of_sample(
        set().union(*digests.values()), baseline.sample
    ):
        return baseline
    return replace(baseline, references=load_references())


def find_reference(source: str, snapshots: Iterable[Snapshot], sample: frozenset[Sha256]) -> Reference | None:
    """Return the shipped baseline of one source, or None when one of these files is of the bundled sample."""
    digests = {snapshot.sha256 for snapshot in snapshots}
    return None if is_of_sample(digests, sample) else load_references().get(source)


def _is_known(source: str, baseline: Baseline) -> bool:
    """Return whether a source has a last good edition that is not of the bundled sample."""
    last = {snapshot.sha256 for snapshot in baseline.snapshots.get(source, ())}
    return bool(last) and not last <= baseline.sample


def is_of_sample(digests: set[Sha256], sample: frozenset[Sha256]) -> bool:
    """Return whether some of these files are of the bundled sample and are no whole files of a leaderboard."""
    whole = frozenset().union(*(reference.whole_files for reference in load_references().values()))
    return not (digests & sample) <= whole
