"""Log one line per event, without secrets and without characters that control a terminal.

Each log record of the process is cleaned when it is created. So neither the console nor the log table of the Prefect
server gets a secret.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.text import visible
from flows.redaction import clean, redact

SETTINGS_FILE = Path(__file__).with_name("logging.yml")
"""The configuration of Prefect's loggers."""


class CleanRecord(logging.LogRecord):
    """A log record with a clean message and traceback; a message that is already clean keeps its arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the arguments of logging.LogRecord
        super().__init__(*args, **kwargs)
        message = self.getMessage()
        if (cleaned := clean(message)) != message:
            self.msg, self.args = cleaned, None
        if self.exc_info and self.exc_info[0]:
            self.exc_text = clean("".join(traceback.format_exception(*self.exc_info)).rstrip())
            self.exc_info = None


def install() -> None:
    """Clean every log record of this process, from any library."""
    logging.setLogRecordFactory(CleanRecord)


class LineHandler(logging.StreamHandler[Any]):
    """Writes one line per event to standard error: text on a terminal, else JSON."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return as_text(record) if self.stream.isatty() else as_json(record)


_RUN_FIELDS = ("flow_run_name", "flow_run_id", "task_run_name")


def as_json(record: logging.LogRecord) -> str:
    """Return one line of ASCII JSON: `time`, `level`, `logger`, `message`, run fields, `fields`, `traceback`."""
    event: dict[str, object] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": clean(record.getMessage()),
    }
    fields = {name: getattr(record, name, None) for name in _RUN_FIELDS} | getattr(record, "fields", {})
    event |= {
        name: clean(value) if isinstance(value, str) else value
        for name, value in fields.items()
        if value not in (None, "<unknown>") and name not in event
    }
    if record.exc_text:
        event["traceback"] = clean(record.exc_text)
    return json.dumps(event, default=lambda value: clean(str(value)))


def as_text(record: logging.LogRecord) -> str:
    """Return one line of text; a traceback follows, indented."""
    line = f"{datetime.fromtimestamp(record.created, UTC):%H:%M:%S} {record.levelname.lower():<7} "
    line += visible(redact(record.getMessage()))
    if record.exc_text:
        line += "".join(f"\n    {part}" for part in clean(record.exc_text).splitlines())
    return line
