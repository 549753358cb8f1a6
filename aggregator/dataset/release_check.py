"""Decide whether an edition may replace the published one, and choose its tag."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from aggregator.dataset.edition import Manifest, read_time
from aggregator.errors import PublishError, StorageError

CLOCK_TOLERANCE = timedelta(days=1)
"""How far the time of an edition may be ahead of this clock: a clock that is set to local time as UTC is up to 14 hours
wrong, and one that is wrong by more would shut out every honest edition until its time has come."""


def future_problem(made: datetime, now: datetime) -> str | None:
    """Return the sentence about an edition that is dated more than `CLOCK_TOLERANCE` in the future, or None."""
    if made <= now + CLOCK_TOLERANCE:
        return None
    return f"the edition is dated {made:%Y-%m-%d %H:%M} UTC, in the future: this clock shows {now:%Y-%m-%d %H:%M} UTC"


def check_time(manifest: Manifest, now: datetime) -> None:
    """Raise `PublishError` when our edition is dated in the future."""
    if problem := future_problem(created_at(manifest), now):
        raise PublishError(
            problem,
            hint="Nothing was published. If the clock was wrong during the build and is right now, build the edition anew "
            "with `metaboard refresh --force`. If the clock is wrong now, set it; else wait until that time.",
        )


def is_new_edition(
    published: Manifest | None, ours: Manifest, now: datetime | None = None, *, replace_future: bool = False
) -> bool:
    """Return whether our edition has other rows than the published one.

    Raises `PublishError` when the published edition was built later. With equal times, the higher generation counts as
    later. An edition that is dated after `now` is replaced only with `replace_future`: this clock may be the wrong one.
    """
    if published is None:
        return True
    try:
        theirs = created_at(published)
    except StorageError:
        return True  # Readers refuse an edition without a valid time.
    if now and (problem := future_problem(theirs, now)):
        if replace_future:
            return True
        raise PublishError(
            f"the published edition cannot be compared: {problem}",
            hint="Nothing was published. Readers refuse that edition. If this clock is right, replace it with "
            "`metaboard publish --replace-future-edition`, and build it anew in its own home with `metaboard refresh --force`.",
        )
    if published.get("content_hash") == ours["content_hash"]:
        return False
    if (theirs, _generation(published)) > (created_at(ours), _generation(ours)):
        raise PublishError(
            f"the published edition was built {published['created_at']}, later than ours of {ours['created_at']}",
            hint="Nothing was published. Run `metaboard refresh`, or publish from the home directory that built the newer edition.",
        )
    return True


def created_at(manifest: Manifest) -> datetime:
    """Return when an edition was built, in UTC; raises `StorageError` when its manifest has no such time."""
    return read_time(manifest)


def _generation(manifest: Manifest) -> tuple[int, str]:
    """Return the order of a generation among those of one second: its number, then its hash, so that it is never a tie."""
    generation = str(manifest.get("generation", ""))
    number = generation.partition("-")[0]
    return (int(number) if number.isascii() and number.isdigit() and len(number) < 20 else 0, generation)


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
