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

from aggregator.fetch.addresses import Reach
from aggregator.fetch.client import HttpFetcher
from aggregator.fetch.doctor import FINDINGS, ONE_LOOK, Finding, Verdict, examine, table
from aggregator.fetch.download import Downloader
from aggregator.fetch.probe import PIECE
from aggregator.model import Resource, Source
from aggregator.sources import registered
from aggregator.store.files import digest
from aggregator.store.snapshots import SnapshotStore
from tests.fetch.test_client import PARTS, hub
from tests.support.fault_server import Answer, Asked, FaultServer, Piece, head, redirect, serving, whole

TEMPLATE = replace(registered()[0], frozen_on=None)


def parquet(rows: int = 20_000, columns: Mapping[str, pl.Expr] | None = None) -> bytes:
    file = io.BytesIO()
    table = pl.select(name=pl.int_range(rows).cast(pl.String), score=pl.int_range(rows) / 7)
    table.with_columns(**(columns or {})).write_parquet(file, row_group_size=5000)
    return file.getvalue()


def ranges(files: Mapping[str, bytes], **headers: object) -> Answer:
    """Answer as a store of files does: ranges are honoured, and an ETag is the beginning of the digest."""

    def answer(asked: Asked, _count: int) -> list[Piece]:
        body = files[asked.target]
        etag = f'"{digest(body)[:8]}"'
        if asked.headers.get("if-none-match") == etag:
            return [head(304, ETag=etag)]
        first, last = asked.headers.get("range", "bytes=0-").removeprefix("bytes=").split("-")
        start = int(first) if first else max(len(body) - int(last), 0)
        end = min(int(last), len(body) - 1) if first and last else len(body) - 1
        if "range" not in asked.headers:
            return whole(body, ETag=etag, **headers)
        return whole(body[start : end + 1], 206, ETag=etag, Content_Range=f"bytes {start}-{end}/{len(body)}", **headers)

    return answer


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


def reaching(server: FaultServer) -> Downloader:
    return Downloader(reach=Reach(hosts=(), named=frozenset({server.endpoint})), budget=ONE_LOOK)


def asked_once(answer: Answer, media: str = "parquet", store: SnapshotStore | None = None) -> Finding:
    with serving(answer) as server:
        (finding,) = examine([source(server, media)], store, reaching(server))
    assert len(server.asked) == 1
    return finding


def after_keeping(body: bytes, answer: Answer, root: Path, media: str = "parquet", *, etag: bool = True) -> Finding:
    """Keep `body` as it was served once; then ask again while the host gives `answer`."""
    store = SnapshotStore(root)
    current: list[Answer] = [ranges({"/table": body})]
    with serving(lambda asked, count: [*current[-1](asked, count)]) as server:
        for snapshot in HttpFetcher(reaching(server)).fetch("board", source(server, media).resources[0]):
            store.keep(snapshot if etag else replace(snapshot, etag=None))
        current.append(answer)
        (finding,) = examine([source(server, media)], store, reaching(server))
    assert len(server.asked) == 2
    return finding


def test_without_a_network_every_address_is_unreachable_and_says_why() -> None:
    def nowhere(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    findings = examine(registered(), downloader=Downloader(budget=ONE_LOOK, resolve=nowhere))
    assert len(findings) == sum(len(source.resources) for source in registered())
    assert {finding.verdict for finding in findings} == {Verdict.UNREACHABLE}
    assert all("Temporary failure" in finding.detail and finding.next_step for finding in findings)


def test_a_file_that_is_there_is_described_from_one_small_request() -> None:
    body = parquet()
    sent = []
    with serving(ranges({"/table": body}, X_Repo_Commit="c" * 40)) as server:
        (finding,) = examine([source(server)], None, reaching(server))
        sent.append(server.sent)
    assert (finding.verdict, finding.http_status, finding.host) == (Verdict.OK, 206, "127.0.0.1")
    assert (finding.size, finding.revision, finding.etag) == (len(body), "c" * 40, f'"{digest(body)[:8]}"')
    assert finding.next_step == "Run `metaboard refresh`."
    assert sent[0] < PIECE + 1024


@pytest.mark.parametrize("etag", [True, False])
def test_a_file_that_did_not_change_is_ok(tmp_path: Path, etag: bool) -> None:
    body = parquet()
    finding = after_keeping(body, ranges({"/table": body}), tmp_path, etag=etag)
    assert (finding.verdict, finding.detail, finding.size) == (Verdict.OK, "as kept", len(body))
    assert finding.kept_at


def test_a_file_with_other_rows_is_changed_and_wants_a_refresh(tmp_path: Path) -> None:
    finding = after_keeping(parquet(), ranges({"/table": parquet(21_000)}), tmp_path)
    assert (finding.verdict, finding.next_step) == (Verdict.CHANGED, "Run `metaboard refresh`.")
    assert "ETag" in finding.detail


def test_a_file_of_another_size_is_changed_where_there_is_no_etag(tmp_path: Path) -> None:
    finding = after_keeping(parquet(), ranges({"/table": parquet(21_000)}), tmp_path, etag=False)
    assert "its size went from" in finding.detail


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"rank": pl.lit(1)}, "new columns: rank"),
        ({"score": pl.col("score").cast(pl.String)}, "other types: score (Float64 to String)"),
    ],
)
def test_other_columns_are_named_and_want_a_person(tmp_path: Path, columns: dict[str, pl.Expr], says: str) -> None:
    finding = after_keeping(parquet(), ranges({"/table": parquet(columns=columns)}), tmp_path)
    assert finding.verdict is Verdict.CHANGED
    assert says in finding.detail
    assert "aggregator/sources/" in finding.next_step


def test_a_missing_column_is_named_also_where_the_host_knows_no_ranges(tmp_path: Path) -> None:
    small = io.BytesIO()
    pl.DataFrame({"name": ["x"]}).write_parquet(small)
    finding = after_keeping(parquet(), lambda _asked, _count: whole(small.getvalue()), tmp_path)
    assert "missing columns: score" in finding.detail


def test_the_digest_that_the_hub_announces_is_enough(tmp_path: Path) -> None:
    body = parquet()
    same = after_keeping(body, lambda _asked, _count: redirect("/cdn", X_Linked_ETag=f'"{digest(body)}"'), tmp_path)
    assert (same.verdict, same.http_status) == (Verdict.OK, 302)


@pytest.mark.parametrize("size", [10, 200_000])
def test_json_is_looked_at_from_its_beginning(size: int) -> None:
    body = json.dumps({"rows": ["x" * size]}).encode()
    finding = asked_once(ranges({"/table": body}), "json")
    assert (finding.verdict, finding.size) == (Verdict.OK, len(body))


def test_a_large_body_of_a_host_without_ranges_is_left_after_the_first_bytes() -> None:
    body = b'{"rows": [' + b"1, " * 4_000_000 + b"1]}"
    with serving(lambda _asked, _count: whole(body)) as server:
        (finding,) = examine([source(server, "json")], None, reaching(server))
    assert (finding.verdict, finding.size) == (Verdict.OK, len(body))
    assert server.sent < len(body)


@pytest.mark.parametrize(
    ("pieces", "verdict", "says"),
    [
        (whole(b"", 404), Verdict.MOVED, "HTTP 404"),
        (whole(b"", 401), Verdict.REFUSED, "HTTP 401"),
        (whole(b"<html>sleeping</html>", Content_Type="text/html"), Verdict.REFUSED, "HTML"),
        (whole(b"<html>sleeping</html>"), Verdict.REFUSED, "HTML"),
        (whole(b""), Verdict.REFUSED, "empty"),
        (whole(b"x" * 100, 206, Content_Range="bytes 0-99/1000"), Verdict.REFUSED, "Parquet"),
        (redirect("http://169.254.169.254/"), Verdict.REFUSED, "redirects to http://169.254.169.254"),
        (redirect("/table"), Verdict.REFUSED, "redirects more than"),
        (whole(b"", 503), Verdict.UNREACHABLE, "HTTP 503"),
        (whole(b"", 429, Retry_After="600"), Verdict.UNREACHABLE, "HTTP 429"),
        ([head(Content_Length=900), b"PAR1"], Verdict.UNREACHABLE, "closed"),
        ([b"nonsense\r\n\r\n"], Verdict.UNREACHABLE, "status line"),
    ],
)
def test_whatever_a_host_does_is_a_finding_with_a_next_step(pieces: list[Piece], verdict: Verdict, says: str) -> None:
    with serving(lambda _asked, _count: pieces) as server:
        (finding,) = examine([source(server)], None, reaching(server))
    assert (finding.verdict, says in finding.detail) == (verdict, True), finding.detail
    assert finding.next_step
    assert len(server.asked) <= 6


def test_an_archive_is_called_one_whatever_its_host_says() -> None:
    answers: list[tuple[Answer, Verdict]] = [
        (lambda _asked, _count: whole(b"", 404), Verdict.MOVED),
        (ranges({"/table": parquet()}), Verdict.OK),
    ]
    for answer, verdict in answers:
        with serving(answer) as server:
            archive = replace(source(server), frozen_on=date(2025, 3, 13))
            (finding,) = examine([archive], None, reaching(server))
        assert finding.verdict == verdict
        assert finding.detail.endswith("; an archive since 2025-03-13")


def test_a_silent_host_costs_no_more_than_its_time() -> None:
    start = time.monotonic()
    with serving(lambda _asked, _count: [30.0]) as server:
        patient = replace(reaching(server), budget=replace(ONE_LOOK, seconds=0.3))
        findings = examine([source(server)] * 4, None, patient)
    assert {finding.verdict for finding in findings} == {Verdict.UNREACHABLE}
    assert time.monotonic() - start < 2


def test_a_split_file_is_held_against_the_list_of_its_parts(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    files = dict(PARTS)
    with serving(lambda asked, count: [*hub(files)(asked, count)]) as server:
        board = source(server, listing="api/tree")
        for snapshot in HttpFetcher(reaching(server)).fetch("board", board.resources[0]):
            store.keep(snapshot)
        (same,) = examine([board], store, reaching(server))
        files["train-00001-of-00003.parquet"] = parquet(10)
        (changed,) = examine([board], store, reaching(server))
        del files["train-00000-of-00003.parquet"]
        (torn,) = examine([board], store, reaching(server))
    assert (same.verdict, same.size) == (Verdict.OK, sum(map(len, PARTS.values())))
    assert (changed.verdict, changed.detail) == (Verdict.CHANGED, "its digest is another")
    assert (torn.verdict, torn.detail) == (Verdict.REFUSED, "has 2 of 3 parts; part 0 is missing")


def test_the_findings_are_a_table_of_a_fixed_shape() -> None:
    finding = asked_once(lambda _asked, _count: whole(b"", 404))
    assert table([finding]).schema == pl.Schema(FINDINGS)
    assert table([]).schema == pl.Schema(FINDINGS)
    assert table([finding])["verdict"].to_list() == ["moved"]
