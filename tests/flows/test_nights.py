"""Nightly runs on a real Prefect server with PostgreSQL, deployed from `prefect.yaml` to a process work pool.

They take minutes, so only `make nights` runs them.
"""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from aggregator.store.generations import Home, verify
from aggregator.store.lock import read_holder
from tests.conftest import REPOSITORY
from tests.support.servers import (
    FINAL_STATES,
    LEASES_ON_DISK,
    PrefectApi,
    Process,
    find_tool,
    free_port,
    postgres,
    python_module,
    running,
    start_server,
    wait_for,
)

pytestmark = [
    pytest.mark.skipif(os.environ.get("METABOARD_NIGHTS") != "1", reason="takes minutes: run `make nights`"),
    pytest.mark.timeout(900),
]


@dataclass
class Installation:
    """The services that an operator runs."""

    folder: Path
    environment: Mapping[str, str]
    port: int
    home: Path
    stall: Path
    server: Process
    worker: Process
    api: PrefectApi

    def prefect(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own commands
            python_module("prefect", "--no-prompt", *arguments),
            env={**os.environ, **self.environment},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_server(self) -> None:
        self.server = start_server(self.environment, self.port, self.folder / "server.log")

    def start_worker(self) -> None:
        self.worker = Process(
            python_module("prefect", "worker", "start", "--pool", "metaboard", "--name", "test"),
            self.environment,
            self.folder / "worker.log",
        )

    def output(self) -> str:
        return self.worker.output()[-6000:] + self.server.output()[-3000:]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Installation]:
    assert find_tool("initdb"), "PostgreSQL is needed: apt-get install postgresql"
    port, web, home, stall = free_port(), free_port(), tmp_path / "home", tmp_path / "stall"
    mirror = python_module("tests.support.stalling_mirror", str(SAMPLE), str(web), str(stall))
    with postgres(tmp_path / "postgres") as address, running(mirror, {}, tmp_path / "mirror.log"):
        environment = {
            "PREFECT_HOME": str(tmp_path / "prefect"),
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_API_DATABASE_CONNECTION_URL": address,
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES_ON_DISK,
            "PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": "30",
            "METABOARD_HOME": str(home),
        }
        first = start_server(environment, port, tmp_path / "server.log")
        found = Installation(tmp_path, environment, port, home, stall, first, first, PrefectApi(port))
        try:
            found.prefect("work-pool", "create", "metaboard", "--type", "process")
            found.prefect("deploy", "--all")
            found.start_worker()
            mirrored = {"home": str(home), "mirror": f"http://127.0.0.1:{web}"}
            deployment = found.api.deployment()
            found.api.client.patch(f"/deployments/{deployment['id']}", json={"parameters": mirrored}).raise_for_status()
            yield found
        finally:
            stall.unlink(missing_ok=True)
            found.worker.stop(signal.SIGKILL)
            found.server.stop(signal.SIGKILL)


def schedule_every_minute(site: Installation) -> None:
    """Change the schedule to every full minute."""
    deployment = site.api.deployment()
    (schedule,) = deployment["schedules"]
    path = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"
    change = {"schedule": {"cron": "* * * * *", "timezone": "UTC"}, "active": True}
    site.api.client.patch(path, json=change).raise_for_status()


def test_the_schedule_fires_and_continues_after_the_server_is_killed(site: Installation) -> None:
    deployment = site.api.deployment()
    assert deployment["entrypoint"] == "flows.nightly.nightly"
    assert deployment["schedules"][0]["schedule"] == {"cron": "17 3 * * *", "timezone": "UTC", "day_or": True}
    assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"

    schedule_every_minute(site)
    first = wait_for(lambda: site.api.runs("COMPLETED"), 150, "a scheduled run ends")[0]
    assert "auto-scheduled" in first["tags"], "the schedule started it"
    assert verify(site.home / "current") == []
    report = json.loads(site.api.artifacts(first["id"])["refresh-report"]["data"])
    assert {row["status"] for row in report} == {"fresh"}
    before = content_hash(site.home)

    site.stall.touch()
    running_now = wait_for(lambda: site.api.runs("RUNNING"), 90, "the next run starts")[0]
    wait_for(lambda: read_holder(site.home), 30, "it holds the lock")
    site.server.stop(signal.SIGKILL)
    time.sleep(3)
    site.start_server()
    site.stall.unlink()

    def later_run_completed() -> bool:
        runs = site.api.runs("COMPLETED")
        return any(run["start_time"] > running_now["start_time"] for run in runs)

    wait_for(later_run_completed, 240, "a run after the restart completes")
    wait_for(lambda: site.api.state(running_now["id"]) in FINAL_STATES, 60, "the interrupted run has ended")
    assert verify(site.home / "current") == []
    assert content_hash(site.home) == before, "the same bytes give the same tables"


def test_a_run_whose_process_is_killed_becomes_crashed_and_the_next_one_completes(site: Installation) -> None:
    deployment = site.api.deployment()["id"]
    site.stall.touch()
    lost = site.api.start_run(deployment)
    holder = wait_for(lambda: read_holder(site.home), 60, "the run holds the lock")
    # The worker is killed too, so that no process can report the end of the run.
    site.worker.stop(signal.SIGKILL)
    threading.Event().wait(1)
    if holder.is_alive:
        os.kill(holder.pid, signal.SIGKILL)
    assert site.api.state(lost) == "RUNNING", "Prefect does not know"
    assert not (site.home / "current").exists()
    site.stall.unlink()
    site.start_worker()
    # A live run renews its slot in the concurrency limit every 300 seconds.
    wait_for(lambda: not site.api.active_slots(), 420, "the slot in the concurrency limit is free")
    good = site.api.start_run(deployment)
    assert site.api.wait_until_ended(good, 90) == "COMPLETED", site.output()
    assert verify(site.home / "current") == []
    assert site.api.state(lost) == "CRASHED"
    assert site.api.runs("RUNNING", "PENDING") == []


def content_hash(home: Path) -> str:
    current = Home(home).current
    assert current is not None
    return current.content_hash
