"""Parse the destination of a dataset: a folder or a dataset repository on the Hub."""

import re
from dataclasses import dataclass
from pathlib import Path

from aggregator.errors import UsageError

HUB = "hf://"


@dataclass(frozen=True)
class Repository:
    """A dataset repository on the Hub, with an optional revision."""

    id: str
    revision: str | None = None

    def __str__(self) -> str:
        return f"{HUB}datasets/{self.id}" + (f"@{self.revision}" if self.revision else "")


def parse_destination(text: str) -> Path | Repository:
    """Return the folder or repository; raises `UsageError` for any other address."""
    if not text.startswith(HUB):
        if "://" in text:
            raise UsageError(
                f"{text} is neither a folder nor a dataset on the Hub", hint="Give a folder or hf://datasets/ORG/NAME."
            )
        return Path(text)
    match = re.fullmatch(r"hf://datasets/([\w.-]+/[\w.-]+?)(?:@([\w./-]+))?", text, re.ASCII)
    if not match:
        raise UsageError(
            f"{text} is not the address of a dataset",
            hint="Write hf://datasets/ORG/NAME or hf://datasets/ORG/NAME@REVISION.",
        )
    return Repository(match[1], match[2])
