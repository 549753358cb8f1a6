"""Fixtures that run the command line: `metaboard` runs a command, `sample_home` has one generation of the sample."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from metaboard.app import run


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home directory with one generation of the bundled sample. Tests do not change it."""
    home = tmp_path_factory.mktemp("home")
    assert run(["refresh", "--sample", "--direct", "--home", str(home)]) == 0
    return home


@dataclass(frozen=True)
class CommandResult:
    """The exit code of a command and its output."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> object:
        return json.loads(self.out)

    @property
    def rows(self) -> list[dict[str, object]]:
        found = json.loads(self.out)
        assert isinstance(found, list)
        return found

    @property
    def fields(self) -> dict[str, object]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Metaboard = Callable[..., CommandResult]


@pytest.fixture
def metaboard(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Metaboard:
    """Return a function that runs `metaboard` with arguments, with output to a pipe, 80 columns wide by default."""

    def call(*arguments: object, columns: int = 80) -> CommandResult:
        monkeypatch.setenv("COLUMNS", str(columns))
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return CommandResult(code, written.out, written.err)

    return call
