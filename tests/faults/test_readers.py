"""Readers of a home while generations change: consistent reads, and queries that spill to disk."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from aggregator.store.generations import Home
from tests.faults import harness, reader_view
from tests.faults.conftest import ALL, Recorder, Workspace
from tests.faults.reliability_report import Result

READERS = 12
SECONDS = 20.0 if ALL else 2.0
SPILLING_QUERY = "select count(*) from (select random() r, range i from range(30000000) order by r, i)"
SPILLING_READER = f"""
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
connection.execute("set memory_limit = '60MB'; set threads = 1; set preserve_insertion_order = false")
print("open", flush=True)
connection.execute({SPILLING_QUERY!r})
"""


def read_both_copies(home: Path) -> str | None:
    """Return the difference of the DuckDB file and a Parquet file of the current generation; None when they agree."""
    current = (home / "current").resolve()
    with duckdb.connect(str(current / "metaboard.duckdb"), read_only=True) as connection:
        in_database = connection.execute("select count(*), sum(score) from scores").fetchone()
    table = pq.read_table(current / "data" / "scores" / "scores.parquet", columns=["score"])
    scores = [score for score in table.column("score").to_pylist() if score is not None]
    assert in_database is not None
    rows, total = in_database
    if rows == table.num_rows and abs(total - sum(scores)) < 1e-6 * abs(total):
        return None
    return f"{current.name}: {rows} rows and {table.num_rows} rows"


def test_readers_during_changes_of_the_generation_see_one_whole_generation(
    newer_home: Path, tmp_path: Path, record_result: Recorder
) -> None:
    home = harness.copy_home(newer_home, tmp_path / "home")
    generations = [generation.id for generation in Home(home).generations()]
    assert len(generations) == 2
    done, problems = threading.Event(), list[str]()

    def read_repeatedly(_: int) -> int:
        reads = 0
        while not done.is_set():
            problem = read_both_copies(home)
            reads += 1
            if problem:
                problems.append(problem)
        return reads

    def change_repeatedly() -> int:
        changes, end = 0, time.monotonic() + SECONDS
        while time.monotonic() < end:
            link = home / ".current-of-the-test"
            link.symlink_to(Path("generations") / generations[changes % 2])
            link.replace(home / "current")
            changes += 1
            time.sleep(0.02)
        return changes

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read_repeatedly, number) for number in range(READERS)]
        try:
            changes = change_repeatedly()
        finally:
            done.set()
        reads = sum(reader.result() for reader in readers)
    survived = not problems and reads > READERS and changes > READERS
    figures = {"reads": float(reads), "changes": float(changes), "inconsistent": float(len(problems))}
    record_result(Result(f"46 {READERS} readers over changes", "E", 46, "all", survived, figures=figures))
    assert survived, (reads, changes, problems[:3])


def test_a_reader_that_spills_and_is_killed_does_not_damage_the_generation(small: Workspace) -> None:
    database = (small.home / "current").resolve() / "metaboard.duckdb"
    with subprocess.Popen(  # noqa: S603 - runs the code above
        [sys.executable, "-c", SPILLING_READER, str(database)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(small.folder)},
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        spilled = _wait_for_files(database.with_name(f"{database.name}.tmp"))
        during = harness.run_command("verify", "--home", small.home)
        published = harness.run_command("publish", "--to", small.folder / "dataset", "--home", small.home)
        reader.kill()
    after = harness.run_command("verify", "--home", small.home)
    dataset = reader_view.read_dataset(small.folder / "dataset")
    is_published = dataset is not None and dataset.problems == ()
    survived = spilled and during.code == after.code == published.code == 0 and is_published
    small.record(Result("46 a reader that spills and is killed", "E", 46, "all", survived))
    assert spilled, "the query did not spill: the test shows nothing"
    assert survived, (during, published, after)


def test_the_queries_of_the_command_line_spill_outside_the_generation(small: Workspace) -> None:
    asked = harness.run_command("sql", "select current_setting('temp_directory')", "--csv", "--home", small.home)
    folder = asked.output.splitlines()[-1].strip('"')
    generation = str((small.home / "current").resolve())
    survived = asked.code == 0 and bool(folder) and not str(Path(folder).absolute()).startswith(generation)
    small.record(Result("46 where a query of the command line spills", "E", 46, "all", survived))
    assert survived, asked.output


def _wait_for_files(folder: Path, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if folder.is_dir() and any(folder.iterdir()):
            return True
        time.sleep(0.05)
    return False
