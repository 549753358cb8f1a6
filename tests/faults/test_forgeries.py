"""Forged datasets: `verify` and `pull` refuse each one with a sentence, and nothing is pulled."""

import shutil
from pathlib import Path

import pytest

from tests.faults import harness, reader_view
from tests.faults.conftest import Recorder
from tests.faults.forgeries import FORGERIES, NOT_COPIED, write_checksums
from tests.faults.reliability_report import Result

REFUSED = 3
"""The exit code of `verify` for a dataset with problems."""


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_dataset_is_refused_by_verify_and_by_pull(
    kind: str, datasets: tuple[Path, Path], tmp_path: Path, record_result: Recorder
) -> None:
    dataset = shutil.copytree(datasets[0], tmp_path / "dataset")
    FORGERIES[kind](dataset)
    checked = harness.run_command("verify", dataset)
    pulled = harness.run_command("pull", "--from", dataset, "--home", tmp_path / "home")
    outputs = checked.output + pulled.output
    has_sentence = bool(checked.output.strip() and pulled.output.strip()) and "Traceback" not in outputs
    published = reader_view.read_published(tmp_path / "home")
    if kind in NOT_COPIED:
        is_safe = pulled.code == 0 and published is not None and not published.problems
    else:
        is_safe = pulled.code not in (0, REFUSED) and published is None
    survived = checked.code == REFUSED and is_safe and has_sentence
    record_result(Result(f"43 {kind}", "E", 43, "verify and pull", survived))
    assert survived, (checked, pulled)


def test_an_honest_dataset_with_checksums_written_again_is_accepted(
    datasets: tuple[Path, Path], tmp_path: Path
) -> None:
    """So that the forgeries are refused for what they changed."""
    dataset = shutil.copytree(datasets[0], tmp_path / "dataset")
    write_checksums(dataset)
    checked = harness.run_command("verify", dataset)
    pulled = harness.run_command("pull", "--from", dataset, "--home", tmp_path / "home")
    assert (checked.code, pulled.code) == (0, 0), (checked, pulled)
