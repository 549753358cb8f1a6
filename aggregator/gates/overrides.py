"""Manual overrides: one gate of one source is ignored until a date, with a reason.

Each override is a TOML file in the home directory.

::

    HOME/overrides/arena-dropped-old-models.toml

    source = "arena_text"
    gate = "drop"
    reason = "The Arena took 30 retired models off its table, see its changelog of 16 February."
    expires = 2026-12-01
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from aggregator.errors import UsageError

FOLDER = "overrides"
LONGEST_TERM = timedelta(days=31)
SHORTEST_REASON = 10
TEXT_FIELDS = ("source", "gate", "reason")


@dataclass(frozen=True)
class Override:
    """One gate of one source that is ignored until the end of a day (UTC)."""

    file: str
    source: str
    gate: str
    reason: str
    expires: date

    def __str__(self) -> str:
        return f"{self.gate} until {self.expires}: {self.reason} ({self.file})"


def parse_override(path: Path, content: bytes, today: date) -> Override:
    """Return the override in `content`; `path` is the name of the file for messages.

    Raises `UsageError` with the path when the content is invalid or `expires` is more than a month after today.
    """
    try:
        fields = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise _invalid(path, f"is not TOML: {cause}") from cause
    source, gate, reason = _texts(path, fields)
    if unknown := sorted(fields.keys() - {*TEXT_FIELDS, "expires"}):
        raise _invalid(path, f"has unknown fields: {', '.join(unknown)}")
    expires = _expires(path, fields, today)
    if len(reason) < SHORTEST_REASON:
        raise _invalid(path, f"has the reason {reason!r}, which is shorter than {SHORTEST_REASON} characters")
    return Override(path.name, source, gate, reason, expires)


def _texts(path: Path, fields: Mapping[str, object]) -> list[str]:
    texts = [str(value).strip() if isinstance(value := fields.get(name), str) else "" for name in TEXT_FIELDS]
    if missing := [name for name, text in zip(TEXT_FIELDS, texts, strict=True) if not text]:
        raise _invalid(path, f"has no text for {', '.join(missing)}")
    return texts


def _expires(path: Path, fields: Mapping[str, object], today: date) -> date:
    expires = fields.get("expires")
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise _invalid(path, "has no date in `expires`, for example 2026-12-01 without quotes")
    if expires > today + LONGEST_TERM:
        raise _invalid(path, f"expires on {expires}; the latest possible date today is {today + LONGEST_TERM}")
    return expires


def _invalid(path: Path, problem: str) -> UsageError:
    return UsageError(f"{path} {problem}", hint="Nothing was changed. Correct the file or remove it.")
