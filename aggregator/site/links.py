"""Allow-list of link targets: the Hub and the homepages of the leaderboards."""

import re
from urllib.parse import urlsplit

HUB = "huggingface.co"
_PLAIN = re.compile(r"https://[A-Za-z0-9./_~%:?=&#+,@-]+")


def allowed_hosts(homepages: list[str]) -> list[str]:
    """Return the hosts that links may have: the Hub, and the hosts of all plain https addresses in `homepages`."""
    known = {urlsplit(page).hostname or "" for page in homepages if _PLAIN.fullmatch(page)}
    return sorted((known | {HUB}) - {""})


def is_allowed(address: str | None, known: list[str]) -> bool:
    """Return whether `address` is a plain https address of a known host, without user or port."""
    if address is None or not _PLAIN.fullmatch(address):
        return False
    parts = urlsplit(address)
    return parts.netloc in known
