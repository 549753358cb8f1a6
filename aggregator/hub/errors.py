"""What can go wrong with the Hub's client: which errors pass by themselves, how long to wait, what to tell a person."""

import json
from typing import Literal

import httpx2
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined] # documented there

LONGEST_WAIT = 320.0
"""The Hub counts requests in windows of five minutes."""
PASSING = frozenset({408, 409, 412, 425, 429, 500, 502, 503, 504})
"""Answers after which looking again can help."""


TROUBLE = (httpx2.HTTPError, RuntimeError, OSError, ValueError, KeyError)
"""What the library raises: HTTP and disk errors as they are, and odd ones where an answer is not the JSON that it expects."""
WRAPPING = (RuntimeError, LocalEntryNotFoundError)
"""What the library raises around the error that it met: for large files, and for downloads."""


def told(error: BaseException, secret: str | Literal[False]) -> str:
    """Return what went wrong on one line, without the token, whatever the server put into its answer."""
    cause = error.__cause__
    text = f"{error}: {cause}" if isinstance(error, WRAPPING) and cause else str(error)
    line = " ".join(text.split()) or type(error).__name__
    return line.replace(secret, "***") if secret else line


def status_of(error: BaseException | None) -> int | None:
    """Return the status that the server answered with, also behind the library's own wrapping."""
    if isinstance(error, HfHubHTTPError):
        return int(error.response.status_code)
    return status_of(error.__cause__) if isinstance(error, WRAPPING) else None


def passes(error: BaseException | None) -> bool:
    """Return whether trying again can help: the connection or the server failed, and not the request."""
    if (status := status_of(error)) is not None:
        return status in PASSING
    if isinstance(error, WRAPPING):
        return passes(error.__cause__)
    return isinstance(error, httpx2.TransportError | json.JSONDecodeError | KeyError)


def asked_wait(error: BaseException) -> float:
    """Return how many seconds the server asks us to wait."""
    if not isinstance(error, HfHubHTTPError):
        return 0.0
    limit = parse_ratelimit_headers(error.response.headers)
    after = error.response.headers.get("retry-after", "")
    asked = limit.reset_in_seconds + 1.0 if limit else float(after) if after.isdigit() else 0.0
    return min(asked, LONGEST_WAIT)


def hint_for(error: BaseException) -> str:
    """Return what a person can do about it."""
    match status_of(error):
        case 401 | 403:
            return "The token is missing, has ended, or may not write there. Nothing was published."
        case 404:
            return "Is the name right, and is the repository public?"
        case None:
            return "Check the network, and try again."
        case _:
            return "Nothing is half published. Try again later."
