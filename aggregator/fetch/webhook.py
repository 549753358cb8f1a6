"""Post a JSON document to a webhook with retries. The address is a secret: no error and no log line contains it."""

import time
from collections.abc import Callable

import httpx
from tenacity import RetryCallState, Retrying
from tenacity.retry import retry_if_not_result
from tenacity.stop import stop_after_attempt
from tenacity.wait import wait_exponential

ATTEMPTS = 3
FIRST_WAIT_SECONDS = 2.0
"""Wait before the second attempt; twice as long before the third."""
TIMEOUT_SECONDS = 10.0


def post_json(
    url: str,
    document: dict[str, object],
    on_failure: Callable[[int, str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Return whether the webhook accepted `document`.

    `on_failure` receives the number of each failed attempt, counted from 1, and its cause.
    """
    retrying = Retrying(
        retry=retry_if_not_result(_is_accepted),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(FIRST_WAIT_SECONDS),
        after=lambda state: on_failure(state.attempt_number, _last_failure(state)),
        sleep=sleep,
        retry_error_callback=_last_failure,
    )
    return _is_accepted(retrying(_post, url, document))


def _is_accepted(failure: str) -> bool:
    return not failure


def _last_failure(state: RetryCallState) -> str:
    return str(state.outcome.result()) if state.outcome else ""


def _post(url: str, document: dict[str, object]) -> str:
    """Return the cause of the failure without the address; empty on success."""
    try:
        response = httpx.post(url, json=document, timeout=TIMEOUT_SECONDS, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
    return "" if response.is_success else f"HTTP {response.status_code}"
