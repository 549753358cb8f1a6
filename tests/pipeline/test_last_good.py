"""The active overrides of a home directory."""

from datetime import date
from pathlib import Path

import pytest

from aggregator.errors import UsageError
from aggregator.pipeline.last_good import active_overrides

TODAY = date(2026, 11, 25)
GOOD = {
    "source": '"arena_text"',
    "gate": '"drop"',
    "reason": '"The Arena took old models off."',
    "expires": "2026-12-01",
}


def write_override(home: Path, **changed: str | None) -> Path:
    path = home / "overrides" / "drop.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{key} = {value}\n" for key, value in (GOOD | changed).items() if value is not None))
    return path


def test_without_files_there_are_no_overrides(tmp_path: Path) -> None:
    assert active_overrides(tmp_path, TODAY) == ()


def test_an_override_shows_its_gate_reason_and_last_day(tmp_path: Path) -> None:
    write_override(tmp_path)
    (override,) = active_overrides(tmp_path, TODAY)
    assert str(override) == "drop until 2026-12-01: The Arena took old models off. (drop.toml)"


def test_an_override_is_active_until_its_last_day(tmp_path: Path) -> None:
    write_override(tmp_path)
    assert len(active_overrides(tmp_path, date(2026, 12, 1))) == 1
    assert active_overrides(tmp_path, date(2026, 12, 2)) == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"source": None},
        {"gate": "7"},
        {"reason": '"ok"'},
        {"reason": '"   "'},
        {"expires": None},
        {"expires": '"2026-12-01"'},
        {"expires": "2026-12-01T00:00:00Z"},
        {"expires": "2027-11-25"},
        {"surprise": "1"},
        {"source": '"unclosed'},
    ],
    ids=str,
)
def test_an_invalid_override_is_refused_with_its_file_name(tmp_path: Path, changed: dict[str, str | None]) -> None:
    path = write_override(tmp_path, **changed)
    with pytest.raises(UsageError, match=path.name):
        active_overrides(tmp_path, TODAY)
