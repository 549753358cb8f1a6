"""The CPU time of the gates of one night, as a share of that of the refresh: `python -m benchmarks.gate_time [RECORDINGS]`.

A temporary home is refreshed twice: from the recordings, then from the same files with their rows in another order, so that
every board has another edition to judge.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from aggregator.gates import gates
from aggregator.gates.candidate import Candidate
from aggregator.gates.verdict import Verdict
from aggregator.sources import on_by_default
from benchmarks.gates import RECORDINGS
from benchmarks.honest_editions import recorded_files
from benchmarks.spoiled_board import Board
from benchmarks.spoilers import catalogue
from flows.refresh import RefreshOptions, refresh
from flows.runners import DirectRunner

REORDERED = "harmless: rows in another order"


def main() -> None:
    """Print the CPU time of the gates, of the refresh, and the share."""
    recordings = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDINGS
    with tempfile.TemporaryDirectory() as folder:
        home, mirror = Path(folder) / "home", Path(folder) / "mirror"
        _refresh(home, recordings.resolve())
        _write_reordered(recordings, mirror)
        judged: list[Candidate] = []
        with patch.object(gates, "run_gates", _recording(gates.run_gates, judged)):
            began = time.process_time()
            _refresh(home, mirror)
            whole = time.process_time() - began
        began = time.process_time()
        for candidate in judged:
            gates.run_gates(replace(candidate))
        spent = time.process_time() - began
    print(f"{len(judged)} boards: gates {spent:.1f} s of {whole:.1f} s of CPU time, {spent / whole:.1%}")


def _refresh(home: Path, mirror: Path) -> None:
    refresh(RefreshOptions(home=home, mirror=str(mirror)), DirectRunner(lambda _: None))


def _write_reordered(recordings: Path, mirror: Path) -> None:
    """Write the files of every board with their rows in another order."""
    kind = catalogue()[REORDERED]
    for source in on_by_default():
        files = recorded_files(source, recordings)
        paths = {resource.name: resource.path for resource in source.resources}
        for name, content in (kind.spoil(Board.read(source, files), 0) or files).items():
            resource, _, file = name.partition("/")
            path = mirror / paths[resource]
            path = path.with_name(file) if file else path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _recording(run: Callable[..., list[Verdict]], judged: list[Candidate]) -> Callable[..., list[Verdict]]:
    """Return `run`, which also keeps its candidates: a refresh judges several boards at once, in threads."""

    def recorded(new: Candidate, names: Iterable[str] | None = None) -> list[Verdict]:
        judged.append(new)
        return run(new, names)

    return recorded


if __name__ == "__main__":
    main()
