"""A night ends with `metaboard prune`, unless the settings switch it off; a failure of it fails no night."""

import logging
from pathlib import Path

import pytest

from flows import nightly
from flows.runners import DirectRunner
from tests.support.homes.two_files import new_home, publish


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home directory with three generations, of which the settings keep one."""
    monkeypatch.setattr(nightly, "get_run_logger", lambda: logging.getLogger("night"))
    place = new_home(tmp_path)
    for letter in "abc":
        publish(place, letter)
    (place.root / "settings.toml").write_text("[keep]\ngenerations = 1\n", encoding="utf-8")
    return place.root


def prune(home: Path) -> list[str]:
    """Prune as a night does, and return the numbers of the generations that stay."""
    runner = DirectRunner(lambda _: None)
    nightly._prune(home, runner)
    return sorted(path.name[:6] for path in (home / "generations").iterdir())


def test_a_night_ends_with_a_removal_by_the_limits_of_the_settings(home: Path) -> None:
    assert prune(home) == ["000003"]


def test_the_settings_switch_it_off(home: Path) -> None:
    (home / "settings.toml").write_text("[keep]\ngenerations = 1\nnightly = false\n", encoding="utf-8")
    assert prune(home) == ["000001", "000002", "000003"]


def test_the_environment_switches_it_off(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METABOARD_PRUNE", "off")
    assert len(prune(home)) == 3


@pytest.mark.parametrize("content", ["[keep]\ngenerations = 0\n", "[keep"])
def test_a_failure_is_logged_and_fails_no_night(home: Path, content: str, caplog: pytest.LogCaptureFixture) -> None:
    (home / "settings.toml").write_text(content, encoding="utf-8")
    with caplog.at_level(logging.WARNING, logger="night"):
        assert len(prune(home)) == 3
    assert "nothing was removed" in caplog.text


def test_a_locked_home_directory_is_left_alone(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    with new_home(home.parent).lock(), caplog.at_level(logging.WARNING, logger="night"):
        assert len(prune(home)) == 3
    assert "is locked" in caplog.text
