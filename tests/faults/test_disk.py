"""A full disk: the current generation stays complete, and the next refresh with free space recovers."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.conftest import REPOSITORY
from tests.faults import harness, reader_view
from tests.faults.conftest import Workspace
from tests.faults.harness import METABOARD
from tests.faults.reliability_report import Result

SCRIPT = """
import json, os, shutil, subprocess, sys
disk, home, copy = sys.argv[1:4]
folder = os.path.join(disk, "home")
os.makedirs(folder)
names = os.listdir(home)
shutil.copytree(home, folder, symlinks=True, dirs_exist_ok=True) if names else None
run = subprocess.run(sys.argv[4:] + ["--home", folder], capture_output=True, text=True)
shutil.copytree(folder, copy, symlinks=True)
print(json.dumps({"code": run.returncode, "output": run.stdout + run.stderr}))
"""


def _mount_namespace() -> list[str] | None:
    """Return the command prefix that allows mounts in a private namespace, or None if this machine forbids it."""
    for prefix in (["unshare", "-m"], ["unshare", "-rm"]):
        probe = [*prefix, "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
        if shutil.which("unshare") and subprocess.run(probe, capture_output=True, check=False).returncode == 0:  # noqa: S603 - a fixed command
            return prefix
    return None


def refresh_on_a_small_disk(home: Path, folder: Path, size_mib: int) -> tuple[int, str, Path]:
    """Refresh a copy of `home` on a disk of this size; return the exit code, the output and a copy of the result."""
    disk, script, left = folder / "disk", folder / "script.py", folder / "left"
    disk.mkdir()
    script.write_text(SCRIPT)
    command = [*METABOARD, "refresh", "--direct", "--force", "--mirror", str(SAMPLE)]
    inner = [sys.executable, str(script), str(disk), str(home), str(left), *command]
    shell = f'mount -t tmpfs -o size={size_mib}m tmpfs "$0" && exec "$@"'
    run = subprocess.run(  # noqa: S603 - a fixed command
        [*(_mount_namespace() or ()), "sh", "-c", shell, str(disk), *inner],
        cwd=REPOSITORY,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    result = json.loads(run.stdout.splitlines()[-1])
    return result["code"], result["output"], left


@pytest.fixture
def _can_mount() -> None:
    """Skip the test if this machine cannot mount a disk; fail in CI."""
    if _mount_namespace():
        return
    reason = "this machine cannot mount a small disk (`unshare -m` is not permitted)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.usefixtures("_can_mount")
def test_a_first_refresh_on_a_full_disk_publishes_nothing_and_reports_the_cause(workspace: Workspace) -> None:
    empty = workspace.folder / "empty"
    empty.mkdir()
    code, output, left = refresh_on_a_small_disk(empty, workspace.folder, 3)
    survived = code == 1 and reader_view.read_published(left) is None and "No space left" in output
    workspace.record(Result("36 a first night on a disk of 3 MiB", "E", 36, "all", survived))
    assert survived, (code, output)


@pytest.mark.usefixtures("_can_mount")
def test_a_disk_that_fills_during_a_build_leaves_the_current_generation(workspace: Workspace) -> None:
    size = sum(path.stat().st_size for path in workspace.home.rglob("*") if path.is_file() and not path.is_symlink())
    code, output, left = refresh_on_a_small_disk(workspace.home, workspace.folder, size // 1024**2 + 4)
    intact = harness.is_intact(reader_view.read_published(left), workspace.good)
    clean = harness.run_refresh(left, SAMPLE, "--force")
    recovered = harness.has_recovered(clean, workspace.good)
    survived = code == 1 and intact and recovered and "No space left" in output
    workspace.record(Result("36 a disk that fills up", "E", 36, "all", survived))
    assert survived, (code, output, clean.output)
