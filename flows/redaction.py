"""Remove secrets from texts and errors. Prefect itself removes only its own API key."""

import os
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import ParamSpec, TypeVar
from urllib.parse import quote

from aggregator.text import visible

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

REDACTED = "[redacted]"
MIN_SECRET_LENGTH = 8
"""Shorter values of secret variables are not replaced: they also occur in ordinary words."""

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
    """Return `text` without strings that look like credentials and without the values of secret variables."""
    variables = os.environ if environment is None else environment
    for value in _secret_values(tuple(sorted(variables.items()))):
        text = text.replace(value, REDACTED)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<keep>{REDACTED}", text)
    return text


@lru_cache(maxsize=8)
def _secret_values(variables: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return the values of the secret variables, plain and URL-encoded, longest first."""
    values = {value.strip() for name, value in variables if _SECRET_NAME.search(name)}
    forms = {form for value in values if len(value) >= MIN_SECRET_LENGTH for form in (value, quote(value, safe=""))}
    return tuple(sorted(forms, key=len, reverse=True))


def clean(text: str) -> str:
    """Return `text` without secrets, and with control, format and direction characters escaped; line breaks stay."""
    lines = redact(text).split("\n")
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in lines)


def redact_error(error: BaseException) -> None:
    """Remove secrets in place from an error, its causes and their attributes."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        current.args = tuple(redact(part) if isinstance(part, str) else part for part in current.args)
        for name, value in vars(current).items():
            if isinstance(value, str):
                setattr(current, name, redact(value))
        waiting += [current.__cause__, current.__context__]


def redact_errors(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Return `function` with secrets removed from its errors: Prefect stores the message of an error with the run."""

    def redacting(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            redact_error(error)
            raise

    return redacting
