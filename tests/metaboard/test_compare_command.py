"""`metaboard compare` answers first, and then shows the models side by side."""

from pathlib import Path

import duckdb
import pytest

from tests.support.command_line import CommandResult, Metaboard
from tests.support.homes.query import write_tiny_file


def test_compare_begins_with_the_sentences_of_the_verdict_and_then_has_the_domains(
    metaboard: Metaboard, tmp_path: Path
) -> None:
    home = write_tiny_file(tmp_path)
    lines = metaboard("compare", "a/first", "a/second", "--home", home).out.splitlines()
    assert lines[0].startswith("Where both were measured: Second is ahead on One with")
    assert lines[1].startswith("Overall, as releases: First is better with 64 %")
    document = metaboard("compare", "a/first", "a/second", "--json", "--home", home).fields
    assert set(document) == {"verdict", "verdicts", "models", "boards", "scores"}
    verdict = document["verdict"]
    assert isinstance(verdict, dict)
    domains = {line.split()[0]: line.split() for line in lines if line.startswith(("coding", "math"))}
    for one in verdict["domains"]:
        first, second = (
            [f"{ability:,.0f}", f"({count or 'borrowed'})"]
            for ability, count in zip(one["abilities"], one["measured_benchmarks"], strict=True)
        )
        assert domains[one["domain"]][-4:] == [*first, *second]
        better = "First" if one["probability"] >= 0.5 else "Second"
        assert domains[one["domain"]][1:4] == [
            better,
            f"{100 * max(one['probability'], 1 - one['probability']):.0f}",
            "%",
        ]
    assert domains["math"][4:7] == ["0", ":", "1"]
    assert verdict["sentences"] == lines[: len(verdict["sentences"])]
    assert verdict["boards"][0]["source"] == "board_one"
    assert verdict["probability"] == pytest.approx(0.6436, abs=1e-4)


def test_compare_gives_one_verdict_for_each_other_model_than_the_best(metaboard: Metaboard, tmp_path: Path) -> None:
    home = write_tiny_file(tmp_path)
    document = metaboard("compare", "b/third", "a/second", "a/first", "--json", "--home", home).fields
    verdicts = document["verdicts"]
    assert isinstance(verdicts, list)
    assert [verdict["models"] for verdict in verdicts] == [["a/first", "a/second"], ["a/first", "b/third"]]
    assert document["verdict"] == verdicts[0]


def test_the_name_of_a_release_means_its_default_setting(metaboard: Metaboard, tmp_path: Path) -> None:
    home = write_tiny_file(tmp_path)
    with duckdb.connect(home / "current" / "metaboard.duckdb") as connection:
        connection.execute("delete from releases where release_id = 'a/second'")
        connection.execute(
            "update releases set release_id = 'a/second', models = ['a/first', 'a/second'] where release_id = 'a/first'"
        )
        for table in ("models", "leaderboard"):
            connection.execute(f"update {table} set release_id = 'a/second' where model_id = 'a/first'")
    taken = metaboard("compare", "second", "b/third", "--json", "--home", home)
    assert "second: taken for the release, by its default setting a/first" in taken.err
    assert compared(taken) == ["a/first", "b/third"]
    exact = metaboard("compare", "a/second", "b/third", "--json", "--home", home)
    assert compared(exact) == ["a/second", "b/third"]


def compared(answer: CommandResult) -> list[str]:
    """Return the ids of the compared models."""
    models = answer.fields["models"]
    assert isinstance(models, list)
    return [str(model["model_id"]) for model in models]
