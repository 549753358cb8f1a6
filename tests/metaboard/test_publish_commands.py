"""The commands on folders: what they say, and how they end."""

import shutil
from pathlib import Path

import pytest

from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard
from tests.support.command_line import metaboard as metaboard  # noqa: PLC0414 - a fixture is found by its name here
from tests.support.homes import published


def test_publish_says_what_was_published_and_where(metaboard: Metaboard, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = metaboard("publish", "--to", out, "--home", home, "--json")
    assert ended.code == 0
    assert ended.fields["place"] == str(out)
    assert ended.fields["data_date"] == "2026-10-02"
    assert ended.fields["dry_run"] is False
    assert "has these rows already" in metaboard("publish", "--to", out, "--home", home).err
    assert metaboard("verify", out).code == 0
    assert metaboard("verify", out, "--json").fields["sound"] is True


def test_publish_can_leave_a_leaderboard_out(metaboard: Metaboard, home: Path, tmp_path: Path) -> None:
    ended = metaboard("publish", "--to", tmp_path / "out", "--home", home, "--withhold", "open_llm_v2", "--json")
    assert ended.fields["withheld"] == ["open_llm_v2"]
    assert metaboard("publish", "--to", tmp_path / "b", "--home", home, "--withhold", "x").code == Exit.USAGE


def test_publish_from_nothing_or_to_nowhere_says_what_to_do(metaboard: Metaboard, home: Path, tmp_path: Path) -> None:
    nothing = metaboard("publish", "--to", tmp_path / "out", "--home", tmp_path / "empty")
    assert nothing.code == Exit.FAILED
    assert "metaboard refresh" in nothing.err
    nowhere = metaboard("publish", "--to", "hf://models/a/b", "--home", home)
    assert nowhere.code == Exit.USAGE
    assert metaboard("publish", "--to", "hf://datasets/a/b@v1", "--home", home).code == Exit.USAGE


@pytest.mark.parametrize("spoil", ["flip", "wal", "old manifest", "sums gone"])
def test_verify_refuses_a_tampered_dataset(metaboard: Metaboard, dataset: Path, another: Path, spoil: str) -> None:
    match spoil:
        case "flip":
            (dataset / "README.md").write_bytes((dataset / "README.md").read_bytes() + b" ")
        case "wal":
            (dataset / "metaboard.duckdb.wal").touch()
        case "old manifest":
            shutil.copyfile(another / "manifest.json", dataset / "manifest.json")
        case _:
            (dataset / "SHA256SUMS").unlink()
    ended = metaboard("verify", dataset, "--json")
    assert ended.code == Exit.REFUSED
    assert ended.fields["problems"]
    assert metaboard("verify", "--from", dataset).code in (Exit.REFUSED, Exit.FAILED) or spoil == "wal"


def test_verify_refuses_an_edition_from_before(metaboard: Metaboard, made: Path) -> None:
    dataset = made / "dataset"
    assert metaboard("verify", dataset, "--since", "2026-11-25").code == 0
    assert metaboard("verify", dataset, "--since", "2026-11-26").code == Exit.REFUSED
    assert metaboard("verify", "--from", dataset, "--since", "2026-11-26").code == Exit.REFUSED
    assert metaboard("verify", "--home", made / "home", "--since", "2026-11-26").code == Exit.USAGE


def test_a_pulled_home_answers_like_a_refreshed_one(metaboard: Metaboard, made: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    assert metaboard("pull", "--from", made / "dataset", "--home", here).code == 0
    assert metaboard("verify", "--home", here).code == 0
    assert len(metaboard("sql", "from top(n := 2)", "--json", "--home", here).rows) == 2
    assert "nothing changed" in metaboard("pull", "--from", made / "dataset", "--home", here).err
    assert metaboard("pull", "v1", "--from", made / "dataset", "--home", here).code == Exit.USAGE
    newer = tmp_path / "newer"
    published.publish(published.home(tmp_path / "other", day=2), 1290.5)
    assert metaboard("publish", "--to", newer, "--home", tmp_path / "other" / "home").code == 0
    assert metaboard("pull", "--from", newer, "--home", here, "--json").fields["is_new"] is True
    assert len(metaboard("generations", "--json", "--home", here).rows) == 2
