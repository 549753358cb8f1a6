"""How politely a host is asked: by whom, how often, how long to wait, and how much it may cost."""

import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, metadata

RATE_LIMIT_RESET = re.compile(r"\bt=(\d{1,9})\b")
RATE_LIMIT_LEFT = re.compile(r"\br=(\d{1,9})\b")


@dataclass(frozen=True)
class Clock:
    """Where time comes from: `now` in UTC, `monotonic` and `sleep` in seconds, `jitter` in [0, 1)."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.SystemRandom().random


@dataclass(frozen=True)
class Budget:
    """How much one file may cost: seconds in all and for a silent host, tries, and redirects a try.

    A sleeping Space of the Hub takes minutes to wake, hence the long silence.
    """

    seconds: float = 600
    connect_seconds: float = 20
    silent_seconds: float = 180
    tries: int = 5
    hops: int = 5
    first_wait: float = 1
    longest_wait: float = 60


def told_to_wait(headers: Mapping[str, str], now: datetime) -> float:
    """Return the seconds that `Retry-After` or the Hub's `RateLimit` asks for; 0 when there is no sensible wish."""
    told = headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdecimal():
        return float(told[:12])
    if date := http_date(told):
        return max((date - now).total_seconds(), 0)
    reset = RATE_LIMIT_RESET.search(headers.get("RateLimit", ""))
    return float(reset[1]) + 1 if reset else 0


def wait_for_more(headers: Mapping[str, str]) -> float:
    """Return the seconds until the host will take another request; 0 unless `RateLimit` says that this was the last."""
    limit = headers.get("RateLimit", "")
    left, reset = RATE_LIMIT_LEFT.search(limit), RATE_LIMIT_RESET.search(limit)
    return float(reset[1]) + 1 if left and reset and int(left[1]) == 0 else 0


def validator(last_modified: str | None, now: datetime) -> str | None:
    """Return a date that may serve as a condition later: one that lies in the past (RFC 9110, 8.8.2.1)."""
    date = http_date(last_modified or "")
    return last_modified if date and date <= now else None


def http_date(text: str) -> datetime | None:
    """Return the moment that an HTTP date names, in UTC, or None where it is none."""
    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None


def user_agent() -> str:
    """Return who asks: `metaboard/<version> (+homepage)`."""
    try:
        about = metadata("metaboard")
    except PackageNotFoundError:
        return "metaboard"
    urls = [entry.partition(",")[2].strip() for entry in about.get_all("Project-URL") or []]
    return f"metaboard/{about['Version']}" + (f" (+{urls[0]})" if urls else "")
