"""Send a notice to a webhook after a failed refresh or about a stale leaderboard: one POST of JSON.

The address is a secret, because it allows anyone to post. So it is read from the environment: Prefect stores the
parameters of a run and the log lines.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from aggregator.errors import UsageError
from aggregator.fetch.webhook import ATTEMPTS, post_json
from aggregator.text import jsonable
from flows.redaction import clean

WEBHOOK_VARIABLE = "METABOARD_WEBHOOK"
"""The environment variable with the address."""

MAX_TEXT_LENGTH = 2000
"""The longest text, in characters, that common chat programs accept."""

_log = logging.getLogger("prefect.metaboard.notify")


@dataclass(frozen=True)
class Notice:
    """One notice."""

    event: str
    """`failed`, `crashed`, `refused` or `stale`."""
    text: str
    home: str
    run: str | None = None
    sources: Sequence[Mapping[str, object]] = ()
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def to_json(self) -> dict[str, object]:
        """Return the JSON document; Slack and Mattermost show `text`, Discord shows `content`."""
        text = clean(self.text)[:MAX_TEXT_LENGTH]
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


def webhook_url(given: str | None = None) -> str | None:
    """Return the address of the webhook, or None without one; raises `UsageError` for a wrong address."""
    url = given or os.environ.get(WEBHOOK_VARIABLE) or None
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"the webhook address in --notify or {WEBHOOK_VARIABLE} does not begin with https:// or http://"
        )
    return url


def send(notice: Notice, url: str, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Post `notice` and return whether the webhook accepted it; a failure is logged and never fails the run."""

    def log_failure(attempt: int, cause: str) -> None:
        _log.warning(
            "a notice was not accepted (attempt %d of %d): %s",
            attempt,
            ATTEMPTS,
            cause,
            extra={"fields": {"event": notice.event}},
        )

    return post_json(url, notice.to_json(), log_failure, sleep)
