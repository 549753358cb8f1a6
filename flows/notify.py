"""Telling a person that a night failed or that a leaderboard is stale: one POST of JSON to an address of theirs.

The address is a secret (whoever has it can post), so it travels in the environment, never as a parameter of a run,
which Prefect would keep, and never in a log line.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from aggregator.errors import UsageError
from aggregator.fetch.webhook import post_json
from aggregator.text import jsonable
from flows.logs import clean

ADDRESS = "METABOARD_WEBHOOK"
"""The environment variable that holds the address."""

ATTEMPTS = 3
PAUSE = 2.0
"""Seconds before the second attempt; twice as long before the third."""
LONGEST = 2000
"""Characters of a text that chat programs still take."""

_log = logging.getLogger("prefect.metaboard.notify")


@dataclass(frozen=True)
class Notice:
    """What a person is told."""

    event: str
    """`failed`, `crashed`, `refused` or `stale`."""
    text: str
    home: str
    run: str | None = None
    sources: Sequence[Mapping[str, object]] = ()
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def document(self) -> dict[str, object]:
        """Return the JSON: `text` is where Slack and Mattermost look, `content` where Discord does."""
        text = clean(self.text)[:LONGEST]
        rows = [
            {name: clean(value) if isinstance(value, str) else jsonable(value) for name, value in row.items()}
            for row in self.sources
        ]
        return {
            "event": self.event,
            "text": text,
            "content": text,
            "home": clean(self.home),
            "run": self.run,
            "sources": rows,
            "at": self.at.isoformat(timespec="seconds"),
        }


def address(given: str | None = None) -> str | None:
    """Return where notices go, None where nobody wants any; raises `UsageError` unless it is an http(s) address."""
    url = given or os.environ.get(ADDRESS) or None
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"the address for notices does not begin with https:// or http://; it came from --notify or {ADDRESS}"
        )
    return url


def send(notice: Notice, url: str, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Post `notice`; returns whether the other side took it. A notice that fails never fails the run that it is about."""
    for attempt in range(ATTEMPTS):
        if attempt:
            sleep(PAUSE * 2 ** (attempt - 1))
        outcome = post_json(url, notice.document())
        if outcome is None:
            return True
        _log.warning(
            "a notice was not taken (attempt %d of %d): %s",
            attempt + 1,
            ATTEMPTS,
            outcome,
            extra={"fields": {"event": notice.event}},
        )
    return False
