"""Publishing into a folder, and pulling from one: whole, newer, and never over somebody's files."""

import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.dataset import checksums, folder, release_check
from aggregator.dataset.destination import Repository, parse_place
from aggregator.errors import FetchError, PublishError, StorageError, UsageError
from aggregator.store.generations import Home, verify
from aggregator.store.manifest import read_manifest
from flows.publish import last_step, publish, pull
from flows.runners import DirectRunner
from tests.support.homes import published


def silent(_: str) -> None:
    """Say nothing."""


def test_a_folder_gets_the_dataset_and_the_same_rows_again_write_nothing(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "made" / "out"
    first = publish(home, str(target), say=silent)
    assert first.is_new
    assert checksums.problems(target) == []
    inode = target.stat().st_ino
    assert not publish(home, str(target), say=silent).is_new
    assert target.stat().st_ino == inode
    assert [path.name for path in target.parent.iterdir()] == ["out"]


def test_a_dry_run_writes_nothing_and_says_what_it_would(home: Path, tmp_path: Path) -> None:
    said = publish(home, str(tmp_path / "out"), dry_run=True, say=silent)
    assert said.is_new
    assert said.files == 15
    assert not (tmp_path / "out").exists()


def test_a_newer_edition_replaces_and_an_older_one_is_refused(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    old = shutil.copytree(home, tmp_path / "old", symlinks=True)
    publish(home, str(target), say=silent)
    published.publish(Home(home, now=lambda: published.NOON + timedelta(days=1)), 1299.5)
    assert publish(home, str(target), say=silent).is_new
    with pytest.raises(PublishError, match="later than ours"):
        publish(old, str(target), say=silent)
    assert read_manifest(target)["generation"].startswith("000002")


def test_publishing_is_a_step_that_any_runner_can_run(home: Path, tmp_path: Path) -> None:
    said: list[str] = []
    runner = DirectRunner(said.append)
    assert last_step(home, str(tmp_path / "out"), runner).is_new
    assert not last_step(home, str(tmp_path / "out"), runner).is_new
    assert "has these rows already" in said[-1]
    assert "release" in runner.seconds


def test_a_folder_with_something_else_in_it_is_left_alone(home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    for place in ("mine", "mine/thesis.txt", "home"):
        with pytest.raises(UsageError, match="something else"):
            publish(home, str(tmp_path / place), say=silent)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "x"


def test_a_reader_never_finds_a_mixture_or_nothing(home: Path, another: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    publish(home, str(target), say=silent)
    hashes = {read_manifest(place)["content_hash"] for place in (target, another)}
    done, found = threading.Event(), []

    def look() -> None:
        while not done.is_set():
            found.append(read_manifest(target)["content_hash"])

    reader = threading.Thread(target=look)
    reader.start()
    spare = shutil.copytree(another, tmp_path / "spare")
    for _ in range(200):
        folder.put_in_place(spare, target)
    done.set()
    reader.join(10)
    assert set(found) <= hashes
    assert len(found) > 1
    assert checksums.problems(target) == checksums.problems(spare) == []


def test_a_pulled_dataset_is_a_generation_like_any_other(dataset: Path, tmp_path: Path) -> None:
    pulled = pull(tmp_path / "here", str(dataset))
    assert pulled.is_new
    assert verify(tmp_path / "here" / "current") == []
    assert (tmp_path / "here" / "current" / "metaboard.duckdb").read_bytes() == (
        dataset / "metaboard.duckdb"
    ).read_bytes()
    manifest = pulled.generation.manifest()
    assert manifest["inputs_hash"] == "pulled"
    assert manifest["sources"]["open_llm_v2"]["files"] == []
    again = pull(tmp_path / "here", str(dataset))
    assert (again.is_new, again.generation.id) == (False, pulled.generation.id)


def test_a_damaged_dataset_is_not_pulled(dataset: Path, tmp_path: Path) -> None:
    (dataset / "README.md").write_text("x")
    with pytest.raises(StorageError, match=r"README\.md is not the file that was published"):
        pull(tmp_path / "here", str(dataset))
    (dataset / "README.md").unlink()
    with pytest.raises(FetchError, match="no whole dataset"):
        pull(tmp_path / "here", str(dataset))
    assert Home(tmp_path / "here").current is None


def test_an_older_edition_is_not_pulled_over_a_newer_one(dataset: Path, another: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    shutil.copytree(another, place)
    newer = pull(tmp_path / "here", str(place))
    shutil.rmtree(place)
    shutil.copytree(dataset, place)
    with pytest.raises(StorageError, match="older than the one here"):
        pull(tmp_path / "here", str(place))
    now = Home(tmp_path / "here").current
    assert now
    assert now.id == newer.generation.id


def test_a_home_that_refreshes_is_not_pulled_into(dataset: Path, home: Path) -> None:
    (home / "snapshots").mkdir()
    with pytest.raises(UsageError, match="refreshed from the leaderboards"):
        pull(home, str(dataset))


def test_a_manifest_that_points_outside_is_not_followed(dataset: Path, tmp_path: Path) -> None:
    manifest = (dataset / "manifest.json").read_text().replace('"README.md"', '"../README.md"')
    (dataset / "manifest.json").write_text(manifest)
    with pytest.raises(FetchError, match="no path inside a dataset"):
        pull(tmp_path / "here", str(dataset))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("out", Path("out")),
        ("/srv/data", Path("/srv/data")),
        ("hf://datasets/org/name", Repository("org/name")),
        ("hf://datasets/org/na.me-1@v1.0", Repository("org/na.me-1", "v1.0")),
    ],
)
def test_places_are_folders_or_datasets(text: str, place: Path | Repository) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "hf://models/org/name",
        "hf://datasets/org",
        "hf://org/name",
        "s3://bucket/x",
        "hf://datasets/a/b/c",
        "hf://datasets/a/b@",
    ],
)
def test_other_places_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_place(text)


def test_an_edition_is_news_only_with_other_rows_and_no_earlier_time() -> None:
    ours = {"content_hash": "a", "created_at": "2026-11-25T12:00:00+00:00"}
    assert release_check.is_news(None, ours)
    assert release_check.is_news({"files": []}, ours)
    assert not release_check.is_news(ours | {"created_at": "2027-01-01T00:00:00+00:00"}, ours)
    assert release_check.is_news({"content_hash": "b", "created_at": "2026-11-25T13:59:59+02:00"}, ours)
    with pytest.raises(PublishError):
        release_check.is_news({"content_hash": "b", "created_at": "2026-11-25T12:00:01+00:00"}, ours)


def test_tags_are_dates_that_are_never_moved() -> None:
    assert release_check.data_tag({"data_date": "2026-10-02"}) == "2026-10-02"
    assert release_check.data_tag({"data_date": None, "created_at": "2026-11-25T23:30:00-02:00"}) == "2026-11-26"
    assert release_check.free_tag("2026-10-02", []) == "2026-10-02"
    assert release_check.free_tag("2026-10-02", ["2026-10-02", "2026-10-02.2"]) == "2026-10-02.3"
    assert release_check.is_named("2026-10-02.12", "2026-10-02")
    assert not release_check.is_named("2026-10-021", "2026-10-02")
