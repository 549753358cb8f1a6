"""Which organization a name belongs to, judged by the family words inside it. Pure.

A guess from words never contradicts what a row states. Without a statement it decides the namespace of a new model.
"""

from collections.abc import Iterable, Mapping

from aggregator.identity.names import parse_tail

PLAIN_WORDS = frozenset({"open", "early", "new", "old", "the", "chat", "text", "vision", "code", "mini", "original"})
"""Words before a family word that show no other maker: `open-mixtral-8x22b`, `early-grok-3`."""

TIER_WORDS = frozenset(
    {
        "mini",
        "nano",
        "small",
        "medium",
        "large",
        "pro",
        "flash",
        "turbo",
        "plus",
        "max",
        "lite",
        "coder",
        "code",
        "math",
    }
    | {"vl", "vision", "audio", "omni", "air", "chat", "fast", "hd", "text", "guard", "next"}
)
"""Words that a vendor adds to its own family; they show no other maker."""


SAY_NO_OTHER = TIER_WORDS | PLAIN_WORDS

Phrase = tuple[str, ...]

SHORT = 5
"""Family words up to this length are never read from two words."""


class FamilyWords:
    """Finds the owner of a name by its family words."""

    def __init__(self, families: Mapping[str, Iterable[str]], bases: Iterable[str]) -> None:
        """Take the family words by organization, and those that others build on."""
        self._owners: dict[Phrase, set[str]] = {}
        for organization_id, words in families.items():
            for family in words:
                self._owners.setdefault(_words(family), set()).add(organization_id)
        self._bases = {_words(family) for family in bases}
        self._by_first_word: dict[str, list[Phrase]] = {}
        for phrase in sorted(self._owners, key=len, reverse=True):
            self._by_first_word.setdefault(phrase[0], []).append(phrase)
        self._joined = {phrase[0] for phrase in self._owners if len(phrase) == 1 and len(phrase[0]) > SHORT}
        self._beginnings = frozenset(word[:end] for word in self._joined for end in range(2, len(word)))

    def join(self, family: Phrase) -> Phrase:
        """Return the words with two that are one family word joined: `code llama` is `codellama`."""
        if self._beginnings.isdisjoint(family):
            return family
        for at in range(len(family) - 1):
            joined = family[at] + family[at + 1]
            if joined in self._joined:
                return (*family[:at], joined, *self.join(family[at + 2 :]))
        return family

    def has_family(self, words: Phrase) -> bool:
        """Return whether a name with these words has a family word of models."""
        return bool(self._find(words))

    def owner(self, words: Phrase) -> str | None:
        """Return the organization of a name with these words, None when it is unknown or several have them.

        A family word of one organization decides, the first one of several. Words that others build on (`llama` in
        `Llama-3.1-Nemotron-70B`) decide only alone, and only without an unknown word before them (`Foo-Llama-3-8B`).
        """
        found = self._find(words)
        return self._decide(found, words) if found else None

    def is_only_family(self, words: Phrase) -> bool:
        """Return whether a name has no words but those of one organization's family and its tiers."""
        found = self._find(words)
        owner = self._decide(found, words) if found else None
        others = set(words) - SAY_NO_OTHER
        for _, phrase in found:
            if owner in self._owners[phrase]:
                others.difference_update(phrase)
        return owner is not None and not others

    def _decide(self, found: list[tuple[int, Phrase]], words: Phrase) -> str | None:
        for _, phrase in found:
            if phrase not in self._bases:
                return self._one_owner(phrase)
        at, phrase = found[0]
        return self._one_owner(phrase) if PLAIN_WORDS.issuperset(words[:at]) else None

    def _find(self, words: Phrase) -> list[tuple[int, Phrase]]:
        """Return `(position, phrase)` of the family phrases in their order; of phrases that overlap the longest."""
        found: list[tuple[int, Phrase]] = []
        free = 0
        by_first_word = self._by_first_word
        for at, word in enumerate(words):
            if at < free or word not in by_first_word:
                continue
            for phrase in by_first_word[word]:
                if words[at : at + len(phrase)] == phrase:
                    found.append((at, phrase))
                    free = at + len(phrase)
                    break
        return found

    def _one_owner(self, phrase: Phrase) -> str | None:
        owners = self._owners[phrase]
        return next(iter(owners)) if len(owners) == 1 else None


def _words(family: str) -> tuple[str, ...]:
    return parse_tail(family).words or tuple(family.split())
