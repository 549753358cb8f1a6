"""Find the files of a set: those of a folder whose names match a pattern, or one for each object of a JSON list. Pure."""

import json
import re
from collections.abc import Iterable, Sequence
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from aggregator.errors import FetchError, NotFound
from aggregator.model import Resource

MAX_FILES = 500
"""The most files of one set."""
OBJECT_ID = re.compile(r"[A-Za-z0-9_][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)*", re.ASCII)
"""Ids such as `org/name`; others could lead to another path of the host."""
HTML_END = re.compile(rb"</html\s*>\s*\Z", re.IGNORECASE)


def matching_names(resource: Resource, folder: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that match the pattern of `resource`, sorted.

    Raises `NotFound` when none does, `FetchError` when there are more than `MAX_FILES`; `folder` is its place.
    """
    try:
        pattern = re.compile(resource.pattern or "")
    except re.error as cause:
        raise FetchError(folder, f"has a pattern that is no regular expression: {resource.pattern!r}") from cause
    found = sorted({name for name in names if "/" not in name and pattern.fullmatch(name)})
    if not found:
        raise NotFound(folder, f"holds no file whose name matches {resource.pattern}")
    return _limit(folder, found)


def object_ids(url: str, content: bytes) -> list[str]:
    """Return the field `id` of every object of one page of a JSON list; raises `FetchError` for another shape."""
    for entry in (entries := _json_list(url, content)):
        found = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(found, str) or not OBJECT_ID.fullmatch(found):
            raise FetchError(url, f"has an object without a valid id: {str(entry)[:80]}")
    return [entry["id"] for entry in entries]


def object_names(url: str, ids: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct ids of the list at `url`, sorted; raises `NotFound` for none, `FetchError` for too many."""
    names = sorted(set(ids))
    if not names:
        raise NotFound(url, "is a list without objects")
    return _limit(url, names)


def _limit(place: str, names: Sequence[str]) -> tuple[str, ...]:
    if len(names) > MAX_FILES:
        raise FetchError(place, f"names {len(names)} files, more than the {MAX_FILES} allowed")
    return tuple(names)


def object_url(follow: str, object_id: str) -> str:
    """Return the address of the file of one object from the template `follow`."""
    return follow.replace("{id}", quote(object_id))


def object_path(path: str, object_id: str) -> str:
    """Return the place in a mirror of the file of one object of the list at `path`: beside it, named by the encoded id."""
    list_path = PurePosixPath(path)
    return str(list_path.with_name(quote(object_id, safe="") + list_path.suffix))


def index_names(url: str, content: bytes) -> list[str]:
    """Return the names of the files in a web server's index of the folder at `url`.

    The index is a page of links, or a JSON list: of names, or of objects with `name` or `path` and perhaps `type`.
    Raises `FetchError` for another shape, and for a page without an end.
    """
    if content.lstrip()[:1] != b"<":
        entries = [entry if isinstance(entry, dict) else {"name": entry} for entry in _json_list(url, content)]
        files = [entry for entry in entries if entry.get("type", "file") == "file"]
        return [PurePosixPath(str(entry.get("name") or entry.get("path"))).name for entry in files]
    if not HTML_END.search(content):
        raise FetchError(url, "is cut short: a page of links without an end")
    links = _Links()
    links.feed(content.decode("utf-8", "replace"))
    folder = unquote(urlsplit(url).path).rstrip("/")
    return [name for link in links.found if (name := _name_in_folder(folder, link))]


class _Links(HTMLParser):
    """Collects the targets of all links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add the target of a link."""
        self.found += [value for name, value in attrs if (tag, name) == ("a", "href") and value]


def _name_in_folder(folder: str, link: str) -> str:
    """Return the name of the file in `folder` that `link` leads to; empty for a folder, a page or another place."""
    parts = urlsplit(link)
    path = unquote(parts.path).removeprefix("./")
    if parts.scheme or parts.netloc or parts.query or not path:
        return ""
    name = path.removeprefix(f"{folder}/") if path.startswith("/") else path
    return "" if "/" in name else name


def _json_list(url: str, content: bytes) -> list[Any]:
    try:
        entries = json.loads(content)
    except (ValueError, RecursionError) as cause:
        raise FetchError(url, "is not a JSON list") from cause
    if not isinstance(entries, list):
        raise FetchError(url, f"is not a JSON list but holds a {type(entries).__name__}")
    return entries
