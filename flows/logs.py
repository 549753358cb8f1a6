"""What a run says: one line an event, nothing in it that a terminal obeys, and no secret.

Prefect redacts only its own API key. Here every log record of the process is made clean when it is made, so that
neither the console nor the table of logs on Prefect's server ever holds what `redact` takes out.
"""

import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote

from aggregator.text import visible

Given = ParamSpec("Given")
Result = TypeVar("Result")

SETTINGS = Path(__file__).with_name("logging.yml")
"""How Prefect's own loggers are set up."""

MARK = "[redacted]"
SHORTEST = 8
"""A shorter value of a secret variable would be found in innocent words."""

_SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSW|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIAL|AUTH_STRING|CONNECTION_URL|WEBHOOK", re.IGNORECASE
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<keep>\bauthorization[\"']?\s*[:=]\s*[\"']?)(?:(?:basic|bearer|digest|token)\s+)?[^\s\"',}]+",
        r"(?P<keep>\b(?:bearer|basic)\s+)(?=\S*[\d=_.-])[\w.~+/=-]{12,}",
        r"(?P<keep>://)[^\s/@:\"']*:[^\s/@\"']+(?=@)",
        r"(?P<keep>[?&](?:[\w-]*(?:token|signature|credential|secret|password)|sig|key|api_?key|auth)=)[^&\s\"'<>]+",
        r"(?P<keep>)\bhf_[a-z0-9]{16,}",
        r"(?P<keep>)\b(?:gh[a-z]|github_pat|pn[a-z])_\w{16,}",
        r"(?P<keep>)\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
    )
)


def redact(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Return `text` without what looks like a credential, and without the values of secret environment variables."""
    known = _values(tuple(sorted((os.environ if environment is None else environment).items())))
    for value in known:
        text = text.replace(value, MARK)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<keep>{MARK}", text)
    return text


@lru_cache(maxsize=8)
def _values(variables: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return the secrets in the environment, as they are and as an address spells them, longest first."""
    values = {value.strip() for name, value in variables if _SECRET_NAME.search(name)}
    spelled = {form for value in values if len(value) >= SHORTEST for form in (value, quote(value, safe=""))}
    return tuple(sorted(spelled, key=len, reverse=True))


def clean(text: str) -> str:
    """Return `text` without secrets and with control, format and direction characters as escapes; lines stay lines."""
    lines = redact(text).split("\n")
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in lines)


def redact_error(error: BaseException) -> None:
    """Take secrets out of an error and of what caused it, in place, before anyone writes it down."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        this = waiting.pop()
        if this is None or id(this) in seen:
            continue
        seen.add(id(this))
        this.args = tuple(redact(part) if isinstance(part, str) else part for part in this.args)
        for name, value in vars(this).items():
            if isinstance(value, str):
                setattr(this, name, redact(value))
        waiting += [this.__cause__, this.__context__]


def without_secrets(work: Callable[Given, Result]) -> Callable[Given, Result]:
    """Return `work` whose errors hold no secret: Prefect keeps the words of an error as the state of the run."""

    def guarded(*given: Given.args, **named: Given.kwargs) -> Result:
        try:
            return work(*given, **named)
        except BaseException as error:
            redact_error(error)
            raise

    return guarded


class CleanRecord(logging.LogRecord):
    """A log record whose message and traceback are clean from the start; one that is clean stays as it was given."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - as logging.LogRecord takes them
        super().__init__(*given, **named)
        message = self.getMessage()
        if (cleaned := clean(message)) != message:
            self.msg, self.args = cleaned, None
        if self.exc_info and self.exc_info[0]:
            self.exc_text = clean("".join(traceback.format_exception(*self.exc_info)).rstrip())
            self.exc_info = None


def install() -> None:
    """Make every log record of this process a clean one, whichever library logs it."""
    logging.setLogRecordFactory(CleanRecord)


class Lines(logging.StreamHandler[Any]):
    """Writes one line an event to standard error: JSON for a machine, plain words on a terminal."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return as_words(record) if self.stream.isatty() else as_json(record)


_RUN_FIELDS = ("flow_run_name", "flow_run_id", "task_run_name")


def as_json(record: logging.LogRecord) -> str:
    """Return a record as one line of JSON in ASCII: `time`, `level`, `logger`, `message`, the run, fields, `traceback`."""
    event: dict[str, object] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": clean(record.getMessage()),
    }
    given = {name: getattr(record, name, None) for name in _RUN_FIELDS} | getattr(record, "fields", {})
    event |= {
        name: clean(value) if isinstance(value, str) else value
        for name, value in given.items()
        if value not in (None, "<unknown>") and name not in event
    }
    if record.exc_text:
        event["traceback"] = clean(record.exc_text)
    return json.dumps(event, default=lambda value: clean(str(value)))


def as_words(record: logging.LogRecord) -> str:
    """Return a record as a person reads it, on one line; a traceback follows, indented."""
    line = f"{datetime.fromtimestamp(record.created, UTC):%H:%M:%S} {record.levelname.lower():<7} "
    line += visible(redact(record.getMessage()))
    if record.exc_text:
        line += "".join(f"\n    {part}" for part in clean(record.exc_text).splitlines())
    return line
