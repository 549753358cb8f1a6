"""Curated rules: who publishes models, which ids moved, and which names are which model.

This module holds the rules and their lookups. `curated_files` reads them from files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from aggregator.identity.names import parse_name


@dataclass(frozen=True)
class Organization:
    """A publisher of models; `organizations.toml` explains the fields."""

    id: str
    vendor: str
    namespaces: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    undated: str = ""


@dataclass(frozen=True)
class RenamedNamespace:
    """A namespace of the Hub that was renamed from `old` to `new`."""

    old: str
    new: str
    on: date
    reason: str


@dataclass(frozen=True)
class Alias:
    """Raw names that belong to one model, with the reason and the days for which this holds."""

    names: tuple[str, ...]
    model: str
    reason: str
    on: date
    source: str = ""
    """Only for sources whose id begins with this; empty for all sources."""
    since: date | None = None
    until: date | None = None
    exact: bool = False
    """Whether the spelling itself is compared (in lower case), not the key of its parts."""


@dataclass(frozen=True)
class Edge:
    """A typed edge between two models that no board states."""

    model: str
    relation: str
    parent: str
    reason: str
    on: date


@dataclass(frozen=True)
class DistinctPair:
    """Two ids or names that look alike and are different models."""

    names: tuple[str, str]
    reason: str
    on: date


@dataclass(frozen=True)
class Rules:
    """All curated rules, with the lookups that the match rules need."""

    organizations: tuple[Organization, ...] = ()
    renamed: tuple[RenamedNamespace, ...] = ()
    mirrors: tuple[tuple[str, bool], ...] = ()
    """Namespaces that re-upload models of others, and whether only their quantized models count as copies."""
    aliases: tuple[Alias, ...] = ()
    moved: tuple[Alias, ...] = ()
    """Hub ids that are another id today: `names` are the old ids, `model` is the new one."""
    edges: tuple[Edge, ...] = ()
    apart: tuple[DistinctPair, ...] = ()
    postponed: tuple[str, ...] = field(default=())
    """Names that a person reviewed and left undecided."""

    @cached_property
    def organization_by_name(self) -> Mapping[str, str]:
        """Organization id by the `organization_key` of each of its names and namespaces."""
        found: dict[str, str] = {}
        for organization in self.organizations:
            for spelling in (*organization.names, organization.id, organization.vendor, *organization.namespaces):
                found.setdefault(organization_key(spelling), organization.id)
        return found

    @cached_property
    def organizations_by_namespace(self) -> Mapping[str, tuple[str, ...]]:
        """Ids of the organizations that own a namespace, by the namespace in lower case."""
        found: dict[str, tuple[str, ...]] = {}
        for organization in self.organizations:
            for namespace in {organization.id.lower(), *(n.lower() for n in organization.namespaces)}:
                found[namespace] = (*found.get(namespace, ()), organization.id)
        return found

    @cached_property
    def organizations_by_family(self) -> Mapping[str, frozenset[str]]:
        """Ids of the organizations that own a family word, by the word."""
        found: dict[str, frozenset[str]] = {}
        for organization in self.organizations:
            for family in organization.families:
                found[family] = found.get(family, frozenset()) | {organization.id}
        return found

    @cached_property
    def organization_by_word(self) -> Mapping[str, str]:
        """Id of the organization that a word inside a name repeats (`meta` in `Meta-Llama-3`)."""
        return {word: organization.id for organization in self.organizations for word in organization.words}

    @cached_property
    def publisher_words(self) -> frozenset[str]:
        """All words inside names that only repeat the organization."""
        return frozenset(self.organization_by_word)

    @cached_property
    def organization_by_id(self) -> Mapping[str, Organization]:
        """Organization by id."""
        return {organization.id: organization for organization in self.organizations}

    def alias_keys(self, alias: Alias) -> tuple[tuple[str, str], ...]:
        """Return `(name, key)` for the names of `alias`; the key of an exact spelling is `=` and the spelling."""
        return tuple((name, f"={name.lower()}" if alias.exact else self.key(name)) for name in alias.names)

    def key(self, spelling: str) -> str:
        """Return the text by which two spellings are compared: an id in lower case, or the key of a name's parts."""
        return spelling.lower() if "/" in spelling else parse_name(spelling).without(self.publisher_words).key


def organization_key(text: str) -> str:
    """Return the letters and digits of `text` in lower case; two spellings of an organization have one key."""
    return "".join(character for character in text.lower() if character.isalnum())
