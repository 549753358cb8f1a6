"""Faults of the transport: a server on loopback that misbehaves byte by byte, under the whole refresh."""

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
from aggregator.fetch.limits import Budget, Clock
from aggregator.sources import SAMPLE
from tests.faults import lab, naive, oracle
from tests.faults.conftest import ALL, Bench
from tests.faults.records import KEEP, SEED, Case, Expected
from tests.faults.scoreboard import Result
from tests.support.clocks import NOON, FakeTime
from tests.support.fault_server import (
    RESET,
    Answer,
    Asked,
    FaultServer,
    Piece,
    chunked,
    drip,
    head,
    redirect,
    serving,
    truncated,
    whole,
)

BOARDS = ("open_llm_v2", "mteb_eng_v2")
"""One board of Parquet, one of JSON."""
RETRY = (Expected.RETRY,)
TRIES = 4
FARTHEST = 10**9
DEADLINE = 1.0
MOST_SENT = 96 * 1024 * 1024
"""What a server can get rid of before the cap of 64 MiB is noticed, buffers of sockets included."""

Spoil = Callable[[bytes, int, FaultServer], Iterable[Piece]]
"""`spoil(body, n, server)` for the n-th request of one path, counted from 0."""


def once(pieces: Iterable[Piece]) -> Spoil:
    return lambda body, count, _: pieces if count == 0 else whole(body)


def cut(way: str, times: int) -> Spoil:
    return lambda body, count, _: truncated(body)[way] if count < times else whole(body)


def wait(told: object) -> Spoil:
    return once(whole(b"slow down", 429, Retry_After=told))


def bomb(body: bytes) -> list[Piece]:
    packed = gzip.compress(b" " * (256 * 1024 * 1024) + body, 6)
    return [head(Content_Encoding="gzip", Content_Length=len(packed)), packed]


def on_time(moment: float) -> str:
    return format_date_time(moment)


@dataclass(frozen=True)
class Fault:
    """A record and what the server does for it."""

    case: Case
    spoil: Spoil
    least_wait: float = 0.0
    """Seconds that must pass before the next request."""
    is_real_time: bool = False

    @property
    def name(self) -> str:
        """How the record calls it."""
        return self.case.id


def fault(row: int, name: str, expected: tuple[Expected, ...], spoil: Spoil, **more: float | bool) -> Fault:
    return Fault(Case(row, name, "A", "fetch", "wire", expected, seed=SEED), spoil, **more)  # type: ignore[arg-type] # each record names what it is about


CUT = truncated(b"xx")
FAULTS = (
    fault(1, "429, wait 20 s", RETRY, wait(20), least_wait=20),
    fault(1, "429, wait until a date", RETRY, wait(on_time((NOON + timedelta(seconds=30)).timestamp())), least_wait=29),
    fault(1, "429, wait for 30 years", KEEP, wait(FARTHEST)),
    fault(1, "429, wait a negative time", RETRY, wait(-5)),
    fault(2, "a burst of 500, 502 and 503", RETRY, lambda body, n, _: whole(b"", (500, 502, 503)[n]) if n < 3 else whole(body)),
    fault(2, "504 for ever", KEEP, lambda *_: whole(b"", 504)),
    fault(3, "a reset in the middle of the body", RETRY, lambda body, n, _: [head(Content_Length=len(body)), body[:99], 0.05, RESET] if n == 0 else whole(body)),
    fault(3, "resets for ever", KEEP, lambda *_: [RESET]),
    fault(4, "a body byte by byte", KEEP, lambda body, *_: itertools.chain([head(Content_Length=len(body))], drip(body, 0.2)), is_real_time=True),
    fault(4, "headers byte by byte", KEEP, lambda body, *_: drip(head(Content_Length=len(body)), 0.2), is_real_time=True),
    *(fault(5, f"cut for ever: {way}", KEEP, cut(way, times=TRIES)) for way in CUT),
    *(fault(5, f"cut once: {way}", RETRY, cut(way, times=1)) for way in CUT),
    fault(6, "a page of the host, by type", KEEP, lambda body, *_: whole(body, Content_Type="text/html")),
    fault(6, "another character set", KEEP, lambda body, *_: whole(body.decode("latin-1").encode("utf-16"))),
    fault(7, "a length beyond the cap", KEEP, lambda body, *_: [head(Content_Length=10**12), body]),
    fault(7, "headers without end", KEEP, lambda *_: itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X: y\r\n" * 500))),
    fault(7, "a body without end", KEEP, lambda *_: itertools.chain(chunked(), itertools.repeat(chunked(b"{" * 65536)[1]))),
    fault(8, "a bomb of gzip", KEEP, lambda body, *_: bomb(body)),
    fault(8, "an encoding that was not asked for", KEEP, lambda body, *_: whole(body, Content_Encoding="br")),
    fault(9, "a redirect to another port here", KEEP, lambda *_: redirect("http://127.0.0.1:1/x")),
    fault(9, "a redirect to the cloud's metadata", KEEP, lambda *_: redirect("http://169.254.169.254/latest/meta-data")),
    fault(9, "a redirect to [::1]", KEEP, lambda *_: redirect("http://[::1]/x")),
    fault(9, "a redirect to a file", KEEP, lambda *_: redirect("file:///etc/passwd")),
    fault(9, "a circle of redirects", KEEP, lambda _b, _n, server: redirect(server.asked[-1].target)),
    fault(11, "304 though nothing was asked of a tag", KEEP, lambda *_: [head(304)]),
    fault(11, "no such file any more", KEEP, lambda *_: whole(b"gone", 404)),
)  # fmt: skip
"""Each at a board of Parquet and a board of JSON."""


def served(
    spoil: Spoil, paths: set[str], asked: dict[str, list[float]], clock: Clock
) -> tuple[Answer, list[FaultServer]]:
    """Return a server of the sample that misbehaves at `paths`, and a place where it finds itself."""
    honest, itself = lab.folder(SAMPLE), list[FaultServer]()

    def answer(request: Asked, count: int) -> Iterable[Piece]:
        if request.target not in paths:
            return honest(request, count)
        times = asked.setdefault(request.target, [])
        times.append(clock.monotonic())
        body = b"".join(piece for piece in list(honest(request, count))[1:] if isinstance(piece, bytes))
        return spoil(body, len(times) - 1, itself[0])

    return answer, itself


def targets(board: str) -> set[str]:
    return {"/" + resource.path.replace("%", "%25") for resource in lab.SOURCES[board].resources}


def pairs() -> list[tuple[Fault, str]]:
    """Return every fault at both boards; at one of them, in turn, in the short run."""
    return [
        (fault, board) for place, fault in enumerate(FAULTS) for board in (BOARDS if ALL else BOARDS[place % 2 :][:1])
    ]


@pytest.mark.parametrize(("fault", "board"), pairs(), ids=lambda part: getattr(part, "name", part))
def test_a_fault_on_the_wire_ends_as_its_record_says(
    fault: Fault, board: str, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, good = bench.home, bench.good
    clock = Clock() if fault.is_real_time else FakeTime().clock()
    budget = Budget(seconds=DEADLINE if fault.is_real_time else 600, silent_seconds=5, tries=TRIES)
    downloader = Downloader(budget=budget, clock=clock)
    monkeypatch.setattr("flows.refresh.open_fetcher", lambda mirror: MirrorFetcher(mirror, downloader))
    asked: dict[str, list[float]] = {}
    answer, itself = served(fault.spoil, targets(board), asked, clock)
    with serving(answer) as server:
        itself.append(server)
        ended = lab.night(home, server.url("").rstrip("/"))
        sent, requests = server.sent, max(len(times) for times in asked.values())
    broken = lab.broken_invariants(ended, home)
    in_time = ended.seconds < 15 + DEADLINE * len(lab.SOURCES[board].resources)
    if Expected.RETRY in fault.case.expected:
        gaps = [later - sooner for times in asked.values() for sooner, later in itertools.pairwise(times)]
        right = ended.code == 0 and ended.seen == good and min(gaps) >= fault.least_wait
    else:
        right = lab.came_to(board, good, ended) is Expected.KEEP and ended.seen == good
    bounded = requests <= TRIES * 6 and sent < MOST_SENT and in_time
    control = (
        _control(fault, board, bench.naive, bench.place / "naive")
        if board in naive.BOARDS and _is_quick(fault)
        else None
    )
    figures = {"seconds": round(ended.seconds, 2), "requests": float(requests)}
    bench.note(Result(fault.case.id, "A", fault.case.row, board, not broken and right and bounded, control, figures))
    assert not broken
    assert right, ended.output
    assert bounded, (requests, sent, ended.seconds)


def _is_quick(fault: Fault) -> bool:
    """The control has no deadline and no cap: some faults would hold it for ever."""
    return not fault.is_real_time and not any(word in fault.case.name for word in ("without end", "bomb", "circle"))


def _control(fault: Fault, board: str, good_home: Path, place: Path) -> bool:
    home = lab.copied(good_home, place)
    good = oracle.look(home)
    answer, itself = served(fault.spoil, targets(board), {}, Clock())
    with serving(answer) as server:
        itself.append(server)
        try:
            naive.refresh(home, server.url("").rstrip("/"))
            told = False
        except Exception:  # noqa: BLE001 - the control may fail in any way
            told = True
    seen = oracle.look(home)
    if good is None or seen is None or seen.problems or seen.scores != good.scores:
        return False
    return told if Expected.KEEP in fault.case.expected else not told


def test_a_host_that_nobody_reaches_keeps_every_board(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    home, good = bench.home, bench.good
    downloader = Downloader(budget=Budget(tries=2), clock=FakeTime().clock())
    monkeypatch.setattr("flows.refresh.open_fetcher", lambda mirror: MirrorFetcher(mirror, downloader))
    with serving(lab.folder(SAMPLE)) as server:
        address = server.url("").rstrip("/")
    ended = lab.night(home, address)
    survived = ended.seen == good and all(lab.came_to(board, good, ended) is Expected.KEEP for board in lab.SOURCES)
    bench.note(Result("03 nobody answers", "A", 3, "all", survived))
    assert survived, ended.output


def test_a_tag_that_stays_while_the_bytes_change_is_not_believed(bench: Bench) -> None:
    home, mirror = bench.home, lab.mirrored(bench.place / "mirror")
    first = _tagged(mirror)
    with serving(first) as server:
        address, before = server.url("").rstrip("/"), lab.night(home, server.url("").rstrip("/"))
        again = lab.night(home, address)
        path = mirror / lab.SOURCES["mteb_eng_v2"].resources[0].path
        payload = json.loads(path.read_bytes())
        payload["rows"].pop()
        path.write_bytes(json.dumps(payload).encode())
        after = lab.night(home, address)
    assert before.code == again.code == 0
    assert after.code == 0
    assert after.seen is not None
    assert again.seen is not None
    fewer = sum(after.seen.scores["mteb_eng_v2"].values()) < sum(again.seen.scores["mteb_eng_v2"].values())
    bench.note(Result("11 one tag, two bodies", "A", 11, "mteb_eng_v2", fewer))
    assert fewer, "the host sent new bytes under the old tag, and they were used"


def _tagged(mirror: Path) -> Answer:
    """Send every file under one tag, and never say that it did not change."""
    honest = lab.folder(mirror)

    def answer(asked: Asked, count: int) -> Iterable[Piece]:
        pieces = list(honest(asked, count))
        return [head(ETag='"one"', Content_Length=len(pieces[1]) if isinstance(pieces[1], bytes) else 0), *pieces[1:]]

    return answer


def test_a_retired_board_whose_tag_is_unchanged_is_not_sent_again(bench: Bench) -> None:
    home = bench.home
    honest, sent = lab.folder(SAMPLE), list[str]()

    def answer(asked: Asked, count: int) -> Iterable[Piece]:
        if asked.headers.get("if-none-match") == '"archive"':
            return [head(304, ETag='"archive"')]
        sent.append(asked.target)
        body = b"".join(piece for piece in list(honest(asked, count))[1:] if isinstance(piece, bytes))
        return [head(ETag='"archive"', Content_Length=len(body)), body]

    with serving(answer) as server:
        first = lab.night(home, server.url("").rstrip("/"))
        once_sent = len(sent)
        second = lab.night(home, server.url("").rstrip("/"))
    archived = [row["source"] for row in oracle.rows(home / "current", "sources") if row["frozen_on"]]
    survived = (first.code, second.code) == (0, 0) and len(sent) == once_sent and "open_llm_v2" in archived
    bench.note(Result("19 a retired board", "B", 19, "open_llm_v2", survived))
    assert survived


def test_a_slow_host_does_not_hold_the_night_beyond_its_deadline() -> None:
    start = time.monotonic()
    with serving(lambda *_: drip(b"x" * 10**6, 0.1)) as server:
        fetcher = MirrorFetcher(server.url("").rstrip("/"), Downloader(budget=Budget(seconds=DEADLINE)))
        with pytest.raises(Exception, match="took longer"):
            fetcher.fetch("open_llm_v2", lab.SOURCES["open_llm_v2"].resources[0])
    assert time.monotonic() - start < DEADLINE + 1
