"""Whether an edition may take the place of the one that is published, and under which names."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from aggregator.dataset.contents import MANIFEST
from aggregator.errors import PublishError, UsageError

Manifest = Mapping[str, Any]


def is_news(published: Manifest | None, ours: Manifest) -> bool:
    """Return whether our edition has other rows than the published one.

    Raises `PublishError` when the published one was made later: publishing ours would take readers back.
    """
    if published is None or "created_at" not in published:
        return True
    if published.get("content_hash") == ours["content_hash"]:
        return False
    if made_at(published) > made_at(ours):
        raise PublishError(
            f"what is published was made {published['created_at']}, later than ours of {ours['created_at']}",
            hint="Refresh first, or publish from the home that made the newer edition.",
        )
    return True


def made_at(manifest: Manifest) -> datetime:
    """Return when an edition was made; raises `UsageError` when its manifest does not say so."""
    try:
        made = datetime.fromisoformat(str(manifest["created_at"]))
    except (KeyError, ValueError) as cause:
        raise UsageError(f"{MANIFEST} does not say when its edition was made") from cause
    return made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)


def data_tag(manifest: Manifest) -> str:
    """Return the name of an edition: the date of its data, or the day on which it was made where no data have a date."""
    return str(manifest.get("data_date") or made_at(manifest).date())


def is_named(tag: str, base: str) -> bool:
    """Return whether `tag` is one of the names for the date `base`: itself, `base.2`, `base.3`, …."""
    return re.fullmatch(re.escape(base) + r"(\.\d+)?", tag) is not None


def free_tag(base: str, taken: Collection[str]) -> str:
    """Return the first name for the date `base` that is not taken; a tag is never moved."""
    names = (base if number == 1 else f"{base}.{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
