"""Faults of the transport in a whole refresh: a server on loopback that sends any bytes at any time."""

import gzip
import itertools
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from wsgiref.handlers import format_date_time

import pytest

from aggregator.fetch.client import MirrorFetcher
from aggregator.fetch.download import Downloader
from aggregator.fetch.limits import Clock, Limits
from aggregator.sources import SAMPLE
from tests.faults import harness, reader_view, unprotected_pipeline
from tests.faults.cases import KEEP, SEED, Case, Expected
from tests.faults.conftest import ALL, Workspace
from tests.faults.reliability_report import Result
from tests.support.clocks import NOON, FakeTime
from tests.support.fault_server import (
    RESET,
    Handler,
    Piece,
    RecordedRequest,
    drip,
    redirect,
    response,
    response_head,
    serve,
    truncated_responses,
    unterminated_chunks,
)

BOARDS = ("open_llm_v2", "mteb_eng_v2")
"""One board with Parquet files, and one with JSON files."""
RETRY = (Expected.RETRY,)
ATTEMPTS = 4
THIRTY_YEARS_SECONDS = 10**9
DEADLINE_SECONDS = 1.0
MAX_SENT_BYTES = 96 * 1024 * 1024
"""The limit of a download, 64 MiB, and what the buffers of the sockets accept in addition."""

FaultyResponse = Callable[[bytes, int, RecordedRequest], Iterable[Piece]]
"""`respond(body, n, request)` returns the response to the n-th request of one path, counted from 0."""


def respond_once(pieces: Iterable[Piece]) -> FaultyResponse:
    return lambda body, count, _: pieces if count == 0 else response(body)


def truncate(kind: str, times: int) -> FaultyResponse:
    return lambda body, count, _: truncated_responses(body)[kind] if count < times else response(body)


def ask_to_wait(retry_after: object) -> FaultyResponse:
    return respond_once(response(b"slow down", 429, Retry_After=retry_after))


def gzip_bomb(body: bytes) -> list[Piece]:
    packed = gzip.compress(b" " * (256 * 1024 * 1024) + body, 6)
    return [response_head(Content_Encoding="gzip", Content_Length=len(packed)), packed]


@dataclass(frozen=True)
class Fault:
    """A case and the responses of the server."""

    case: Case
    respond: FaultyResponse
    min_wait_seconds: float = 0.0
    """Minimum time before the next request."""
    is_real_time: bool = False

    @property
    def name(self) -> str:
        """The id of the case."""
        return self.case.id


def fault(row: int, name: str, expected: tuple[Expected, ...], respond: FaultyResponse, **more: float | bool) -> Fault:
    return Fault(Case(row, name, "A", "fetch", "wire", expected, seed=SEED), respond, **more)  # type: ignore[arg-type] # the fields have different types


TRUNCATIONS = tuple(truncated_responses(b"xx"))
FAULTS = (
    fault(1, "429, wait 20 s", RETRY, ask_to_wait(20), min_wait_seconds=20),
    fault(1, "429, wait until a date", RETRY, ask_to_wait(format_date_time((NOON + timedelta(seconds=30)).timestamp())), min_wait_seconds=29),
    fault(1, "429, wait for 30 years", KEEP, ask_to_wait(THIRTY_YEARS_SECONDS)),
    fault(1, "429, wait a negative time", RETRY, ask_to_wait(-5)),
    fault(2, "a burst of 500, 502 and 503", RETRY, lambda body, n, _: response(b"", (500, 502, 503)[n]) if n < 3 else response(body)),
    fault(2, "504 for ever", KEEP, lambda *_: response(b"", 504)),
    fault(3, "a reset in the middle of the body", RETRY, lambda body, n, _: [response_head(Content_Length=len(body)), body[:99], 0.05, RESET] if n == 0 else response(body)),
    fault(3, "resets for ever", KEEP, lambda *_: [RESET]),
    fault(4, "a body byte by byte", KEEP, lambda body, *_: itertools.chain([response_head(Content_Length=len(body))], drip(body, 0.2)), is_real_time=True),
    fault(4, "headers byte by byte", KEEP, lambda body, *_: drip(response_head(Content_Length=len(body)), 0.2), is_real_time=True),
    *(fault(5, f"cut for ever: {kind}", KEEP, truncate(kind, times=ATTEMPTS)) for kind in TRUNCATIONS),
    *(fault(5, f"cut once: {kind}", RETRY, truncate(kind, times=1)) for kind in TRUNCATIONS),
    fault(6, "a page of the host, by type", KEEP, lambda body, *_: response(body, Content_Type="text/html")),
    fault(6, "another character set", KEEP, lambda body, *_: response(body.decode("latin-1").encode("utf-16"))),
    fault(7, "a length beyond the cap", KEEP, lambda body, *_: [response_head(Content_Length=10**12), body]),
    fault(7, "headers without end", KEEP, lambda *_: itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X: y\r\n" * 500))),
    fault(7, "a body without end", KEEP, lambda *_: itertools.chain(unterminated_chunks(), itertools.repeat(unterminated_chunks(b"{" * 65536)[1]))),
    fault(8, "a bomb of gzip", KEEP, lambda body, *_: gzip_bomb(body)),
    fault(8, "an encoding that was not asked for", KEEP, lambda body, *_: response(body, Content_Encoding="br")),
    fault(9, "a redirect to another port here", KEEP, lambda *_: redirect("http://127.0.0.1:1/x")),
    fault(9, "a redirect to the cloud's metadata", KEEP, lambda *_: redirect("http://169.254.169.254/latest/meta-data")),
    fault(9, "a redirect to [::1]", KEEP, lambda *_: redirect("http://[::1]/x")),
    fault(9, "a redirect to a file", KEEP, lambda *_: redirect("file:///etc/passwd")),
    fault(9, "a circle of redirects", KEEP, lambda _b, _n, request: redirect(request.target)),
    fault(11, "304 though nothing was asked of a tag", KEEP, lambda *_: [response_head(304)]),
    fault(11, "no such file any more", KEEP, lambda *_: response(b"gone", 404)),
)  # fmt: skip
"""Each fault is tried at a board with Parquet files and at a board with JSON files."""


def faulty_handler(
    respond: FaultyResponse, paths: set[str], request_times: dict[str, list[float]], clock: Clock
) -> Handler:
    """Return a handler that serves the sample, with faulty responses at `paths`; it records the times of requests."""
    serve_sample = harness.answer_from_folder(SAMPLE)

    def answer(request: RecordedRequest, count: int) -> Iterable[Piece]:
        if request.target not in paths:
            return serve_sample(request, count)
        times = request_times.setdefault(request.target, [])
        times.append(clock.monotonic())
        return respond(harness.read_requested_file(SAMPLE, request), len(times) - 1, request)

    return answer


def paths_of(board: str) -> set[str]:
    return {"/" + resource.path.replace("%", "%25") for resource in harness.SOURCES[board].resources}


def pairs() -> list[tuple[Fault, str]]:
    """Return every fault at both boards; in the short run, the boards alternate."""
    return [
        (fault, board) for number, fault in enumerate(FAULTS) for board in (BOARDS if ALL else BOARDS[number % 2 :][:1])
    ]


@pytest.mark.parametrize(("fault", "board"), pairs(), ids=lambda part: getattr(part, "name", part))
def test_a_fault_of_the_transport_has_the_expected_result(
    fault: Fault, board: str, small: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, good = small.home, small.good
    clock = Clock() if fault.is_real_time else FakeTime().clock()
    total_seconds = DEADLINE_SECONDS if fault.is_real_time else 600
    limits = Limits(total_seconds=total_seconds, read_seconds=5, attempts=ATTEMPTS)
    downloader = Downloader(limits=limits, clock=clock)
    monkeypatch.setattr("flows.refresh.open_fetcher", lambda mirror: MirrorFetcher(mirror, downloader))
    times: dict[str, list[float]] = {}
    with serve(faulty_handler(fault.respond, paths_of(board), times, clock)) as server:
        result = harness.run_refresh(home, server.url("").rstrip("/"))
        sent_bytes, requests = server.sent_bytes, max(map(len, times.values()))
    broken = harness.find_broken_invariants(result, home)
    is_in_time = result.seconds < 15 + DEADLINE_SECONDS * len(harness.SOURCES[board].resources)
    if Expected.RETRY in fault.case.expected:
        waits = [later - earlier for path in times.values() for earlier, later in itertools.pairwise(path)]
        is_expected = result.code == 0 and result.published == good and min(waits) >= fault.min_wait_seconds
    else:
        is_expected = harness.result_of_board(board, good, result) is Expected.KEEP and result.published == good
    is_bounded = requests <= ATTEMPTS * 6 and sent_bytes < MAX_SENT_BYTES and is_in_time
    control = (
        _unprotected_survives(fault, board, small.unprotected_home, small.folder / "unprotected")
        if board in unprotected_pipeline.BOARDS and _is_quick(fault)
        else None
    )
    figures = {"seconds": round(result.seconds, 2), "requests": float(requests)}
    survived = not broken and is_expected and is_bounded
    small.record(Result(fault.case.id, "A", fault.case.row, board, survived, control, figures))
    assert not broken
    assert is_expected, result.output
    assert is_bounded, (requests, sent_bytes, result.seconds)


def _is_quick(fault: Fault) -> bool:
    """Return whether the unprotected pipeline, which has no deadline and no size limit, ends with this fault."""
    return not fault.is_real_time and not any(text in fault.case.name for text in ("without end", "bomb", "circle"))


def _unprotected_survives(fault: Fault, board: str, good_home: Path, folder: Path) -> bool:
    home = harness.copy_home(good_home, folder)
    good = reader_view.read_published(home)
    with serve(faulty_handler(fault.respond, paths_of(board), {}, Clock())) as server:
        try:
            unprotected_pipeline.refresh(home, server.url("").rstrip("/"))
            has_failed = False
        except Exception:  # noqa: BLE001 - the control can fail in any way
            has_failed = True
    if good is None or not harness.is_intact(reader_view.read_published(home), good):
        return False
    return has_failed if Expected.KEEP in fault.case.expected else not has_failed


def test_an_unreachable_host_keeps_the_rows_of_every_board(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, good = workspace.home, workspace.good
    downloader = Downloader(limits=Limits(attempts=2), clock=FakeTime().clock())
    monkeypatch.setattr("flows.refresh.open_fetcher", lambda mirror: MirrorFetcher(mirror, downloader))
    with serve(harness.answer_from_folder(SAMPLE)) as server:
        address = server.url("").rstrip("/")
    result = harness.run_refresh(home, address)
    survived = result.published == good and all(
        harness.result_of_board(board, good, result) is Expected.KEEP for board in harness.SOURCES
    )
    workspace.record(Result("03 nobody answers", "A", 3, "all", survived))
    assert survived, result.output


def test_new_bytes_under_an_unchanged_etag_are_used(small: Workspace) -> None:
    home, mirror = small.home, harness.copy_sample(small.folder / "mirror")
    with serve(_serve_with_etag(mirror, '"one"', [])) as server:
        address = server.url("").rstrip("/")
        before = harness.run_refresh(home, address)
        again = harness.run_refresh(home, address)
        path = mirror / harness.SOURCES["mteb_eng_v2"].resources[0].path
        payload = json.loads(path.read_bytes())
        payload["rows"].pop()
        path.write_bytes(json.dumps(payload).encode())
        after = harness.run_refresh(home, address)
    assert before.code == again.code == 0
    assert after.code == 0
    assert after.published is not None
    assert again.published is not None
    fewer = sum(after.published.scores["mteb_eng_v2"].values()) < sum(again.published.scores["mteb_eng_v2"].values())
    small.record(Result("11 one tag, two bodies", "A", 11, "mteb_eng_v2", fewer))
    assert fewer, "the new bytes under the old ETag were not used"


def _serve_with_etag(mirror: Path, etag: str, sent: list[str]) -> Handler:
    """Return a handler that serves every file with the same ETag and records the paths of sent files."""

    def answer(request: RecordedRequest, _: int) -> Iterable[Piece]:
        try:
            body = harness.read_requested_file(mirror, request)
        except FileNotFoundError:
            return response(b"no such file", 404)
        if not request.target.endswith("/"):
            sent.append(request.target)
        return [response_head(ETag=etag, Content_Length=len(body)), body]

    return answer


def test_a_retired_board_with_an_unchanged_etag_is_not_downloaded_again(small: Workspace) -> None:
    home, sent = small.home, list[str]()
    serve_file = _serve_with_etag(SAMPLE, '"archive"', sent)

    def answer(request: RecordedRequest, count: int) -> Iterable[Piece]:
        if request.headers.get("if-none-match") == '"archive"':
            return [response_head(304, ETag='"archive"')]
        return serve_file(request, count)

    with serve(answer) as server:
        first = harness.run_refresh(home, server.url("").rstrip("/"))
        sent_at_first = len(sent)
        second = harness.run_refresh(home, server.url("").rstrip("/"))
    retired = [row["source"] for row in reader_view.read_table(home / "current", "sources") if row["frozen_on"]]
    survived = (first.code, second.code) == (0, 0) and len(sent) == sent_at_first and "open_llm_v2" in retired
    small.record(Result("19 a retired board", "B", 19, "open_llm_v2", survived))
    assert survived


def test_a_slow_host_cannot_delay_a_download_beyond_its_deadline() -> None:
    start = time.monotonic()
    with serve(lambda *_: drip(b"x" * 10**6, 0.1)) as server:
        fetcher = MirrorFetcher(server.url("").rstrip("/"), Downloader(limits=Limits(total_seconds=DEADLINE_SECONDS)))
        with pytest.raises(Exception, match="took longer"):
            fetcher.fetch("open_llm_v2", harness.SOURCES["open_llm_v2"].resources[0])
    assert time.monotonic() - start < DEADLINE_SECONDS + 1
