"""Several publishers of one folder: never an older edition over a newer one, and nothing left behind by killed ones."""

import itertools
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from aggregator.dataset import checksums, folder, leftovers, target_lock
from aggregator.errors import LockedError, PublishError
from aggregator.pipeline.publish import publish
from aggregator.store.generations import Home
from aggregator.store.manifest import read_manifest
from tests.conftest import REPOSITORY
from tests.support.clocks import NOON
from tests.support.homes import published

ARENA = "arena_text_style_control"


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return three homes, the oldest first."""
    return [home_built_at(tmp_path_factory.mktemp("home"), NOON + timedelta(seconds=place)) for place in range(3)]


def home_built_at(place: Path, time: datetime) -> Path:
    """Return a home with one generation that was built at `time`, with rows of its own, whatever is withheld."""
    own = f"update leaderboard set name = 'of second {time.second}' where model_id = 'c/three';"
    published.publish(Home(place / "home", now=lambda: time), 1300.5 + time.second, own)
    return place / "home"


def publish_together(
    homes: list[Path], target: Path, pauses: list[dict[str, float]], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Publish all homes at once, each with pauses at crash points, and return how each ended."""
    places = threading.local()
    start = threading.Barrier(len(homes))
    copied = folder.temporary_sibling

    def pause(name: str) -> None:
        time.sleep(places.pauses.get(name, 0.0))

    def paused_copy(*arguments: object) -> object:
        pause("begin")
        return copied(*arguments)  # type: ignore[arg-type]  # the arguments are passed on

    monkeypatch.setattr(folder, "crash_point", pause)
    monkeypatch.setattr(folder, "temporary_sibling", paused_copy)

    def run(home: Path, own: dict[str, float], withheld: tuple[str, ...]) -> str:
        places.pauses = own
        start.wait(20)

        def log(line: str) -> None:
            pause("verify" if line.startswith("verifying") else "log")

        try:
            return "new" if publish(home, str(target), withheld=withheld, log=log).is_new else "same"
        except PublishError as error:
            return "refused" if "later than ours" in str(error) else str(error)

    # The homes withhold different boards, so that their runs differ in length.
    boards = itertools.cycle([(ARENA,), ()])
    with ThreadPoolExecutor(len(homes)) as pool:
        return list(pool.map(run, homes, pauses, boards))


CASES = [
    [{"begin": a, "verify": b, "place": c}, {"begin": d}]
    for a, b, c, d in [
        (0, 0, 0.3, 0),
        (0, 0.4, 0, 0),
        (0.3, 0.2, 0.2, 0),
        (0, 0, 0, 0.3),
        (0, 0, 0.2, 0.1),
        (0, 0, 0, 0),
    ]
]


@pytest.mark.parametrize("pauses", CASES)
@pytest.mark.parametrize("order", ["older first", "newer first"])
def test_a_race_of_two_publishers_ends_with_the_newer_edition(
    pauses: list[dict[str, float]],
    order: str,
    homes: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "pub"
    racers = [homes[0], homes[2]] if order == "older first" else [homes[2], homes[0]]
    ends = publish_together(racers, target, pauses, monkeypatch)
    assert read_manifest(target)["created_at"] == "2026-11-25T12:00:02+00:00", ends
    assert ends[racers.index(homes[2])] == "new"
    assert ends[racers.index(homes[0])] in ("new", "refused")
    assert checksums.find_problems(target) == []
    assert [path.name for path in tmp_path.iterdir()] == ["pub"]


def test_a_race_of_six_publishers_ends_with_the_newest_edition(
    homes: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "pub"
    pauses = [{"verify": 0.3, "place": 0.1}, {"place": 0.2}, {}, {"begin": 0.2}, {"verify": 0.1}, {"place": 0.3}]
    racers = [homes[0], homes[1], homes[2], homes[1], homes[0], homes[1]]
    ends = publish_together(racers, target, pauses, monkeypatch)
    assert read_manifest(target)["created_at"] == "2026-11-25T12:00:02+00:00", ends
    assert checksums.find_problems(target) == []
    assert [path.name for path in tmp_path.iterdir()] == ["pub"]


def start_publish(home: Path, target: Path, **environment: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "metaboard", "publish", "--to", str(target), "--home", str(home)]
    return subprocess.Popen(  # noqa: S603 - runs this program
        command, cwd=REPOSITORY, env=os.environ | environment, text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_two_processes_end_with_the_newer_edition_or_a_refusal(homes: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "pub"
    older, newer = (start_publish(home, target) for home in (homes[0], homes[2]))
    outputs = [process.communicate(timeout=120)[1] for process in (older, newer)]
    assert newer.returncode == 0, outputs
    assert older.returncode == 0 or "later than ours" in outputs[0]
    assert read_manifest(target)["created_at"] == "2026-11-25T12:00:02+00:00"


def test_what_killed_publishes_left_is_removed_and_nothing_else(homes: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "pub"
    foreign = [tmp_path / name for name in (".pub-notebook", ".pub-mine", ".public-abcd1234.publishing", "pub-1")]
    for path in foreign:
        path.mkdir()
        (path / "README.md").write_text("mine")
    earlier = tmp_path / ".pub-1a2b3c4d"
    (earlier / "data" / "models").mkdir(parents=True)
    (earlier / "data" / "models" / "models.parquet").write_bytes(b"PAR1")
    for home in (homes[0], homes[1]):
        killed = start_publish(home, target, METABOARD_KILL_AT="place")
        killed.communicate(timeout=120)
        assert killed.returncode == -9
    assert len(list(tmp_path.glob(".pub-*.publishing"))) == 1, "the second publish has removed the folder of the first"
    publish(homes[2], str(target), log=lambda _: None)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["pub", *(path.name for path in foreign)])


def test_the_folder_of_a_running_publisher_stays(homes: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "pub"
    with folder.temporary_sibling(target) as running:
        publish(homes[0], str(target), log=lambda _: None)
        assert running.is_dir()
    assert not running.exists()


def test_an_edition_that_a_killed_process_moved_aside_is_put_back(homes: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "pub"
    publish(homes[2], str(target), log=lambda _: None)
    target.rename(tmp_path / f".pub-1a2b3c4d{leftovers.SUFFIX}{leftovers.ASIDE}")
    with pytest.raises(PublishError, match="later than ours"):
        publish(homes[0], str(target), log=lambda _: None)
    assert read_manifest(target)["created_at"] == "2026-11-25T12:00:02+00:00"


def test_a_locked_folder_is_waited_for_and_then_names_the_holder(
    homes: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "pub"
    monkeypatch.setattr(target_lock, "WAIT_SECONDS", 0.2)
    lines: list[str] = []
    with target_lock.lock_target(target):
        with pytest.raises(LockedError, match=rf"pub is locked: held by process {os.getpid()}, since 20"):
            publish(homes[0], str(target), log=lines.append)
        assert any(f"waiting for process {os.getpid()}" in line for line in lines)
    assert not target_lock.lock_path(target).exists()
    with FileLock(target_lock.lock_path(target)):
        monkeypatch.setattr(target_lock, "WAIT_SECONDS", 30.0)
        waiting = threading.Thread(target=publish, args=(homes[0], str(target)), kwargs={"log": lines.append})
        waiting.start()
        time.sleep(0.2)
        assert not target.exists()
    waiting.join(30)
    assert checksums.find_problems(target) == []


def test_a_link_to_a_folder_is_the_same_folder(homes: list[Path], tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real" / "pub")
    assert publish(homes[2], str(tmp_path / "link"), log=lambda _: None).is_new
    with pytest.raises(PublishError, match="later than ours"):
        publish(homes[0], str(tmp_path / "real" / "pub"), log=lambda _: None)
    assert (tmp_path / "link").is_symlink()


def test_editions_of_one_second_have_one_order(tmp_path: Path) -> None:
    """Without an order, two homes that build in the same second would replace each other every night."""
    homes = [tmp_path / name / "home" for name in ("one", "two")]
    ids = [published.publish(Home(home, now=lambda: NOON), 1300.5 + place).id for place, home in enumerate(homes)]
    first, last = sorted(homes, key=lambda home: ids[homes.index(home)])

    def run(home: Path) -> bool:
        return publish(home, str(tmp_path / "pub"), log=lambda _: None).is_new

    assert run(first)
    assert run(last)
    with pytest.raises(PublishError, match="later than ours"):
        run(first)
    assert publish(last, str(tmp_path / "pub"), withheld=(ARENA,), log=lambda _: None).is_new, "the same generation"
