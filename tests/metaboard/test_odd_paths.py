"""Home directories with unusual paths, and text with control characters on a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator import warehouse
from aggregator.query import queries
from aggregator.store.generations import verify
from aggregator.store.history import HistoryStore
from tests.conftest import REPOSITORY
from tests.support.command_line import Metaboard
from tests.support.homes import published
from tests.support.homes.query import write_tiny_file

NAMES = ("a#b", "a[1]b", "a[b", "a*b", "a b", "a%20b", "a;b'c", 'a"b', "ä–二")


@pytest.mark.parametrize("name", NAMES)
def test_a_generation_is_built_and_read_under_any_path(tmp_path: Path, name: str) -> None:
    home = published.new_home(tmp_path / name)
    home.root.parent.mkdir()
    with home.lock(), home.build() as build:
        with warehouse.open_builder(build) as builder:
            builder._connection.execute("create table numbers as select 42 as n")
        manifest = {"schema_version": "1", "content_hash": "0" * 8, "sources": {}}
        generation = home.publish(build, manifest)
    assert sorted(path.name for path in generation.path.iterdir()) == ["manifest.json", "metaboard.duckdb"]
    assert verify(generation.path) == []
    with queries.open_current(home.root) as connection:
        assert queries.fetch_rows(connection, "from numbers") == [{"n": 42}]
        with pytest.raises(Exception, match="read-only"):
            connection.execute("create table more as select 1")


@pytest.mark.parametrize("name", NAMES)
def test_the_history_is_found_again_under_any_path(tmp_path: Path, name: str) -> None:
    store = HistoryStore(tmp_path / name)
    before = store.load("board").with_refused_fetch("key")
    store.save("board", before)
    assert store.load("board").refused_keys == ("key",)


@pytest.mark.parametrize("command", [["top"], ["status"], ["refresh", "--sample", "--direct"], ["prune"], ["boards"]])
def test_a_path_that_can_be_no_home_directory_is_a_sentence(
    metaboard: Metaboard, tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    not_utf_8 = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff"))
    for home, problem in (
        (tmp_path / "file", "is not a directory"),
        (tmp_path / "file" / "below", "is not a directory"),
        (tmp_path / "link", "is a link to nothing"),
        (not_utf_8, "is not a path in UTF-8"),
        (tmp_path / "a?b", "a question mark in its path"),
    ):
        result = metaboard(*command, "--home", str(home))
        assert result.code == 2
        assert problem in result.err.replace("\n", "")
        assert "--home" in result.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


def test_a_reader_that_needs_more_memory_writes_nothing_into_the_generation(tmp_path: Path) -> None:
    home = published.new_home(tmp_path)
    generation = published.publish(home)
    code = (
        "import sys\nfrom pathlib import Path\nimport duckdb\nfrom aggregator import warehouse\n"
        "connect = duckdb.connect\n"
        "def small(*given, config, **named):\n"
        "    return connect(*given, config={**config, 'memory_limit': '60MB', 'threads': '1'}, **named)\n"
        "duckdb.connect = small\n"
        "with warehouse.open_read_only(Path(sys.argv[1])) as connection:\n"
        "    connection.execute(\"create temp table t as select range x, repeat('x', 200) || range y from range(600000)\")\n"
        '    spilled = connection.execute("select sum(size) from duckdb_temporary_files()").fetchall()[0][0]\n'
        "    print(int(spilled or 0), *[p for p in Path(sys.argv[1]).parent.iterdir() if 'tmp' in p.name])\n"
    )
    command = [sys.executable, "-c", code, str(generation.path / warehouse.DATABASE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=REPOSITORY)  # noqa: S603 - our code
    spilled, *beside = done.stdout.split()
    assert int(spilled) > 1_000_000, "the query did not fit into the memory"
    assert beside == []
    assert verify(generation.path) == []


CONTROLS = (
    "select '\x1b[31mred' as a, 'x\x9b31m\u202ey' as \"\x1bcolumn\", ['\x1b', '\x9b'] as many, encode('\x1b') as raw"
)


@pytest.mark.parametrize("form", ["--csv", "--json", None])
def test_a_terminal_receives_no_control_characters_and_a_csv_file_is_exact(
    metaboard: Metaboard, tmp_path: Path, form: str | None
) -> None:
    home = write_tiny_file(tmp_path)
    arguments = ["sql", CONTROLS, *([form] if form else []), "--home", str(home)]
    main, side = pty.openpty()
    command = [sys.executable, "-c", "from metaboard.app import main; main()", *arguments]
    environment = {**os.environ, "COLUMNS": "200", "TERM": "dumb"}
    with subprocess.Popen(command, stdout=side, stderr=subprocess.PIPE, cwd=REPOSITORY, env=environment) as process:  # noqa: S603 - our code
        os.close(side)
        shown = b""
        try:
            while chunk := os.read(main, 65536):
                shown += chunk
        except OSError:
            pass  # Linux reports the closed terminal as an error.
        os.close(main)
    assert process.returncode == 0
    text = shown.decode()
    assert not any(character in text for character in "\x1b\x9b\u202e")
    assert "red" in text
    if form == "--csv":
        assert "\x1b[31mred" in metaboard(*arguments).out, "a pipe receives the exact values"
