"""Data scripts and links: text stays text, values stay equal, and only known hosts are linked."""

import json
import math
import shutil
import subprocess
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.site.data_script import pack_column, pack_table, render_script, to_json_value
from aggregator.site.links import allowed_hosts, is_allowed

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_script_is_one_line_that_opens_no_tag(text: str) -> None:
    written = render_script("x", [text]).decode()
    assert "<" not in written
    assert written.count("\n") == 1
    assert "\u2028" not in written
    assert "\u2029" not in written


def test_a_script_sets_its_value_in_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    value = {"__proto__": ["</script>", "'\\'", "\n\r\u2028\u2029", "模型", "${x}`"], "n": [1, 0.5, None, True]}
    run = render_script("a'b", value).decode() + 'process.stdout.write(JSON.stringify(metaboardData["a\'b"]))'
    done = subprocess.run([node, "-"], input=run, capture_output=True, text=True, check=True, timeout=30)  # noqa: S603 - the test's own script
    assert json.loads(done.stdout) == value


@given(values)
def test_json_values_stay_equal(value: object) -> None:
    assert to_json_value(value) == value


def test_dates_and_numbers_are_written_as_json_values() -> None:
    assert to_json_value(
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
    unpacked = pack_column(column)
    if isinstance(unpacked, dict):
        unpacked = [None if at is None else unpacked["words"][at] for at in unpacked["at"]]
    assert unpacked == column


def test_a_table_is_columns_of_equal_length() -> None:
    assert pack_table(["a", "b"], [(1, "x"), (2, "x")]) == {
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
    known = allowed_hosts(["https://arena.ai/leaderboard/text", "javascript:x"])
    assert known == ["arena.ai", "huggingface.co"]
    assert is_allowed("https://arena.ai/leaderboard/text", known)
    assert not is_allowed(address, known)
