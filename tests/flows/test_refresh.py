"""The nightly pipeline, end to end, on the bundled sample and on the real recordings."""

import functools
import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

import duckdb
import polars as pl
import pytest

from aggregator.errors import SourceError
from aggregator.sources import SAMPLE, registered
from aggregator.store.generations import verify
from flows.refresh import Options, Outcome, refresh
from flows.runners import DirectRunner

NIGHT = datetime(2026, 11, 25, 3, 17, tzinfo=UTC)


def run(home: Path, **options: object) -> Outcome:
    told = Options(home=home, **options)  # type: ignore[arg-type] # each test names the options that it is about
    return refresh(told, DirectRunner(lambda _: None), now=lambda: NIGHT)


def table(outcome: Outcome, name: str) -> pl.DataFrame:
    return pl.read_parquet(outcome.generation.path / "data" / name / f"{name}.parquet")


def canonical(outcome: Outcome) -> dict[str, str]:
    return {
        file["path"]: file["sha256"]
        for file in outcome.generation.manifest()["files"]
        if file["path"].endswith(".parquet")
    }


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Return a copy of the sample that a test may spoil."""
    return shutil.copytree(SAMPLE, tmp_path / "mirror")


def test_the_sample_becomes_one_proved_generation(tmp_path: Path) -> None:
    outcome = run(tmp_path, mirror=str(SAMPLE))
    assert outcome.is_new
    assert outcome.refused.is_empty()
    assert (tmp_path / "current").resolve() == outcome.generation.path.resolve()
    assert verify(tmp_path / "current") == []
    leaderboard = table(outcome, "leaderboard")
    assert leaderboard["model_id"].is_unique().all()
    assert set(leaderboard["track"]) == {"llm", "embedding"}
    assert leaderboard.filter(pl.col("boards") >= 3).height >= 5, "boards meet in the sample"


def test_every_row_that_was_read_is_accounted_for(tmp_path: Path) -> None:
    report = run(tmp_path, mirror=str(SAMPLE)).report
    assert report.columns[:10] == [
        "source", "status", "rows_read", "rows_accepted", "rows_quarantined",
        "rows_duplicate", "published_on", "retrieved_at", "age_days", "sha256",
    ]  # fmt: skip
    residual = pl.col("rows_read") - pl.col("rows_accepted") - pl.col("rows_quarantined") - pl.col("rows_duplicate")
    assert report.filter(residual != 0).is_empty()
    assert report.height == len(registered())


def test_every_name_of_any_date_is_in_aliases(tmp_path: Path) -> None:
    outcome = run(tmp_path, mirror=str(SAMPLE))
    aliases = table(outcome, "aliases")
    for source in registered():
        parsed = source.parse({r.name: (SAMPLE / r.path).read_bytes() for r in source.resources})
        missing = set(parsed.entries["raw_name"]) - set(aliases.filter(pl.col("source") == source.id)["raw_name"])
        assert not missing


def test_the_same_bytes_again_are_no_news(tmp_path: Path) -> None:
    first = run(tmp_path, mirror=str(SAMPLE))
    second = run(tmp_path, mirror=str(SAMPLE))
    assert not second.is_new
    assert second.generation.id == first.generation.id


def test_forced_runs_give_the_same_bytes_in_any_home(tmp_path: Path) -> None:
    first = run(tmp_path / "one", mirror=str(SAMPLE))
    again = run(tmp_path / "one", mirror=str(SAMPLE), force=True)
    elsewhere = run(tmp_path / "two", mirror=str(SAMPLE))
    assert again.is_new
    assert canonical(first) == canonical(again) == canonical(elsewhere)
    assert len(canonical(first)) > 10


def test_a_replay_needs_no_mirror(tmp_path: Path, mirror: Path) -> None:
    first = run(tmp_path / "home", mirror=str(mirror))
    shutil.rmtree(mirror)
    replayed = run(tmp_path / "home", replay=True, force=True)
    assert canonical(first) == canonical(replayed)


def test_a_replay_of_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="open_llm_v2/contents: no bytes are kept"):
        run(tmp_path, replay=True)


def spoil(mirror: Path, how: str) -> Path:
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


SPOILINGS = ["empty", "cut", "html", "missing", "a column gone", "no rows"]


@pytest.mark.parametrize("how", SPOILINGS)
def test_a_spoiled_file_is_refused_by_name_and_its_last_good_rows_stay(tmp_path: Path, mirror: Path, how: str) -> None:
    good = run(tmp_path / "home", mirror=str(mirror))
    path = spoil(mirror, how)
    bad = run(tmp_path / "home", mirror=str(mirror), force=True)
    (told,) = bad.refused.iter_rows(named=True)
    assert (told["source"], told["status"]) == ("open_llm_v2", "kept")
    assert path.name in told["message"]
    assert "kept the" in told["message"]
    if how == "a column gone":
        assert "`IFEval Raw`" in told["message"]
    assert canonical(bad) | {"data/refresh_report/refresh_report.parquet": ""} == canonical(good) | {
        "data/refresh_report/refresh_report.parquet": ""
    }


@pytest.mark.parametrize("how", SPOILINGS)
def test_on_a_first_night_the_other_sources_go_on(tmp_path: Path, mirror: Path, how: str) -> None:
    spoil(mirror, how)
    outcome = run(tmp_path / "home", mirror=str(mirror))
    (told,) = outcome.refused.iter_rows(named=True)
    assert (told["source"], told["status"], told["rows_read"]) == ("open_llm_v2", "refused", 0)
    assert outcome.report.filter(pl.col("status") == "fresh").height == len(registered()) - 1
    leaderboard = table(outcome, "leaderboard")
    assert leaderboard["open_llm_v2_rank"].null_count() == leaderboard.height
    assert leaderboard["arena_rank"].count() > 50


def test_a_source_that_fails_while_nothing_else_changed_is_still_named(tmp_path: Path, mirror: Path) -> None:
    run(tmp_path / "home", mirror=str(mirror))
    spoil(mirror, "missing")
    outcome = run(tmp_path / "home", mirror=str(mirror))
    assert not outcome.is_new
    assert outcome.refused["source"].to_list() == ["open_llm_v2"]


def test_where_no_source_can_be_read_nothing_is_published(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    with pytest.raises(SourceError, match="nothing was published"):
        run(tmp_path / "home", mirror=str(tmp_path / "mirror"))
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


def test_http_with_redirects_gives_what_the_folder_gives(tmp_path: Path, address: str) -> None:
    by_folder = run(tmp_path / "folder", mirror=str(SAMPLE))
    by_http = run(tmp_path / "http", mirror=address)
    assert by_http.refused.is_empty()
    assert by_http.report["sha256"].to_list() == by_folder.report["sha256"].to_list()
    # When the bytes were retrieved is the one thing that may differ.
    about_time = {f"data/{name}/{name}.parquet" for name in ("refresh_report", "sources", "history", "changes")}
    assert {k: v for k, v in canonical(by_http).items() if k not in about_time} == {
        k: v for k, v in canonical(by_folder).items() if k not in about_time
    }


def test_a_stranger_can_read_what_the_manifest_says(tmp_path: Path) -> None:
    outcome = run(tmp_path, mirror=str(SAMPLE))
    manifest = json.loads((tmp_path / "current" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["schema_version"]
    assert {file["path"] for file in manifest["files"]} >= {"metaboard.duckdb", "data/leaderboard/leaderboard.parquet"}
    with duckdb.connect(str(tmp_path / "current" / "metaboard.duckdb"), read_only=True) as connection:
        for file in manifest["files"]:
            if file["path"].startswith("data/"):
                name = file["path"].split("/")[1]
                assert connection.execute(f'select count(*) from "{name}"').fetchall() == [(file["rows"],)]
    assert set(manifest["sources"]) == {source.id for source in registered()}
    assert outcome.generation.manifest() == manifest


@pytest.mark.recordings
def test_the_real_boards_give_the_numbers_of_real_models(tmp_path: Path, recordings: Path) -> None:
    outcome = run(tmp_path, mirror=str(recordings))
    leaderboard = table(outcome, "leaderboard")
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
    categories = table(outcome, "scores").filter(pl.col("source") == "arena_text")["benchmark"].n_unique()
    assert categories == 27


def test_paths_of_a_mirror_survive_a_web_server() -> None:
    for source in registered():
        for resource in source.resources:
            assert unquote(quote(resource.path)) == resource.path
