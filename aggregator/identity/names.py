"""Parse a model's name into its parts, and compute its key. Pure.

A name is split into tokens. Each token has one meaning, wherever it is: a word of the family, a version, a size, a
stage of training, a date, a mode of use, or a precision. The key is the parts in a fixed order. Two spellings of one
name (`Llama-3.1-8B-Instruct`, `llama3_1 8b instruct`) have one key; names that differ in any part have different keys.
"""

from functools import lru_cache
from typing import NamedTuple

from aggregator.identity.mode_words import MODES, THINKING, ModeReader, Modes, key_tokens
from aggregator.identity.name_address import split_address
from aggregator.identity.name_tokens import NATIVE_FORMATS, PRECISIONS, STAGES, classify, is_number, split_tokens
from aggregator.identity.version_numbers import read_month, read_numbers

__all__ = ["MODES", "NATIVE_FORMATS", "PRECISIONS", "STAGES", "ParsedName", "parse_name", "parse_once", "parse_tail"]


class ParsedName(NamedTuple):
    """The parts of one name in lower case; a part that the name lacks is empty."""

    organization: str
    """The namespace before the last `/`."""
    family: tuple[str, ...]
    """Words and versions in the order of the name: `("llama", "v3.1", "nemotron")`."""
    version: tuple[str, ...]
    size: tuple[str, ...]
    active: tuple[str, ...]
    """Active parameters (`a22b`) or number of experts (`128e`)."""
    context: tuple[str, ...]
    """The length of the context in thousands of tokens (`128k`)."""
    stage: tuple[str, ...]
    date: str
    """`2024-05-13`, `2024-05` or `05-13`, as complete as in the name."""
    effort: str
    """`minimal`, `low`, `medium`, `high`, `xhigh`, `max`, or empty."""
    thinking: str
    """`thinking`, `no`, or empty."""
    budget: str
    """The tokens for thinking in thousands (`32k`), or empty."""
    precision: tuple[str, ...]
    plus: bool

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the family without the versions."""
        return tuple([word for word in self.family if word not in self.version]) if self.version else self.family

    @property
    def mode(self) -> tuple[str, ...]:
        """Thinking, budget and effort as tokens of the key."""
        return key_tokens(self.effort, self.thinking, self.budget)

    @property
    def key(self) -> str:
        """The parts as one text in a fixed order. The key of a key is the key itself."""
        return " ".join(self._tokens(()))

    def key_without(self, *parts: str) -> str:
        """Return the key without the given parts (`stage`, `date`, `precision`, `mode`, …)."""
        return " ".join(self._tokens(parts))

    def _tokens(self, left_out: tuple[str, ...]) -> list[str]:
        # The versions keep their order: `llama 3.1 tulu 3` is not `llama 3 tulu 3.1`.
        tokens = [*sorted(self.words), *self.version]
        if self.plus and "plus" not in left_out:
            tokens.append("plus")
        for part in ("size", "active", "context", "stage"):
            if part not in left_out:
                tokens += getattr(self, part)
        if self.date and "date" not in left_out:
            tokens.append(self.date)
        for part in ("mode", "precision"):
            if part not in left_out:
                tokens += getattr(self, part)
        return tokens

    def without(self, words: frozenset[str]) -> "ParsedName":
        """Return the name without these family words, or unchanged when no other family word would be left."""
        if words.isdisjoint(self.family):
            return self
        kept = tuple(word for word in self.family if word not in words)
        return self if all(word in self.version for word in kept) else self._replace(family=kept)


def parse_name(text: str) -> ParsedName:
    """Parse `text` into its parts. Case and the kind of separator (`-`, `_`, space, brackets) do not matter."""
    address = split_address(text)
    return parse_tail(address.tail, address.namespace.lower())


@lru_cache(maxsize=32768)
def parse_tail(tail: str, organization: str = "") -> ParsedName:
    """Parse a name that is parted from its address. Several steps of a refresh parse the same names."""
    return parse_once(tail, organization)


def parse_once(tail: str, organization: str = "") -> ParsedName:
    """Parse a name that is parted from its address, and remember nothing: for names that are read once."""
    tokens = split_tokens(tail.lower())
    found: dict[str, list[str]] = {}
    family: list[str] = []
    version: list[str] = []
    date = ""
    modes: ModeReader | None = None
    position, end = 0, len(tokens)
    while position < end:
        token = tokens[position]
        position += 1
        # Plain numbers are many and all different; in the cache they would replace the words.
        kind, spelling = classify(token) if token[0] > "9" or not is_number(token) else ("number", token)
        if kind == "word":
            family.append(token)
        elif kind == "number":
            numbers, date, position = read_numbers(tokens, position - 1, date)
            family += numbers
            version += numbers
        elif kind == "mode":
            modes = modes or ModeReader()
            position = modes.read(tokens, position - 1)
            family += modes.take_words()
        elif kind == "month":
            dated = read_month(tokens, position, spelling, date)
            if dated:
                date, position = dated
            else:
                family.append(token)
        elif kind in found:
            found[kind].append(spelling)
        else:
            found[kind] = [spelling]
    mode = _finish_modes(modes, found) if modes else _NO_MODES
    return ParsedName(
        organization,
        tuple(family),
        tuple(version),
        tuple(found["size"]) if "size" in found else (),
        _distinct(found["active"]) if "active" in found else (),
        _distinct(found["context"]) if "context" in found else (),
        _distinct(found["stage"]) if "stage" in found else (),
        date,
        *mode,
        _distinct(found["precision"]) if "precision" in found else (),
        "plus" in found,
    )


_NO_MODES = Modes()


def _finish_modes(modes: ModeReader, found: dict[str, list[str]]) -> Modes:
    """Return the modes of a name; beside `thinking`, the last length is the budget for it."""
    lengths = found.get("context", [])
    budget = lengths.pop() if modes.thinking == THINKING and lengths else ""
    return Modes(modes.effort, modes.thinking, budget)


def _distinct(tokens: list[str]) -> tuple[str, ...]:
    """Return the distinct tokens in alphabetical order."""
    return tuple(sorted(set(tokens))) if len(tokens) > 1 else tuple(tokens)
