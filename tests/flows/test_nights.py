"""Nights on a real Prefect server with PostgreSQL, deployed from `prefect.yaml` to a process work pool.

They take minutes, so they run in `make nights`.
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
from aggregator.store.lock import noted
from tests.conftest import REPOSITORY
from tests.support.servers import (
    LEASES_ON_DISK,
    Api,
    Process,
    free_port,
    postgres,
    python,
    running,
    server,
    tool,
    until,
)

pytestmark = [
    pytest.mark.skipif(os.environ.get("METABOARD_NIGHTS") != "1", reason="takes minutes: run `make nights`"),
    pytest.mark.timeout(900),
]


@dataclass
class Site:
    """Everything that an operator runs."""

    folder: Path
    environment: Mapping[str, str]
    port: int
    home: Path
    stall: Path
    server: Process
    worker: Process
    api: Api

    def prefect(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own commands
            python("prefect", "--no-prompt", *arguments),
            env={**os.environ, **self.environment},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_server(self) -> None:
        self.server = server(self.environment, self.port, self.folder / "server.log")

    def start_worker(self) -> None:
        self.worker = Process(
            python("prefect", "worker", "start", "--pool", "metaboard", "--name", "test"),
            self.environment,
            self.folder / "worker.log",
        )

    def told(self) -> str:
        return self.worker.told()[-6000:] + self.server.told()[-3000:]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    assert tool("initdb"), "PostgreSQL is needed: apt-get install postgresql"
    port, web, home, stall = free_port(), free_port(), tmp_path / "home", tmp_path / "stall"
    mirror = python("tests.support.stalling_mirror", str(SAMPLE), str(web), str(stall))
    with postgres(tmp_path / "postgres") as address, running(mirror, {}, tmp_path / "mirror.log"):
        environment = {
            "PREFECT_HOME": str(tmp_path / "prefect"),
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_API_DATABASE_CONNECTION_URL": address,
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES_ON_DISK,
            "PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": "30",
            "METABOARD_HOME": str(home),
        }
        first = server(environment, port, tmp_path / "server.log")
        found = Site(tmp_path, environment, port, home, stall, first, first, Api(port))
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
            found.worker.end(signal.SIGKILL)
            found.server.end(signal.SIGKILL)


def every_minute(site: Site) -> None:
    """Let the schedule fire at the next full minute and after that, as it does at 03:17."""
    deployment = site.api.deployment()
    (schedule,) = deployment["schedules"]
    path = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"
    change = {"schedule": {"cron": "* * * * *", "timezone": "UTC"}, "active": True}
    site.api.client.patch(path, json=change).raise_for_status()


def test_the_schedule_fires_and_survives_a_server_that_is_killed_in_the_middle(site: Site) -> None:
    deployment = site.api.deployment()
    assert deployment["entrypoint"] == "flows.nightly.nightly"
    assert deployment["schedules"][0]["schedule"] == {"cron": "17 3 * * *", "timezone": "UTC", "day_or": True}
    assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"

    every_minute(site)
    first = until(lambda: site.api.runs("COMPLETED"), 150, "the schedule fires and the run ends")[0]
    assert "auto-scheduled" in first["tags"], "nobody started it by hand"
    assert verify(site.home / "current") == []
    report = json.loads(site.api.artifacts(first["id"])["refresh-report"]["data"])
    assert {row["status"] for row in report} == {"fresh"}
    before = content_hash(site.home)

    site.stall.touch()
    running_now = until(lambda: site.api.runs("RUNNING"), 90, "the next night begins")[0]
    until(lambda: noted(site.home), 30, "it holds the home directory")
    site.server.end(signal.SIGKILL)
    time.sleep(3)
    site.start_server()
    site.stall.unlink()
    last = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")

    def next_night() -> bool:
        runs = site.api.runs("COMPLETED")
        return any(run["start_time"] > running_now["start_time"] for run in runs)

    until(next_night, 240, "a night after the restart is clean")
    until(lambda: site.api.state(running_now["id"]) in last, 60, "the night in between is closed")
    assert verify(site.home / "current") == []
    assert content_hash(site.home) == before, "the same bytes are no news"


def test_a_night_whose_process_is_killed_is_closed_and_the_next_is_clean(site: Site) -> None:
    deployment = site.api.deployment()["id"]
    site.stall.touch()
    lost = site.api.start(deployment)
    holder = until(lambda: noted(site.home), 60, "the night holds the home directory")
    # The worker goes too, so that nobody is left who could say how the night ended.
    site.worker.end(signal.SIGKILL)
    threading.Event().wait(1)
    if holder.is_alive:
        os.kill(holder.pid, signal.SIGKILL)
    assert site.api.state(lost) == "RUNNING", "Prefect does not know"
    assert not (site.home / "current").exists()
    site.stall.unlink()
    site.start_worker()
    # A run that is alive holds its place in the limit for 300 seconds at a time.
    until(lambda: not site.api.places_taken(), 420, "the place in the limit comes back")
    good = site.api.start(deployment)
    assert site.api.ended(good, 90) == "COMPLETED", site.told()
    assert verify(site.home / "current") == []
    assert site.api.state(lost) == "CRASHED"
    assert site.api.runs("RUNNING", "PENDING") == []


def content_hash(home: Path) -> str:
    current = Home(home).current
    assert current is not None
    return current.content_hash
