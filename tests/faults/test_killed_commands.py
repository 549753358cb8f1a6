"""Commands besides `refresh` that are killed: the home stays whole, and the same command then ends well."""

import random
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.faults import harness, preloaded, reader_view
from tests.faults.cases import SEED
from tests.faults.conftest import ALL, Workspace
from tests.faults.injections import lose_rows
from tests.faults.reliability_report import Result

KILLS = 12 if ALL else 2
Arguments = Callable[[Path], tuple[object, ...]]


def accept_held_edition(home: Path) -> tuple[object, ...]:
    """Return the command that accepts the edition that the last refresh kept back."""
    refusals = [line for line in harness.read_decisions(home) if line["event"] == "refused"]
    last = refusals[-1]
    reason = "The board withdrew these models."
    return ("accept-edition", last["source"], "--sha256", last["sha256"], "--reason", reason, "--home", home)


COMMANDS: dict[str, Arguments] = {
    "backfill": lambda home: ("backfill", "--again", "--home", home),
    "calibrate": lambda home: ("calibrate", "--name", "2026-11", "--draws", "40", "--home", home),
    "review": lambda home: (
        *("review", "postpone", "gpt-4-0613", "--reason", "No source gives the date."),
        *("--aliases", home / "reviews.toml", "--home", home),
    ),
    "prune": lambda home: ("prune", "--home", home),
    "accept-edition": accept_held_edition,
}


@pytest.mark.enable_socket
@pytest.mark.slow_faults
@pytest.mark.parametrize("name", COMMANDS)
def test_a_killed_command_leaves_the_home_whole_and_ends_well_when_it_is_repeated(name: str, small: Workspace) -> None:
    home, mirror = small.home, harness.copy_sample(small.folder / "mirror")
    keep_one_edition_back(home, mirror)
    arguments = COMMANDS[name](home)
    before = harness.copy_home(home, small.folder / "before")
    measured = harness.copy_home(home, small.folder / "measured")
    seconds = preloaded.seconds_of(*COMMANDS[name](measured))

    def begin(_: int) -> ForkServerProcess:
        harness.remove_folders(home)
        harness.copy_home(before, home)
        return preloaded.start(*arguments)

    counts = preloaded.kill_at_random_times(
        KILLS, seconds, random.Random(f"{SEED} {name}"), begin, lambda: harness.is_whole_home(home)
    )
    again = harness.run_command(*arguments)
    # The accepted edition is the standard from then on.
    clean = harness.run_refresh(home, mirror if name == "accept-edition" else SAMPLE)
    survived = (
        counts.broken == 0
        and again.code == 0
        and clean.code == 0
        and clean.published is not None
        and not clean.published.problems
        and not list((home / "build").glob("*"))
    )
    small.record(Result(f"44 {KILLS} kills of {name}", "E", 44, "all", survived, figures=counts.figures))
    assert survived, (counts, again, clean.output)


def keep_one_edition_back(home: Path, mirror: Path) -> None:
    """Refresh from a mirror without a third of one board, so that there is a refused edition and more than one snapshot."""
    resource = harness.SOURCES["mteb_eng_v2"].resources[0]
    path = mirror / resource.path
    path.write_bytes(lose_rows(resource, path.read_bytes(), 0.3, random.Random(SEED)))
    result = harness.run_refresh(home, mirror)
    assert result.code == 3, result.output
    assert reader_view.read_published(home) is not None
