"""Commands about names, on the bundled sample: explain, decide, measure."""

from pathlib import Path

import pytest

from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard


def test_resolve_explains_a_name(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard("resolve", "qwen2.5-72b-instruct", "--json", "--home", sample_home).rows
    assert {row["model_id"] for row in rows} == {"Qwen/Qwen2.5-72B-Instruct"}
    assert {"rung", "evidence", "candidates", "parts"} <= rows[0].keys()
    assert "because" in metaboard("resolve", "qwen2.5-72b-instruct", "--home", sample_home).out
    assert metaboard("resolve", "no such name", "--home", sample_home).code == Exit.USAGE


def test_review_lists_and_writes_decisions_to_the_users_own_file(
    metaboard: Metaboard, sample_home: Path, tmp_path: Path
) -> None:
    own = tmp_path / "config" / "aliases.toml"
    waiting = metaboard("review", "--json", "--home", sample_home).rows
    assert waiting
    name, other = str(waiting[0]["raw_name"]), waiting[0]["candidates"]
    assert isinstance(other, list)
    told = ["--reason", "a person looked", "--aliases", own, "--home", sample_home, "--json"]
    assert metaboard("review", "reject", name, other[0], *told).fields["file"] == str(own)
    assert metaboard("review", "postpone", name, *told).code == 0
    text = own.read_text(encoding="utf-8")
    assert text.count("a person looked") == 2
    assert "[[apart]]" in text
    assert "[[postponed]]" in text
    assert metaboard("review", "accept", name, other[0], *told).code != 0, "what must stay apart cannot be joined"
    assert own.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "arguments",
    [
        ["accept", "x"],
        ["reject"],
        ["postpone", "x", "y"],
        ["accept", "no such name", "Qwen/Qwen2.5-72B-Instruct"],
        ["agree", "x", "y"],
    ],
    ids=" ".join,
)
def test_half_a_decision_is_wrong_usage(
    metaboard: Metaboard, sample_home: Path, tmp_path: Path, arguments: list[str]
) -> None:
    ended = metaboard("review", *arguments, "--reason", "r", "--aliases", tmp_path / "own.toml", "--home", sample_home)
    assert ended.code == Exit.USAGE
    assert not (tmp_path / "own.toml").exists()


def test_identity_is_measured_against_labels(metaboard: Metaboard, sample_home: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.tsv"
    header = "arena_name\tcanonical\tsame\tmirror\tquantized\tnote"
    gold.write_text(f"{header}\nqwen2.5-72b-instruct\tqwen\tQwen/Qwen2.5-72B-Instruct\t\t\t\n", encoding="utf-8")
    rows = metaboard("evaluate-identity", "--gold", gold, "--json", "--home", sample_home).rows
    found = {row["measure"]: row["value"] for row in rows if row["part"] == "all" and row["class"] == "all"}
    assert (found["link_precision"], found["link_recall"]) == (1.0, 1.0)
    assert "link_precision" in metaboard("evaluate-identity", "--gold", gold, "--home", sample_home).out
    assert metaboard("evaluate-identity", "--gold", tmp_path / "none.tsv", "--home", sample_home).code == Exit.USAGE
