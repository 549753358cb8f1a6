"""One whole night under `metaboard serve`: the server inside, one run, its record, and no secret anywhere in it."""

import json
import signal
import socket
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from aggregator.errors import UsageError
from aggregator.sources import SAMPLE
from aggregator.store.generations import verify
from flows.serve import Nights, ScheduleError, start_server
from tests.support.servers import METABOARD, Api, answers, free_port, python, running, until

CANARY = "hf_CanaryCanaryCanary0123456789"


class Webhook:
    """Takes notices."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        taken = self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep the test's output quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook/{CANARY}"


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


def canaries(home: Path, *told: str) -> list[str]:
    """Return everything in the server's database and in the output that holds the canary."""
    found = [line for text in told for line in text.splitlines() if CANARY in line]
    with sqlite3.connect(home / "prefect" / "prefect.db") as database:
        for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            rows = database.execute(f'select * from "{table}"').fetchall()
            found += [f"{table}: {row}" for row in rows if any(CANARY in str(cell) for cell in row)]
    return found


def test_a_night_is_run_recorded_told_and_holds_no_secret(tmp_path: Path, webhook: Webhook) -> None:
    home, port = tmp_path / "home", free_port()
    serve = ["serve", "--paused", "--home", str(home), "--mirror", str(SAMPLE), "--port", str(port), "--retries", "0"]
    secrets = {"HF_TOKEN": CANARY, "METABOARD_WEBHOOK": webhook.address}
    with running([*METABOARD, *serve], secrets, tmp_path / "log") as process:
        until(lambda: answers(port, process), 60, "the server inside answers")
        api = Api(port)
        deployment = api.deployment()
        schedules = [(one["schedule"]["cron"], one["schedule"]["timezone"]) for one in deployment["schedules"]]
        assert schedules == [("17 3 * * *", "UTC")]
        assert deployment["paused"] is True
        night = api.start(deployment["id"])
        told = {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api", "HF_TOKEN": CANARY}
        with running(python("tests.support.leaky_flow"), told, tmp_path / "leaky.log") as leaky:
            assert leaky.child.wait(60) == 0, leaky.told()
        assert api.ended(night, 60) == "COMPLETED", process.told()
        see_the_record(api, night, home)
        assert process.end(signal.SIGTERM) == 0
    assert [notice["event"] for notice in webhook.taken] == ["stale"]
    assert {row["source"] for row in webhook.taken[0]["sources"]} >= {"arena_text"}
    assert "ended with" in leaky.told()
    assert "caught" in leaky.told()
    assert canaries(home, process.told(), leaky.told(), json.dumps(webhook.taken)) == []
    lines = [json.loads(line) for line in process.told().splitlines() if line.startswith("{")]
    assert {line.get("event") for line in lines} >= {"source", "generation"}


def see_the_record(api: Api, night: str, home: Path) -> None:
    """Hold what Prefect keeps of the night against what was published."""
    assert verify(home / "current") == []
    artifacts = api.artifacts(night)
    assert set(artifacts) == {"refresh-report", "changes", "rank-moves"}
    report = json.loads(artifacts["refresh-report"]["data"])
    assert {row["status"] for row in report} == {"fresh"}
    assert {row["event"] for row in json.loads(artifacts["changes"]["data"])} >= {"new"}


@pytest.mark.parametrize(
    "wrong",
    [{"cron": "every night"}, {"cron": "61 3 * * *"}, {"mirror": "/no/such/folder"}, {"webhook": "ftp://x/y"}],
    ids=str,
)
def test_what_would_only_fail_at_night_is_refused_now(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        Nights(tmp_path, **wrong).check()  # type: ignore[arg-type] # each case names one option


def test_a_taken_port_is_told() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(ScheduleError, match="taken"):
            start_server(holder.getsockname()[1])
