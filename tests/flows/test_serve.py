"""`metaboard serve`: one complete run on its Prefect server, its record, and no secret in it; and its parameters."""

import json
import signal
import socket
import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from aggregator.errors import UsageError
from aggregator.sources import SAMPLE
from aggregator.store.generations import verify
from flows.prefect_server import ScheduleError, start_server
from flows.serve import Schedule
from tests.support.canary import CANARY
from tests.support.servers import (
    METABOARD,
    PrefectApi,
    Process,
    free_port,
    is_healthy,
    python_module,
    running,
    wait_for,
)
from tests.support.webhook import Webhook, running_webhook


def find_canaries(home: Path, *outputs: str) -> list[str]:
    """Return the rows of the server's database and the lines of `outputs` that contain the canary."""
    found = [line for text in outputs for line in text.splitlines() if CANARY in line]
    with sqlite3.connect(home / "prefect" / "prefect.db") as database:
        for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            rows = database.execute(f'select * from "{table}"').fetchall()
            found += [f"{table}: {row}" for row in rows if any(CANARY in str(cell) for cell in row)]
    return found


def test_a_run_is_recorded_and_reported_without_secrets(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    serve = ["serve", "--paused", "--home", str(home), "--mirror", str(SAMPLE), "--port", str(port), "--retries", "0"]
    with running_webhook() as webhook, run_serve(serve, webhook, tmp_path / "log") as process:
        wait_for(lambda: is_healthy(port, process), 60, "the Prefect server responds")
        api = PrefectApi(port)
        deployment = api.deployment()
        schedules = [(one["schedule"]["cron"], one["schedule"]["timezone"]) for one in deployment["schedules"]]
        assert schedules == [("17 3 * * *", "UTC")]
        assert deployment["paused"] is True
        run = api.start_run(deployment["id"])
        environment = {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api", "HF_TOKEN": CANARY}
        with running(python_module("tests.support.leaky_flow"), environment, tmp_path / "leaky.log") as leaky:
            assert leaky.child.wait(60) == 0, leaky.output()
        assert api.wait_until_ended(run, 60) == "COMPLETED", process.output()
        check_record(api, run, home)
        assert process.stop(signal.SIGTERM) == 0
    assert [notice["event"] for notice in webhook.received] == ["stale"]
    assert {row["source"] for row in webhook.received[0]["sources"]} >= {"arena_text"}
    assert "ended with" in leaky.output()
    assert "caught" in leaky.output()
    assert find_canaries(home, process.output(), leaky.output(), json.dumps(webhook.received)) == []
    lines = [json.loads(line) for line in process.output().splitlines() if line.startswith("{")]
    assert {line.get("event") for line in lines} >= {"source", "generation"}


def run_serve(serve: list[str], webhook: Webhook, log: Path) -> AbstractContextManager[Process]:
    return running([*METABOARD, *serve], {"HF_TOKEN": CANARY, "METABOARD_WEBHOOK": webhook.address}, log)


def check_record(api: PrefectApi, run: str, home: Path) -> None:
    """Compare Prefect's record of the run with the published generation."""
    assert verify(home / "current") == []
    artifacts = api.artifacts(run)
    assert set(artifacts) == {"refresh-report", "changes", "rank-moves"}
    report = json.loads(artifacts["refresh-report"]["data"])
    assert {row["status"] for row in report} == {"fresh"}
    assert {row["event"] for row in json.loads(artifacts["changes"]["data"])} >= {"new"}


@pytest.mark.parametrize(
    "wrong",
    [{"cron": "every night"}, {"cron": "61 3 * * *"}, {"mirror": "/no/such/folder"}, {"webhook": "ftp://x/y"}],
    ids=str,
)
def test_a_parameter_that_would_fail_at_night_is_refused_at_the_start(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        Schedule(tmp_path, **wrong).validate()  # type: ignore[arg-type] # the values have several types


def test_a_used_port_is_refused() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(ScheduleError, match="taken"):
            start_server(holder.getsockname()[1])


def test_models_are_looked_up_on_the_hub_only_with_the_option() -> None:
    assert "enrich" not in Schedule(Path("home")).parameters
    assert Schedule(Path("home"), enrich=400).parameters["enrich"] == 400
