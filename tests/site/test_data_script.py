import json
import math
import shutil
import subprocess
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.site.data_script import packed, plain, script, table
from aggregator.site.links import allowed, hosts

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_script_is_one_line_without_a_bracket_that_opens_a_tag(text: str) -> None:
    written = script("x", [text]).decode()
    assert "<" not in written
    assert written.count("\n") == 1
    assert "\u2028" not in written
    assert "\u2029" not in written


def test_a_script_gives_back_its_value_where_it_is_run() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    value = {"__proto__": ["</script>", "'\\'", "\n\r\u2028\u2029", "模型", "${x}`"], "n": [1, 0.5, None, True]}
    run = script("a'b", value).decode() + 'process.stdout.write(JSON.stringify(metaboardData["a\'b"]))'
    answer = subprocess.run([node, "-"], input=run, capture_output=True, text=True, check=True, timeout=30)  # noqa: S603 - the test's own text
    assert json.loads(answer.stdout) == value


@given(values)
def test_plain_values_stay_what_they_are(value: object) -> None:
    assert plain(value) == value


def test_dates_numbers_and_what_is_no_number_are_written_as_json_knows_them() -> None:
    assert plain(
        [date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), math.nan, math.inf, 1.0, 1234.56789]
    ) == [
        "2026-01-02",
        "2026-01-02T03:04:05+00:00",
        None,
        None,
        1,
        1234.57,
    ]


@given(st.lists(st.none() | st.sampled_from(["a", "b", "c"])))
def test_packed_columns_hold_the_same_values(column: list[str | None]) -> None:
    given_back = packed(column)
    if isinstance(given_back, dict):
        given_back = [None if at is None else given_back["words"][at] for at in given_back["at"]]
    assert given_back == column


def test_a_table_is_columns_of_equal_length() -> None:
    assert table(["a", "b"], [(1, "x"), (2, "x")]) == {
        "rows": 2,
        "columns": {"a": [1, 2], "b": {"words": ["x"], "at": [0, 0]}},
    }


@pytest.mark.parametrize(
    "address",
    [
        "http://arena.ai/",
        "https://arena.ai.evil.example/",
        "https://evilarena.ai/",
        "https://x.arena.ai/",
        "https://evil.example/arena.ai",
        "https://arena.ai:8080/",
        "javascript:alert(1)",
        "data:text/html,x",
        "//arena.ai/",
        "https://arena.ai/\nx",
        "https://arena.ai/<script>",
        "",
        None,
    ],
)
def test_only_plain_addresses_of_known_hosts_are_links(address: str | None) -> None:
    known = hosts(["https://arena.ai/leaderboard/text", "javascript:x"])
    assert known == ["arena.ai", "huggingface.co"]
    assert allowed("https://arena.ai/leaderboard/text", known)
    assert not allowed(address, known)
