"""What a prepared dataset holds, and that every change to it is noticed."""

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
from aggregator.dataset.build import prepare
from aggregator.dataset.withheld import own_columns
from aggregator.errors import StorageError, UsageError
from aggregator.pipeline.report import ABOUT_THE_RUN
from aggregator.store.manifest import read_manifest
from tests.support.homes import published


def files_of(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


def test_a_dataset_holds_the_tables_as_they_are_and_all_documents(made: Path) -> None:
    dataset, generation = made / "dataset", (made / "home" / "current").resolve()
    for path in files_of(generation) - {"manifest.json"}:
        assert (dataset / path).read_bytes() == (generation / path).read_bytes()
    assert files_of(dataset) - files_of(generation) == {
        ".gitattributes", "CITATION.cff", "LICENSE.md", "README.md", "SHA256SUMS",
        "croissant.json", "csv/leaderboard.csv", "datapackage.json",
    }  # fmt: skip
    assert read_manifest(dataset)["content_hash"] == read_manifest(generation)["content_hash"]
    assert read_manifest(dataset)["data_date"] == "2026-10-02"


def test_files_of_a_generation_that_are_no_tables_are_published_too(tmp_path: Path, home: Path) -> None:
    current = shutil.copytree((home / "current").resolve(), tmp_path / "edition")
    (current / "reliability.json").write_text("{}")
    manifest = read_manifest(current)
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    manifest["files"].append({"path": "reliability.json", "sha256": digest, "rows": None})
    (current / "manifest.json").write_text(json.dumps(manifest))
    target = tmp_path / "target"
    target.mkdir()
    prepare(current, target)
    assert (target / "reliability.json").read_text() == "{}"
    assert checksums.problems(target) == []


def test_the_same_generation_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    prepare((made / "home" / "current").resolve(), tmp_path)
    assert files_of(tmp_path) == files_of(made / "dataset")
    for path in files_of(tmp_path):
        assert (tmp_path / path).read_bytes() == (made / "dataset" / path).read_bytes(), path


def test_a_damaged_generation_is_not_published(home: Path, tmp_path: Path) -> None:
    (home / "current" / "data" / "leaderboard" / "leaderboard.parquet").write_bytes(b"PAR1")
    with pytest.raises(StorageError, match=r"damaged: data/leaderboard/leaderboard\.parquet"):
        prepare((home / "current").resolve(), tmp_path)


def test_every_flipped_byte_is_noticed_in_every_file(dataset: Path) -> None:
    assert checksums.problems(dataset) == []
    for name in sorted(files_of(dataset)):
        content = (dataset / name).read_bytes()
        for place in (0, len(content) // 2, len(content) - 1):
            spoiled = bytearray(content)
            spoiled[place] ^= 1
            (dataset / name).write_bytes(spoiled)
            assert checksums.problems(dataset), f"{name} at {place}"
        (dataset / name).write_bytes(content)
    assert checksums.problems(dataset) == []


def test_every_removed_file_is_noticed(dataset: Path) -> None:
    for name in sorted(files_of(dataset)):
        content = (dataset / name).read_bytes()
        (dataset / name).unlink()
        assert checksums.problems(dataset), name
        (dataset / name).write_bytes(content)


def test_a_file_of_another_edition_is_noticed(dataset: Path, another: Path) -> None:
    differing = [name for name in files_of(dataset) if (dataset / name).read_bytes() != (another / name).read_bytes()]
    assert {"metaboard.duckdb", "manifest.json", "SHA256SUMS", "data/leaderboard/leaderboard.parquet"} <= set(differing)
    for name in differing:
        content = (dataset / name).read_bytes()
        shutil.copyfile(another / name, dataset / name)
        assert checksums.problems(dataset), name
        (dataset / name).write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda d: (d / "metaboard.duckdb.wal").write_bytes(b""), "metaboard.duckdb.wal is not in the manifest"),
        (lambda d: (d / "extra.csv").write_text("x"), "extra.csv is not in the manifest"),
        (lambda d: (d / "SHA256SUMS").unlink(), "SHA256SUMS is missing"),
        (lambda d: (d / "manifest.json").write_text("[]"), "is not a manifest"),
    ],
)
def test_what_does_not_belong_is_named(dataset: Path, spoil: Callable[[Path], object], says: str) -> None:
    spoil(dataset)
    assert says in "; ".join(checksums.problems(dataset))


def resealed(dataset: Path, **changes: object) -> None:
    """Write the manifest and the sums anew, as somebody who made a mistake, or means harm, would."""
    manifest = read_manifest(dataset) | changes
    (dataset / "manifest.json").write_text(json.dumps(manifest))
    (dataset / "SHA256SUMS").write_bytes(checksums.sums(dataset, manifest))


def test_right_hashes_of_the_wrong_things_are_noticed(dataset: Path) -> None:
    manifest = read_manifest(dataset)
    schema = {table: dict(columns) for table, columns in manifest["schema"].items()}
    schema["leaderboard"]["arena_rank"] = "VARCHAR"
    resealed(dataset, schema=schema)
    assert checksums.problems(dataset) == ["leaderboard.arena_rank is not as manifest.json says"]
    files = [file | {"rows": 9} if "scores" in file["path"] else file for file in manifest["files"]]
    resealed(dataset, schema=manifest["schema"], files=files)
    assert checksums.problems(dataset) == ["data/scores/scores.parquet has 3 rows, not 9"]
    resealed(dataset, files=manifest["files"][1:])
    assert "is not in the manifest" in checksums.problems(dataset)[0]


def test_an_old_edition_that_is_served_again_is_refused_by_its_time(made: Path) -> None:
    assert checksums.problems(made / "dataset", published.NOON) == []
    late = checksums.problems(made / "dataset", published.NOON + timedelta(seconds=1))
    assert late == ["this edition was made 2026-11-25 12:00 UTC, before 2026-11-25 12:00 UTC"]


def test_notes_of_the_hubs_client_are_no_damage(dataset: Path) -> None:
    note = dataset / ".cache" / "huggingface" / "download" / "README.md.metadata"
    note.parent.mkdir(parents=True)
    note.write_text("x")
    assert checksums.problems(dataset) == []


def test_the_sums_are_what_sha256sum_reads(made: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=made / "dataset", check=False)  # noqa: S607
    assert done.returncode == 0


@pytest.fixture(scope="session")
def without(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the dataset without the rows of the arena."""
    folder = tmp_path_factory.mktemp("without")
    prepare((made / "home" / "current").resolve(), folder, withheld=["arena_text_style_control"])
    return folder


def test_a_withheld_leaderboard_leaves_no_score_in_any_file(without: Path) -> None:
    assert checksums.problems(without) == []
    leaderboard = pl.read_parquet(without / "data/leaderboard/leaderboard.parquet")
    assert leaderboard["arena_rank"].null_count() == leaderboard["arena_rating"].null_count() == 3
    assert leaderboard["open_llm_v2_score"].to_list() == [42.125, None, None]
    assert pl.read_parquet(without / "data/standings/standings.parquet")["source"].to_list() == ["open_llm_v2"]
    for path in files_of(without):
        assert b"1301.625" not in (without / path).read_bytes(), path
    with duckdb.connect(str(without / "metaboard.duckdb"), read_only=True) as connection:
        for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
            rows = connection.execute(f'from "{table}"').fetchall()
            assert not {1301.625, 1401.375} & {cell for row in rows for cell in row if isinstance(cell, float)}
        assert connection.execute("select arena_rating from top(n := 1)").fetchall() == [(None,)]
        assert connection.execute("select comment from duckdb_tables() where table_name = 'leaderboard'").fetchall()[0][
            0
        ]


def test_a_withheld_leaderboard_stays_in_no_free_block_of_the_database(without: Path, made: Path) -> None:
    score = struct.pack("<d", 1401.375)
    assert score in (made / "dataset" / "metaboard.duckdb").read_bytes(), "the test can see a score in the file"
    assert score not in (without / "metaboard.duckdb").read_bytes()


def test_a_withheld_leaderboard_is_still_named_with_its_licence(without: Path, made: Path) -> None:
    assert "CC-BY-4.0 (*withheld*)" in (without / "LICENSE.md").read_text()
    assert pl.read_parquet(without / "data/sources/sources.parquet").height == 2
    manifest = read_manifest(without)
    assert manifest["withheld"] == ["arena_text_style_control"]
    assert manifest["content_hash"] != read_manifest(made / "dataset")["content_hash"]


def test_a_column_that_nobody_says_whose_it_is_stops_the_withholding(tmp_path: Path) -> None:
    extra = (
        "alter table leaderboard add column best double; update leaderboard set best = 1401.375 where arena_rank = 1;"
    )
    generation = published.publish(published.home(tmp_path), extra=extra).path
    (tmp_path / "target").mkdir()
    with pytest.raises(UsageError, match=r"leaderboard\.best would still hold scores of arena_text_style_control"):
        prepare(generation, tmp_path / "target", withheld=["arena_text_style_control"])


def test_an_unknown_leaderboard_cannot_be_withheld(made: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no source is called mteb"):
        prepare((made / "home" / "current").resolve(), tmp_path, withheld=["mteb"])


def test_a_column_belongs_to_the_leaderboard_with_the_longest_fitting_name() -> None:
    every = ["arena_text", "arena_text_style_control", "mteb_eng_v2", "mteb_multilingual_v2", "new_board"]
    columns = [
        "model_id",
        "rank",
        "arena_rank",
        "arena_text_rank",
        "mteb_score",
        "mteb_multilingual_rank",
        "new_board_rank",
    ]
    assert own_columns(columns, ["arena_text"], every) == ["arena_text_rank"]
    assert own_columns(columns, ["arena_text_style_control"], every) == ["arena_rank"]
    assert own_columns(columns, ["mteb_eng_v2", "new_board"], every) == ["mteb_score", "new_board_rank"]

    every.append("open_llm_v2")
    columns = ["best_mteb_rank", "best_arena_rank", "best_open_llm_model", "best_ability", "open_weights"]
    assert own_columns(columns, ["mteb_multilingual_v2"], every) == ["best_mteb_rank"]
    assert own_columns(columns, ["arena_text"], every) == ["best_arena_rank"]
    assert own_columns(columns, ["open_llm_v2"], every) == ["best_open_llm_model"]


def test_the_tables_about_the_run_are_left_out_of_the_hash_here_too() -> None:
    assert frozenset({"refresh_report"}) == ABOUT_THE_RUN
