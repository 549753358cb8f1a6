"""The command line as a whole: help, exit codes, hostile text, `python -m metaboard`, and imports at start."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from metaboard.app import run
from metaboard.command_table import COMMANDS, QUERY, Command
from metaboard.exit_codes import MEANING, Exit
from metaboard.options import default_home
from tests.support.command_line import Metaboard
from tests.support.homes.query import HOSTILE, with_hostile_model
from tools.write_cli_page import PAGE, build_page

QUERY_EXAMPLES = [
    shlex.split(example) for command in COMMANDS if command.panel == QUERY for example in command.examples
]
CONTROL_CODES = ("\x1b[31m", "\x07", "\u202e", "\u200b", "\r")
MODULE = ("-m", "metaboard")


@pytest.mark.parametrize("example", QUERY_EXAMPLES, ids=" ".join)
def test_every_example_of_a_query_command_works(metaboard: Metaboard, sample_home: Path, example: list[str]) -> None:
    result = metaboard(*example[1:], "--home", sample_home)
    assert result.code == 0, result.err
    assert result.out.strip()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name or command.run.__name__)
def test_help_of_every_command_has_its_examples(metaboard: Metaboard, command: Command) -> None:
    result = metaboard(command.name or command.run.__name__, "--help", columns=200)
    assert result.code == 0
    assert all(example in result.out for example in command.examples)


def test_the_main_help_lists_every_command_and_exit_code(metaboard: Metaboard) -> None:
    result = metaboard("--help", columns=200)
    for code, meaning in MEANING.items():
        assert f"{code.value}: {meaning}" in result.out
    for command in COMMANDS:
        assert f" {command.name or command.run.__name__} " in result.out


def test_the_command_line_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == build_page(), "run `make docs`"


def test_version_prints_the_versions_of_metaboard_duckdb_and_python(metaboard: Metaboard) -> None:
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
def test_wrong_usage_exits_with_two(metaboard: Metaboard, sample_home: Path, arguments: list[str]) -> None:
    home = [] if arguments[0] in ("no-such-command", "show") else ["--home", str(sample_home)]
    result = metaboard(*arguments, *home)
    assert result.code == Exit.USAGE
    assert result.out == ""
    assert result.err


def test_without_data_every_query_command_prints_the_command_to_run(metaboard: Metaboard, tmp_path: Path) -> None:
    for command in (["top"], ["sources"], ["find", "x"], ["show", "x"], ["sql", "select 1"], ["verify"]):
        result = metaboard(*command, "--home", tmp_path / "nowhere")
        assert result.code == Exit.FAILED, command
        assert "metaboard refresh" in result.err
        assert result.out == ""


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
        ["top", "--board", "board_one", "--grain", "setting", "--json"],
        ["show", f"x/{HOSTILE}", "--json"],
        ["show", HOSTILE * 2, "--json"],
    ],
    ids=lambda arguments: " ".join(arguments).encode("unicode_escape").decode(),
)
def test_a_hostile_name_is_printed_as_text(metaboard: Metaboard, tmp_path: Path, arguments: list[str]) -> None:
    result = metaboard(*arguments, "--home", with_hostile_model(tmp_path), columns=300)
    assert not any(code in result.out + result.err for code in CONTROL_CODES)
    if arguments[0] in ("top", "find", "compare"):
        assert "[red]evil[/red] " in result.out
    if arguments[:1] == ["show"] and "--json" in arguments and result.code == 0:
        model = result.fields["model"]
        assert isinstance(model, dict)
        assert model["name"] == HOSTILE, "JSON returns the name unchanged"


def test_the_environment_sets_the_home_directory(
    metaboard: Metaboard, sample_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METABOARD_HOME", str(sample_home))
    assert metaboard("top", "-n", 1).code == 0
    monkeypatch.delenv("METABOARD_HOME")
    assert default_home().name == "metaboard"


def start_python(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, env={**os.environ, **environment})  # noqa: S603 - our own code


def test_query_commands_start_without_prefect_or_scipy(sample_home: Path) -> None:
    code = (
        "import sys; from metaboard.app import run; code = run(sys.argv[1:]);"
        "heavy = {'prefect', 'scipy', 'httpx', 'huggingface_hub'} & set(sys.modules); sys.exit(f'{heavy}' if heavy else code)"
    )
    with start_python("-c", code, "top", "-n", "1", "--home", str(sample_home)) as process:
        _, errors = process.communicate()
    assert process.returncode == 0, errors


def test_a_closed_pipe_causes_no_traceback(sample_home: Path) -> None:
    with start_python(*MODULE, "sql", "from range(200000)", "--csv", "--all", "--home", str(sample_home)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_a_character_outside_the_terminal_encoding_is_escaped(tmp_path: Path) -> None:
    home = with_hostile_model(tmp_path)
    with start_python(*MODULE, "top", "--home", str(home), PYTHONIOENCODING="ascii") as process:
        out, errors = process.communicate()
    assert process.returncode == 0, errors
    assert b"1 (1" in out


def test_python_m_metaboard_runs_the_command_line(sample_home: Path) -> None:
    with start_python(*MODULE, "top", "-n", "1", "--json", "--home", str(sample_home)) as process:
        out, errors = process.communicate()
    assert process.returncode == 0, errors
    assert len(json.loads(out)) == 1
    with start_python(*MODULE, "no-such-command") as process:
        out, errors = process.communicate()
    assert (process.returncode, out) == (Exit.USAGE, b"")
    assert b"Usage: metaboard" in errors, "the program has the same name as the console script"


def test_help_exits_with_zero() -> None:
    assert run(["--help"]) == 0


def test_an_error_as_json_is_one_document(metaboard: Metaboard, tmp_path: Path) -> None:
    result = metaboard("top", "--json", "--home", tmp_path / "none")
    assert json.loads(result.out).keys() == {"error", "message", "hint", "candidates"}
