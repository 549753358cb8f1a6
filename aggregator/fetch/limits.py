"""Timeouts, retry limits and rate limits of one download, and the User-Agent of all requests."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, metadata

RATE_LIMIT_RESET = re.compile(r"\bt=(\d{1,9})\b")
RATE_LIMIT_REMAINING = re.compile(r"\br=(\d{1,9})\b")
"""The Hub sends `RateLimit: "api";r=REMAINING_REQUESTS;t=SECONDS_UNTIL_RESET`."""
GITHUB_REMAINING, GITHUB_RESET = "X-RateLimit-Remaining", "X-RateLimit-Reset"
"""GitHub sends the remaining requests, and the time of the reset in seconds since 1970."""


@dataclass(frozen=True)
class Clock:
    """Source of time, replaced in tests: `now` in UTC, `monotonic` and `sleep` in seconds."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Limits:
    """Limits of one file: seconds in all, seconds per connection and per read, attempts, redirects per attempt, waits.

    A sleeping Space of the Hub starts within minutes and sends nothing before, hence the long `read_seconds`.
    """

    total_seconds: float = 600
    connect_seconds: float = 20
    read_seconds: float = 180
    attempts: int = 5
    max_redirects: int = 5
    first_wait_seconds: float = 1
    longest_wait_seconds: float = 60


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """Return the wait that `Retry-After`, or else a rate limit of the Hub or GitHub, asks for; 0 without a valid value."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value[:12])
    if date := parse_http_date(value):
        return max((date - now).total_seconds(), 0)
    reset = RATE_LIMIT_RESET.search(headers.get("RateLimit", ""))
    return float(reset[1]) + 1 if reset else seconds_until_reset(headers, now)


def seconds_until_reset(headers: Mapping[str, str], now: datetime) -> float:
    """Return the seconds until the rate limit of the Hub or GitHub resets if it has no requests left, else 0."""
    limit = headers.get("RateLimit", "")
    remaining, reset = RATE_LIMIT_REMAINING.search(limit), RATE_LIMIT_RESET.search(limit)
    if remaining and reset and int(remaining[1]) == 0:
        return float(reset[1]) + 1
    reset_at = headers.get(GITHUB_RESET, "").strip()
    if not _has_no_requests_left(headers) or not (reset_at.isascii() and reset_at.isdecimal()):
        return 0
    return max(float(reset_at[:12]) - now.timestamp(), 0) + 1


def is_rate_limit(status: int, headers: Mapping[str, str]) -> bool:
    """Return whether a response refuses the request because of a rate limit; GitHub also sends 403 for that."""
    return status == 429 or (status == 403 and ("Retry-After" in headers or _has_no_requests_left(headers)))


def _has_no_requests_left(headers: Mapping[str, str]) -> bool:
    return headers.get(GITHUB_REMAINING, "").strip() == "0"


def past_last_modified(last_modified: str | None, now: datetime) -> str | None:
    """Return `last_modified` if its date is not later than `now`, as `If-Modified-Since` requires (RFC 9110, 8.8.2.1)."""
    date = parse_http_date(last_modified or "")
    return last_modified if date and date <= now else None


def parse_http_date(text: str) -> datetime | None:
    """Return the date of an HTTP header in UTC, or None if `text` is not a date."""
    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None


def user_agent() -> str:
    """Return `metaboard/<version> (+homepage)`."""
    try:
        about = metadata("metaboard")
    except PackageNotFoundError:
        return "metaboard"
    urls = [entry.partition(",")[2].strip() for entry in about.get_all("Project-URL") or []]
    return f"metaboard/{about['Version']}" + (f" (+{urls[0]})" if urls else "")
