"""Names as people type them, with the models that they can mean: `typed_names.tsv`, and a longer list beside the recordings."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

TYPED_NAMES = Path(__file__).parent / "typed_names.tsv"


@dataclass(frozen=True)
class TypedName:
    """A typed name and the ids that it can mean: `a|b`, or a regular expression after `~`."""

    text: str
    accepted: str

    def means(self, model_id: object) -> bool:
        """Return whether a person who types the text can mean the model."""
        ids, _, pattern = self.accepted.partition("~")
        return str(model_id) in ids.split("|") or bool(pattern and re.search(pattern, str(model_id)))


def read_typed_names(path: Path) -> list[TypedName]:
    """Return the rows of a table of typed names; lines that begin with `#` are comments."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [TypedName(*line.split("\t")[:2]) for line in lines if "\t" in line and not line.startswith("#")]


def given_typed_names(recordings: Path) -> list[TypedName]:
    """Return the names for the recordings' generation; where the file is missing, skip, but fail when CI=true."""
    path = recordings.parent / "gold" / "typed_names_dev.tsv"
    if path.is_file():
        return read_typed_names(path)
    reason = f"no typed names at {path}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
