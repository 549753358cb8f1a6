"""The deployment files: `prefect.yaml`, systemd, GitHub Actions."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.serve import CRON
from metaboard.commands.serve import serve
from tests.conftest import REPOSITORY

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(workflow: Any) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_all_schedules_have_the_same_time() -> None:
    assert inspect.signature(serve).parameters["cron"].default == CRON
    (deployment,) = load(REPOSITORY / "prefect.yaml")["deployments"]
    assert deployment["schedules"] == [{"cron": CRON, "timezone": "UTC", "active": True}]
    nightly = load(REPOSITORY / ".github" / "workflows" / "nightly.yml")
    # YAML parses the key `on` as true.
    assert nightly[True]["schedule"] == [{"cron": CRON}]
    timer = (REPOSITORY / "deploy" / "metaboard.timer").read_text(encoding="utf-8")
    assert "OnCalendar=*-*-* 03:17:00 UTC" in timer
    assert CRON == "17 3 * * *"


def test_the_deployment_names_an_existing_flow_and_its_parameters() -> None:
    (deployment,) = load(REPOSITORY / "prefect.yaml")["deployments"]
    module, _, name = deployment["entrypoint"].rpartition(".")
    source = (REPOSITORY / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    assert f"\ndef {name}(" in source
    assert set(deployment["parameters"]) <= set(re.findall(r"(\w+): ", source.split(f"def {name}(")[1].split(")")[0]))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_the_least_rights_and_pinned_actions(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    allowed = {"contents": "read", "id-token": "write"}
    for job in workflow["jobs"].values():
        assert job["permissions"].items() <= allowed.items()
        assert job["timeout-minutes"] <= 60
    for step in steps(workflow):
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
        assert "${{" not in step.get("run", "")
    text = path.read_text(encoding="utf-8")
    for forbidden in ("secrets.", "pull_request_target", "write-all", "HF_TOKEN"):
        assert forbidden not in text


def test_only_the_publishing_job_can_get_an_identity_token() -> None:
    jobs = load(REPOSITORY / ".github" / "workflows" / "nightly.yml")["jobs"]
    assert [name for name, job in jobs.items() if "id-token" in job["permissions"]] == ["publish"]
    assert not any("refresh" in step.get("run", "") for step in jobs["publish"]["steps"])


def test_the_systemd_unit_can_write_to_one_directory_only() -> None:
    unit = (REPOSITORY / "deploy" / "metaboard.service").read_text(encoding="utf-8")
    for line in (
        "ProtectSystem=strict",
        "DynamicUser=yes",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=\n",
        "StateDirectory=metaboard",
    ):
        assert line in unit
    assert "ReadWritePaths" not in unit
