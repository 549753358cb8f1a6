"""Read `releases.toml`: what names alone do not show about releases, with the reason of each decision."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from aggregator.errors import IdentityError
from aggregator.identity.names import ParsedName, parse_name

VERSIONS = "versions"
NAME = "name"


@dataclass(frozen=True)
class PublisherBuilds:
    """How a publisher writes the builds of one release; `releases.toml` explains the fields."""

    id: str
    reason: str
    on: date
    families: tuple[str, ...] = ()
    dates: str = ""
    stages: tuple[str, ...] = ()
    numbers: bool = False
    thinking: str = ""

    def applies_to(self, parsed: ParsedName) -> bool:
        """Return whether the name has one of the families, or the row is about all names of the publisher."""
        return not self.families or not set(self.families).isdisjoint(parsed.family)


@dataclass(frozen=True)
class DecidedRelease:
    """Names without dates that are one release."""

    names: tuple[str, ...]
    release: str
    reason: str
    on: date


@dataclass(frozen=True)
class ReleaseRules:
    """All decisions of `releases.toml`."""

    publishers: Mapping[str, PublisherBuilds]
    """By the id of the organization."""
    decided: tuple[DecidedRelease, ...]


@lru_cache(maxsize=1)
def load_release_rules() -> ReleaseRules:
    """Read the shipped `releases.toml`; raises `IdentityError` when a row lacks a field, or two rows have one name."""
    text = (resources.files("aggregator.identity") / "releases.toml").read_text(encoding="utf-8")
    return read_release_rules(text)


def read_release_rules(text: str) -> ReleaseRules:
    """Read the text of a file in the form of `releases.toml`; raises `IdentityError` as `load_release_rules`."""
    try:
        tables = tomllib.loads(text)
        publishers = [_publisher(row) for row in tables.get("publisher", ())]
        decided = tuple(
            DecidedRelease(tuple(row["names"]), row["release"], row["reason"], row["on"])
            for row in tables.get("release", ())
        )
    except tomllib.TOMLDecodeError as cause:
        raise IdentityError(f"releases.toml is not readable TOML: {cause}") from cause
    except (KeyError, TypeError) as cause:
        raise IdentityError(f"releases.toml: a row lacks a field, or a field has the wrong type: {cause!r}") from cause
    _refuse_repeated_names(decided)
    return ReleaseRules(MappingProxyType({row.id: row for row in publishers}), decided)


def _refuse_repeated_names(decided: Iterable[DecidedRelease]) -> None:
    found: dict[tuple[str, str], str] = {}
    for row in decided:
        for name in row.names:
            place = (row.release.partition("/")[0].lower(), parse_name(name).key)
            if found.setdefault(place, row.release) != row.release:
                raise IdentityError(f"releases.toml: `{name}` is in `{found[place]}` and in `{row.release}`")


def _publisher(row: Mapping[str, Any]) -> PublisherBuilds:
    for field, only in (("dates", VERSIONS), ("thinking", NAME)):
        if row.get(field, only) != only:
            raise IdentityError(f"releases.toml: `{row['id']}` has {field} = {row[field]!r}", hint=f"Write {only!r}.")
    return PublisherBuilds(
        id=row["id"],
        reason=row["reason"],
        on=row["on"],
        families=tuple(row.get("families", ())),
        dates=row.get("dates", ""),
        stages=tuple(row.get("stages", ())),
        numbers=bool(row.get("numbers", False)),
        thinking=row.get("thinking", ""),
    )
