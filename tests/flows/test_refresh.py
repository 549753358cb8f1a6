"""The refresh from end to end: on the bundled sample and on the recordings of the real hosts."""

import functools
import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import duckdb
import polars as pl
import pytest

from aggregator.errors import SourceError
from aggregator.sources import SAMPLE, on_by_default
from aggregator.store.generations import verify
from tests.support.refreshes import parquet_checksums, read_table, run_refresh
from tests.support.samples import files


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Return a copy of the sample that a test may damage."""
    return shutil.copytree(SAMPLE, tmp_path / "mirror")


def test_the_sample_becomes_one_intact_generation(tmp_path: Path) -> None:
    result = run_refresh(tmp_path, mirror=str(SAMPLE))
    assert result.is_new
    assert result.refused.is_empty()
    assert (tmp_path / "current").resolve() == result.generation.path.resolve()
    assert verify(tmp_path / "current") == []
    leaderboard = read_table(result, "leaderboard")
    assert leaderboard["model_id"].is_unique().all()
    assert set(leaderboard["track"]) == {"llm", "embedding"}
    assert leaderboard.filter(pl.col("boards") >= 3).height >= 5, "some models of the sample are on three boards"


def test_every_row_is_accepted_quarantined_or_duplicate(tmp_path: Path) -> None:
    report = run_refresh(tmp_path, mirror=str(SAMPLE)).report
    assert report.columns[:10] == [
        "source", "status", "rows_read", "rows_accepted", "rows_quarantined",
        "rows_duplicate", "published_on", "retrieved_at", "age_days", "sha256",
    ]  # fmt: skip
    residual = pl.col("rows_read") - pl.col("rows_accepted") - pl.col("rows_quarantined") - pl.col("rows_duplicate")
    assert report.filter(residual != 0).is_empty()
    assert report.height == len(on_by_default())


def test_every_name_of_any_date_is_in_aliases(tmp_path: Path) -> None:
    result = run_refresh(tmp_path, mirror=str(SAMPLE))
    aliases = read_table(result, "aliases")
    for source in on_by_default():
        parsed = source.parse(files(source))
        missing = set(parsed.entries["raw_name"]) - set(aliases.filter(pl.col("source") == source.id)["raw_name"])
        assert not missing


def test_the_same_bytes_make_no_new_generation(tmp_path: Path) -> None:
    first = run_refresh(tmp_path, mirror=str(SAMPLE))
    second = run_refresh(tmp_path, mirror=str(SAMPLE))
    assert not second.is_new
    assert second.generation.id == first.generation.id


def test_forced_runs_give_the_same_bytes_in_any_home(tmp_path: Path) -> None:
    first = run_refresh(tmp_path / "one", mirror=str(SAMPLE))
    again = run_refresh(tmp_path / "one", mirror=str(SAMPLE), force=True)
    elsewhere = run_refresh(tmp_path / "two", mirror=str(SAMPLE))
    assert again.is_new
    assert parquet_checksums(first) == parquet_checksums(again) == parquet_checksums(elsewhere)
    assert len(parquet_checksums(first)) > 10


def test_a_replay_needs_no_mirror(tmp_path: Path, mirror: Path) -> None:
    first = run_refresh(tmp_path / "home", mirror=str(mirror))
    shutil.rmtree(mirror)
    replayed = run_refresh(tmp_path / "home", replay=True, force=True)
    assert parquet_checksums(first) == parquet_checksums(replayed)


def test_a_replay_without_snapshots_fails_with_the_name_of_the_resource(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="open_llm_v2/contents: no bytes are kept"):
        run_refresh(tmp_path, replay=True)


def damage(mirror: Path, how: str) -> Path:
    path = mirror / "datasets/open-llm-leaderboard/contents/data/train-00000-of-00001.parquet"
    content = path.read_bytes()
    if how == "a column gone":
        pl.read_parquet(path).drop("IFEval Raw").write_parquet(path)
    elif how == "no rows":
        pl.read_parquet(path).clear().write_parquet(path)
    elif how == "missing":
        path.unlink()
    else:
        path.write_bytes(
            {"empty": b"", "cut": content[:-100], "html": b"<!doctype html><html>Just a moment...</html>"}[how]
        )
    return path


DAMAGES = ["empty", "cut", "html", "missing", "a column gone", "no rows"]


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_file_is_named_and_its_last_good_rows_stay(tmp_path: Path, mirror: Path, how: str) -> None:
    good = run_refresh(tmp_path / "home", mirror=str(mirror))
    path = damage(mirror, how)
    bad = run_refresh(tmp_path / "home", mirror=str(mirror), force=True)
    (row,) = bad.refused.iter_rows(named=True)
    assert (row["source"], row["status"]) == ("open_llm_v2", "kept")
    assert path.name in row["message"]
    assert "kept the" in row["message"]
    if how == "a column gone":
        assert "`IFEval Raw`" in row["message"]
    assert parquet_checksums(bad) | {"data/refresh_report/refresh_report.parquet": ""} == parquet_checksums(good) | {
        "data/refresh_report/refresh_report.parquet": ""
    }


@pytest.mark.parametrize("how", DAMAGES)
def test_in_a_first_refresh_the_other_sources_continue(tmp_path: Path, mirror: Path, how: str) -> None:
    damage(mirror, how)
    result = run_refresh(tmp_path / "home", mirror=str(mirror))
    (row,) = result.refused.iter_rows(named=True)
    assert (row["source"], row["status"], row["rows_read"]) == ("open_llm_v2", "refused", 0)
    assert result.report.filter(pl.col("status") == "fresh").height == len(on_by_default()) - 1
    leaderboard = read_table(result, "leaderboard")
    assert leaderboard["open_llm_v2_rank"].null_count() == leaderboard.height
    assert leaderboard["arena_rank"].count() > 50


def test_a_failing_source_is_reported_even_if_nothing_else_changed(tmp_path: Path, mirror: Path) -> None:
    run_refresh(tmp_path / "home", mirror=str(mirror))
    file = damage(mirror, "missing")
    result = run_refresh(tmp_path / "home", mirror=str(mirror))
    assert not result.is_new
    assert result.refused["source"].to_list() == result.not_fetched == ["open_llm_v2"]
    (row,) = result.refused.iter_rows(named=True)
    kept = f"kept the {row['rows_accepted']} good rows of {row['retrieved_at']:%Y-%m-%d %H:%M} UTC"
    assert row["message"].endswith(f"{file.name}: no such file; {kept}")


def test_nothing_is_published_when_no_source_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    with pytest.raises(SourceError, match="nothing was published"):
        run_refresh(tmp_path / "home", mirror=str(tmp_path / "mirror"))
    assert not (tmp_path / "home" / "current").exists()


class Redirecting(http.server.SimpleHTTPRequestHandler):
    """Serves a mirror, each file behind two redirects."""

    def do_GET(self) -> None:
        for step in ("first", "second"):
            if not self.path.startswith(f"/{step}/") and not self.path.startswith("/second/"):
                self.send_response(302)
                self.send_header("Location", f"/{step}{self.path.removeprefix('/first')}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
        self.path = self.path.removeprefix("/second")
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Keep the test's output quiet."""


@pytest.fixture
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    handler = functools.partial(Redirecting, directory=str(getattr(request, "param", SAMPLE)))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_mirror_over_http_with_redirects_gives_the_same_tables_as_a_folder(tmp_path: Path, address: str) -> None:
    by_folder = run_refresh(tmp_path / "folder", mirror=str(SAMPLE))
    by_http = run_refresh(tmp_path / "http", mirror=address)
    assert by_http.refused.is_empty()
    assert by_http.report["sha256"].to_list() == by_folder.report["sha256"].to_list()
    # Only the time of retrieval may differ.
    tables_with_times = {f"data/{name}/{name}.parquet" for name in ("refresh_report", "sources", "history", "changes")}
    assert {k: v for k, v in parquet_checksums(by_http).items() if k not in tables_with_times} == {
        k: v for k, v in parquet_checksums(by_folder).items() if k not in tables_with_times
    }


def test_a_reader_finds_the_files_and_rows_of_the_manifest(tmp_path: Path) -> None:
    result = run_refresh(tmp_path, mirror=str(SAMPLE))
    manifest = json.loads((tmp_path / "current" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["schema_version"]
    assert {file["path"] for file in manifest["files"]} >= {"metaboard.duckdb", "data/leaderboard/leaderboard.parquet"}
    with duckdb.connect(str(tmp_path / "current" / "metaboard.duckdb"), read_only=True) as connection:
        for file in manifest["files"]:
            if file["path"].startswith("data/"):
                name = file["path"].split("/")[1]
                assert connection.execute(f'select count(*) from "{name}"').fetchall() == [(file["rows"],)]
    assert set(manifest["sources"]) == {source.id for source in on_by_default()}
    assert result.generation.manifest() == manifest


@pytest.mark.recordings
def test_the_recordings_give_plausible_numbers_of_models(tmp_path: Path, recordings: Path) -> None:
    result = run_refresh(tmp_path, mirror=str(recordings))
    leaderboard = read_table(result, "leaderboard")
    assert leaderboard.height >= 10_500
    assert leaderboard["model_id"].is_unique().all()
    assert leaderboard["open_llm_v2_rank"].count() >= 4_400
    assert leaderboard["open_llm_v1_rank"].count() >= 6_500
    assert leaderboard["arena_rank"].count() >= 275
    assert leaderboard["mteb_rank"].count() >= 300
    for track in ("llm", "embedding"):
        assert leaderboard.filter(pl.col("track") == track)["rank"].min() == 1
    arena = leaderboard.drop_nulls("arena_rating")
    for low, high, rank in arena.select("arena_rating_low", "arena_rating_high", "arena_rank").iter_rows():
        assert low <= high
        assert rank == 1 + (arena["arena_rating_low"] > high).sum()
    categories = read_table(result, "scores").filter(pl.col("source") == "arena_text")["benchmark"].n_unique()
    assert categories == 27


def test_paths_of_a_mirror_are_unchanged_by_url_encoding() -> None:
    for source in on_by_default():
        for resource in source.resources:
            assert unquote(quote(resource.path)) == resource.path
