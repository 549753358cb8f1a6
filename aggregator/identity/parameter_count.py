"""How many parameters a model of the Hub has, where its numbers can be believed. Pure.

The Hub counts the values in a safetensors file. Where weights are packed several to one integer, the count is of
integers; then, and wherever the count contradicts the size in the model's own name, it is worth nothing.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.identity.names import parse_name

PACKED = frozenset({"I16", "I32", "I64", "U8", "U16", "U32", "U64"})
"""Types that hold several rounded weights in one value; `I8` and the eight-bit floats hold one."""

PACKED_SHARE = 0.02
"""A model whose weights are not packed has some integers too, such as the positions of BERT."""

FEWEST = 1e6
"""The smallest embedding models have two million parameters; below one, something else was counted."""

NEAR = (0.6, 1.7)
"""A count between these multiples of the name's size fits it: `16x3.8b` has 42 billion, `gemma-7b` 8.5."""

SAME = 0.05
"""Two counts of one model differ by at most this share."""

_SIZE = re.compile(r"(?:(\d+)x)?(\d+(?:\.\d+)?)(b|m)(\d*)")


def believable(answer: Mapping[str, Any], name: str) -> tuple[float | None, str | None]:
    """Return `(parameters in billions, "safetensors" or "gguf")` of a model called `name`; two nulls where unknown.

    `answer` is the Hub's: `safetensors` with `total` and `parameters` by type, `gguf` with `total`.
    """
    tensors, total, gguf = _tensors(answer)
    ways = [("safetensors", count) for count in tensors] + ([("gguf", gguf)] if gguf else [])
    said = list(sizes(name))
    if said:
        ways = [way for way in ways if any(NEAR[0] <= way[1] / size <= NEAR[1] for size in said)]
    elif _differ([*tensors, *([total] if total else []), *([gguf] if gguf else [])]):
        return None, None
    if not ways:
        return None, None
    source, count = ways[0]
    return round(count / 1e9, 6), source


def sizes(name: str) -> Iterator[float]:
    """Yield the sizes that a model's name says, in parameters: `8x7b` is 56 billion, `7b1` 7.1 billion."""
    for token in parse_name(name).size:
        if found := _SIZE.fullmatch(token):
            experts, number, unit, tenths = found.groups()
            size = float(f"{number}.{tenths}") if tenths and "." not in number else float(number)
            yield size * float(experts or 1) * (1e9 if unit == "b" else 1e6)


def _tensors(answer: Mapping[str, Any]) -> tuple[list[float], float | None, float | None]:
    """Return the counts of safetensors worth a look, the stated total of values, and the count of the GGUF file."""
    told = answer.get("safetensors")
    told = told if isinstance(told, Mapping) else {}
    gguf = answer.get("gguf")
    counted = _count(gguf.get("total")) if isinstance(gguf, Mapping) else None
    by_type = told.get("parameters")
    types = {
        str(kind): count
        for kind, given in (by_type.items() if isinstance(by_type, Mapping) else ())
        if (count := _count(given, fewest=1))
    }
    everything = sum(types.values())
    packed = sum(count for kind, count in types.items() if kind.upper() in PACKED)
    if everything and packed / everything > PACKED_SHARE:
        return [], None, counted
    total = _count(told.get("total"))
    summed = _count(everything)
    return [count for count in (total, summed) if count], total, counted


def _count(value: object, fewest: float = FEWEST) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not fewest <= value < 1e14:
        return None
    return float(value)


def _differ(counts: list[float]) -> bool:
    return bool(counts) and max(counts) > min(counts) * (1 + SAME)
