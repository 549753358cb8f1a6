import json
import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from aggregator.errors import UsageError
from flows import notify
from flows.notify import ATTEMPTS, Notice, address, send

CANARY = "hf_CanaryCanaryCanary0123456789"


class Hook:
    """Answers with the statuses that it is given, then with 204."""

    def __init__(self, *statuses: int) -> None:
        self.taken: list[dict[str, Any]] = []
        waiting, taken = list(statuses), self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(waiting.pop(0) if waiting else 204)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                taken.append({"redirected": True})
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep the test's output quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/{CANARY}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hooks() -> Iterator[list[Hook]]:
    opened: list[Hook] = []
    yield opened
    for hook in opened:
        hook.close()


def opened(hooks: list[Hook], *statuses: int) -> Hook:
    hooks.append(Hook(*statuses))
    return hooks[-1]


NOTICE = Notice("failed", f"it failed with {CANARY}", "/home", "run-1", [{"source": "board", "message": CANARY}])


def test_a_notice_says_what_happened_without_secrets(hooks: list[Hook]) -> None:
    hook = opened(hooks)
    assert send(NOTICE, hook.address)
    (told,) = hook.taken
    assert told["event"] == "failed"
    assert told["text"] == told["content"] == "it failed with [redacted]"
    assert told["sources"] == [{"source": "board", "message": "[redacted]"}]
    assert told["run"] == "run-1"


def test_what_is_not_taken_is_sent_again_after_a_pause(hooks: list[Hook]) -> None:
    hook, slept = opened(hooks, 503, 500), list[float]()
    assert send(NOTICE, hook.address, slept.append)
    assert len(hook.taken) == 3
    assert slept == [2.0, 4.0]


def test_nobody_there_is_no_error_and_the_address_is_not_told(
    hooks: list[Hook], caplog: pytest.LogCaptureFixture
) -> None:
    hook = opened(hooks)
    hook.close()
    hooks.clear()
    with caplog.at_level(logging.WARNING):
        assert not send(NOTICE, hook.address, lambda _: None)
    assert len(caplog.records) == ATTEMPTS
    assert CANARY not in caplog.text
    assert hook.address not in caplog.text


def test_a_redirect_is_not_followed(hooks: list[Hook]) -> None:
    hook = opened(hooks, 302, 302, 302)
    assert not send(NOTICE, hook.address, lambda _: None)
    assert len(hook.taken) == ATTEMPTS


def test_a_long_text_is_cut_where_chat_programs_would(hooks: list[Hook]) -> None:
    hook = opened(hooks)
    send(Notice("failed", "x" * 9000, "/home"), hook.address)
    assert len(hook.taken[0]["content"]) == notify.LONGEST


def test_the_address_comes_from_the_option_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(notify.ADDRESS, raising=False)
    assert address() is None
    monkeypatch.setenv(notify.ADDRESS, "https://one.example/x")
    assert address() == "https://one.example/x"
    assert address("https://two.example/y") == "https://two.example/y"


@pytest.mark.parametrize("wrong", ["ftp://x/y", "nothing", "https://?x", f"file:///{CANARY}"])
def test_what_is_no_address_is_told_without_it(wrong: str) -> None:
    with pytest.raises(UsageError) as caught:
        address(wrong)
    assert wrong not in str(caught.value)
