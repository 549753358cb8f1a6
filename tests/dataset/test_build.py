"""A prepared dataset is complete, and verification finds every change to it."""

import json
import shutil
import struct
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from aggregator.dataset import checksums
from aggregator.dataset.build import prepare_dataset
from aggregator.dataset.withheld import BoardColumns, find_withheld_columns
from aggregator.errors import StorageError, UsageError
from aggregator.pipeline.manifest import RUN_TABLES
from aggregator.store.manifest import read_manifest
from tests.support.clocks import NOON
from tests.support.homes import published


def files_of(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


def test_a_dataset_has_the_unchanged_files_of_its_generation_and_all_documents(made: Path) -> None:
    dataset, generation = made / "dataset", (made / "home" / "current").resolve()
    for path in files_of(generation) - {"manifest.json"}:
        assert (dataset / path).read_bytes() == (generation / path).read_bytes()
    assert files_of(dataset) - files_of(generation) == {
        ".gitattributes", "CITATION.cff", "LICENSE.md", "README.md", "SHA256SUMS",
        "croissant.json", "csv/leaderboard.csv", "datapackage.json",
    }  # fmt: skip
    assert read_manifest(dataset)["content_hash"] == read_manifest(generation)["content_hash"]
    assert read_manifest(dataset)["data_date"] == "2026-10-02"


def test_other_files_of_a_generation_are_published_too(tmp_path: Path, home: Path) -> None:
    current = shutil.copytree((home / "current").resolve(), tmp_path / "edition")
    (current / "reliability.json").write_text("{}")
    manifest = read_manifest(current)
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    manifest["files"].append({"path": "reliability.json", "sha256": digest, "rows": None})
    (current / "manifest.json").write_text(json.dumps(manifest))
    target = tmp_path / "target"
    target.mkdir()
    prepare_dataset(current, target)
    assert (target / "reliability.json").read_text() == "{}"
    assert checksums.find_problems(target) == []


def test_the_same_generation_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    prepare_dataset((made / "home" / "current").resolve(), tmp_path)
    assert files_of(tmp_path) == files_of(made / "dataset")
    for path in files_of(tmp_path):
        assert (tmp_path / path).read_bytes() == (made / "dataset" / path).read_bytes(), path


def test_a_damaged_generation_is_not_published(home: Path, tmp_path: Path) -> None:
    (home / "current" / "data" / "leaderboard" / "leaderboard.parquet").write_bytes(b"PAR1")
    with pytest.raises(StorageError, match=r"damaged: data/leaderboard/leaderboard\.parquet"):
        prepare_dataset((home / "current").resolve(), tmp_path)


def test_a_flipped_byte_is_found_in_every_file(dataset: Path) -> None:
    assert checksums.find_problems(dataset) == []
    for name in sorted(files_of(dataset)):
        content = (dataset / name).read_bytes()
        for place in (0, len(content) // 2, len(content) - 1):
            changed = bytearray(content)
            changed[place] ^= 1
            (dataset / name).write_bytes(changed)
            assert checksums.find_problems(dataset), f"{name} at {place}"
        (dataset / name).write_bytes(content)
    assert checksums.find_problems(dataset) == []


def test_every_removed_file_is_found(dataset: Path) -> None:
    for name in sorted(files_of(dataset)):
        content = (dataset / name).read_bytes()
        (dataset / name).unlink()
        assert checksums.find_problems(dataset), name
        (dataset / name).write_bytes(content)


def test_a_file_of_another_edition_is_found(dataset: Path, another: Path) -> None:
    differing = [name for name in files_of(dataset) if (dataset / name).read_bytes() != (another / name).read_bytes()]
    assert {"metaboard.duckdb", "manifest.json", "SHA256SUMS", "data/leaderboard/leaderboard.parquet"} <= set(differing)
    for name in differing:
        content = (dataset / name).read_bytes()
        shutil.copyfile(another / name, dataset / name)
        assert checksums.find_problems(dataset), name
        (dataset / name).write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda d: (d / "metaboard.duckdb.wal").write_bytes(b""), "metaboard.duckdb.wal is not in the manifest"),
        (lambda d: (d / "extra.csv").write_text("x"), "extra.csv is not in the manifest"),
        (lambda d: (d / "SHA256SUMS").unlink(), "SHA256SUMS is missing"),
        (lambda d: (d / "manifest.json").write_text("[]"), "is not a manifest"),
    ],
)
def test_an_extra_missing_or_invalid_file_is_named(
    dataset: Path, damage: Callable[[Path], object], problem: str
) -> None:
    damage(dataset)
    assert problem in "; ".join(checksums.find_problems(dataset))


def rewrite_manifest(dataset: Path, **changes: object) -> None:
    """Change the manifest and write matching checksums, as a faulty or malicious publisher would."""
    manifest = read_manifest(dataset) | changes
    (dataset / "manifest.json").write_text(json.dumps(manifest))
    (dataset / "SHA256SUMS").write_bytes(checksums.format_checksums(dataset, manifest))


def test_correct_checksums_of_wrong_contents_are_found(dataset: Path) -> None:
    manifest = read_manifest(dataset)
    schema = {table: dict(columns) for table, columns in manifest["schema"].items()}
    schema["leaderboard"]["arena_rank"] = "VARCHAR"
    rewrite_manifest(dataset, schema=schema)
    assert checksums.find_problems(dataset) == ["leaderboard.arena_rank differs from manifest.json"]
    files = [file | {"rows": 9} if "scores" in file["path"] else file for file in manifest["files"]]
    rewrite_manifest(dataset, schema=manifest["schema"], files=files)
    assert checksums.find_problems(dataset) == ["data/scores/scores.parquet has 3 rows, not 9"]
    rewrite_manifest(dataset, files=manifest["files"][1:])
    assert "is not in the manifest" in checksums.find_problems(dataset)[0]


def test_an_edition_older_than_the_expected_time_is_refused(made: Path) -> None:
    assert checksums.find_problems(made / "dataset", NOON) == []
    late = checksums.find_problems(made / "dataset", NOON + timedelta(seconds=1))
    assert late == ["this edition was made 2026-11-25 12:00 UTC, before 2026-11-25 12:00 UTC"]


def test_metadata_of_the_hubs_client_is_not_a_problem(dataset: Path) -> None:
    note = dataset / ".cache" / "huggingface" / "download" / "README.md.metadata"
    note.parent.mkdir(parents=True)
    note.write_text("x")
    assert checksums.find_problems(dataset) == []


def test_sha256sum_accepts_the_checksum_file(made: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=made / "dataset", check=False)  # noqa: S607 - the program that readers run
    assert done.returncode == 0


@pytest.fixture(scope="session")
def redacted(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the dataset without the rows of Chatbot Arena."""
    folder = tmp_path_factory.mktemp("redacted")
    prepare_dataset((made / "home" / "current").resolve(), folder, withheld=["arena_text_style_control"])
    return folder


def test_a_score_of_a_withheld_source_is_in_no_file(redacted: Path) -> None:
    assert checksums.find_problems(redacted) == []
    leaderboard = pl.read_parquet(redacted / "data/leaderboard/leaderboard.parquet")
    assert leaderboard["arena_rank"].null_count() == leaderboard["arena_rating"].null_count() == 3
    assert leaderboard["open_llm_v2_score"].to_list() == [42.125, None, None]
    assert pl.read_parquet(redacted / "data/standings/standings.parquet")["source"].to_list() == ["open_llm_v2"]
    for path in files_of(redacted):
        assert b"1301.625" not in (redacted / path).read_bytes(), path
    with duckdb.connect(str(redacted / "metaboard.duckdb"), read_only=True) as connection:
        for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
            rows = connection.execute(f'from "{table}"').fetchall()
            assert not {1301.625, 1401.375} & {cell for row in rows for cell in row if isinstance(cell, float)}
        assert connection.execute("select arena_rating from top(n := 1)").fetchall() == [(None,)]
        assert connection.execute("select comment from duckdb_tables() where table_name = 'leaderboard'").fetchall()[0][
            0
        ]


def test_the_worst_rows_of_a_withheld_source_leave_the_report(redacted: Path, made: Path) -> None:
    report = pl.read_parquet(redacted / "data/refresh_report/refresh_report.parquet").sort("source")
    assert report["worst"].to_list() == [[], ["x/y: open_llm_v2/ifeval 86.5 → 3"]]
    assert b"1234.5" in (made / "dataset" / "metaboard.duckdb").read_bytes(), "the test can find it in the file"
    assert b"1234.5" not in (redacted / "metaboard.duckdb").read_bytes()


def test_a_score_of_a_withheld_source_is_in_no_free_block_of_the_database(redacted: Path, made: Path) -> None:
    score = struct.pack("<d", 1401.375)
    assert score in (made / "dataset" / "metaboard.duckdb").read_bytes(), "the test can find a score in the file"
    assert score not in (redacted / "metaboard.duckdb").read_bytes()


def test_a_withheld_source_is_still_listed_with_its_licence(redacted: Path, made: Path) -> None:
    assert "CC-BY-4.0 (*withheld*)" in (redacted / "LICENSE.md").read_text()
    assert pl.read_parquet(redacted / "data/sources/sources.parquet").height == 2
    manifest = read_manifest(redacted)
    assert manifest["withheld"] == ["arena_text_style_control"]
    assert manifest["content_hash"] != read_manifest(made / "dataset")["content_hash"]


def test_a_column_of_no_known_source_with_a_withheld_score_stops_the_publication(tmp_path: Path) -> None:
    extra = (
        "alter table leaderboard add column best double; update leaderboard set best = 1401.375 where arena_rank = 1;"
    )
    generation = published.publish(published.new_home(tmp_path), extra=extra).path
    (tmp_path / "target").mkdir()
    with pytest.raises(UsageError, match=r"leaderboard\.best would still contain scores of arena_text_style_control"):
        prepare_dataset(generation, tmp_path / "target", withheld=["arena_text_style_control"])


def test_an_unknown_source_cannot_be_withheld(made: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown source: mteb"):
        prepare_dataset((made / "home" / "current").resolve(), tmp_path, withheld=["mteb"])


def test_a_column_belongs_to_the_source_with_the_longest_matching_prefix() -> None:
    boards = [
        BoardColumns("arena_text", "arena_text", "arena"),
        BoardColumns("arena_text_style_control", "arena", "arena"),
        BoardColumns("mteb_eng_v2", "mteb", "mteb"),
        BoardColumns("mteb_multilingual_v2", "mteb_multilingual", "mteb"),
        BoardColumns("new_board", "new_board", "new_board"),
        BoardColumns("open_llm_v2", "open_llm_v2", "open_llm"),
    ]
    columns = [
        "model_id",
        "rank",
        "arena_rank",
        "arena_text_rank",
        "mteb_score",
        "mteb_multilingual_rank",
        "new_board_rank",
    ]
    assert find_withheld_columns(columns, ["arena_text"], boards) == ["arena_text_rank"]
    assert find_withheld_columns(columns, ["arena_text_style_control"], boards) == ["arena_rank"]
    assert find_withheld_columns(columns, ["mteb_eng_v2", "new_board"], boards) == ["mteb_score", "new_board_rank"]

    columns = ["best_mteb_rank", "best_arena_rank", "best_open_llm_model", "best_ability", "open_weights"]
    assert find_withheld_columns(columns, ["mteb_multilingual_v2"], boards) == ["best_mteb_rank"]
    assert find_withheld_columns(columns, ["arena_text"], boards) == ["best_arena_rank"]
    assert find_withheld_columns(columns, ["open_llm_v2"], boards) == ["best_open_llm_model"]


def test_a_redacted_dataset_excludes_the_same_tables_from_its_content_hash() -> None:
    assert frozenset({"refresh_report"}) == RUN_TABLES
