"""The page's search gives the answers of the macro `find`: the same words, models, fits and order."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aggregator.query import queries
from aggregator.query.queries import Connection
from aggregator.site.data_script import to_json_value
from aggregator.site.published_file import inspect_file
from aggregator.site.search_data import read_search
from tests.conftest import REPOSITORY
from tests.support.command_line import sample_home
from tests.support.homes.query import write_tiny_file
from tests.support.recorded_home import given_names, recordings_home
from tests.support.typed_names import TYPED_NAMES, TypedName, read_typed_names

__all__ = ["given_names", "recordings_home", "sample_home"]

SHOWN = 10
MAX_MS = 100.0
"""The most milliseconds of one search in the page, over all rows."""


def ask_page(connection: Connection, find: Sequence[str], tokens: Sequence[str]) -> dict[str, Any]:
    """Return the answers of `web/src/search.js` in node."""
    data = to_json_value(read_search(inspect_file(connection)))
    done = subprocess.run(
        ["node", "tests/search.mjs"],  # noqa: S607 - the node on the PATH
        cwd=REPOSITORY / "web",
        input=json.dumps({"data": data, "find": find, "tokens": tokens}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def ask_macro(connection: Connection, text: str) -> list[dict[str, object]]:
    return queries.fetch_rows(
        connection,
        "select model_id, fit, mismatch from find($words) order by match_rank limit $n",
        {"words": text, "n": SHOWN},
    )


def compare(connection: Connection, texts: Sequence[str]) -> dict[str, Any]:
    """Compare page and macro on `texts`, and on the words of all spellings; return the answer of the page."""
    spellings = [
        str(row["spelling"])
        for row in queries.fetch_rows(connection, "select spelling from search_names order by name")
    ]
    answer = ask_page(connection, texts, spellings)
    cut = queries.fetch_rows(connection, "select name_tokens(spelling) as words from search_names order by name")
    assert answer["tokens"] == [row["words"] for row in cut]
    different = {
        text: (found, wanted)
        for text, found in zip(texts, answer["found"], strict=True)
        if found != (wanted := ask_macro(connection, text))
    }
    assert different == {}
    return answer


@pytest.mark.browser
def test_the_page_answers_typed_names_as_the_macro_does(sample_home: Path) -> None:
    names = read_typed_names(TYPED_NAMES)
    odd = [
        "",
        " ",
        "%",
        "7b",
        "qw",
        "instruct",
        "\x00",
        "a/b/c/",
        "q4_k_m.gguf",
        "x" * 200,
        "10-09",
        "gpt 4 0613 9",
        "1.5 1 8b",
        "..",
        "ﬁ",
    ]
    with queries.open_current(sample_home) as connection:
        answer = compare(connection, [*(name.text for name in names), *odd])
    for name, found in zip(names, answer["found"], strict=False):
        assert name.means(found[0]["model_id"]), name.text


@pytest.mark.browser
@pytest.mark.recordings
def test_the_page_answers_fast_on_all_rows(recordings_home: Path, given_names: list[TypedName]) -> None:
    with queries.open_current(recordings_home) as connection:
        answer = compare(connection, [name.text for name in given_names])
    assert answer["median"] < MAX_MS


def test_a_file_without_the_tables_of_the_search_has_empty_data(tmp_path: Path) -> None:
    home = write_tiny_file(tmp_path, search=False)
    with queries.open_current(home) as connection:
        data = read_search(inspect_file(connection))
    assert data["models"] == {"model_id": [], "own": [], "is_listed": [], "params_b": []}


def test_the_lists_of_names_are_differences(tmp_path: Path) -> None:
    with queries.open_current(write_tiny_file(tmp_path)) as connection:
        data = read_search(inspect_file(connection))
        words = queries.fetch_rows(connection, "select names from search_words order by word")
    packed = data["words"]
    assert isinstance(packed, dict)
    for row, gaps in zip(words, packed["names"], strict=True):
        assert [sum(gaps[: at + 1]) for at in range(len(gaps))] == row["names"]
