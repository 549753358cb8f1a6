"""Publications that are killed, and publications of an older and a newer home at the same time."""

import os
import random
import shutil
import signal
import subprocess
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from aggregator.store.files import KILL_AT
from tests.conftest import REPOSITORY
from tests.faults import harness, preloaded, reader_view
from tests.faults.cases import SEED
from tests.faults.conftest import ALL, Recorder
from tests.faults.harness import METABOARD
from tests.faults.preloaded import TIMEOUT_SECONDS
from tests.faults.reliability_report import Result

KILLS = 40 if ALL else 4
RACES = 20 if ALL else 3
PUBLISH_STEPS = ("place",)
"""The named steps of a publication (`METABOARD_KILL_AT`)."""


def hash_of(dataset: Path) -> str:
    """Return the hash of the rows of a dataset, which must be whole."""
    found = reader_view.read_dataset(dataset)
    assert found is not None
    assert found.problems == ()
    return found.content_hash


def is_whole(target: Path, *hashes: str) -> bool:
    """Return whether `target` is a whole dataset of one of these hashes."""
    found = reader_view.read_dataset(target)
    return found is not None and found.problems == () and found.content_hash in hashes


def leftovers(target: Path) -> list[str]:
    """Return what publications left beside `target`; a lock file may stay."""
    others = (path.name for path in target.parent.iterdir() if path != target)
    return [name for name in others if not name.endswith(".lock")]


@pytest.mark.enable_socket
def test_publications_killed_at_random_times_leave_the_older_or_the_newer_edition(
    newer_home: Path, datasets: tuple[Path, Path], tmp_path: Path, record_result: Recorder
) -> None:
    older, newer = map(hash_of, datasets)
    target = tmp_path / "place" / "dataset"
    arguments = ("publish", "--to", target, "--home", newer_home)

    def begin(_: int) -> ForkServerProcess:
        if not is_whole(target, older):
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(datasets[0], target)
        return preloaded.start(*arguments)

    seconds = preloaded.seconds_of("publish", "--to", tmp_path / "measured" / "dataset", "--home", newer_home)
    counts = preloaded.kill_at_random_times(
        KILLS, seconds, random.Random(SEED), begin, lambda: is_whole(target, older, newer)
    )
    clean = harness.run_command(*arguments)
    survived = counts.broken == 0 and clean.code == 0 and is_whole(target, newer) and counts.killed > KILLS // 4
    tidy = leftovers(target) == []
    record_result(Result(f"41 {KILLS} publications killed", "E", 41, "all", survived and tidy, figures=counts.figures))
    assert survived, (counts, clean.output)
    assert tidy, leftovers(target)


@pytest.mark.slow_faults
@pytest.mark.parametrize("step", PUBLISH_STEPS)
def test_a_publication_killed_at_a_named_step_leaves_the_older_edition(
    step: str, newer_home: Path, datasets: tuple[Path, Path], tmp_path: Path, record_result: Recorder
) -> None:
    target = shutil.copytree(datasets[0], tmp_path / "place" / "dataset")
    arguments = ("publish", "--to", str(target), "--home", str(newer_home))
    killed = subprocess.run(  # noqa: S603 - runs this program
        [*METABOARD, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, KILL_AT: step},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    intact = is_whole(target, hash_of(datasets[0]))
    clean = harness.run_command(*arguments)
    recovered = clean.code == 0 and is_whole(target, hash_of(datasets[1])) and leftovers(target) == []
    survived = killed.returncode == -signal.SIGKILL and intact and recovered
    record_result(Result("41 a publication killed at a named step", "E", 41, step, survived))
    assert survived, (killed.stdout, killed.stderr, clean.output, leftovers(target))


@pytest.mark.enable_socket
def test_of_two_publications_at_once_the_newer_edition_stays_and_the_older_one_says_so(
    small_home: Path, newer_home: Path, datasets: tuple[Path, Path], tmp_path: Path, record_result: Recorder
) -> None:
    rng, newer = random.Random(SEED), hash_of(datasets[1])
    won, refused, problems = 0, 0, list[str]()
    preloaded.warm_up()
    for number in range(RACES):
        target = tmp_path / str(number) / "dataset"
        if number % 2:
            shutil.copytree(datasets[0], target)
        started = {}
        # Both orders of the starts, and a shorter run of the older home, must end the same way.
        for name, home in rng.sample((("older", small_home), ("newer", newer_home)), 2):
            withheld = ("--withhold", "evalplus") if name == "older" and number % 4 >= 2 else ()
            arguments = ("publish", "--to", target, "--home", home, *withheld)
            started[name] = preloaded.start(*arguments, output=tmp_path / f"{number}-{name}.txt")
        for process in started.values():
            process.join(TIMEOUT_SECONDS)
        outputs = {name: (tmp_path / f"{number}-{name}.txt").read_text(encoding="utf-8") for name in started}
        codes = {name: process.exitcode for name, process in started.items()}
        won += is_whole(target, newer)
        refused += codes["older"] not in (0, None)
        if (
            not is_whole(target, newer)
            or codes["newer"] != 0
            or "Traceback" in "".join(outputs.values())
            or (codes["older"] != 0 and not outputs["older"].strip())
        ):
            problems.append(f"race {number}: {codes} {outputs}")
        shutil.rmtree(target.parent)
    figures = {"newer edition stays": float(won), "older edition refused": float(refused)}
    record_result(Result(f"42 {RACES} publish races", "E", 42, "all", not problems, figures=figures))
    assert not problems, problems[:3]


def test_an_older_home_never_replaces_a_newer_edition(
    small_home: Path, datasets: tuple[Path, Path], tmp_path: Path, record_result: Recorder
) -> None:
    target = shutil.copytree(datasets[1], tmp_path / "dataset")
    result = harness.run_command("publish", "--to", target, "--home", small_home)
    survived = result.code == 1 and is_whole(target, hash_of(datasets[1])) and "Traceback" not in result.output
    record_result(Result("42 an older home publishes", "E", 42, "all", survived))
    assert survived, result.output


@pytest.mark.enable_socket
def test_pulls_killed_at_random_times_leave_a_whole_generation(
    datasets: tuple[Path, Path], tmp_path: Path, record_result: Recorder
) -> None:
    place, home = tmp_path / "place", tmp_path / "home"
    shutil.copytree(datasets[0], place)
    pull = ("pull", "--from", place, "--home", home)
    assert harness.run_command(*pull).code == 0
    shutil.rmtree(place)
    shutil.copytree(datasets[1], place)
    before = harness.copy_home(home, tmp_path / "before")

    def begin(_: int) -> ForkServerProcess:
        shutil.rmtree(home)
        harness.copy_home(before, home)
        return preloaded.start(*pull)

    def is_complete() -> bool:
        published = reader_view.read_published(home)
        return published is not None and not published.problems

    count = KILLS // 2
    seconds = preloaded.seconds_of("pull", "--from", place, "--home", tmp_path / "measured")
    counts = preloaded.kill_at_random_times(count, seconds, random.Random(SEED), begin, is_complete)
    clean = harness.run_command(*pull)
    survived = counts.broken == 0 and clean.code == 0 and is_complete() and not list((home / "build").glob("*"))
    record_result(Result(f"44 {count} pulls killed", "E", 44, "all", survived, figures=counts.figures))
    assert survived, (counts, clean.output)


def test_a_copy_of_the_sample_is_no_dataset(tmp_path: Path, newer_home: Path, record_result: Recorder) -> None:
    folder = harness.copy_sample(tmp_path / "mine")
    files = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    result = harness.run_command("publish", "--to", folder, "--home", newer_home)
    survived = result.code == 2 and sorted(path.relative_to(folder) for path in folder.rglob("*")) == files
    record_result(Result("41 a folder of other files", "E", 41, str(SAMPLE.name), survived))
    assert survived, result.output
