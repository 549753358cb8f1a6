"""What the tests of flows share."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from metaboard.app import run


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with one generation of the bundled sample; tests leave it as it is."""
    home = tmp_path_factory.mktemp("home")
    assert run(["refresh", "--sample", "--direct", "--home", str(home)]) == 0
    return home


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it wrote."""

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


Metaboard = Callable[..., Ended]


@pytest.fixture
def metaboard(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Metaboard:
    """Return a function that runs `metaboard` with arguments, in a pipe, 80 columns wide unless told otherwise."""

    def call(*arguments: object, columns: int = 80) -> Ended:
        monkeypatch.setenv("COLUMNS", str(columns))
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return Ended(code, written.out, written.err)

    return call
