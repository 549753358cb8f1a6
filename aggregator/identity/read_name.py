"""Read a name with the curated facts: its publisher, and its parts in one notation. Pure."""

import re
from collections.abc import Iterable, Iterator
from copy import copy
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from aggregator.identity.api_names import ApiName, ApiNameTable, Meaning, as_meant
from aggregator.identity.name_address import split_address
from aggregator.identity.names import ParsedName, parse_once, parse_tail
from aggregator.identity.publisher_words import FamilyWords
from aggregator.identity.vendor_notation import Notation

if TYPE_CHECKING:
    from aggregator.identity.curated import Rules


_COMBINATION = re.compile(r"^(\S.*?) \+ (?=\S)")


class ReadName(NamedTuple):
    """One name with what it shows of its publisher."""

    parsed: ParsedName
    """The parts in one notation, without words that only repeat the organization."""
    tail: str
    """The name without namespaces, hosts and routes, as written."""
    namespace: str
    """The namespace that the name states, as written; a host is none."""
    word_id: str | None
    """The organization whose name stands inside (`meta` in `Meta-Llama-3`)."""
    family_id: str | None
    """The organization that the family words suggest."""
    is_combination: bool = False
    """Whether the name is of two models, or an agent and a model, at work together (`DeepSeek R1 + Claude 3.5 Sonnet`)."""
    api_name: ApiName | None = None
    """The row of the vendors' tables by which the name was read."""


class NameReader:
    """Reads names by the facts of `Rules`."""

    def __init__(self, rules: "Rules") -> None:
        self._hosts = rules.host_names
        self._routes = frozenset(name for host in rules.hosts for name in host.routes)
        self._vendors = frozenset(name for host in rules.hosts for name in host.vendors)
        self._publisher_words = rules.publisher_words
        self._word_owner = rules.organization_by_word
        self._organization_by_name = rules.organization_by_name
        self._families = FamilyWords(
            {organization.id: organization.families for organization in rules.organizations},
            (family for organization in rules.organizations for family in organization.bases),
        )
        self._notations = {
            organization.id: organization.notation
            for organization in rules.organizations
            if not organization.notation.is_plain
        }

        # Matching, lineage, facts and releases read the same ids.
        self._tails = lru_cache(maxsize=32768)(lambda tail, owner: self._read(parse_tail(tail), tail, "", owner))
        # The nightly evaluation reads the names of the boards again.
        self._names = lru_cache(maxsize=16384)(self._read_written)
        self.table = ApiNameTable(self._meanings(rules.api_names))

    def without_api_names(self) -> "NameReader":
        """Return a reader that does not know the vendors' tables."""
        reader = copy(self)
        reader.table = ApiNameTable(())
        return reader

    def read(self, text: str) -> ReadName:
        """Read a name as a board writes it."""
        name = self._names(text)
        meaning = self.table.find(name.parsed)
        if meaning is None or name.is_combination or not meaning.allows(name.parsed):
            return name
        return name._replace(parsed=as_meant(name.parsed, meaning), api_name=meaning.row)

    def _read_written(self, text: str) -> ReadName:
        address = split_address(text, self._hosts, self._routes, self._vendors)
        return self._read(parse_once(address.tail, address.namespace.lower()), address.tail, address.namespace)

    def _meanings(self, rows: Iterable[ApiName]) -> Iterator[tuple[ParsedName, Meaning]]:
        for row in rows:
            if row.is_floating:
                continue
            namespace, _, tail = row.model.partition("/")
            parts = self._read(parse_tail(tail), tail, namespace).parsed
            for name in row.names:
                address = split_address(name, self._hosts, self._routes, self._vendors)
                yield self._read(parse_tail(address.tail), address.tail, address.namespace).parsed, Meaning(parts, row)

    def read_tail(self, tail: str, owner: str | None = None) -> ReadName:
        """Read the part of an id after its namespace; `owner` is the organization of the namespace."""
        return self._tails(tail, owner)

    def is_only_family(self, tail: str) -> bool:
        """Return whether the words of a name are only one organization's family and its tiers."""
        return self._families.is_only_family(self.read_tail(tail).parsed.words)

    def in_notation(self, parsed: ParsedName, name: ReadName) -> ParsedName:
        """Return `parsed`, the changed parts of `name`, in the notation of its organization."""
        notation = self._notation(None, name.namespace, name.word_id, name.family_id)
        return notation.apply(parsed) if notation else parsed

    def _read(self, parsed: ParsedName, tail: str, namespace: str, owner: str | None = None) -> ReadName:
        word_id = None
        if not self._publisher_words.isdisjoint(parsed.family):
            word_id = next(self._word_owner[word] for word in parsed.family if word in self._word_owner)
            parsed = parsed.without(self._publisher_words)
        combination = _COMBINATION.match(tail) if " + " in tail else None
        if combination:
            return self._combination(parsed, tail, namespace or _agent(combination[1], self._families))
        joined = self._families.join(parsed.family)
        if joined is not parsed.family:
            parsed = parsed._replace(family=joined)
        words = parsed.words
        family_id = self._families.owner(words)
        notation = self._notation(owner, namespace, word_id, family_id)
        if notation:
            parsed = notation.apply(parsed)
        return ReadName(parsed, tail, namespace, word_id, family_id)

    @staticmethod
    def _combination(parsed: ParsedName, tail: str, namespace: str) -> ReadName:
        return ReadName(parsed, tail, namespace, None, None, is_combination=True)

    def _notation(self, owner: str | None, namespace: str, *guessed: str | None) -> Notation | None:
        stated = owner
        if stated is None and namespace:
            stated = self._organization_by_name.get("".join(c for c in namespace.lower() if c.isalnum()))
        for organization_id in (stated, *guessed):
            if organization_id is not None:
                return self._notations.get(organization_id)
        return None


def _agent(text: str, families: FamilyWords) -> str:
    """Return `text` where it is the name of an agent (`OpenHands + Claude 3.7 Sonnet`), empty where it is a model."""
    parsed = parse_tail(text)
    return "" if parsed.version or parsed.size or families.has_family(parsed.words) else text.strip()
