"""Write the changes of the leaderboards as an Atom feed (RFC 4287); the same change always has the same entry id."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from feedgen.feed import FeedGenerator

from aggregator.query.queries import Row
from aggregator.store.files import storage_errors, write_atomically
from aggregator.text import number, visible

ID = "tag:metaboard,2026:changes"
MAX_ENTRIES = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def render_feed(changes: Sequence[Row]) -> bytes:
    """Return the feed as XML, newest entries first; it depends only on `changes`."""
    newest = sorted(changes, key=lambda row: (str(row["retrieved_at"]), str(row["source"])), reverse=True)
    feed = FeedGenerator()
    feed.id(ID)
    feed.title("Metaboard: what changed on the leaderboards")
    # Without these two, the library writes the time of the call and its own version.
    feed.updated(_as_utc(newest[0]["retrieved_at"]) if newest else EPOCH)
    feed.generator("Metaboard")
    feed.author(name="Metaboard")
    for row in newest[:MAX_ENTRIES]:
        entry = feed.add_entry(order="append")
        entry.id(f"{ID}:{_fingerprint(row)}")
        entry.title(entry_title(row))
        entry.updated(_as_utc(row["retrieved_at"]))
        entry.category(term=str(row["event"]))
        entry.content(entry_text(row))
    return bytes(feed.atom_str(pretty=True))


def write_feed(path: Path, changes: Sequence[Row]) -> None:
    """Write the feed to `path` atomically; raises `StorageError`."""
    with storage_errors(f"write {path}"):
        write_atomically(path, render_feed(changes))


def entry_title(row: Row) -> str:
    """Return the change as the title of an entry."""
    name, board = visible(row["name"]), visible(row["title"])
    match row["event"]:
        case "new":
            return f"{name} is new on {board}, at place {number(row['rank_after'])}"
        case "gone":
            return f"{name} is gone from {board}, where it was at place {number(row['rank_before'])}"
        case _:
            return f"{name} moved on {board} from place {number(row['rank_before'])} to {number(row['rank_after'])}"


def entry_text(row: Row) -> str:
    """Return the numbers of the change as the text of an entry."""
    parts = [f"{row['previous_on']} to {row['published_on']}"]
    if row["score_before"] is not None or row["score_after"] is not None:
        parts.append(f"score {number(row['score_before']) or 'none'} to {number(row['score_after']) or 'none'}")
    if row["noise"]:
        parts.append(f"shift {number(row['shift'])}, where {number(row['noise'])} would be noise")
    return "; ".join(parts)


def _fingerprint(row: Row) -> str:
    facts = "|".join(
        str(row[name]) for name in ("source", "event", "model_id", "published_on", "rank_after", "score_after")
    )
    return hashlib.sha256(facts.encode()).hexdigest()[:24]


def _as_utc(value: object) -> datetime:
    """Return a time of the file, which is UTC without a zone, in whole seconds with its zone."""
    return value.replace(microsecond=0, tzinfo=UTC) if isinstance(value, datetime) else EPOCH
