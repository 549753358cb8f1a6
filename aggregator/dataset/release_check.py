"""Decide whether an edition may replace the published one, and choose its tag."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from aggregator.errors import PublishError, UsageError
from aggregator.store.manifest import MANIFEST

Manifest = Mapping[str, Any]


def is_new_edition(published: Manifest | None, ours: Manifest) -> bool:
    """Return whether our edition has other rows than the published one.

    Raises `PublishError` when the published edition was built later.
    """
    if published is None or "created_at" not in published:
        return True
    if published.get("content_hash") == ours["content_hash"]:
        return False
    if created_at(published) > created_at(ours):
        raise PublishError(
            f"the published edition was built {published['created_at']}, later than ours of {ours['created_at']}",
            hint="Nothing was published. Run `metaboard refresh`, or publish from the home directory that built the newer edition.",
        )
    return True


def created_at(manifest: Manifest) -> datetime:
    """Return when an edition was built; raises `UsageError` when its manifest has no such time."""
    try:
        made = datetime.fromisoformat(str(manifest["created_at"]))
    except (KeyError, ValueError) as cause:
        raise UsageError(f"{MANIFEST} has no valid `created_at`") from cause
    return made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)


def data_tag(manifest: Manifest) -> str:
    """Return the tag of an edition: the date of its data, or the day of its build when no data have a date."""
    return str(manifest.get("data_date") or created_at(manifest).date())


def is_tag_of(tag: str, base: str) -> bool:
    """Return whether `tag` is a tag of the date `base`: `base`, `base.2`, `base.3`, …."""
    return re.fullmatch(re.escape(base) + r"(\.\d+)?", tag) is not None


def free_tag(base: str, taken: Collection[str]) -> str:
    """Return the first unused tag of the date `base`; an existing tag is never moved."""
    names = (base if number == 1 else f"{base}.{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
