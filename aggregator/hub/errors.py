"""Classify the errors of the Hub's client: which are transient, how long to wait, and which hint helps the user."""

import json
from collections.abc import Callable, Sequence
from typing import Literal

import httpx2
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined] # documented there
from tenacity import RetryCallState, Retrying
from tenacity.retry import retry_if_exception
from tenacity.stop import stop_after_attempt
from tenacity.wait import wait_chain, wait_exception, wait_fixed

MAX_WAIT_SECONDS = 320.0
"""The Hub counts requests in windows of five minutes."""
TRANSIENT_STATUSES = frozenset({408, 409, 412, 425, 429, 500, 502, 503, 504})
"""HTTP statuses after which another attempt can succeed; 412 means that another commit came first."""
CLIENT_ERRORS = (httpx2.HTTPError, RuntimeError, OSError, ValueError, KeyError)
"""All errors that the client raises: of HTTP and the disk, and others if a response is not the JSON that it expects."""
WRAPPER_ERRORS = (RuntimeError, LocalEntryNotFoundError)
"""Errors that the client raises from the original one, for large files and downloads."""


def retry_policy(waits: Sequence[float], sleep: Callable[[float], None]) -> Retrying:
    """Return the retry policy for transient errors: one attempt, and one more after each of `waits` (seconds).

    A wait is longer if the Hub asks for it. Any other error, and the error of the last attempt, is raised unchanged.
    """
    planned, requested = wait_chain(*map(wait_fixed, waits)), wait_exception(retry_after_seconds)

    def wait(state: RetryCallState) -> float:
        return max(planned(state), requested(state))

    return Retrying(
        retry=retry_if_exception(is_transient),
        stop=stop_after_attempt(len(waits) + 1),
        wait=wait,
        sleep=sleep,
        reraise=True,
    )


def is_transient(error: BaseException | None) -> bool:
    """Return whether another attempt can succeed: the connection or the server failed, not the request."""
    if (status := http_status(error)) is not None:
        return status in TRANSIENT_STATUSES
    if isinstance(error, WRAPPER_ERRORS):
        return is_transient(error.__cause__)
    return isinstance(error, httpx2.TransportError | json.JSONDecodeError | KeyError)


def http_status(error: BaseException | None) -> int | None:
    """Return the HTTP status behind `error`, also inside a wrapper error; None without a response."""
    if isinstance(error, HfHubHTTPError):
        return int(error.response.status_code)
    return http_status(error.__cause__) if isinstance(error, WRAPPER_ERRORS) else None


def retry_after_seconds(error: BaseException) -> float:
    """Return the wait that the Hub asks for, at most `MAX_WAIT_SECONDS`; 0 if it asks for none."""
    if not isinstance(error, HfHubHTTPError):
        return 0.0
    limit = parse_ratelimit_headers(error.response.headers)
    after = error.response.headers.get("retry-after", "")
    seconds = limit.reset_in_seconds + 1.0 if limit else float(after) if after.isdigit() else 0.0
    return min(seconds, MAX_WAIT_SECONDS)


def message_without_token(error: BaseException, token: str | Literal[False]) -> str:
    """Return the message of `error` on one line; a token that the server repeated in its response is masked."""
    cause = error.__cause__
    text = f"{error}: {cause}" if isinstance(error, WRAPPER_ERRORS) and cause else str(error)
    line = " ".join(text.split()) or type(error).__name__
    return line.replace(token, "***") if token else line


def hint_for(error: BaseException) -> str:
    """Return the next step for the user."""
    match http_status(error):
        case 401 | 403:
            return "The token is missing, has expired, or may not write there. Nothing was published."
        case 404:
            return "Check the name, and that the repository is public."
        case None:
            return "Check the network, and try again."
        case _:
            return "No partial edition was published. Try again later."
