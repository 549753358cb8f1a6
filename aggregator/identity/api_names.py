"""The vendors' tables: API names and product names of releases, with the repository or full id of each. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from aggregator.identity.mode_words import THINKING
from aggregator.identity.names import ParsedName


@dataclass(frozen=True)
class ApiName:
    """One row of `api_names.toml`, which explains the fields."""

    names: tuple[str, ...]
    release: str
    model: str
    is_repository: bool
    source: str
    on: date
    since: date | None = None
    until: date | None = None

    @property
    def is_floating(self) -> bool:
        """Whether the names meant this model only on some days."""
        return self.since is not None or self.until is not None

    @property
    def reason(self) -> str:
        """A sentence that a person can check."""
        return f"a name of {self.release} ({self.source}, {self.on})"


def read_api_names(rows: Iterable[Mapping[str, Any]]) -> tuple[ApiName, ...]:
    """Read the rows of the table; raises `KeyError` for a row without a field."""
    return tuple(
        ApiName(
            names=tuple(row["names"]),
            release=row["release"],
            model=row.get("repository") or row["model"],
            is_repository="repository" in row,
            source=row["source"],
            on=row["on"],
            since=row.get("since"),
            until=row.get("until"),
        )
        for row in rows
    )


@dataclass(frozen=True)
class Meaning:
    """What a name of a table means: the parts of the model's id, and the row."""

    parts: ParsedName
    row: ApiName

    def allows(self, parsed: ParsedName) -> bool:
        """Return whether a name with a mode can be meant: a thinking model with weights is a repository of its own."""
        return self.parts.thinking == parsed.thinking or not (self.row.is_repository and parsed.thinking == THINKING)


class ApiNameTable:
    """Finds the meaning of a name by its parts, without settings and precision."""

    def __init__(self, read: Iterable[tuple[ParsedName, Meaning]]) -> None:
        read = tuple(read)
        self._meanings = {parsed.key_without("precision"): meaning for parsed, meaning in read}
        self._words = frozenset(frozenset(parsed.words) for parsed, _ in read)
        self._any_word = frozenset(word for words in self._words for word in words)

    def find(self, parsed: ParsedName) -> Meaning | None:
        """Return what a name with these parts means, or None when no row is about it."""
        words = parsed.words
        if not self._any_word.issuperset(words) or frozenset(words) not in self._words:
            return None
        found = self._meanings.get(parsed.key_without("mode", "precision"))
        if parsed.mode:
            return self._meanings.get(parsed.key_without("precision"), found)
        return found


def as_meant(parsed: ParsedName, meaning: Meaning) -> ParsedName:
    """Return the name with the parts of the model that it means; its settings and precision stay."""
    parts = ("family", "version", "size", "active", "context", "stage", "date", "plus")
    return parsed._replace(**{part: getattr(meaning.parts, part) for part in parts})
