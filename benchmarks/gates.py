"""How many plausible lies the gates catch, and how many honest nights they refuse: `python -m benchmarks.gates`.

Every kind of the catalogue (`benchmarks.spoilers`) spoils the recorded files of every board. What a refresh accepts is
compared with the true rows (`benchmarks.gate_harm`). Then the honest histories are replayed night by night. Seeds are 0,
1, …; the last one is the control: no threshold was chosen by it.
"""

import argparse
import io
import json
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from aggregator.model import Parsed, Source
from aggregator.pipeline.last_good import load_baseline
from aggregator.sources import mteb_results, on_by_default
from aggregator.store.generations import Home
from benchmarks.gate_cases import Judge, Stage
from benchmarks.gate_harm import RANKING, board_order, find_harm
from benchmarks.gate_nights import Replay, replay
from benchmarks.honest_editions import all_histories, recorded_files
from benchmarks.spoiled_board import Board
from benchmarks.spoilers import HARMLESS, Kind, catalogue

RECORDINGS, HISTORIES = Path("../shared/recordings"), Path("../shared/histories")
FETCHED_ON = date(2026, 8, 31)
"""The day on which the last good files were fetched; the recordings are older."""
TASK_STEP = 8
NEXT = "next edition"


@dataclass(frozen=True)
class Case:
    """One spoiled edition and what became of it."""

    kind: str
    family: str
    board: str
    seed: int
    status: str
    """`published`, `held` or `kept`."""
    harm: tuple[str, ...]
    """What is wrong in the accepted rows."""
    would_harm: tuple[str, ...]
    """What is wrong in the spoiled rows, whatever the gates did."""
    gates: tuple[str, ...]
    sentence: str
    seconds: float

    @property
    def is_slip(self) -> bool:
        """Whether a lie was published as fresh and something is wrong in it."""
        return self.family not in HARMLESS and self.status != "kept" and bool(self.harm)

    @property
    def is_next(self) -> bool:
        """Whether the board was spoiled between two honest editions."""
        return self.board.endswith(NEXT)

    @property
    def changes_ranking(self) -> bool:
        """Whether the spoiled rows change a ranking by more than noise."""
        return bool(set(self.would_harm) & RANKING)

    @property
    def is_false_alarm(self) -> bool:
        """Whether a harmless change was refused."""
        return self.family in HARMLESS and self.status == "kept"


def recorded_stage(source: Source, recordings: Path) -> Stage:
    """Return a stage with the recorded files as the last good and as the true edition."""
    files = recorded_files(source, recordings)
    if source.id == mteb_results.ID:
        files = {name: _some_tasks(content) for name, content in files.items()}
    return Stage(source.id, source, files, FETCHED_ON, files, FETCHED_ON + timedelta(days=1))


def stages(recordings: Path, histories: Path, boards: Sequence[str] | None = None) -> Iterator[Stage]:
    """Yield every board with its recorded files, then boards between two honest editions (`NEXT`); or `boards` alone."""
    for source in on_by_default():
        if boards is None or source.id in boards:
            yield recorded_stage(source, recordings)
    if boards is not None and NEXT not in boards:
        return
    for _title, editions in all_histories(recordings, histories if histories.exists() else None):
        last, newest = deque(editions, maxlen=2)
        yield Stage(f"{newest.source.id}, {NEXT}", newest.source, last.files, last.day, newest.files, newest.day)


def _some_tasks(content: bytes) -> bytes:
    """Return the results of MTEB on one task of `TASK_STEP`: the whole file takes seconds for each case."""
    table = pl.read_parquet(io.BytesIO(content))
    tasks = table["task_name"].unique().sort().gather_every(TASK_STEP)
    sink = io.BytesIO()
    table.filter(pl.col("task_name").is_in(tasks.implode())).write_parquet(sink)
    return sink.getvalue()


class Trials:
    """Spoils the true edition of one stage, and judges the result."""

    def __init__(self, stage: Stage, extra: Mapping[str, Any] | None = None) -> None:
        """`extra` are further fields of `Baseline`, such as the abilities of the current generation."""
        self.stage = stage
        self.judge = Judge(stage.source, stage.good, stage.good_day, extra)
        self.truth = self.judge.rows if stage.true == stage.good else self.judge.source.parse(stage.true)
        self.board = Board.read(stage.source, stage.true, board_order(stage.source, self.truth)["raw_name"].to_list())
        self.has_ended = stage.source.frozen_on is not None and stage.day > stage.source.frozen_on

    def run(self, kind: Kind, seed: int, *, first_night: bool = False) -> Case | None:
        """Return the case of one kind, or None when the board has nothing of the kind."""
        if self.has_ended and kind.family == "update":
            return None
        spoiled = kind.spoil(self.board, seed)
        if spoiled is None:
            return None
        night = self.judge.judge(spoiled, self.stage.day, first=first_night)
        accepted = None if night.status == "kept" else night.result.parsed
        return Case(
            kind.name,
            kind.family,
            self.stage.title,
            seed,
            night.status,
            self._harm(accepted),
            # A file that the parser refuses has lost its names.
            ("names",) if self.judge.spoiled is None else self._harm(self.judge.spoiled),
            night.gates,
            night.sentence,
            night.seconds,
        )

    def _harm(self, rows: Parsed | None) -> tuple[str, ...]:
        return () if rows is None else tuple(find_harm(self.stage.source, rows, self.truth))


def run_stage(
    stage: Stage,
    kinds: Sequence[Kind],
    seeds: Iterable[int],
    *,
    first_night: bool = False,
    extra: Mapping[str, Any] | None = None,
) -> Iterator[Case]:
    """Judge every kind on one board."""
    trials = Trials(stage, extra)
    for kind in kinds:
        for seed in seeds:
            if (case := trials.run(kind, seed, first_night=first_night)) is not None:
                yield case


def main() -> None:
    given = _arguments().parse_args()
    families = given.family.split(",") if given.family else {kind.family for kind in catalogue().values()}
    kinds = [kind for kind in catalogue().values() if given.kind in kind.name and kind.family in families]
    seeds = range(given.seeds) if given.seed is None else [given.seed]
    extra = {"abilities": load_baseline(Home(given.home), FETCHED_ON).abilities} if given.home else {}
    cases: list[Case] = []
    nights: list[Replay] = []
    if not given.histories_only:
        for stage in stages(given.recordings, given.histories, given.board.split(",") if given.board else None):
            for case in run_stage(stage, kinds, seeds, first_night=given.first_night, extra=extra):
                cases.append(case)
                if case.is_slip or case.is_false_alarm:
                    _progress(f"{'SLIP' if case.is_slip else 'ALARM'} {describe(case)}")
                if given.json:
                    print(json.dumps(asdict(case)), flush=True)
            done = [case for case in cases if case.board == stage.title]
            _progress(f"{stage.title}: {len(done)} cases, {sum(case.is_slip for case in done)} slips")
    if not (given.board or given.kind or given.family or given.no_histories):
        nights = list(run_histories(given.recordings, given.histories))
    if given.json:
        print("\n".join(json.dumps({"replay": asdict(one)}) for one in nights))
        return
    print(report(cases, nights, control=None if given.seed is not None else given.seeds - 1))


def run_histories(recordings: Path, histories: Path) -> Iterator[Replay]:
    """Replay every honest history: nobody acts, and a person accepts each refused night."""
    for title, editions in all_histories(recordings, histories if histories.exists() else None):
        found = list(editions)
        for accepts in (False, True):
            done = replay(title, found, accepts=accepts)
            _progress(f"{title}: {done.summary}")
            yield done


def describe(case: Case) -> str:
    """Return one line about a case."""
    what = ", ".join(case.harm) or case.status
    return f"{case.board} | {case.kind} | seed {case.seed} | {case.status} | {what} | {case.sentence[:160]}"


def report(cases: Sequence[Case], nights: Sequence[Replay], control: int | None) -> str:
    """Return the tables in Markdown."""
    from benchmarks.field_report import markdown  # noqa: PLC0415 - only the report needs it
    from benchmarks.gate_tables import tables  # noqa: PLC0415 - it imports the cases

    return markdown(tables(cases, nights, control))


def spoken(cases: Iterable[Case]) -> Counter[str]:
    """Return how often each gate spoke."""
    return Counter(gate for case in cases for gate in case.gates)


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--board",
        default="",
        help=f"only these boards, with commas between them; `{NEXT}` for the boards between two editions",
    )
    parser.add_argument("--kind", default="", help="only kinds with this text in their name")
    parser.add_argument("--family", default="", help="only these families of kinds, with commas between them")
    parser.add_argument("--seed", type=int, help="only this seed")
    parser.add_argument("--seeds", type=int, default=3, help="so many seeds; the last one is the control")
    parser.add_argument("--first-night", action="store_true", help="without a last good edition")
    parser.add_argument("--histories-only", action="store_true", help="only replay the honest histories")
    parser.add_argument("--no-histories", action="store_true", help="only the spoiled editions")
    parser.add_argument(
        "--home", type=Path, help="a home of the recordings, for the gate that compares with the ability"
    )
    parser.add_argument("--recordings", type=Path, default=RECORDINGS)
    parser.add_argument("--histories", type=Path, default=HISTORIES)
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each case and history")
    return parser


if __name__ == "__main__":
    main()
