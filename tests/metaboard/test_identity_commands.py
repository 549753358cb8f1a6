"""`metaboard resolve`, `review` and `evaluate-identity` on the bundled sample."""

from pathlib import Path

import pytest

from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard


def test_resolve_explains_a_name(metaboard: Metaboard, sample_home: Path) -> None:
    rows = metaboard("resolve", "qwen2.5-72b-instruct", "--json", "--home", sample_home).rows
    assert {row["model_id"] for row in rows} == {"Qwen/Qwen2.5-72B-Instruct"}
    assert {"rung", "evidence", "candidates", "parts"} <= rows[0].keys()
    assert "because" in metaboard("resolve", "qwen2.5-72b-instruct", "--home", sample_home).out
    assert any(step["matches"] for step in rows[0]["steps"] if isinstance(step, dict))  # type: ignore[attr-defined] # JSON has no types
    assert rows[0]["release"]


def test_resolve_explains_any_text_as_a_new_name(metaboard: Metaboard, sample_home: Path) -> None:
    (row,) = metaboard("resolve", "no such name", "--json", "--home", sample_home).rows
    assert (row["is_listed"], row["rung"], row["source"]) == (False, "own", "new")
    stated = ("--source", "arena_text", "--organization", "Zx Lab", "--license", "Proprietary")
    (row,) = metaboard("resolve", "qwen2.5-72b-instruct", *stated, "--json", "--home", sample_home).rows
    assert (row["is_listed"], row["source"]) == (False, "arena_text")
    assert str(row["model_id"]).startswith("zxlab/")
    printed = metaboard("resolve", "no such name", "--home", sample_home).out
    assert "no leaderboard has it" in printed
    assert "rule normalized_tail: no" in printed


def test_review_lists_names_and_writes_decisions_to_the_users_file(
    metaboard: Metaboard, sample_home: Path, tmp_path: Path
) -> None:
    aliases = tmp_path / "config" / "aliases.toml"
    unresolved = metaboard("review", "--json", "--home", sample_home).rows
    assert unresolved
    name, other = str(unresolved[0]["raw_name"]), unresolved[0]["candidates"]
    assert isinstance(other, list)
    options = ["--reason", "a person looked", "--aliases", aliases, "--home", sample_home, "--json"]
    assert metaboard("review", "reject", name, other[0], *options).fields["file"] == str(aliases)
    assert metaboard("review", "postpone", name, *options).code == 0
    text = aliases.read_text(encoding="utf-8")
    assert text.count("a person looked") == 2
    assert "[[apart]]" in text
    assert "[[postponed]]" in text
    assert metaboard("review", "accept", name, other[0], *options).code != 0, "a rejected pair cannot be accepted"
    assert aliases.read_text(encoding="utf-8") == text


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
def test_an_incomplete_review_is_wrong_usage(
    metaboard: Metaboard, sample_home: Path, tmp_path: Path, arguments: list[str]
) -> None:
    result = metaboard("review", *arguments, "--reason", "r", "--aliases", tmp_path / "own.toml", "--home", sample_home)
    assert result.code == Exit.USAGE
    assert not (tmp_path / "own.toml").exists()


def test_labels_of_boards_that_the_home_directory_lacks_are_measured_by_board(
    metaboard: Metaboard, sample_home: Path, tmp_path: Path
) -> None:
    gold = tmp_path / "gold.tsv"
    header = "source\traw_name\tcanonical\tsame\tmirror\tquantized\tnote\torganization\tlicense"
    qwen = "\tQwen/Qwen2.5-72B-Instruct\tQwen/Qwen2.5-72B-Instruct\t\t\t\t\t"
    gold.write_text(
        f"{header}\nhelm\tQwen2.5 Instruct (72B){qwen}\naider\tqwen2.5:72b-instruct{qwen}\n", encoding="utf-8"
    )
    rows = metaboard("evaluate-identity", "--gold", gold, "--json", "--home", sample_home).rows
    assert {row["labels"] for row in rows} == {"gold.tsv"}
    kept = [row for row in rows if row["class"] == "all" and row["method"] == "metaboard"]
    boards = {row["board"]: row for row in kept if row["measure"] == "link_recall"}
    assert {board: (row["right"], row["decided"]) for board, row in boards.items()} == {
        "all": (2, 2),
        "aider": (1, 1),
        "helm": (1, 1),
    }


def test_identity_is_measured_against_labels(metaboard: Metaboard, sample_home: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.tsv"
    header = "arena_name\tcanonical\tsame\tmirror\tquantized\tnote"
    gold.write_text(f"{header}\nqwen2.5-72b-instruct\tqwen\tQwen/Qwen2.5-72B-Instruct\t\t\t\n", encoding="utf-8")
    rows = metaboard("evaluate-identity", "--gold", gold, "--json", "--home", sample_home).rows
    kept = [row for row in rows if row["part"] == "all" and row["class"] == "all" and row["method"] == "metaboard"]
    found = {row["measure"]: row["value"] for row in kept}
    assert (found["link_precision"], found["link_recall"]) == (1.0, 1.0)
    assert "link_precision" in metaboard("evaluate-identity", "--gold", gold, "--home", sample_home).out
    assert metaboard("evaluate-identity", "--gold", tmp_path / "none.tsv", "--home", sample_home).code == Exit.USAGE
