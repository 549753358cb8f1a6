"""The terminal door as a whole: help, exit codes, hostile text, and how fast it opens."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from metaboard import app
from metaboard.app import ENTRIES, run
from metaboard.exit_codes import MEANING, Exit
from metaboard.options import default_home
from tests.support.command_line import Metaboard
from tests.support.homes.query import HOSTILE, with_hostile_model
from tools.write_cli_page import PAGE, page

READING = [shlex.split(example) for entry in ENTRIES if entry.panel == app.LOOK for example in entry.examples]
OBEYED = ("\x1b[31m", "\x07", "\u202e", "\u200b", "\r")
MAIN = "from metaboard.app import main; main()"


@pytest.mark.parametrize("example", READING, ids=" ".join)
def test_every_example_of_a_reading_command_works(metaboard: Metaboard, sample_home: Path, example: list[str]) -> None:
    ended = metaboard(*example[1:], "--home", sample_home)
    assert ended.code == 0, ended.err
    assert ended.out.strip()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name or entry.run.__name__)
def test_help_of_every_command_has_its_examples(metaboard: Metaboard, entry: app.Entry) -> None:
    ended = metaboard(entry.name or entry.run.__name__, "--help", columns=200)
    assert ended.code == 0
    assert all(example in ended.out for example in entry.examples)


def test_the_first_help_names_every_command_and_exit_code(metaboard: Metaboard) -> None:
    ended = metaboard("--help", columns=200)
    for code, meaning in MEANING.items():
        assert f"{code.value}: {meaning}" in ended.out
    for entry in ENTRIES:
        assert f" {entry.name or entry.run.__name__} " in ended.out


def test_the_page_about_the_command_line_says_what_the_commands_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_version_names_what_is_at_work(metaboard: Metaboard) -> None:
    assert set(metaboard("version", "--json").fields) == {"metaboard", "duckdb", "python"}
    assert "duckdb 1." in metaboard("version").out


@pytest.mark.parametrize(
    "arguments",
    [
        ["refresh", "--sample", "--replay"],
        ["refresh", "--sample", "--mirror", "x"],
        ["refresh", "--mirror", "/no/such/folder", "--direct"],
        ["top", "--track", "image"],
        ["top", "-n", "0"],
        ["top", "--board", "nothing"],
        ["rollback", "000009-00000000"],
        ["no-such-command"],
        ["show"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two(metaboard: Metaboard, sample_home: Path, arguments: list[str]) -> None:
    home = [] if arguments[0] in ("no-such-command", "show") else ["--home", str(sample_home)]
    ended = metaboard(*arguments, *home)
    assert ended.code == Exit.USAGE
    assert ended.out == ""
    assert ended.err


def test_without_data_every_reading_command_says_what_to_run(metaboard: Metaboard, tmp_path: Path) -> None:
    for command in (["top"], ["sources"], ["find", "x"], ["show", "x"], ["sql", "select 1"], ["verify"]):
        ended = metaboard(*command, "--home", tmp_path / "nowhere")
        assert ended.code == Exit.FAILED, command
        assert "metaboard refresh" in ended.err
        assert ended.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["top"],
        ["find", "x/"],
        ["show", f"x/{HOSTILE}"],
        ["show", "no such model x"],
        ["compare", f"x/{HOSTILE}", "a/first"],
        ["sql", "select name as \"\x1b[31m\", * from leaderboard where model_id like 'x/%'"],
        ["sql", "select \x1b[31m"],
        ["top", "--board", "board_one", "--json"],
        ["show", f"x/{HOSTILE}", "--json"],
        ["show", HOSTILE * 2, "--json"],
    ],
    ids=lambda arguments: " ".join(arguments).encode("unicode_escape").decode(),
)
def test_a_hostile_name_is_shown_as_text(metaboard: Metaboard, tmp_path: Path, arguments: list[str]) -> None:
    ended = metaboard(*arguments, "--home", with_hostile_model(tmp_path), columns=300)
    assert not any(code in ended.out + ended.err for code in OBEYED)
    if arguments[0] in ("top", "find", "compare"):
        assert "[red]evil[/red] " in ended.out
    if arguments[:1] == ["show"] and "--json" in arguments and ended.code == 0:
        model = ended.fields["model"]
        assert isinstance(model, dict)
        assert model["name"] == HOSTILE, "JSON gives the name back as it is"


def test_the_home_directory_comes_from_the_environment(
    metaboard: Metaboard, sample_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METABOARD_HOME", str(sample_home))
    assert metaboard("top", "-n", 1).code == 0
    monkeypatch.delenv("METABOARD_HOME")
    assert default_home().name == "metaboard"


def started(code: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", code, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, env={**os.environ, **environment})  # noqa: S603 - our own code


def test_reading_starts_without_prefect_or_scipy(sample_home: Path) -> None:
    code = (
        "import sys; from metaboard.app import run; code = run(sys.argv[1:]);"
        "heavy = {'prefect', 'scipy', 'httpx', 'huggingface_hub'} & set(sys.modules); sys.exit(f'{heavy}' if heavy else code)"
    )
    with started(code, "top", "-n", "1", "--home", str(sample_home)) as process:
        _, told = process.communicate()
    assert process.returncode == 0, told


def test_a_reader_that_stops_reading_is_no_traceback(sample_home: Path) -> None:
    with started(MAIN, "sql", "from range(200000)", "--csv", "--all", "--home", str(sample_home)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_an_encoding_that_lacks_a_character_gets_an_escape(tmp_path: Path) -> None:
    home = with_hostile_model(tmp_path)
    with started(MAIN, "top", "--home", str(home), PYTHONIOENCODING="ascii") as process:
        out, told = process.communicate()
    assert process.returncode == 0, told
    assert b"1 (1" in out


def test_run_returns_the_code_of_help() -> None:
    assert run(["--help"]) == 0


def test_errors_as_json_are_one_document(metaboard: Metaboard, tmp_path: Path) -> None:
    ended = metaboard("top", "--json", "--home", tmp_path / "none")
    assert json.loads(ended.out).keys() == {"error", "message", "hint", "candidates"}
