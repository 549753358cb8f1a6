"""The curated part of identity: who publishes, what moved, which spellings are which model.

The words of the curated files, and the lookups that the ladder needs. `curation.py` reads the files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from aggregator.identity.names import parse_name


@dataclass(frozen=True)
class Organization:
    """A publisher of models."""

    id: str
    vendor: str
    namespaces: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    undated: str = ""


@dataclass(frozen=True)
class Renamed:
    """A namespace of the Hub that became another."""

    old: str
    new: str
    on: date
    reason: str


@dataclass(frozen=True)
class Alias:
    """Spellings that stand for one model, on whose word, and for which days."""

    names: tuple[str, ...]
    model: str
    reason: str
    on: date
    source: str = ""
    """Only for sources that begin with this; empty for all."""
    since: date | None = None
    until: date | None = None
    exact: bool = False
    """Whether the names are compared as they are written (but for case), not by their parts."""


@dataclass(frozen=True)
class Edge:
    """A typed edge between two models that no board states."""

    model: str
    relation: str
    parent: str
    reason: str
    on: date


@dataclass(frozen=True)
class Apart:
    """Two ids or spellings that look alike and are different models."""

    names: tuple[str, str]
    reason: str
    on: date


@dataclass(frozen=True)
class Rules:
    """All curated data, with the lookups that the ladder needs."""

    organizations: tuple[Organization, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    mirrors: tuple[tuple[str, bool], ...] = ()
    """Namespaces that re-upload, and whether only their quantised names count as copies."""
    aliases: tuple[Alias, ...] = ()
    moved: tuple[Alias, ...] = ()
    """Hub ids that are another id today: `names` are the old ids, `model` the new one."""
    edges: tuple[Edge, ...] = ()
    apart: tuple[Apart, ...] = ()
    postponed: tuple[str, ...] = field(default=())
    """Names that a person has looked at and left undecided."""

    @cached_property
    def organization_by_name(self) -> Mapping[str, str]:
        """Organisation id by its folded spelling on a board or its folded namespace."""
        found: dict[str, str] = {}
        for organization in self.organizations:
            for spelling in (*organization.names, organization.id, organization.vendor, *organization.namespaces):
                found.setdefault(folded(spelling), organization.id)
        return found

    @cached_property
    def organizations_by_namespace(self) -> Mapping[str, tuple[str, ...]]:
        """The organisations that own a lower-case namespace."""
        found: dict[str, tuple[str, ...]] = {}
        for organization in self.organizations:
            for namespace in {organization.id.lower(), *(n.lower() for n in organization.namespaces)}:
                found[namespace] = (*found.get(namespace, ()), organization.id)
        return found

    @cached_property
    def organizations_by_family(self) -> Mapping[str, frozenset[str]]:
        """The organisations that own a family word."""
        found: dict[str, frozenset[str]] = {}
        for organization in self.organizations:
            for family in organization.families:
                found[family] = found.get(family, frozenset()) | {organization.id}
        return found

    @cached_property
    def organization_by_word(self) -> Mapping[str, str]:
        """The organisation that a word inside a name repeats."""
        return {word: organization.id for organization in self.organizations for word in organization.words}

    @cached_property
    def words(self) -> frozenset[str]:
        """All words that only repeat an organisation."""
        return frozenset(self.organization_by_word)

    def compared(self, alias: Alias) -> tuple[tuple[str, str], ...]:
        """Return `(name, what it is compared by)` for the names of a curated row."""
        return tuple((name, f"={name.lower()}" if alias.exact else self.key(name)) for name in alias.names)

    def key(self, spelling: str) -> str:
        """Return what two spellings are compared by: an id by its letters, a name by the key of its parts."""
        return spelling.lower() if "/" in spelling else parse_name(spelling).without(self.words).key

    @cached_property
    def by_id(self) -> Mapping[str, Organization]:
        """Organisation by id."""
        return {organization.id: organization for organization in self.organizations}


def folded(text: str) -> str:
    """Return the letters and digits of `text`, lower-case: how spellings of an organisation are compared."""
    return "".join(character for character in text.lower() if character.isalnum())
