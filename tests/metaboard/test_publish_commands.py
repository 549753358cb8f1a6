"""`metaboard publish`, `verify` and `pull` with folders: output and exit codes."""

import shutil
from pathlib import Path

import pytest

from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard
from tests.support.homes import published


def test_publish_prints_the_place_and_the_date_of_the_data(metaboard: Metaboard, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = metaboard("publish", "--to", out, "--home", home, "--json")
    assert result.code == 0
    assert result.fields["place"] == str(out)
    assert result.fields["data_date"] == "2026-10-02"
    assert result.fields["dry_run"] is False
    assert "has these rows already" in metaboard("publish", "--to", out, "--home", home).err
    assert metaboard("verify", out).code == 0
    assert metaboard("verify", out, "--json").fields["sound"] is True


def test_publish_can_withhold_a_source(metaboard: Metaboard, home: Path, tmp_path: Path) -> None:
    result = metaboard("publish", "--to", tmp_path / "out", "--home", home, "--withhold", "open_llm_v2", "--json")
    assert result.fields["withheld"] == ["open_llm_v2"]
    assert metaboard("publish", "--to", tmp_path / "b", "--home", home, "--withhold", "x").code == Exit.USAGE


def test_publish_without_data_or_to_an_invalid_place_fails_with_the_next_step(
    metaboard: Metaboard, home: Path, tmp_path: Path
) -> None:
    without_data = metaboard("publish", "--to", tmp_path / "out", "--home", tmp_path / "empty")
    assert without_data.code == Exit.FAILED
    assert "metaboard refresh" in without_data.err
    invalid_place = metaboard("publish", "--to", "hf://models/a/b", "--home", home)
    assert invalid_place.code == Exit.USAGE
    assert metaboard("publish", "--to", "hf://datasets/a/b@v1", "--home", home).code == Exit.USAGE


@pytest.mark.parametrize("spoil", ["flip", "wal", "old manifest", "sums gone"])
def test_verify_refuses_a_changed_dataset(metaboard: Metaboard, dataset: Path, another: Path, spoil: str) -> None:
    match spoil:
        case "flip":
            (dataset / "README.md").write_bytes((dataset / "README.md").read_bytes() + b" ")
        case "wal":
            (dataset / "metaboard.duckdb.wal").touch()
        case "old manifest":
            shutil.copyfile(another / "manifest.json", dataset / "manifest.json")
        case _:
            (dataset / "SHA256SUMS").unlink()
    result = metaboard("verify", dataset, "--json")
    assert result.code == Exit.REFUSED
    assert result.fields["problems"]
    assert metaboard("verify", dataset).err.endswith("Do not use it: pull or download it again.\n")
    assert metaboard("verify", "--from", dataset).code in (Exit.REFUSED, Exit.FAILED) or spoil == "wal"


def test_verify_refuses_an_edition_made_before_since(metaboard: Metaboard, made: Path) -> None:
    dataset = made / "dataset"
    assert metaboard("verify", dataset, "--since", "2026-11-25").code == 0
    assert metaboard("verify", dataset, "--since", "2026-11-26").code == Exit.REFUSED
    assert metaboard("verify", "--from", dataset, "--since", "2026-11-26").code == Exit.REFUSED
    assert metaboard("verify", "--home", made / "home", "--since", "2026-11-26").code == Exit.USAGE


def test_a_pulled_home_can_be_queried_like_a_refreshed_one(metaboard: Metaboard, made: Path, tmp_path: Path) -> None:
    target = tmp_path / "here"
    assert metaboard("pull", "--from", made / "dataset", "--home", target).code == 0
    assert metaboard("verify", "--home", target).code == 0
    assert len(metaboard("sql", "from top(n := 2)", "--json", "--home", target).rows) == 2
    assert "nothing changed" in metaboard("pull", "--from", made / "dataset", "--home", target).err
    assert metaboard("pull", "v1", "--from", made / "dataset", "--home", target).code == Exit.USAGE
    newer = tmp_path / "newer"
    published.publish(published.new_home(tmp_path / "other", day=2), 1290.5)
    assert metaboard("publish", "--to", newer, "--home", tmp_path / "other" / "home").code == 0
    assert metaboard("pull", "--from", newer, "--home", target, "--json").fields["is_new"] is True
    assert len(metaboard("generations", "--json", "--home", target).rows) == 2
