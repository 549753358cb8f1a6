"""Test harness: inject a fault into a mirror, run one refresh from it, and check the published data."""

import contextlib
import io
import json
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from aggregator.model import Source
from aggregator.sources import SAMPLE, on_by_default
from metaboard.app import run
from tests.faults import reader_view
from tests.faults.cases import Case, Expected
from tests.faults.injections import ADDING, INJECTIONS
from tests.faults.reader_view import Published, Rows
from tests.support.fault_server import Handler, Piece, RecordedRequest, response
from tests.support.samples import files_of

_FILES = [(source, {resource.path for resource, _ in files_of(source)}) for source in on_by_default()]
SOURCES = {
    source.id: source
    for source, paths in _FILES
    if not any(paths < others for other, others in _FILES if other is not source)
}
"""The sources that are on, without those whose files are all files of another one: a fault there would hit both."""
METABOARD = (sys.executable, "-c", "from metaboard.app import main; main()")
"""The program as the arguments of a child process."""
MAX_REFRESH_SECONDS = 120.0
"""Maximum duration of a refresh of the sample, with any fault (I5)."""


@dataclass(frozen=True)
class RunResult:
    """The exit code and output of a refresh, and the data that are published after it."""

    code: int
    output: str
    seconds: float
    published: Published | None


def inject(case: Case, board: str, mirror: Path) -> None:
    """Inject the fault into every file of `board` in the folder of a mirror; a new name into the newest file of a set."""
    done: set[str] = set()
    for resource, _ in reversed(files_of(SOURCES[board])):
        path, group = mirror / resource.path, resource.name.partition("/")[0]
        if case.injection in ADDING and group in done:
            continue
        rng = random.Random(f"{case.seed} {case.id} {resource.path}")
        content = path.read_bytes()
        changed = INJECTIONS[case.injection](resource, content, case.argument, rng)
        if changed != content:
            done.add(group)
        path.write_bytes(changed)


def run_refresh(home: Path, mirror: object, *more: str) -> RunResult:
    """Refresh `home` from `mirror` with the command line, in this process."""
    start = time.monotonic()
    done = run_command("refresh", "--direct", "--mirror", mirror, "--home", home, *more)
    return RunResult(done.code, done.output, time.monotonic() - start, reader_view.read_published(home))


def switch_off_other_boards(home: Path, boards: Collection[str]) -> None:
    """Write the settings of a home directory that reads only `boards`."""
    off = [source.id for source in on_by_default() if source.id not in boards]
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text(f"[boards]\noff = {json.dumps(off)}\n", encoding="utf-8")


@dataclass(frozen=True)
class CommandResult:
    """The exit code of a command, and what it printed."""

    code: int
    output: str


def run_command(*arguments: object) -> CommandResult:
    """Run `metaboard` in this process."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
        code = run([str(one) for one in arguments])
    return CommandResult(code, written.getvalue())


def copy_home(home: Path, target: Path) -> Path:
    """Copy a home directory with its links and return the copy."""
    return shutil.copytree(home, target, symlinks=True)


def copy_sample(target: Path) -> Path:
    """Copy the bundled sample and return the copy."""
    return shutil.copytree(SAMPLE, target)


def link_files(folder: Path, target: Path) -> Path:
    """Make `target` a copy of a folder whose files are symbolic links, and return it."""
    return shutil.copytree(folder, target, copy_function=lambda source, path: Path(path).symlink_to(source))


def read_ledger(home: Path) -> list[dict[str, str]]:
    """Return the events of the ledger of a home directory."""
    return [json.loads(line) for line in (home / "ledger.jsonl").read_text(encoding="utf-8").splitlines()]


def read_decisions(home: Path) -> list[dict[str, Any]]:
    """Return the events of the log of refused and accepted editions."""
    log = home / "snapshots" / "decisions.jsonl"
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def is_whole_home(home: Path) -> bool:
    """Return whether a complete generation is current."""
    published = reader_view.read_published(home)
    return published is not None and not published.problems


def remove_folders(*folders: Path) -> None:
    """Remove folders, because a test with many refreshes would fill the disk."""
    for folder in folders:
        shutil.rmtree(folder)


def find_broken_invariants(result: RunResult, home: Path) -> list[str]:
    """Return the violations of the invariants I1 to I5, which are true after every fault."""
    published = result.published
    if published is None:
        return ["I1: nothing is published"]
    broken = [f"I1: {problem}" for problem in published.problems]
    broken += [f"I2: the row counts of {source} differ" for source in reader_view.find_unbalanced_sources(published)]
    kept = [source for source, row in published.report.items() if row["status"] != "fresh"]
    if result.code == 0 and kept and published.generation in result.output and "nothing changed" not in result.output:
        broken.append(f"I3: exit code 0, although {', '.join(kept)} is not fresh")
    if result.code not in (0, 3):
        broken.append(f"I3: exit code {result.code}: {result.output[-300:]}")
    broken += [f"I4: the secret is in {place}" for place in reader_view.find_leaks(home, result.output)]
    if result.seconds > MAX_REFRESH_SECONDS:
        broken.append(f"I5: {result.seconds:.0f} s")
    return broken


def result_of_board(board: str, good: Published, result: RunResult) -> Expected | None:
    """Return the result for one board; None when published rows, exit code and output contradict each other."""
    published = result.published
    if published is None or published.problems:
        return None
    if f"{board}: kept:" in result.output:
        is_kept = published.scores.get(board) == good.scores.get(board)
        return Expected.KEEP if is_kept and result.code == 3 else None
    if not published.scores.get(board):
        return None
    if published.quarantined[board] > good.quarantined[board]:
        return Expected.QUARANTINE
    is_held = published.report[board]["gates"] and published.scores[board] == good.scores[board]
    return Expected.HOLD if is_held else Expected.ACCEPT


def is_intact(published: Published | None, good: Published) -> bool:
    """Return whether a complete generation with the good scores is published."""
    return published is not None and not published.problems and published.scores == good.scores


def has_recovered(result: RunResult, good: Published) -> bool:
    """Return whether a refresh without faults succeeded and published the good scores."""
    return result.code == 0 and is_intact(result.published, good)


def find_wrong_results(cases: Mapping[str, Case], good: Published, result: RunResult) -> Mapping[str, str]:
    """Return the unexpected results by board. A board without a fault must not change."""
    problems = {board: _wrong_result(board, cases.get(board), good, result) for board in SOURCES}
    return {board: problem for board, problem in problems.items() if problem}


def _wrong_result(board: str, case: Case | None, good: Published, result: RunResult) -> str | None:
    scores = result.published.scores.get(board, Counter()) if result.published else Counter()
    if case is None:
        return None if scores == good.scores[board] else "the board changed, although it had no fault"
    found, expected = result_of_board(board, good, result), expected_at(case, board)
    if found not in expected:
        return f"{case.id}: {found}, expected {' or '.join(expected)}"
    if not has_allowed_scores(case, scores, good.scores[board]):
        return f"{case.id}: the scores are not {case.allowed_scores} of the good scores"
    return None


def expected_at(case: Case, board: str) -> tuple[Expected, ...]:
    """Return the allowed results at a board: a board that has ended does not change any more."""
    if SOURCES[board].frozen_on is None or case.allowed_scores == "same":
        # What is not needed for a rank can be held or noted while the rest is used.
        return (*case.expected, Expected.HOLD) if Expected.ACCEPT in case.expected else case.expected
    return (Expected.KEEP, Expected.QUARANTINE, Expected.HOLD)


def has_allowed_scores(case: Case, published: Rows, good: Rows) -> bool:
    """Return whether the published scores have the relation to the good scores that the case allows."""
    if case.allowed_scores == "subset":
        return published <= good
    return case.allowed_scores == "any" or published == good


def read_requested_file(mirror: Path, request: RecordedRequest) -> bytes:
    """Return the file of a mirror that `request` asks for, or a page of links for a folder; raises `FileNotFoundError`."""
    path = mirror / unquote(request.target).lstrip("/")
    if path.is_dir():
        links = "".join(f'<a href="{quote(entry.name)}">{entry.name}</a>' for entry in sorted(path.iterdir()))
        return f"<html><body>{links}</body></html>".encode()
    return path.read_bytes()


def answer_from_folder(mirror: Path) -> Handler:
    """Return a handler that serves the files of a folder without faults."""

    def answer(request: RecordedRequest, _: int) -> list[Piece]:
        try:
            return response(read_requested_file(mirror, request))
        except FileNotFoundError:
            return response(b"no such file", 404)

    return answer


def boards_of(case: Case) -> list[Source]:
    """Return the boards that can have the fault of `case`."""
    return [
        source
        for source in SOURCES.values()
        if (not case.boards or source.id in case.boards) and source.id not in case.not_at
    ]
