"""Repair of a home directory whose entries have another kind: nothing is deleted, and the best generation is current."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aggregator.errors import StorageError, UsageError
from aggregator.store.generations import Home, verify
from aggregator.store.layout import SET_ASIDE
from tests.support.homes.two_files import new_home, publish, read_letter


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return new_home(tmp_path)


def repaired(home: Home) -> list[str]:
    """Lock the home directory once and return the sentences about the repair."""
    sentences: list[str] = []
    with Home(home.root, now=home.now, log=sentences.append).lock():
        return sentences


def aside(home: Home) -> list[str]:
    return sorted(path.name.rpartition("-")[0] for path in (home.root / SET_ASIDE).glob("*"))


def test_a_whole_home_directory_is_not_changed(home: Home) -> None:
    publish(home, "a")
    repaired(home)
    before = sorted(home.root.rglob("*"))
    assert repaired(home) == []
    assert sorted(home.root.rglob("*")) == before


def copy_followed(root: Path) -> None:
    target = (root / "current").resolve()
    (root / "current").unlink()
    shutil.copytree(target, root / "current")


def make_file(root: Path) -> None:
    (root / "current").unlink()
    (root / "current").write_text("x")


def make_dangling(root: Path) -> None:
    (root / "current").unlink()
    (root / "current").symlink_to("generations/000009-99999999")


def make_loop(root: Path) -> None:
    (root / "current").unlink()
    (root / "current").symlink_to("current")


def link_elsewhere(root: Path) -> None:
    other = root.parent / (root / "current").readlink().name
    shutil.copytree((root / "current").resolve(), other)
    (root / "current").unlink()
    (root / "current").symlink_to(other)


def remove_link(root: Path) -> None:
    (root / "current").unlink()


@pytest.mark.parametrize("damage", [copy_followed, make_file, make_dangling, make_loop, link_elsewhere, remove_link])
def test_the_current_link_is_made_anew(home: Home, damage: Callable[[Path], None]) -> None:
    publish(home, "a")
    publish(home, "b")
    damage(home.root)
    sentences = repaired(home)
    assert (home.root / "current").readlink() == Path("generations/000002-bbbbbbbb")
    assert any("000002-bbbbbbbb" in sentence for sentence in sentences)
    assert publish(home, "c").number == 3
    assert read_letter(home) == "c"


def test_readers_find_a_copied_generation_before_the_repair(home: Home) -> None:
    publish(home, "a")
    copy_followed(home.root)
    current = home.current
    assert current is not None
    assert (current.id, current.path) == ("000001-aaaaaaaa", home.root / "current")


def test_a_copy_without_the_generations_is_moved_to_its_place(home: Home) -> None:
    publish(home, "a")
    copy_followed(home.root)
    shutil.rmtree(home.root / "generations")
    repaired(home)
    assert (home.root / "current").readlink() == Path("generations/000001-aaaaaaaa")
    assert verify(home.root / "generations" / "000001-aaaaaaaa") == []
    assert aside(home) == []


def test_a_folder_of_somebody_else_in_the_place_of_the_link_is_set_aside(home: Home) -> None:
    publish(home, "a")
    (home.root / "current").unlink()
    (home.root / "current").mkdir()
    (home.root / "current" / "letter.txt").write_text("mine")
    repaired(home)
    assert aside(home) == ["current"]
    assert next((home.root / SET_ASIDE).rglob("letter.txt")).read_text() == "mine"


@pytest.mark.parametrize("manifest", ["[]", "{}", "", '{"files": [1]}', '{"files": [], "sources": []}', None])
def test_without_its_manifest_the_current_generation_gives_way_to_the_newest_intact_one(
    home: Home, manifest: str | None
) -> None:
    publish(home, "a")
    path = publish(home, "b").path / "manifest.json"
    path.unlink() if manifest is None else path.write_text(manifest)
    repaired(home)
    assert read_letter(home) == "a"
    assert home.ledger()[-1]["event"] == "rolled back"
    assert publish(home, "c").number == 3


def test_a_changed_manifest_is_noticed_by_its_digest_in_the_ledger(home: Home) -> None:
    publish(home, "a")
    path = publish(home, "b").path / "manifest.json"
    manifest = json.loads(path.read_bytes())
    path.write_text(json.dumps(manifest | {"sources": {}}))
    repaired(home)
    assert read_letter(home) == "a"


@pytest.mark.parametrize(
    "content", [None, b"", b"\x00\xff" * 500, b"[]\n{}\n", b"[" * 100_000, b'{"generation": []}\n']
)
def test_a_lost_ledger_is_written_again_and_no_generation_is_lost(home: Home, content: bytes | None) -> None:
    for letter in "abc":
        publish(home, letter)
    with home.lock():
        home.rollback("000002-bbbbbbbb")
    ledger = home.root / "ledger.jsonl"
    ledger.unlink()
    if content is None:
        ledger.mkdir()
    else:
        ledger.write_bytes(content)
    repaired(home)
    assert [generation.number for generation in home.generations()] == [1, 2, 3]
    assert home.ledger()[-1]["generation"] == "000002-bbbbbbbb"
    assert publish(home, "d").number == 4


@pytest.mark.parametrize("name", ["snapshots", "history", "registry", "hub", "build"])
def test_a_file_where_a_folder_belongs_is_set_aside(home: Home, name: str) -> None:
    publish(home, "a")
    shutil.rmtree(home.root / name, ignore_errors=True)
    (home.root / name).write_text("mine")
    (sentence,) = repaired(home)
    assert f"{name} is a file, not a folder" in sentence
    assert next((home.root / SET_ASIDE).iterdir()).read_text() == "mine"


@pytest.mark.parametrize(
    "name", ["snapshots/provenance.jsonl", "snapshots/decisions.jsonl", "registry/state.json", "lease.lock"]
)
def test_a_folder_where_a_file_belongs_is_set_aside(home: Home, name: str) -> None:
    publish(home, "a")
    if (home.root / name).exists():
        (home.root / name).unlink()
    (home.root / name).mkdir(parents=True)
    repaired(home)
    assert aside(home) == [name.replace("/", "-")]
    assert not (home.root / name).is_dir()


def test_a_file_in_the_place_of_the_home_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="is not a directory"), Home(root).lock():
            pass
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="is a link to nothing"), Home(tmp_path / "link").lock():
        pass


def test_a_path_that_is_not_utf_8_is_refused_before_any_work(tmp_path: Path) -> None:
    root = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff"))
    with pytest.raises(UsageError, match="UTF-8"), Home(root).lock():
        pass
    assert list(tmp_path.iterdir()) == []


def test_files_of_a_reader_are_no_damage_and_old_ones_are_removed(home: Home) -> None:
    generation = publish(home, "a")
    spilled = generation.path / "metaboard.duckdb.tmp" / "duckdb_temp_storage_DEFAULT-0.tmp"
    spilled.parent.mkdir()
    spilled.write_bytes(b"x" * 100)
    assert verify(generation.path) == []
    repaired(home)
    assert spilled.exists(), "its reader may still run"
    for path in (spilled, spilled.parent):
        os.utime(path, (time.time() - 200_000,) * 2)
    repaired(home)
    assert not spilled.parent.exists()
    assert verify(generation.path) == []


def test_a_ledger_that_is_a_folder_is_a_sentence_for_readers(home: Home) -> None:
    publish(home, "a")
    (home.root / "ledger.jsonl").unlink()
    (home.root / "ledger.jsonl").mkdir()
    with pytest.raises(StorageError, match="ledger") as found:
        home.ledger()
    assert "metaboard refresh" in found.value.hint
