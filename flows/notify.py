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
from pathlib import Path
from urllib.parse import urlsplit

from aggregator.errors import UsageError
from aggregator.fetch.webhook import ATTEMPTS, post_json
from aggregator.pipeline.freshness import HomeState, SourceState
from aggregator.pipeline.refusals import worst_lines
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
    """`failed`, `crashed`, `refused`, `stuck` or `stale`."""
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


def state_notice(found: HomeState, title: str, run: str | None = None, *, is_nightly: bool = False) -> Notice | None:
    """Return the notice about the leaderboards of a home directory that need a person; None when there is nothing new.

    Every night (`is_nightly`), a refused edition is named on its first night, on its third, and then once a week. The
    event is `stuck` when a board has stood still for `STUCK_NIGHTS` nights, else `refused`, else `stale`.
    """
    named = [
        source
        for source in found.sources
        if source.needs_a_person and not (is_nightly and source.refusal and not source.refusal.is_notice_due)
    ]
    if not named:
        return None
    refusals = [source.refusal for source in named if source.refusal]
    if any(refusal.is_stuck for refusal in refusals):
        event = "stuck"
    else:
        event = "refused" if any(source.state in ("kept", "refused") for source in named) else "stale"
    lines = [_state_lines(source, found.home) for source in named]
    rows = [source.to_json(found.home) for source in named]
    return Notice(event, "\n".join([title, *lines]), str(found.home), run, rows)


def _state_lines(source: SourceState, home: Path) -> str:
    """Return what a notice has about one leaderboard."""
    first = f"{source.source} is {source.state}: {source.message or ''}".rstrip(": ")
    if source.refusal is None:
        return first
    refusal = source.refusal
    worst = [f"  {line}" for line in worst_lines(refusal.worst)]
    return "\n".join([first, f"  used instead: {refusal.kept}", f"  {refusal.next_step(home)}", *worst])


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
