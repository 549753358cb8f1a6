"""The changes of the leaderboards as an Atom feed (RFC 4287): the same entry has the same id every night."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from aggregator.query.queries import Row
from aggregator.store.files import storage, write_atomically
from aggregator.text import number, visible

ATOM = "http://www.w3.org/2005/Atom"
ID = "tag:metaboard,2026:changes"
MOST = 500
"""Entries of the feed; readers load it whole."""


def document(changes: Sequence[Row]) -> bytes:
    """Return the feed; an entry's id follows from what changed, so that no reader shows it twice."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "title", "Metaboard: what changed on the leaderboards")
    _add(feed, "id", ID)
    newest = sorted(changes, key=lambda row: (str(row["retrieved_at"]), str(row["source"])), reverse=True)
    _add(feed, "updated", _moment(newest[0]["retrieved_at"]) if newest else "1970-01-01T00:00:00+00:00")
    author = ET.SubElement(feed, f"{{{ATOM}}}author")
    _add(author, "name", "Metaboard")
    for row in newest[:MOST]:
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        _add(entry, "id", f"{ID}:{_fingerprint(row)}")
        _add(entry, "title", title(row))
        _add(entry, "updated", _moment(row["retrieved_at"]))
        ET.SubElement(entry, f"{{{ATOM}}}category", term=str(row["event"]))
        _add(entry, "summary", summary(row))
    ET.indent(feed)
    text = ET.tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def write(path: Path, changes: Sequence[Row]) -> None:
    """Write the feed, whole or not at all; raises `StorageError`."""
    with storage(f"write {path}"):
        write_atomically(path, document(changes))


def title(row: Row) -> str:
    """Return the change in a few words."""
    name, board = visible(row["name"]), visible(row["title"])
    match row["event"]:
        case "new":
            return f"{name} is new on {board}, at place {number(row['rank_after'])}"
        case "gone":
            return f"{name} is gone from {board}, where it was at place {number(row['rank_before'])}"
        case _:
            return f"{name} moved on {board} from place {number(row['rank_before'])} to {number(row['rank_after'])}"


def summary(row: Row) -> str:
    """Return the numbers of the change."""
    parts = [f"{row['previous_on']} to {row['published_on']}"]
    if row["score_before"] is not None or row["score_after"] is not None:
        parts.append(f"score {number(row['score_before']) or 'none'} to {number(row['score_after']) or 'none'}")
    if row["noise"]:
        parts.append(f"shift {number(row['shift'])}, where {number(row['noise'])} would be noise")
    return "; ".join(parts)


def _fingerprint(row: Row) -> str:
    told = "|".join(
        str(row[name]) for name in ("source", "event", "model_id", "published_on", "rank_after", "score_after")
    )
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def _moment(value: object) -> str:
    """Return a time of the file, which is UTC without zone, as RFC 3339 has it."""
    if not isinstance(value, datetime):
        return "1970-01-01T00:00:00+00:00"
    return value.replace(tzinfo=UTC).isoformat(timespec="seconds")


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{tag}").text = text
