"""Start real services for tests of the schedule, each in its own process group on a free port of this machine."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

TEST_ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLI_COLORS": "false",
    "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PYTHONUNBUFFERED": "1",
}
FINAL_STATES = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
LEASES_ON_DISK = "prefect.server.concurrency.lease_storage.filesystem"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], Any], seconds: float, description: str) -> Any:
    """Return the first true value of `condition`; fail after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.2)
    raise AssertionError(f"{description}: not within {seconds:g} s")


class Process:
    """A child process in its own process group, with its output in a file."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], log: Path, **options: Any) -> None:
        self.log = log
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "METABOARD_"))}
        with log.open("ab") as file:
            self.child = subprocess.Popen(  # noqa: S603 - our own commands
                arguments,
                env={**clean, **TEST_ENVIRONMENT, **environment},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **options,
            )

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 20.0) -> int:
        if self.child.poll() is None:
            os.killpg(self.child.pid, number)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            return self.child.wait(seconds)


@contextmanager
def running(arguments: list[str], environment: Mapping[str, str], log: Path) -> Iterator[Process]:
    process = Process(arguments, environment, log)
    try:
        yield process
    finally:
        process.stop()


def python_module(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


METABOARD = [sys.executable, "-c", "from metaboard.app import main; main()"]


def start_server(environment: Mapping[str, str], port: int, log: Path) -> Process:
    """Start a Prefect server and wait until it responds."""
    process = Process(
        python_module("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)), environment, log
    )
    try:
        wait_for(lambda: is_healthy(port, process), 120, "the Prefect server responds")
    except AssertionError:
        process.stop(signal.SIGKILL)
        raise
    return process


def is_healthy(port: int, process: Process) -> bool:
    assert process.child.poll() is None, process.output()
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health").status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run PostgreSQL under `folder` with an empty database `prefect`; yields its address in the form of Prefect."""
    port, data, log = free_port(), folder / "data", folder / "postgres.log"
    folder.mkdir()
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
        for parent in folder.parents[:4]:
            if parent.stat().st_uid == 0 and parent != Path("/tmp"):  # noqa: S108 - only compared
                parent.chmod(parent.stat().st_mode | 0o011)

    def execute(*command: str) -> None:
        subprocess.run(command, check=True, user=user, cwd=folder, capture_output=True)  # noqa: S603 - our own commands

    execute(find_tool("initdb"), "-D", str(data), "-A", "trust", "-U", "prefect", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    execute(find_tool("pg_ctl"), "-D", str(data), "-l", str(log), "-w", "-o", options, "start")
    try:
        execute(find_tool("createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "prefect", "prefect")
        yield f"postgresql+asyncpg://prefect@127.0.0.1:{port}/prefect"
    finally:
        execute(find_tool("pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")


def find_tool(name: str) -> str:
    """Return the path of a PostgreSQL program; empty if it is not installed."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(installed[-1]) if installed else "")


class PrefectApi:
    """The requests of the tests to Prefect's REST API."""

    def __init__(self, port: int) -> None:
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=10)

    def post(self, path: str, document: Mapping[str, Any] | None = None) -> Any:
        response = self.client.post(path, json=document or {})
        for _ in range(20):
            # 503: another writer has locked SQLite.
            if response.status_code != 503:
                break
            time.sleep(0.5)
            response = self.client.post(path, json=document or {})
        response.raise_for_status()
        return response.json() if response.content else None

    def deployment(self) -> dict[str, Any]:
        return dict(wait_for(lambda: self.post("/deployments/filter"), 60, "there is a deployment")[0])

    def start_run(self, deployment: str) -> str:
        return str(self.post(f"/deployments/{deployment}/create_flow_run", {"state": {"type": "SCHEDULED"}})["id"])

    def runs(self, *types: str) -> list[dict[str, Any]]:
        state = {"flow_runs": {"state": {"type": {"any_": list(types)}}}} if types else {}
        return list(self.post("/flow_runs/filter", {**state, "sort": "START_TIME_DESC"}))

    def state(self, run: str) -> str:
        return str(self.client.get(f"/flow_runs/{run}").json()["state_type"])

    def wait_until_ended(self, run: str, seconds: float) -> str:
        wait_for(lambda: self.state(run) in FINAL_STATES, seconds, f"run {run} ends")
        return self.state(run)

    def artifacts(self, run: str) -> dict[str, Any]:
        found = self.post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run]}}})
        return {artifact["key"]: artifact for artifact in found}

    def active_slots(self) -> int:
        """Return the number of runs that the deployment's concurrency limit counts."""
        limit = self.deployment()["global_concurrency_limit"]
        return int(self.client.get(f"/v2/concurrency_limits/{limit['id']}").json()["active_slots"])
