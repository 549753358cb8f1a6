"""Notices: their JSON, retries, and no secret in a log line or an error."""

import logging

import pytest

from aggregator.errors import UsageError
from aggregator.fetch.webhook import ATTEMPTS
from flows import notify
from flows.notify import Notice, send, webhook_url
from tests.support.canary import CANARY
from tests.support.webhook import running_webhook

NOTICE = Notice("failed", f"it failed with {CANARY}", "/home", "run-1", [{"source": "board", "message": CANARY}])


def test_a_notice_has_the_event_without_secrets() -> None:
    with running_webhook() as webhook:
        assert send(NOTICE, webhook.address)
    (notice,) = webhook.received
    assert notice["event"] == "failed"
    assert notice["text"] == notice["content"] == "it failed with [redacted]"
    assert notice["sources"] == [{"source": "board", "message": "[redacted]"}]
    assert notice["run"] == "run-1"


def test_a_notice_that_is_not_accepted_is_sent_again_after_a_pause() -> None:
    pauses: list[float] = []
    with running_webhook(503, 500) as webhook:
        assert send(NOTICE, webhook.address, pauses.append)
    assert len(webhook.received) == 3
    assert pauses == [2.0, 4.0]


def test_a_closed_webhook_is_no_error_and_its_address_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with running_webhook() as webhook:
        pass
    with caplog.at_level(logging.WARNING):
        assert not send(NOTICE, webhook.address, lambda _: None)
    assert len(caplog.records) == ATTEMPTS
    assert CANARY not in caplog.text
    assert webhook.address not in caplog.text


def test_a_redirect_is_not_followed() -> None:
    with running_webhook(302, 302, 302) as webhook:
        assert not send(NOTICE, webhook.address, lambda _: None)
    assert len(webhook.received) == ATTEMPTS


def test_a_long_text_is_cut_at_the_limit_of_chat_programs() -> None:
    with running_webhook() as webhook:
        send(Notice("failed", "x" * 9000, "/home"), webhook.address)
    assert len(webhook.received[0]["content"]) == notify.MAX_TEXT_LENGTH


def test_the_address_comes_from_the_option_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(notify.WEBHOOK_VARIABLE, raising=False)
    assert webhook_url() is None
    monkeypatch.setenv(notify.WEBHOOK_VARIABLE, "https://one.example/x")
    assert webhook_url() == "https://one.example/x"
    assert webhook_url("https://two.example/y") == "https://two.example/y"


@pytest.mark.parametrize("wrong", ["ftp://x/y", "nothing", "https://?x", f"file:///{CANARY}"])
def test_the_error_for_a_wrong_address_does_not_contain_it(wrong: str) -> None:
    with pytest.raises(UsageError) as caught:
        webhook_url(wrong)
    assert wrong not in str(caught.value)
