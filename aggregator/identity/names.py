"""Reading a model's name: pure functions from text to its parts.

A name is cut into tokens, and each token has one meaning whatever its place: a word of the family,
a version, a size, a stage of training, a date, a mode of use, a precision. The key of a name is its
parts in a fixed order, so that two spellings of one name (`Llama-3.1-8B-Instruct`,
`llama3_1 8b instruct`) have one key, while names that differ in any distinguishing part never do.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from aggregator.identity.dates import MONTHS, read_date, year_of

_LETTERS = {"ascii": "a-z", "any": r"^\W_0-9"}
_TOKENS = {
    alphabet: re.compile(
        # A word that no digit follows; what a digit follows is one letter and a number (`r1`, `a22b`), a format
        # (`fp8`), or a word and its version (`llama3`).
        rf"[{w}]++(?![0-9])"
        rf"|[0-9]+(?:\.[0-9]+)*(?:x[0-9]+(?:\.[0-9]+)*)?[{w}]*(?:[0-9]+[{w}]*)?"
        r"|(?:fp|bf|int|nf|float|bfloat|exl|nvfp|mxfp)[0-9]+"
        rf"|[{w}](?=[0-9])[0-9]+(?:\.[0-9]+)*[{w}]*"
        rf"|[{w}]+"
        r"|\+"
    )
    for alphabet, w in _LETTERS.items()
}
_TOKEN, _ANY_TOKEN = _TOKENS["ascii"], _TOKENS["any"]
"""The second is for names with other letters, which are rare and take longer."""

_API_REVISION = re.compile(r"[-_ ]v[0-9]+:[0-9]+$")
"""Amazon Bedrock ends its ids with the revision of the interface, `-v1:0`."""

_SIZE = re.compile(r"^[0-9]+(\.[0-9]+)*(x[0-9]+(\.[0-9]+)*)?b$|^[0-9]{2,}m$|^e[0-9]+b$|^[0-9]+b[0-9]+$")
_ACTIVE = re.compile(r"^a[0-9]+(\.[0-9]+)*[bm]$|^[0-9]+e$")
_CONTEXT = re.compile(r"^[0-9]+k$")
_VERSION = re.compile(r"^v?[0-9]+(\.[0-9]+)*$")

STAGES = {
    "it": "instruct",
    "exp": "experimental",
    "pt": "base",
    **{
        word: word
        for word in (
            *("base", "instruct", "chat", "sft", "dpo", "rlhf", "rm", "preview", "experimental"),
            *("beta", "alpha", "latest", "early", "distill", "delta"),
        )
    },
}
"""Words that say how far a model was trained or released; values are their one spelling."""

MODES = frozenset({"thinking", "think", "reasoning", "no", "non", "high", "low", "minimal", "xhigh"})
"""Words that say how one and the same model is run."""

NATIVE = frozenset({"hf", "bf16", "fp16", "fp32", "float16", "bfloat16", "float32"})
"""Formats in which weights are published as they are: they make no other model."""

PRECISIONS = frozenset(
    {"fp8", "int8", "int4", "nf4", "nvfp4", "mxfp4", "4bit", "8bit", "3bit", "2bit", "6bit", "gptq", "awq", "gguf"}
    | {"ggml", "exl2", "exl3", "bnb", "quantized", "quant", "w4a16", "w8a8", "q4", "q8", "q5", "q6"}
)
"""Formats that round weights."""


class ParsedName(NamedTuple):
    """The parts of one name. Texts are lower-case; an empty part is absent from the name."""

    organization: str
    """The namespace before the last `/`, if the name has one."""
    family: tuple[str, ...]
    """Words and versions in the order of the name: `("llama", "v3.1", "nemotron")`."""
    version: tuple[str, ...]
    size: tuple[str, ...]
    active: tuple[str, ...]
    """Active parameters or number of experts (`a22b`, `128e`)."""
    context: tuple[str, ...]
    """Lengths in thousands: the context (`128k`), or the budget of a thinking mode."""
    stage: tuple[str, ...]
    date: str
    """`2024-05-13`, `2024-05` or `05-13`, as much as the name says."""
    mode: tuple[str, ...]
    precision: tuple[str, ...]
    plus: bool

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the family, without its versions."""
        return tuple(word for word in self.family if not _is_version(word))

    @property
    def key(self) -> str:
        """The name as one comparable text; itself a name with the same key."""
        return " ".join(self._tokens(()))

    def key_without(self, *parts: str) -> str:
        """Return the key with the named parts left out (`stage`, `date`, `precision`, `mode`, …)."""
        return " ".join(self._tokens(parts))

    def _tokens(self, left_out: tuple[str, ...]) -> list[str]:
        # With two versions the order says which word each belongs to (`llama 3.1 tulu 3`).
        tokens = list(self.family) if len(self.version) > 1 else sorted(self.family)
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
        """Return the name without these family words, unless nothing else would be left of the family."""
        if words.isdisjoint(self.family):
            return self
        kept = tuple(word for word in self.family if word not in words)
        return self if all(_is_version(word) for word in kept) else self._replace(family=kept)


def parse_name(text: str) -> ParsedName:
    """Cut `text` into its parts. Case and the kind of separator (`-`, `_`, space, brackets) carry no meaning."""
    organization, _, tail = text.lower().rpartition("/")
    if ":" in tail:
        tail = _API_REVISION.sub("", tail)
    tokens = (_TOKEN if tail.isascii() else _ANY_TOKEN).findall(tail)
    found: dict[str, list[str]] = {}
    family: list[str] = []
    version: list[str] = []
    date = ""
    position, end = 0, len(tokens)
    while position < end:
        token = tokens[position]
        # Bare numbers are many and all different; they would crowd the words out of the cache.
        kind, spelling = ("number", token) if token.isdecimal() else _classify(token)
        position += 1
        if kind == "word":
            family.append(token)
        elif kind == "number":
            after = _end_of_run(tokens, position)
            number, date = _read_numbers(tokens[position - 1 : after], date)
            position = after
            if number:
                family.append(number)
                version.append(number)
        elif kind == "month":
            year = year_of(tokens[position]) if position < end and not date else ""
            if year:
                date = f"{year}-{spelling}"
                position += 1
            else:
                family.append(token)
        elif kind in found:
            found[kind].append(spelling)
        else:
            found[kind] = [spelling]
    return ParsedName(
        organization,
        tuple(family),
        tuple(version),
        tuple(found.get("size", ())),
        _bag(found, "active"),
        _bag(found, "context"),
        _bag(found, "stage"),
        date,
        _bag(found, "mode"),
        _bag(found, "precision"),
        "plus" in found,
    )


def _bag(found: dict[str, list[str]], kind: str) -> tuple[str, ...]:
    tokens = found.get(kind)
    return tuple(sorted(set(tokens))) if tokens else ()


@lru_cache(maxsize=65536)
def _classify(token: str) -> tuple[str, str]:
    """Return the kind of one token and its one spelling."""
    if token in {"+", "plus"}:
        return "plus", "plus"
    for kind, known in (("native", NATIVE), ("precision", PRECISIONS), ("mode", MODES)):
        if token in known:
            return kind, token
    if token in STAGES:
        return "stage", STAGES[token]
    if token in MONTHS:
        return "month", MONTHS[token]
    for kind, form in (("number", _VERSION), ("active", _ACTIVE), ("size", _SIZE), ("context", _CONTEXT)):
        if form.match(token):
            return kind, token
    return "word", token


def _is_version(word: str) -> bool:
    return _classify(word)[0] == "number"


def _end_of_run(tokens: list[str], start: int) -> int:
    """Return where the bare numbers that begin at `start` end: the rest of a run whose first may have dots or a `v`."""
    end = start
    while end < len(tokens) and tokens[end].isdecimal():
        end += 1
    return end


def _read_numbers(run: list[str], date: str) -> tuple[str, str]:
    """Read a run of numbers as a version, a date or both; `date` is what the name has said so far."""
    version: list[str] = []
    position = 0
    while position < len(run):
        found, width = ("", 0) if date else read_date(run, position)
        if found:
            date = found
            position += width
        else:
            version.append(run[position])
            position += 1
    number = ".".join(version)
    return (number if not number or number[0] == "v" else f"v{number}"), date
