"""Which addresses the site links to: a model's repository on the Hub, and the homepages of the leaderboards."""

import re
from urllib.parse import urlsplit

HUB = "huggingface.co"
_PLAIN = re.compile(r"https://[A-Za-z0-9./_~%:?=&#+,@-]+")


def hosts(homepages: list[str]) -> list[str]:
    """Return the hosts that may be linked to: the Hub's and those of `homepages` that are plain https addresses."""
    known = {urlsplit(page).hostname or "" for page in homepages if _PLAIN.fullmatch(page)}
    return sorted((known | {HUB}) - {""})


def allowed(address: str | None, known: list[str]) -> bool:
    """Return whether `address` is a plain https address of a known host, without a user or a port in it."""
    if address is None or not _PLAIN.fullmatch(address):
        return False
    parts = urlsplit(address)
    return parts.netloc in known
