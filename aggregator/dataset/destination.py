"""Where a dataset is published: a folder, or a dataset repository on the Hub."""

import re
from dataclasses import dataclass
from pathlib import Path

from aggregator.errors import UsageError

HUB = "hf://"


@dataclass(frozen=True)
class Repository:
    """A dataset repository on the Hub, and one of its revisions where one is named."""

    id: str
    revision: str | None = None

    def __str__(self) -> str:
        return f"{HUB}datasets/{self.id}" + (f"@{self.revision}" if self.revision else "")


def parse_place(text: str) -> Path | Repository:
    """Return what `text` names; raises `UsageError` for an address that is neither a folder nor a dataset on the Hub."""
    if not text.startswith(HUB):
        if "://" in text:
            raise UsageError(f"{text} is no place for a dataset", hint="Give a folder or hf://datasets/ORG/NAME.")
        return Path(text)
    match = re.fullmatch(r"hf://datasets/([\w.-]+/[\w.-]+?)(?:@([\w./-]+))?", text, re.ASCII)
    if not match:
        raise UsageError(f"{text} names no dataset", hint="Write hf://datasets/ORG/NAME, with @REVISION to pin one.")
    return Repository(match[1], match[2])
