"""Manifests and databases of any shape give one sentence, never a traceback, and are not pulled."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from aggregator.dataset import checksums
from aggregator.dataset.edition import read_edition, safe_paths
from aggregator.errors import MetaboardError, StorageError
from aggregator.pipeline.publish import publish
from aggregator.pipeline.pull import pull
from aggregator.store.generations import Home
from aggregator.store.manifest import read_manifest
from tests.support.tampering import write_manifest

DEEP = "[" * 100_000 + "]" * 100_000
VALUES: list[Any] = [
    None,
    0,
    -1,
    10**400,
    1.5,
    True,
    "",
    "x",
    "\ud800",
    "../x",
    [],
    [[]],
    ["x"],
    {},
    {"x": []},
    {"x": {"y": 1}},
]
KEYS = (
    "files",
    "sources",
    "schema",
    "withheld",
    "schema_version",
    "content_hash",
    "generation",
    "created_at",
    "sql",
    "documents",
)


def test_a_field_of_another_shape_gives_one_sentence(dataset: Path) -> None:
    manifest = read_manifest(dataset)
    accepted = []
    for key in KEYS:
        for value in VALUES:
            write_manifest(dataset, manifest | {key: value})
            problems = checksums.find_problems(dataset)
            accepted += [(key, value)] if not problems else []
            assert all(len(problem.splitlines()) == 1 for problem in problems), problems
        write_manifest(dataset, {name: entry for name, entry in manifest.items() if name != key})
        assert checksums.find_problems(dataset) or key in ("withheld", "sql", "documents"), key
    # An edition of an earlier version has no digests; these sources have no rows to withhold.
    harmless = [
        ("withheld", []),
        ("withheld", ["x"]),
        ("sources", {}),
        ("sources", {"x": {"y": 1}}),
        ("sql", None),
        ("documents", None),
    ]
    assert accepted == [pair for pair in accepted if pair in harmless]


def test_a_listed_file_of_another_shape_gives_one_sentence(dataset: Path) -> None:
    manifest = read_manifest(dataset)
    for value in VALUES:
        for key in ("path", "sha256", "rows"):
            first = manifest["files"][0] | {key: value}
            write_manifest(dataset, manifest | {"files": [first, *manifest["files"][1:]]})
            assert checksums.find_problems(dataset) or (key, value) == ("rows", None), (key, value)
        write_manifest(dataset, manifest | {"files": [value, *manifest["files"]]})
        assert checksums.find_problems(dataset), value


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "1", "{", "{}", '{"files": []}', "\x00", DEEP, '{"files": ' + DEEP + "}"]
)
def test_a_manifest_that_is_none_is_refused_by_verify_pull_and_publish(text: str, dataset: Path, home: Path) -> None:
    (dataset / "manifest.json").write_text(text, encoding="utf-8")
    assert len(checksums.find_problems(dataset)) >= 1
    assert "recursion" not in checksums.find_problems(dataset)[0]
    with pytest.raises(MetaboardError):
        pull(home.parent / "here", str(dataset))
    assert Home(home.parent / "here").current is None
    # What readers refuse may be replaced.
    assert publish(home, str(dataset), log=lambda _: None).is_new
    assert checksums.find_problems(dataset) == []


@pytest.mark.parametrize(
    "path", ["../x", "/x", "a/../x", "a//x", "a\\x", "C:/x", ".git/x", "a/./x", "x\n", "é", "x" * 300, "\ud800"]
)
def test_a_path_outside_the_dataset_is_refused(path: str) -> None:
    with pytest.raises(StorageError, match="not a path inside a dataset"):
        safe_paths({"files": [{"path": path, "sha256": "0" * 64}]})


def test_two_files_of_one_name_are_refused() -> None:
    files = [{"path": path, "sha256": "0" * 64} for path in ("README.md", "readme.md")]
    with pytest.raises(StorageError, match=r"lists readme\.md twice"):
        safe_paths({"files": files})


def test_a_sound_manifest_is_read(dataset: Path) -> None:
    edition = read_edition(read_manifest(dataset))
    assert set(edition.tables) == {"leaderboard", "refresh_report", "scores", "sources", "standings"}
    assert edition.created_at.isoformat() == "2026-11-25T12:00:00+00:00"


def test_an_edition_without_the_digest_of_its_sql_is_noted_not_refused(dataset: Path, tmp_path: Path) -> None:
    manifest = read_manifest(dataset)
    assert "older than" in checksums.verify_dataset(dataset).notes[0]
    write_manifest(dataset, manifest | {"schema_version": "2.7.1", "documents": None})
    verified = checksums.verify_dataset(dataset)
    assert verified.problems == []
    assert "another version of metaboard" in verified.notes[0]
    assert pull(tmp_path / "here", str(dataset)).notes == tuple(verified.notes)


@pytest.mark.parametrize(
    "name", ["manifest.json", "SHA256SUMS", "metaboard.duckdb", "data/leaderboard/leaderboard.parquet"]
)
@pytest.mark.parametrize("shape", ["folder", "link", "empty", "gone"])
def test_a_file_of_another_kind_gives_a_sentence(name: str, shape: str, dataset: Path, tmp_path: Path) -> None:
    path = dataset / name
    path.rename(tmp_path / "kept")
    match shape:
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(tmp_path / "kept")
        case "empty":
            path.touch()
    assert checksums.find_problems(dataset) or (name, shape) == ("manifest.json", "link")
    assert json.dumps(checksums.find_problems(dataset))
    shutil.rmtree(path) if shape == "folder" else path.unlink(missing_ok=True)
