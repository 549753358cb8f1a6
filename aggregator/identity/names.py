"""Parse a model's name into its parts, and compute its key. Pure.

A name is split into tokens. Each token has one meaning, wherever it is: a word of the family, a version, a size, a
stage of training, a date, a mode of use, or a precision. The key is the parts in a fixed order. Two spellings of one
name (`Llama-3.1-8B-Instruct`, `llama3_1 8b instruct`) have one key; names that differ in any part have different keys.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from aggregator.identity.dates import MONTHS, read_date, year_of

_LETTERS = {"ascii": "a-z", "any": r"^\W_0-9"}
_TOKENS = {
    alphabet: re.compile(
        # In this order: a word without a digit after it, a number with letters (`70b`), a format (`fp8`), one letter
        # and a number (`r1`, `a22b`), and a word with a digit after it (`llama` in `llama3`).
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
"""The second also matches letters outside ASCII. Such names are rare, and it is slower."""

_API_REVISION = re.compile(r"[-_ ]v[0-9]+:[0-9]+$")
"""Amazon Bedrock ends its ids with the revision of the API, `-v1:0`."""

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
"""Words for a stage of training or release, with the spelling that the key uses."""

MODES = frozenset({"thinking", "think", "reasoning", "no", "non", "high", "low", "minimal", "xhigh"})
"""Words for how a model is run; the weights are the same."""

NATIVE_FORMATS = frozenset({"hf", "bf16", "fp16", "fp32", "float16", "bfloat16", "float32"})
"""Formats of the original weights; the key ignores them."""

PRECISIONS = frozenset(
    {"fp8", "int8", "int4", "nf4", "nvfp4", "mxfp4", "4bit", "8bit", "3bit", "2bit", "6bit", "gptq", "awq", "gguf"}
    | {"ggml", "exl2", "exl3", "bnb", "quantized", "quant", "w4a16", "w8a8", "q4", "q8", "q5", "q6"}
)
"""Formats of quantized weights."""


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
    """Lengths in thousands of tokens: the context (`128k`), or the budget of a thinking mode."""
    stage: tuple[str, ...]
    date: str
    """`2024-05-13`, `2024-05` or `05-13`, as complete as in the name."""
    mode: tuple[str, ...]
    precision: tuple[str, ...]
    plus: bool

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the family without the versions."""
        return tuple(word for word in self.family if not _is_version(word))

    @property
    def key(self) -> str:
        """The parts as one text in a fixed order. The key of a key is the key itself."""
        return " ".join(self._tokens(()))

    def key_without(self, *parts: str) -> str:
        """Return the key without the given parts (`stage`, `date`, `precision`, `mode`, …)."""
        return " ".join(self._tokens(parts))

    def _tokens(self, left_out: tuple[str, ...]) -> list[str]:
        # With two versions, the order shows which word each belongs to (`llama 3.1 tulu 3`).
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
        """Return the name without these family words, or unchanged when no other family word would be left."""
        if words.isdisjoint(self.family):
            return self
        kept = tuple(word for word in self.family if word not in words)
        return self if all(_is_version(word) for word in kept) else self._replace(family=kept)


def parse_name(text: str) -> ParsedName:
    """Parse `text` into its parts. Case and the kind of separator (`-`, `_`, space, brackets) do not matter."""
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
        # Plain numbers are many and all different; in the cache they would replace the words.
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
        _distinct(found, "active"),
        _distinct(found, "context"),
        _distinct(found, "stage"),
        date,
        _distinct(found, "mode"),
        _distinct(found, "precision"),
        "plus" in found,
    )


def _distinct(found: dict[str, list[str]], kind: str) -> tuple[str, ...]:
    """Return the distinct tokens of one kind in alphabetical order."""
    tokens = found.get(kind)
    return tuple(sorted(set(tokens))) if tokens else ()


@lru_cache(maxsize=65536)
def _classify(token: str) -> tuple[str, str]:
    """Return the kind of a token and the spelling that the key uses."""
    if token in {"+", "plus"}:
        return "plus", "plus"
    for kind, known in (("native", NATIVE_FORMATS), ("precision", PRECISIONS), ("mode", MODES)):
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
    """Return the end of the plain numbers from `start` on: the rest of a run whose first may have dots or a `v`."""
    end = start
    while end < len(tokens) and tokens[end].isdecimal():
        end += 1
    return end


def _read_numbers(run: list[str], date: str) -> tuple[str, str]:
    """Read a run of numbers as `(version, date)`; `date` is the date found earlier in the name, if any."""
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
