"""Pull from a folder: verified, complete, and never an older edition."""

import shutil
from pathlib import Path

import pytest

from aggregator.dataset import checksums
from aggregator.errors import PULL_AGAIN, FetchError, StorageError, UsageError
from aggregator.pipeline.pull import pull, verify_published
from aggregator.store.generations import Home, verify
from tests.support.tampering import repair_checksums


def test_a_pulled_dataset_becomes_a_normal_generation(dataset: Path, tmp_path: Path) -> None:
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
    assert Home(tmp_path / "here").current is None


@pytest.mark.parametrize("name", ["manifest.json", "SHA256SUMS", "README.md", "data/scores/scores.parquet"])
def test_an_incomplete_dataset_is_not_pulled_and_the_home_keeps_its_edition(
    dataset: Path, tmp_path: Path, name: str
) -> None:
    before = pull(tmp_path / "here", str(dataset))
    (dataset / name).unlink()
    with pytest.raises(FetchError) as refused:
        pull(tmp_path / "here", str(dataset))
    assert str(refused.value) == f"{dataset} is not a complete dataset: {name} is missing\n{PULL_AGAIN}"
    assert Home(tmp_path / "here").current == before.generation
    assert verify_published(str(dataset), None, None).problems == [refused.value.headline]


def test_an_older_edition_does_not_replace_a_newer_one(dataset: Path, another: Path, tmp_path: Path) -> None:
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


def test_pulling_into_a_home_with_snapshots_is_refused(dataset: Path, home: Path) -> None:
    (home / "snapshots").mkdir()
    with pytest.raises(UsageError, match="refreshed from the leaderboards"):
        pull(home, str(dataset))


def test_a_manifest_path_outside_the_dataset_is_refused(dataset: Path, tmp_path: Path) -> None:
    manifest = (dataset / "manifest.json").read_text().replace('"README.md"', '"../README.md"')
    (dataset / "manifest.json").write_text(manifest)
    problem = "manifest.json lists '../README.md', which is not a path inside a dataset"
    with pytest.raises(FetchError) as refused:
        pull(tmp_path / "here", str(dataset))
    assert str(refused.value) == f"{dataset} is not a complete dataset: {problem}\n{PULL_AGAIN}"
    assert checksums.find_problems(dataset) == [problem]


def test_a_cut_duckdb_file_is_named_by_its_path_in_the_dataset(dataset: Path, tmp_path: Path) -> None:
    content = (dataset / "metaboard.duckdb").read_bytes()
    (dataset / "metaboard.duckdb").write_bytes(content[: len(content) // 2])
    repair_checksums(dataset)
    with pytest.raises(StorageError) as refused:
        pull(tmp_path / "here", str(dataset))
    problems = [checksums.find_problems(dataset)[0], verify_published(str(dataset), None, None).problems[0]]
    assert problems == [refused.value.headline.removeprefix(f"{dataset} is refused: ")] * 2
    assert 'from file "metaboard.duckdb"' in problems[0]
    assert refused.value.hint == PULL_AGAIN
