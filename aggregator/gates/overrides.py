"""A person's word that a gate is wrong this once: a file with a reason and an end.

::

    HOME/overrides/arena-dropped-old-models.toml

    source = "arena_text"
    gate = "drop"
    reason = "The Arena took 30 retired models off its table, see its changelog of 16 February."
    expires = 2026-12-01
"""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from aggregator.errors import UsageError

FOLDER = "overrides"
LONGEST = timedelta(days=31)
SHORTEST_REASON = 10


@dataclass(frozen=True)
class Override:
    """One gate of one source, passed over until the end of a day (UTC)."""

    file: str
    source: str
    gate: str
    reason: str
    expires: date

    def __str__(self) -> str:
        return f"{self.gate} until {self.expires}: {self.reason} ({self.file})"


def parse(path: Path, content: bytes, today: date) -> Override:
    """Return the override that the file at `path` with this content describes.

    Raises `UsageError` naming the file when it cannot be understood or ends more than a month from today.
    """
    try:
        given = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise _wrong(path, f"is not TOML: {cause}") from cause
    texts = {name: given.get(name) for name in ("source", "gate", "reason")}
    if lacking := [name for name, value in texts.items() if not isinstance(value, str) or not value.strip()]:
        raise _wrong(path, f"lacks {', '.join(lacking)}")
    if unknown := sorted(given.keys() - {*texts, "expires"}):
        raise _wrong(path, f"has {', '.join(unknown)}, which means nothing here")
    expires = given.get("expires")
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise _wrong(path, "lacks expires, a day such as 2026-12-01 without quotes")
    if expires > today + LONGEST:
        raise _wrong(path, f"expires on {expires}; the latest day from today is {today + LONGEST}")
    source, gate, reason = (str(value).strip() for value in texts.values())
    override = Override(path.name, source, gate, reason, expires)
    if len(override.reason) < SHORTEST_REASON:
        raise _wrong(path, f"gives {override.reason!r} as its reason, which tells nobody anything")
    return override


def _wrong(path: Path, what: str) -> UsageError:
    return UsageError(f"{path} {what}", hint="Nothing was changed. Mend the file or remove it.")
