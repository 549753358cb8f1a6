"""A home directory of any shape: every command ends with a sentence, and a refresh makes the directory whole again."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from aggregator.fetch import doctor
from aggregator.store.generations import Home, verify
from metaboard.app import run
from tests.support.command_line import CommandResult, Metaboard
from tests.support.homes.odd_shapes import FOLDER_COPIED, Cell, cells

ALL = os.environ.get("METABOARD_FAULTS") == "all"
"""Whether the whole matrix runs; `make faults` sets the variable."""
SAMPLE = {
    f"current: {FOLDER_COPIED}",
    "current: link elsewhere",
    "current: folder copied, and no generations",
    "generations/GENERATION/manifest.json: wrong types",
    "generations/GENERATION/manifest.json: list",
    "ledger.jsonl: folder",
    "ledger.jsonl: nested",
    "snapshots: garbage",
    "snapshots/provenance.jsonl: folder",
    "snapshots/decisions.jsonl: wrong types",
    "lease.lock: folder",
    "registry/state.json: list",
    "settings.toml: folder",
    "calibrations/llm.npz: garbage",
    "hub/models.jsonl: folder",
}
"""The cells of every test run; `make faults` runs all."""
CODES = {0, 1, 2, 3, 75}
OWN = ("settings.toml", "overrides", "calibrations")
"""What a person wrote: a refresh that used something else in its place would be wrong, so it stops with a sentence."""
READING: Sequence[Sequence[str]] = (
    ["status"],
    ["generations"],
    ["top", "-n", "1"],
    ["show", "gpt-4o"],
    ["find", "gpt-4o"],
    ["compare", "gpt-4o", "claude 3.5 sonnet"],
    ["sql", "select 1"],
    ["sources"],
    ["changes"],
    ["boards"],
    ["boards", "off", "vectara"],
    ["resolve", "gpt-4o"],
    ["review"],
    ["families", "-n", "1"],
    ["outliers", "-n", "1"],
    ["predict", "gpt-4o"],
    ["verify"],
    ["doctor"],
    ["calibrate", "--list"],
    ["prune", "--dry-run"],
    ["publish", "--to", "{folder}/dataset", "--dry-run"],
    ["site", "--to", "{folder}/site"],
    ["accept-edition", "vectara", "--sha256", "0" * 64, "--reason", "checked on the board"],
)
CHANGING: Sequence[Sequence[str]] = (["rollback", "000001-00000000"], ["prune"], ["pull", "--from", "{folder}/dataset"])


def chosen() -> Iterator[Cell]:
    yield from (cell for cell in cells() if ALL or str(cell) in SAMPLE)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METABOARD_TRACEBACK", "1")
    monkeypatch.setattr(doctor, "check_addresses", lambda _, store: [store.latest("evalplus", "results")][:0])


@pytest.fixture(scope="session")
def whole_home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the sample home with every entry that a home can have. Tests do not change it."""
    home = shutil.copytree(sample_home, tmp_path_factory.mktemp("whole") / "home", symlinks=True)
    for name in ("hub", "overrides", "build", "set-aside"):
        (home / name).mkdir(exist_ok=True)
    (home / "hub" / "models.jsonl").touch()
    (home / "snapshots" / "decisions.jsonl").touch()
    return home


def copy(home: Path, target: Path) -> Path:
    """Copy a home directory; files that are never written in place are linked, which is faster."""

    def link_or_copy(source: str, copied: str) -> str:
        if source.endswith(".jsonl") or "/history/" in source:
            return str(shutil.copy2(source, copied))
        os.link(source, copied)
        return copied

    return shutil.copytree(home, target, symlinks=True, copy_function=link_or_copy)


def check_ending(result: CommandResult, command: Sequence[str]) -> None:
    assert result.code in CODES, (command, result.err)
    assert "Traceback" not in result.out + result.err, command
    if result.code in (1, 2) and command[0] not in ("rollback", "show", "compare", "predict"):
        assert has_next_step(result.err), (command, result.err)


def has_next_step(message: str) -> bool:
    """Return whether a message has a command that can be typed, or what to do with a path."""
    return bool(re.search(r"`|metaboard |--home|Correct|Move |Check |Give |Free |remove it", message))


@pytest.mark.parametrize("cell", list(chosen()), ids=str)
def test_every_command_ends_with_a_sentence_and_a_refresh_makes_the_home_whole(
    metaboard: Metaboard, whole_home: Path, tmp_path: Path, cell: Cell
) -> None:
    home = copy(whole_home, tmp_path / "home")
    cell.apply(home)
    for command in (*READING, *CHANGING):
        words = [word.format(folder=tmp_path) for word in command]
        check_ending(metaboard(*words, "--home", home), words)
    result = metaboard("refresh", "--sample", "--direct", "--home", home)
    check_ending(result, ["refresh"])
    if result.code and cell.entry.startswith(OWN):
        assert Path(cell.entry).name in result.err, result.err
        return
    assert result.code == 0, result.err
    current = Home(home).current
    assert current is not None
    assert (home / "current").is_symlink()
    assert verify(current.path) == []
    assert metaboard("verify", "--home", home).code == 0
    assert metaboard("status", "--home", home).code in (0, 3)
    assert metaboard("top", "-n", "1", "--home", home).code == 0
    assert run(["refresh", "--sample", "--direct", "--home", str(home)]) == 0
