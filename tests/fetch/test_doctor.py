"""Findings of `metaboard doctor` for hosts that work, change, move and fail."""

import io
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from aggregator.fetch.client import HttpFetcher
from aggregator.fetch.doctor import FINDING_COLUMNS, PROBE_LIMITS, Finding, Verdict, check_addresses, findings_frame
from aggregator.fetch.download import Downloader
from aggregator.fetch.probe import PROBE_BYTES
from aggregator.model import Resource, Source
from aggregator.sources import registered
from aggregator.store.files import sha256_hex
from aggregator.store.snapshots import SnapshotStore
from tests.support.downloads import SHARDS, allow, hub_handler
from tests.support.fault_server import (
    FaultServer,
    Handler,
    Piece,
    RecordedRequest,
    redirect,
    response,
    response_head,
    serve,
)

TEMPLATE = replace(registered()[0], frozen_on=None)


def parquet(rows: int = 20_000, columns: Mapping[str, pl.Expr] | None = None) -> bytes:
    file = io.BytesIO()
    table = pl.select(name=pl.int_range(rows).cast(pl.String), score=pl.int_range(rows) / 7)
    table.with_columns(**(columns or {})).write_parquet(file, row_group_size=5000)
    return file.getvalue()


def range_handler(files: Mapping[str, bytes], **headers: object) -> Handler:
    """Respond like a file store: with ranges, and with the start of the digest as ETag."""

    def respond(request: RecordedRequest, _count: int) -> list[Piece]:
        body = files[request.target]
        etag = f'"{sha256_hex(body)[:8]}"'
        if request.headers.get("if-none-match") == etag:
            return [response_head(304, ETag=etag)]
        first, last = request.headers.get("range", "bytes=0-").removeprefix("bytes=").split("-")
        start = int(first) if first else max(len(body) - int(last), 0)
        end = min(int(last), len(body) - 1) if first and last else len(body) - 1
        if "range" not in request.headers:
            return response(body, ETag=etag, **headers)
        return response(
            body[start : end + 1], 206, ETag=etag, Content_Range=f"bytes {start}-{end}/{len(body)}", **headers
        )

    return respond


def source(server: FaultServer, media: str = "parquet", listing: str | None = None) -> Source:
    wanted = Resource(
        name="table",
        path="table",
        url=server.url("train-00000-of-00001.parquet" if listing else "table"),
        max_bytes=1 << 22,
        media=media,
        listing=server.url(listing) if listing else None,
    )
    return replace(TEMPLATE, id="board", resources=(wanted,), homepage="https://board.example")


def probing_downloader(server: FaultServer) -> Downloader:
    return Downloader(allow_list=allow(server), limits=PROBE_LIMITS)


def check_once(handler: Handler, media: str = "parquet", store: SnapshotStore | None = None) -> Finding:
    with serve(handler) as server:
        (finding,) = check_addresses([source(server, media)], store, probing_downloader(server))
    assert len(server.requests) == 1
    return finding


def check_after_storing(
    body: bytes, handler: Handler, root: Path, media: str = "parquet", *, etag: bool = True
) -> Finding:
    """Store `body`, then check the address while the host responds with `handler`."""
    store = SnapshotStore(root)
    current: list[Handler] = [range_handler({"/table": body})]
    with serve(lambda request, count: [*current[-1](request, count)]) as server:
        for snapshot in HttpFetcher(probing_downloader(server)).fetch("board", source(server, media).resources[0]):
            store.keep(snapshot if etag else replace(snapshot, etag=None))
        current.append(handler)
        (finding,) = check_addresses([source(server, media)], store, probing_downloader(server))
    assert len(server.requests) == 2
    return finding


def test_without_a_network_every_address_is_unreachable_with_the_cause() -> None:
    def nowhere(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    findings = check_addresses(registered(), downloader=Downloader(limits=PROBE_LIMITS, resolve=nowhere))
    assert len(findings) == sum(len(source.resources) for source in registered())
    assert {finding.verdict for finding in findings} == {Verdict.UNREACHABLE}
    assert all("Temporary failure" in finding.detail and finding.next_step for finding in findings)


def test_a_reachable_file_is_described_from_one_small_request() -> None:
    body = parquet()
    sent = []
    with serve(range_handler({"/table": body}, X_Repo_Commit="c" * 40)) as server:
        (finding,) = check_addresses([source(server)], None, probing_downloader(server))
        sent.append(server.sent_bytes)
    assert (finding.verdict, finding.http_status, finding.host) == (Verdict.OK, 206, "127.0.0.1")
    assert (finding.size, finding.revision, finding.etag) == (len(body), "c" * 40, f'"{sha256_hex(body)[:8]}"')
    assert finding.next_step == "Run `metaboard refresh`."
    assert sent[0] < PROBE_BYTES + 1024


@pytest.mark.parametrize("etag", [True, False])
def test_an_unchanged_file_is_ok(tmp_path: Path, etag: bool) -> None:
    body = parquet()
    finding = check_after_storing(body, range_handler({"/table": body}), tmp_path, etag=etag)
    assert (finding.verdict, finding.detail, finding.size) == (Verdict.OK, "unchanged", len(body))
    assert finding.kept_at


def test_a_file_with_other_rows_is_changed_and_needs_a_refresh(tmp_path: Path) -> None:
    finding = check_after_storing(parquet(), range_handler({"/table": parquet(21_000)}), tmp_path)
    assert (finding.verdict, finding.next_step) == (Verdict.CHANGED, "Run `metaboard refresh`.")
    assert "ETag" in finding.detail


def test_without_an_etag_a_file_of_another_size_is_changed(tmp_path: Path) -> None:
    finding = check_after_storing(parquet(), range_handler({"/table": parquet(21_000)}), tmp_path, etag=False)
    assert "its size changed from" in finding.detail


@pytest.mark.parametrize(
    ("columns", "detail"),
    [
        ({"rank": pl.lit(1)}, "new columns: rank"),
        ({"score": pl.col("score").cast(pl.String)}, "other types: score (Float64 to String)"),
    ],
)
def test_changed_columns_are_named_with_the_file_to_edit(
    tmp_path: Path, columns: dict[str, pl.Expr], detail: str
) -> None:
    finding = check_after_storing(parquet(), range_handler({"/table": parquet(columns=columns)}), tmp_path)
    assert finding.verdict is Verdict.CHANGED
    assert detail in finding.detail
    assert "aggregator/sources/" in finding.next_step


def test_a_missing_column_is_named_also_without_range_requests(tmp_path: Path) -> None:
    small = io.BytesIO()
    pl.DataFrame({"name": ["x"]}).write_parquet(small)
    finding = check_after_storing(parquet(), lambda _request, _count: response(small.getvalue()), tmp_path)
    assert "missing columns: score" in finding.detail


def test_the_digest_of_a_redirect_is_enough(tmp_path: Path) -> None:
    body = parquet()
    same = check_after_storing(
        body, lambda _request, _count: redirect("/cdn", X_Linked_ETag=f'"{sha256_hex(body)}"'), tmp_path
    )
    assert (same.verdict, same.http_status) == (Verdict.OK, 302)


@pytest.mark.parametrize("size", [10, 200_000])
def test_a_json_file_is_probed_from_its_start(size: int) -> None:
    body = json.dumps({"rows": ["x" * size]}).encode()
    finding = check_once(range_handler({"/table": body}), "json")
    assert (finding.verdict, finding.size) == (Verdict.OK, len(body))


def test_without_range_requests_only_the_first_bytes_of_a_large_body_are_read() -> None:
    body = b'{"rows": [' + b"1, " * 4_000_000 + b"1]}"
    with serve(lambda _request, _count: response(body)) as server:
        (finding,) = check_addresses([source(server, "json")], None, probing_downloader(server))
    assert (finding.verdict, finding.size) == (Verdict.OK, len(body))
    assert server.sent_bytes < len(body)


@pytest.mark.parametrize(
    ("pieces", "verdict", "detail"),
    [
        (response(b"", 404), Verdict.MOVED, "HTTP 404"),
        (response(b"", 401), Verdict.REFUSED, "HTTP 401"),
        (response(b"<html>sleeping</html>", Content_Type="text/html"), Verdict.REFUSED, "HTML"),
        (response(b"<html>sleeping</html>"), Verdict.REFUSED, "HTML"),
        (response(b""), Verdict.REFUSED, "empty"),
        (response(b"x" * 100, 206, Content_Range="bytes 0-99/1000"), Verdict.REFUSED, "Parquet"),
        (redirect("http://169.254.169.254/"), Verdict.REFUSED, "redirects to http://169.254.169.254"),
        (redirect("/table"), Verdict.REFUSED, "redirects more than"),
        (response(b"", 503), Verdict.UNREACHABLE, "HTTP 503"),
        (response(b"", 429, Retry_After="600"), Verdict.UNREACHABLE, "HTTP 429"),
        ([response_head(Content_Length=900), b"PAR1"], Verdict.UNREACHABLE, "closed"),
        ([b"nonsense\r\n\r\n"], Verdict.UNREACHABLE, "status line"),
    ],
)
def test_every_failure_of_a_host_is_a_finding_with_a_next_step(
    pieces: list[Piece], verdict: Verdict, detail: str
) -> None:
    with serve(lambda _request, _count: pieces) as server:
        (finding,) = check_addresses([source(server)], None, probing_downloader(server))
    assert (finding.verdict, detail in finding.detail) == (verdict, True), finding.detail
    assert finding.next_step
    assert len(server.requests) <= 6


def test_the_finding_of_an_archived_leaderboard_has_its_date() -> None:
    cases: list[tuple[Handler, Verdict]] = [
        (lambda _request, _count: response(b"", 404), Verdict.MOVED),
        (range_handler({"/table": parquet()}), Verdict.OK),
    ]
    for handler, verdict in cases:
        with serve(handler) as server:
            archive = replace(source(server), frozen_on=date(2025, 3, 13))
            (finding,) = check_addresses([archive], None, probing_downloader(server))
        assert finding.verdict == verdict
        assert finding.detail.endswith("; an archive since 2025-03-13")


def test_hosts_that_send_nothing_end_at_the_deadline_together() -> None:
    start = time.monotonic()
    with serve(lambda _request, _count: [30.0]) as server:
        downloader = replace(probing_downloader(server), limits=replace(PROBE_LIMITS, total_seconds=0.3))
        findings = check_addresses([source(server)] * 4, None, downloader)
    assert {finding.verdict for finding in findings} == {Verdict.UNREACHABLE}
    assert time.monotonic() - start < 2


def test_a_split_file_is_compared_with_the_listing_of_its_shards(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    files = dict(SHARDS)
    with serve(lambda request, count: [*hub_handler(files)(request, count)]) as server:
        board = source(server, listing="api/tree")
        for snapshot in HttpFetcher(probing_downloader(server)).fetch("board", board.resources[0]):
            store.keep(snapshot)
        (unchanged,) = check_addresses([board], store, probing_downloader(server))
        files["train-00001-of-00003.parquet"] = parquet(10)
        (changed,) = check_addresses([board], store, probing_downloader(server))
        del files["train-00000-of-00003.parquet"]
        (incomplete,) = check_addresses([board], store, probing_downloader(server))
    assert (unchanged.verdict, unchanged.size) == (Verdict.OK, sum(map(len, SHARDS.values())))
    assert (changed.verdict, changed.detail) == (Verdict.CHANGED, "its SHA-256 changed")
    assert (incomplete.verdict, incomplete.detail) == (Verdict.REFUSED, "has 2 of 3 parts; part 0 is missing")


def test_the_findings_have_fixed_columns() -> None:
    finding = check_once(lambda _request, _count: response(b"", 404))
    assert findings_frame([finding]).schema == pl.Schema(FINDING_COLUMNS)
    assert findings_frame([]).schema == pl.Schema(FINDING_COLUMNS)
    assert findings_frame([finding])["verdict"].to_list() == ["moved"]
