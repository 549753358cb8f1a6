"""Publishing as a step of a flow."""

from pathlib import Path

from flows.publish import publish_step
from flows.runners import DirectRunner


def test_publishing_is_a_step_of_any_runner(home: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    runner = DirectRunner(lines.append)
    assert publish_step(home, str(tmp_path / "out"), runner).is_new
    assert not publish_step(home, str(tmp_path / "out"), runner).is_new
    assert "has these rows already" in lines[-1]
    assert "release" in runner.seconds
