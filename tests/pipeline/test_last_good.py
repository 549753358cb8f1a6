from datetime import date
from pathlib import Path

import pytest

from aggregator.errors import UsageError
from aggregator.pipeline.last_good import overrides_in_force

TODAY = date(2026, 11, 25)
GOOD = {
    "source": '"arena_text"',
    "gate": '"drop"',
    "reason": '"The Arena took old models off."',
    "expires": "2026-12-01",
}


def written(home: Path, **changed: str | None) -> Path:
    path = home / "overrides" / "word.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{key} = {value}\n" for key, value in (GOOD | changed).items() if value is not None))
    return path


def test_without_files_nothing_is_in_force(tmp_path: Path) -> None:
    assert overrides_in_force(tmp_path, TODAY) == ()


def test_an_override_says_what_why_and_until_when(tmp_path: Path) -> None:
    written(tmp_path)
    (override,) = overrides_in_force(tmp_path, TODAY)
    assert str(override) == "drop until 2026-12-01: The Arena took old models off. (word.toml)"


def test_an_override_holds_on_its_last_day_and_not_after(tmp_path: Path) -> None:
    written(tmp_path)
    assert len(overrides_in_force(tmp_path, date(2026, 12, 1))) == 1
    assert overrides_in_force(tmp_path, date(2026, 12, 2)) == ()


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
def test_an_override_that_lacks_something_is_refused_by_its_file(
    tmp_path: Path, changed: dict[str, str | None]
) -> None:
    path = written(tmp_path, **changed)
    with pytest.raises(UsageError, match=path.name):
        overrides_in_force(tmp_path, TODAY)
