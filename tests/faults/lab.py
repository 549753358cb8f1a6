"""Nights in the laboratory: a home with a good generation, a spoiled mirror, one run, and what a stranger sees."""

import contextlib
import io
import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from aggregator.model import Source
from aggregator.sources import SAMPLE, registered
from metaboard.app import run
from tests.faults import oracle
from tests.faults.injections import INJECTIONS
from tests.faults.oracle import Seen
from tests.faults.records import Case, Expected
from tests.support.fault_server import Answer, Asked, Piece, whole

SOURCES = {source.id: source for source in registered()}
LONGEST_NIGHT = 120.0
"""Seconds that no night of the sample may take, whatever is served (I5)."""


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what is published after it."""

    code: int
    output: str
    seconds: float
    seen: Seen | None


def spoiled(case: Case, board: str, mirror: Path) -> None:
    """Lay the fault into every file of `board` in a mirror's folder."""
    for resource in SOURCES[board].resources:
        path = mirror / resource.path
        rng = random.Random(f"{case.seed} {case.id} {resource.path}")
        path.write_bytes(INJECTIONS[case.injection](resource, path.read_bytes(), case.argument, rng))


def night(home: Path, mirror: object, *more: str) -> Ended:
    """Refresh `home` from `mirror` by the command line, in this process."""
    written = io.StringIO()
    start = time.monotonic()
    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
        code = run(["refresh", "--direct", "--mirror", str(mirror), "--home", str(home), *more])
    return Ended(code, written.getvalue(), time.monotonic() - start, oracle.look(home))


def copied(home: Path, place: Path) -> Path:
    """Return a copy of a prepared home."""
    return shutil.copytree(home, place, symlinks=True)


def mirrored(place: Path) -> Path:
    """Return a copy of the bundled sample that may be spoiled."""
    return shutil.copytree(SAMPLE, place)


def ledger(home: Path) -> list[dict[str, str]]:
    """Return the events of a home directory."""
    return [json.loads(line) for line in (home / "ledger.jsonl").read_text(encoding="utf-8").splitlines()]


def discard(*places: Path) -> None:
    """Remove what a long sweep no longer needs."""
    for place in places:
        shutil.rmtree(place)


def broken_invariants(ended: Ended, home: Path) -> list[str]:
    """Return what is wrong whatever the fault was: I1 to I5."""
    seen = ended.seen
    if seen is None:
        return ["I1: nothing is published"]
    broken = [f"I1: {problem}" for problem in seen.problems]
    broken += [f"I2: rows of {source} are lost or invented" for source in oracle.unbalanced(seen)]
    kept = [source for source, row in seen.report.items() if row["status"] != "fresh"]
    if ended.code == 0 and kept and seen.generation in ended.output and "nothing changed" not in ended.output:
        broken.append(f"I3: exit 0 though {', '.join(kept)} is not fresh")
    if ended.code not in (0, 3):
        broken.append(f"I3: exit {ended.code}: {ended.output[-300:]}")
    broken += [f"I4: the secret is in {place}" for place in oracle.leaks(home, ended.output)]
    if ended.seconds > LONGEST_NIGHT:
        broken.append(f"I5: {ended.seconds:.0f} s")
    return broken


def came_to(board: str, good: Seen, ended: Ended) -> Expected | None:
    """Return what became of one board, as the published rows, the exit code and the output tell it."""
    seen = ended.seen
    if seen is None or seen.problems:
        return None
    same = seen.scores.get(board) == good.scores.get(board)
    told = f"{board}: kept:" in ended.output
    if told:
        return Expected.KEEP if same and ended.code == 3 else None
    if not seen.scores.get(board):
        return None
    return Expected.QUARANTINE if seen.quarantined[board] > good.quarantined[board] else Expected.ACCEPT


def wrong_ends(cases: Mapping[str, Case], good: Seen, ended: Ended) -> Mapping[str, str]:
    """Return the boards that ended otherwise than the record of their fault says, with how they ended.

    A board without a fault must end as it was.
    """
    published = ended.seen.scores if ended.seen else {}
    wrong = {}
    for board in SOURCES:
        case, now = cases.get(board), published.get(board, Counter())
        if case is None:
            if now != good.scores[board]:
                wrong[board] = "it changed, though nothing was wrong with it"
            continue
        end = came_to(board, good, ended)
        if end not in case.expected:
            wrong[board] = f"{case.id}: {end}, expected {' or '.join(case.expected)}"
        elif not is_true(case.truth, now, good.scores[board]):
            wrong[board] = f"{case.id}: its scores are not {case.truth} of the good ones"
    return wrong


def is_true(truth: str, published: Counter[tuple[object, ...]], good: Counter[tuple[object, ...]]) -> bool:
    return truth == "any" or published == good or (truth == "subset" and published <= good)


def folder(mirror: Path) -> Answer:
    """Return an honest server of a mirror's folder."""

    def answer(asked: Asked, _: int) -> list[Piece]:
        path = mirror / unquote(asked.target).lstrip("/")
        return whole(path.read_bytes()) if path.is_file() else whole(b"no such file", 404)

    return answer


def possible(case: Case) -> list[Source]:
    """Return the boards that can have the fault."""
    return [source for source in SOURCES.values() if not case.boards or source.id in case.boards]
