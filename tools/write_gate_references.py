"""Write the shipped baselines of the leaderboards: `python -m tools.write_gate_references MIRROR`.

`MIRROR` is a mirror as for `metaboard refresh --mirror`, with the recorded editions. Leaderboards without files there
have no baseline. The same input gives the same bytes.
"""

import argparse
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from aggregator.errors import NotFound
from aggregator.fetch.mirror import FolderFetcher
from aggregator.gates.impossible import find_impossible_scores
from aggregator.gates.quarantine import quarantine_names
from aggregator.gates.reference import Reference, make_reference
from aggregator.model import Parsed, Source
from aggregator.pipeline.parse import parse_files
from aggregator.pipeline.references import FOLDER, write_references
from aggregator.sources import BUILT_IN, SAMPLE
from aggregator.store.files import sha256_hex


def main() -> int:
    """Write all tables and print their sizes."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("mirror", type=Path, help="the mirror")
    arguments.add_argument("--to", dest="folder", type=Path, default=FOLDER, help="the folder of the tables")
    given = arguments.parse_args()
    write_references(recorded_references(given.mirror), given.folder)
    files = sorted(given.folder.glob("*.parquet"))
    for file in files:
        print(f"{file.stat().st_size:>9,}  {file.name}")
    print(f"{sum(file.stat().st_size for file in files):>9,}  total")
    return 0


def recorded_references(mirror: Path) -> dict[str, Reference]:
    """Return the reference of each leaderboard in the mirror.

    The day of a leaderboard without a date is the newest day of the others: the mirror was recorded then, or later.
    """
    found = {source.id: (source, parsed) for source in BUILT_IN if (parsed := read_recorded(source, mirror))}
    references = {name: _reference(*one, mirror) for name, one in found.items()}
    newest = max(reference.day for reference in references.values())
    return {name: replace(one, day=newest) if one.day == date.min else one for name, one in references.items()}


def _reference(source: Source, parsed: Parsed, mirror: Path) -> Reference:
    sample = read_recorded(source, SAMPLE)
    if sample is None:
        return make_reference(source, parsed, date.min)
    reference = make_reference(source, parsed, date.min, frozenset(sample.scores["raw_name"]))
    digests = [{sha256_hex(content) for content in read_files(source, folder).values()} for folder in (SAMPLE, mirror)]
    return replace(reference, whole_files=frozenset(digests[0] & digests[1]))


def read_files(source: Source, mirror: Path) -> dict[str, bytes]:
    """Return the bytes of every file by the name of its snapshot; raises `NotFound`."""
    fetcher = FolderFetcher(mirror)
    return {
        snapshot.resource: snapshot.content
        for resource in source.resources
        for snapshot in fetcher.fetch(source.id, resource)
    }


def read_recorded(source: Source, mirror: Path) -> Parsed | None:
    """Return the rows of one leaderboard as a refresh reads them; None when the mirror does not have its files."""
    try:
        files = read_files(source, mirror)
    except NotFound:
        return None
    parsed = parse_files(source, files)
    impossible = find_impossible_scores(parsed)
    return quarantine_names(parsed, impossible) if impossible.height else parsed


if __name__ == "__main__":
    sys.exit(main())
