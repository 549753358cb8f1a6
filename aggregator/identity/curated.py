"""Curated rules: who publishes models, which ids moved, and which names are which model.

This module holds the rules and their lookups. `curated_files` reads them from files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache

from aggregator.identity.api_names import ApiName
from aggregator.identity.read_name import NameReader
from aggregator.identity.vendor_notation import NO_NOTATION, Notation


@dataclass(frozen=True)
class Organization:
    """A publisher of models; `organizations.toml` explains the fields."""

    id: str
    vendor: str
    namespaces: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    unstated: str = "size"
    notation: Notation = NO_NOTATION


@dataclass(frozen=True)
class Host:
    """Those who serve models of others; `organizations.toml` explains the fields."""

    namespaces: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()


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
    shipped: bool = False
    """Whether the row is part of the package. Any other row is a review: for the spelling that it names, it holds
    whatever publisher a board states."""


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
    hosts: tuple[Host, ...] = ()
    renamed: tuple[RenamedNamespace, ...] = ()
    mirrors: tuple[tuple[str, bool], ...] = ()
    """Namespaces that re-upload models of others, and whether only their quantized models count as copies."""
    aliases: tuple[Alias, ...] = ()
    api_names: tuple[ApiName, ...] = ()
    """The vendors' tables; the rows about floating names are `aliases` as well."""
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
    def organization_by_vendor(self) -> Mapping[str, str]:
        """Id of the organization by the prefix of its models without open weights, in lower case."""
        return {organization.vendor.lower(): organization.id for organization in self.organizations}

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

    @cached_property
    def curated_models(self) -> frozenset[str]:
        """The ids of all models that shipped rows and the vendors' tables name; a review may name one that ends."""
        return frozenset(alias.model for alias in self.aliases if alias.shipped) | {row.model for row in self.api_names}

    @cached_property
    def host_names(self) -> frozenset[str]:
        """The namespaces of all hosts, in lower case."""
        return frozenset(name.lower() for host in self.hosts for name in host.namespaces)

    def without_curated_names(self) -> "Rules":
        """Return the rules without rows about single names: what the match rules and the facts of vendors do alone."""
        return self._with_reader(
            replace(self, aliases=(), api_names=(), moved=(), edges=(), apart=(), postponed=()),
            self.reader.without_api_names(),
        )

    def with_moved(self, moved: Sequence[Alias]) -> "Rules":
        """Return the rules with more Hub ids that are another id today. Both read names with the same reader."""
        return self._with_reader(replace(self, moved=(*self.moved, *moved)), self.reader) if moved else self

    @staticmethod
    def _with_reader(rules: "Rules", reader: NameReader) -> "Rules":
        # Most ids were read with the first rules; a new reader would read all of them again.
        rules.__dict__["reader"] = reader
        return rules

    @cached_property
    def rejected_pairs(self) -> tuple[tuple[str, str], ...]:
        """`(key of a name, model id in lower case)` of the pairs in `apart`."""
        return tuple((self.key(a), b.lower()) for pair in self.apart for a, b in (pair.names, pair.names[::-1]))

    @cached_property
    def rejected(self) -> Mapping[str, frozenset[str]]:
        """The keys of the names that `apart` keeps from a model, by the id of the model in lower case."""
        found: dict[str, frozenset[str]] = {}
        for pair in self.apart:
            for name, other in (pair.names, pair.names[::-1]):
                found[other.lower()] = found.get(other.lower(), frozenset()) | {self.key(name)}
        return found

    @cached_property
    def reader(self) -> NameReader:
        """Reads names by these rules."""
        return NameReader(self)

    def alias_keys(self, alias: Alias) -> tuple[tuple[str, str], ...]:
        """Return `(name, key)` for the names of `alias`; the key of an exact spelling is `=` and the spelling."""
        return tuple((name, f"={name.lower()}" if alias.exact else self.key(name)) for name in alias.names)

    def key(self, spelling: str) -> str:
        """Return the text by which two spellings are compared: an id in lower case, or the key of a name's parts."""
        return spelling.lower() if "/" in spelling else self.reader.read(spelling).parsed.key


@lru_cache(maxsize=16384)
def organization_key(text: str) -> str:
    """Return the letters and digits of `text` in lower case; two spellings of an organization have one key."""
    return "".join(character for character in text.lower() if character.isalnum())
