"""`metaboard publish`, `pull` and `verify` as separate processes, with the stand-in for the Hub."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from metaboard.exit_codes import Exit
from tests.support.homes import published
from tests.support.hub import CI_SECRET, TRUSTED_DATASET, Fault, StandInHub

DATASET = "hf://datasets/org/board"
CANARY = "hf_canaryDoNotSing0123456789"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with a small home directory in `home`; the commands write into the folder."""
    published.publish(published.new_home(tmp_path))
    return tmp_path


@pytest.fixture
def command(hub: StandInHub, place: Path) -> Run:
    """Return a function that runs `metaboard` with the token in its environment and with all logs on."""
    hub.token = CANARY
    environment = {
        "HF_ENDPOINT": hub.endpoint,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(place / "hf-home"),
        "HF_TOKEN": CANARY,
        "HF_DEBUG": "1",
        "HF_HUB_VERBOSITY": "debug",
    }

    def run(*arguments: object, **changed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - the command is this interpreter
            [sys.executable, "-m", "metaboard", *map(str, arguments)],
            env={**os.environ, **environment, **changed},
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def test_a_published_dataset_can_be_verified_and_pulled_without_a_token(
    hub: StandInHub, command: Run, place: Path
) -> None:
    first = command("publish", "--to", DATASET, "--home", "home", "--json")
    assert first.returncode == 0, first.stderr
    made = json.loads(first.stdout)
    assert (made["is_new"], made["tag"]) == (True, "2026-10-02")
    verified = command("verify", "2026-10-02", "--from", DATASET, HF_TOKEN="")
    assert verified.returncode == 0, verified.stderr
    pulled = command("pull", "--from", DATASET, "--home", "here", "--json", HF_TOKEN="")
    assert json.loads(pulled.stdout)["revision"] == made["revision"]
    assert (place / "here" / "current" / "metaboard.duckdb").is_file()
    assert len(hub.datasets["org/board"].commits) == 2


def test_a_revision_with_a_changed_file_is_refused(hub: StandInHub, command: Run) -> None:
    command("publish", "--to", DATASET, "--home", "home")
    hub.commit("org/board", {"csv/leaderboard.csv": b"rank,model\n1,mine\n"})
    refused = command("verify", "--from", DATASET)
    assert refused.returncode == Exit.REFUSED
    assert "csv/leaderboard.csv is not the file that was published" in refused.stderr
    assert command("pull", "--from", DATASET, "--home", "here").returncode == Exit.FAILED


def test_a_dry_run_needs_no_token_and_sends_nothing(hub: StandInHub, command: Run) -> None:
    result = command("publish", "--to", DATASET, "--home", "home", "--dry-run", HF_TOKEN="")
    assert result.returncode == 0, result.stderr
    assert "would publish generation 000001" in result.stderr
    assert {line.partition(" ")[0] for line in hub.request_lines} <= {"GET", "HEAD"}


def test_without_a_token_no_request_is_sent(hub: StandInHub, command: Run) -> None:
    refused = command("publish", "--to", DATASET, "--home", "home", HF_TOKEN="")
    assert refused.returncode == Exit.FAILED
    assert "no token" in refused.stderr
    assert hub.requests == []


def test_a_trusted_job_publishes_without_a_stored_token(hub: StandInHub, command: Run) -> None:
    job = {
        "HF_TOKEN": "",
        "GITHUB_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{hub.endpoint}/id-token",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": CI_SECRET,
    }
    refused = command("publish", "--to", DATASET, "--home", "home", **job, HF_OIDC_RESOURCE="datasets/org/another")
    assert refused.returncode == Exit.FAILED
    assert "the Hub gave no token for this run" in refused.stderr
    assert CI_SECRET not in refused.stderr
    done = command(
        "publish", "--to", f"hf://{TRUSTED_DATASET}", "--home", "home", **job, HF_OIDC_RESOURCE=TRUSTED_DATASET
    )
    assert done.returncode == 0, done.stderr
    assert len(hub.datasets["org/board"].commits) == 2
    assert CANARY not in done.stderr


def test_the_token_is_in_no_output_log_file_or_commit(hub: StandInHub, command: Run, place: Path) -> None:
    outputs: list[tuple[str, bytes]] = []

    def record(done: subprocess.CompletedProcess[str]) -> None:
        outputs.append((f"stdout of {done.args[3:]}", done.stdout.encode()))
        outputs.append((f"stderr of {done.args[3:]}", done.stderr.encode()))

    echo = {"X-Error-Message": f"no: {CANARY}", "X-Request-Id": CANARY}
    hub.faults = [Fault("POST", r"/commit/main$", "before", 400, echo)]
    record(command("publish", "--to", DATASET, "--home", "home", "--json"))
    hub.faults = [Fault("POST", r"/commit/main$", "cut after")]
    record(command("publish", "--to", DATASET, "--home", "home"))
    record(command("pull", "--from", DATASET, "--home", "here"))
    repo = hub.datasets["org/board"]
    assert len(repo.commits) == 2, "the second attempt published"
    outputs += [(str(path), path.read_bytes()) for path in place.rglob("*") if path.is_file()]
    for commit in repo.commits:
        outputs += [(f"title of {commit.id}", commit.title.encode())]
        outputs += [(f"{commit.id}:{path}", file.content) for path, file in commit.files.items()]
    outputs += [
        ("requests", "\n".join(hub.request_lines).encode()),
        ("requests to another host", "\n".join(hub.cdn_authorizations).encode()),
    ]
    assert [name for name, content in outputs if CANARY.encode() in content] == []
    assert len(outputs) > 40
