"""Log lines: one event per line, no secrets, no control characters."""

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
from flows.logs import CleanRecord, LineHandler, as_json, as_text
from flows.redaction import clean
from tests.support.canary import CANARY, raise_with_canary


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
    assert len(as_text(record).splitlines()) == 1
    assert "\x1b" not in as_text(record)


@pytest.fixture
def _clean_records() -> Iterator[None]:
    before = logging.getLogRecordFactory()
    logs.install()
    yield
    logging.setLogRecordFactory(before)


@pytest.mark.usefixtures("_clean_records")
def test_every_record_of_the_process_is_clean_with_its_arguments_and_traceback() -> None:
    stream = io.StringIO()
    handler = LineHandler()
    handler.setStream(stream)
    logger = logging.getLogger("some.library")
    logger.addHandler(handler)
    try:
        logger.error("sent %s", {"Authorization": f"Bearer {CANARY}"})
        try:
            raise_with_canary()
        except FetchError:
            logger.exception("it failed with %s", CANARY)
    finally:
        logger.removeHandler(handler)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == 2
    assert CANARY not in stream.getvalue()
    assert "FetchError" in lines[1]["traceback"]


@pytest.mark.usefixtures("_clean_records")
def test_a_clean_message_keeps_its_arguments_for_other_handlers() -> None:
    record = logging.getLogger("x").makeRecord("x", logging.INFO, "x.py", 1, "%s - %d", ("GET", 200), None)
    assert record.args == ("GET", 200)


def test_a_terminal_gets_text(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    record = CleanRecord("x", logging.INFO, "x.py", 1, "all is well", None, None)
    assert LineHandler().format(record).endswith("info    all is well")
