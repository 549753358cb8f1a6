"""For every gate, an edition that this gate alone stops: without the gate, it would be published. Data, and their search.

`python -m tests.faults.only_gate FOLDER` searches the catalogue of lies in a mirror folder and prints candidates. A gate of
`OVERLAPPING` has no such edition there: others stop the same lies, and the gate adds its sentence or is a second line.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import polars as pl

from aggregator.errors import SourceError
from aggregator.gates.candidate import Candidate
from aggregator.gates.gates import run_gates
from aggregator.gates.impossible import find_impossible_scores
from aggregator.gates.quarantine import quarantine_names
from aggregator.gates.statistics import compute_statistics
from aggregator.gates.verdict import Action
from aggregator.model import Parsed, Source
from aggregator.pipeline.references import load_references
from aggregator.sources import SAMPLE, on_by_default
from benchmarks.gate_harm import board_order
from benchmarks.spoiled_board import Board
from benchmarks.spoilers import catalogue
from tests.support import samples

BOARDS = {source.id: source for source in on_by_default()}


@dataclass(frozen=True)
class OnlyGate:
    """An edition that one gate stops."""

    board: str
    kind: str
    """A kind of `benchmarks.spoilers`, or of `OTHER_KINDS`."""
    seed: int = 0
    is_recorded: bool = False
    """Whether the edition is made from the recordings; the bundled sample otherwise."""
    is_first_night: bool = False
    """Whether there is no last good edition. For the recordings the shipped baseline is the standard."""


ONLY_GATE: dict[str, OnlyGate] = {
    "floor": OnlyGate("aider_polyglot", "only one model", is_first_night=True),
    "growth": OnlyGate("aider_polyglot", "three times the models"),
    "future": OnlyGate("aider_polyglot", "dates: +2000 days", is_first_night=True),
    "backward": OnlyGate("arena_text_style_control", "dates: -30 to -400 days", seed=3),
    "drop": OnlyGate("arena_text_style_control", "benchmark: a third of its scores lost"),
    "benchmark_lost": OnlyGate("arena_text_style_control", "benchmark: one renamed"),
    "nulls": OnlyGate("open_llm_v1", "harmless: a decorative column is missing"),
    "shuffle": OnlyGate("aider_polyglot", "permuted: the scores of 2 of the best 20 models"),
    "moved": OnlyGate("arena_text_style_control", "shifted: a benchmark +0.5 to +1 deviations"),
    "tail": OnlyGate("arena_text_style_control", "rounded: a benchmark to a tenth of its range"),
    "names": OnlyGate("arena_text_style_control", "lost: the worst 9 %"),
    "top": OnlyGate("arena_text_style_control", "lost: the best 4 %"),
    "facts": OnlyGate("open_llm_v2", "flags: one inverted"),
    "board_ranks": OnlyGate("mteb_eng_v2", "ranks: x10"),
    "ended": OnlyGate("open_llm_v2", "flags: one false for all"),
    "past_editions": OnlyGate("arena_text_style_control", "names: null in 1 of 10 rows"),
    "baseline_facts": OnlyGate("evalplus", "flags: one inverted", is_recorded=True, is_first_night=True),
    "baseline_names": OnlyGate("aider_polyglot", "names: all in upper case", is_recorded=True, is_first_night=True),
    "baseline_scores": OnlyGate(
        "evalplus", "benchmark: a third of its scores lost", is_recorded=True, is_first_night=True
    ),
    "baseline_past": OnlyGate(
        "livebench", "history: 2 % of past scores with a flipped bit", is_recorded=True, is_first_night=True
    ),
}
"""The edition of each gate."""

OVERLAPPING: dict[str, OnlyGate] = {
    "order": OnlyGate("evalplus", "reversed: a benchmark upside down"),
    "unit": OnlyGate("zeroeval", "scaled: a benchmark x0.6 to x0.9"),
    "exchange": OnlyGate("evalplus", "exchange: two benchmarks of one range"),
    "spread": OnlyGate("arena_text_style_control", "group: closed models -50 points or 0.5 deviations"),
    "groups": OnlyGate("arena_text_style_control", "group: one organisation +60 points or 0.6 deviations"),
    "correlation": OnlyGate("mteb_eng_v2", "names: the best 20 unknown"),
    "redated": OnlyGate("arena_text_style_control", "dates: +1 day"),
    "full_table": OnlyGate("livebench", "only one model", is_first_night=True),
}
"""An edition that the gate stops together with others. No lie of the catalogue is stopped by it alone: `moved` sees single
scores, and so most of what the first five see in a whole benchmark or a group; these name the cause. `tests/gates/` has the
editions at their thresholds."""

WITH_OTHER_EDITIONS = {
    "agreement": "tests/gates/test_agreement.py",
    "new_edition": "tests/gates/test_new_editions.py",
}
"""Gates that need the abilities of a generation, or an edition with other items, and their tests."""


def first_model(parsed: Parsed) -> Parsed:
    """Return the rows of one model."""
    one = pl.col("raw_name") == parsed.scores["raw_name"][0]
    return replace(parsed, entries=parsed.entries.filter(one), scores=parsed.scores.filter(one))


def three_times_the_models(parsed: Parsed) -> Parsed:
    """Return the rows with two copies of each model under new names."""

    def with_copies(frame: pl.DataFrame) -> pl.DataFrame:
        copies = (frame.with_columns(pl.col("raw_name") + f" copy {number}") for number in (1, 2))
        return pl.concat([frame, *copies])

    return replace(parsed, entries=with_copies(parsed.entries), scores=with_copies(parsed.scores))


OTHER_KINDS: dict[str, Callable[[Parsed], Parsed]] = {
    "only one model": first_model,
    "three times the models": three_times_the_models,
}


@cache
def honest(source: Source, folder: Path) -> tuple[Board, Parsed]:
    """Return the files of a leaderboard and their rows."""
    files = samples.files(source, folder)
    truth = read(source, files)
    return Board.read(source, files, board_order(source, truth)["raw_name"].to_list()), truth


def read(source: Source, files: Mapping[str, bytes]) -> Parsed:
    """Parse files as a refresh does; raises `SourceError`."""
    parsed = source.parse(files)
    impossible = find_impossible_scores(parsed)
    return quarantine_names(parsed, impossible) if impossible.height else parsed


def stopping_gates(one: OnlyGate, folder: Path, today: date | None = None) -> frozenset[str]:
    """Return the gates that keep or hold the edition back; empty when the board has nothing of the kind.

    Raises `SourceError` when the parser refuses it.
    """
    source = BOARDS[one.board]
    board, truth = honest(source, folder)
    if one.kind in OTHER_KINDS:
        now = OTHER_KINDS[one.kind](truth)
    else:
        files = catalogue()[one.kind].spoil(board, one.seed)
        if files is None:
            return frozenset()
        now = read(source, files)
    today = today or datetime.now(UTC).date()
    if one.is_first_night:
        reference = load_references().get(source.id) if one.is_recorded else None
        candidate = Candidate(source, now, compute_statistics(now), today, reference=reference)
    else:
        candidate = Candidate(
            source, now, compute_statistics(now), today, truth, (compute_statistics(truth),), last_retrieved_on=today
        )
    return frozenset(verdict.gate for verdict in run_gates(candidate) if verdict.action is not Action.NOTE)


def search(folder: Path, *, is_first_night: bool = False, seeds: int = 1) -> Iterator[tuple[frozenset[str], OnlyGate]]:
    """Yield every lie of the catalogue with the gates that stop it."""
    for board in BOARDS:
        for kind in catalogue().values():
            for seed in range(seeds):
                one = OnlyGate(board, kind.name, seed, folder != SAMPLE, is_first_night)
                try:
                    yield stopping_gates(one, folder), one
                except SourceError:
                    continue


def main(folder: Path) -> None:
    """Print one edition for each gate, and for the others the sets in which they stop one."""
    alone: dict[str, OnlyGate] = {}
    together: dict[str, set[frozenset[str]]] = defaultdict(set)
    # The bundled sample is no first night of a real board.
    for first in (False, True) if folder != SAMPLE else (False,):
        for gates, one in search(folder, is_first_night=first):
            if len(gates) == 1 and not gates <= alone.keys():
                alone |= dict.fromkeys(gates, one)
                sys.stdout.write(f'    "{next(iter(gates))}": {one},\n')
                sys.stdout.flush()
            for gate in gates:
                together[gate].add(gates)
    for gate, sets in sorted(together.items()):
        if gate not in alone:
            sys.stdout.write(f"{gate} stops nothing alone: {sorted(map(sorted, sets), key=len)[:3]}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE)
