import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import FetchError
from flows import logs
from flows.logs import CleanRecord, Lines, as_json, as_words, clean, redact, redact_error, without_secrets

CANARY = "hf_CanaryCanaryCanary0123456789"
PLAIN = "plain-secret-of-no-known-shape"

LEAKS = [
    f"token {CANARY} in words",
    f"Authorization: Bearer {CANARY}",
    f"{{'authorization': 'Bearer {CANARY}'}}",
    'headers: {"Authorization": "Basic dXNlcjpwYXNzd29yZDEyMw=="}',
    "https://user:pa55word@host/path",
    "https://host/path?token=abcdef123456&x=1",
    "https://host/x?X-Amz-Signature=0123456789abcdef",
    "ghp_0123456789abcdefABCDEF",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
]


@pytest.mark.parametrize("text", LEAKS)
def test_what_looks_like_a_credential_is_taken_out(text: str) -> None:
    told = redact(text, {})
    assert logs.MARK in told
    for secret in (CANARY, "dXNlcjpwYXNzd29yZDEyMw", "pa55word", "abcdef123456", "0123456789abcdef", "c2lnbmF0dXJl"):
        assert secret not in told


@pytest.mark.parametrize(
    "text",
    [
        "Qwen/Qwen2.5-72B-Instruct moved from 3 to 1",
        "https://huggingface.co/datasets/mteb/results/resolve/main/data/x.parquet?download=true",
        "basic questions about bearer bonds",
        "hf_model and hf_hub_download",
        "sha256 0f343b0931126a20f133d67c2b018a3b5e8f4c0f343b0931126a20f133d67c2b",
        "4,576 rows read = 4,497 accepted + 12 quarantined + 67 duplicate",
        "read http://127.0.0.1:4200/api at 03:17:00",
    ],
)
def test_innocent_words_stay(text: str) -> None:
    assert redact(text, {}) == text


@pytest.mark.parametrize("name", ["HF_TOKEN", "MY_PASSWORD", "AWS_SECRET_ACCESS_KEY", "METABOARD_WEBHOOK", "X_API_KEY"])
def test_values_of_secret_variables_are_taken_out_whatever_they_look_like(name: str) -> None:
    assert redact(f"before {PLAIN} after", {name: PLAIN}) == f"before {logs.MARK} after"
    assert "a%2Fb" not in redact("see a%2Fb%3Fc%3Dd%2Fe", {name: "a/b?c=d/e"})


def test_short_values_and_other_variables_stay() -> None:
    assert redact("true and /home/me", {"TOKENIZERS_PARALLELISM": "true", "HOME": "/home/me"}) == "true and /home/me"


@given(st.text())
def test_a_clean_line_has_nothing_that_a_terminal_obeys(text: str) -> None:
    told = clean(text)
    assert all(character.isprintable() or character in "\n\t" for character in told)
    assert clean(told) == told


@given(st.text(), st.text(max_size=5))
def test_an_event_is_one_line_of_ascii_json(message: str, field: str) -> None:
    record = CleanRecord("prefect.flow_runs", logging.INFO, "x.py", 1, "%s", (message,), None)
    record.fields = {"event": "probe", "value": field}
    line = as_json(record)
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line)["message"] == clean(message)
    assert json.loads(line)["value"] == clean(field)


def test_a_forged_line_stays_inside_its_event() -> None:
    record = CleanRecord("x", logging.WARNING, "x.py", 1, "name\n12:00:00 error all is lost \x1b[2J", None, None)
    assert len(as_words(record).splitlines()) == 1
    assert "\x1b" not in as_words(record)


def failing() -> None:
    try:
        int(CANARY)
    except ValueError as cause:
        raise FetchError(f"https://host/{CANARY}", CANARY, hint=f"unset {CANARY}") from cause


def test_errors_lose_their_secrets_and_keep_their_type() -> None:
    with pytest.raises(FetchError) as caught:
        without_secrets(failing)()
    error = caught.value
    assert CANARY not in str(error) + error.location + error.reason + error.hint + str(error.__cause__)
    assert error.location == f"https://host/{logs.MARK}"


def test_errors_that_cause_each_other_in_a_circle_end() -> None:
    one, two = ValueError(CANARY), KeyError(CANARY)
    one.__cause__, two.__cause__ = two, one
    redact_error(one)
    assert CANARY not in str(one) + str(two)


@pytest.fixture
def _installed() -> Iterator[None]:
    before = logging.getLogRecordFactory()
    logs.install()
    yield
    logging.setLogRecordFactory(before)


@pytest.mark.usefixtures("_installed")
def test_every_logger_of_the_process_is_clean_with_its_arguments_and_traceback() -> None:
    stream = io.StringIO()
    handler = Lines()
    handler.setStream(stream)
    logger = logging.getLogger("some.library")
    logger.addHandler(handler)
    try:
        logger.error("sent %s", {"Authorization": f"Bearer {CANARY}"})
        try:
            failing()
        except FetchError:
            logger.exception("it failed with %s", CANARY)
    finally:
        logger.removeHandler(handler)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == 2
    assert CANARY not in stream.getvalue()
    assert "FetchError" in lines[1]["traceback"]


@pytest.mark.usefixtures("_installed")
def test_a_clean_message_keeps_its_arguments_for_handlers_that_count_on_them() -> None:
    record = logging.getLogger("x").makeRecord("x", logging.INFO, "x.py", 1, "%s - %d", ("GET", 200), None)
    assert record.args == ("GET", 200)


def test_a_terminal_gets_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    record = CleanRecord("x", logging.INFO, "x.py", 1, "all is well", None, None)
    assert Lines().format(record).endswith("info    all is well")
