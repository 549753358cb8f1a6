"""Read how many parameters a model of the Hub has, where the Hub's count is plausible. Pure.

The Hub counts the values in a safetensors file. Quantized weights can be packed, several to one integer; the Hub then
counts integers. Such a count is ignored, and so is one that contradicts the size in the model's name.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.identity.names import ParsedName, parse_name

PACKED_TYPES = frozenset({"I16", "I32", "I64", "U8", "U16", "U32", "U64"})
"""Types that hold several quantized weights in one value; `I8` and the eight-bit floats hold one."""

MAX_INTEGER_SHARE = 0.02
"""Unpacked models have some integers too, such as the positions of BERT."""

MIN_PARAMETERS = 1e6
"""The smallest embedding models have two million parameters; a smaller count is of something else."""

SIZE_RATIO = (0.6, 1.7)
"""Limits of count / size in the name: `16x3.8b` has 42 billion parameters, `gemma-7b` has 8.5 billion."""

MAX_COUNT_DIFFERENCE = 0.05
"""Two counts of one model differ by at most this share."""

MAX_SIZE_RATIO = 1.57
"""Two sizes of one model have at most this ratio: `gemma-2b` has 2.5 billion parameters, packed weights a half or less."""

_UNDERSCORE_SIZE = re.compile(r"(?<![a-z0-9.])[0-9]_[0-9]+b(?![a-z0-9])")
_SIZE = re.compile(r"(?:(\d+)x)?(\d+(?:\.\d+)?)(b|m)(\d*)")


def read_parameter_count(answer: Mapping[str, Any], name: str) -> tuple[float | None, str | None]:
    """Return `(parameters in billions, "safetensors" or "gguf")` of the model `name`, or two None when unknown.

    `answer` is the Hub's: `safetensors` with `total` and `parameters` by type, `gguf` with `total`.
    """
    tensors, total, gguf = _counts(answer)
    counts = [("safetensors", count) for count in tensors] + ([("gguf", gguf)] if gguf else [])
    sizes = list(sizes_in_name(name))
    if sizes:
        low, high = SIZE_RATIO
        counts = [(source, count) for source, count in counts if any(low <= count / size <= high for size in sizes)]
    elif _differ([*tensors, *([total] if total else []), *([gguf] if gguf else [])]):
        return None, None
    if not counts:
        return None, None
    source, count = counts[0]
    return round(count / 1e9, 6), source


def sizes_in_name(name: str) -> Iterator[float]:
    """Yield the sizes in a model's name, in parameters: `8x7b` is 56 billion, `7b1` is 7.1 billion."""
    return sizes_of(parse_name(name), name)


def sizes_of(parsed: ParsedName, name: str) -> Iterator[float]:
    """Yield the sizes in `name`, which `parsed` is.

    `1_8b` can be 1.8 or 8 billion. The size beside a number of experts (`17b-16e`) is that of one token; it yields none.
    """
    if any(active.endswith("e") for active in parsed.active):
        return
    underscored = _UNDERSCORE_SIZE.findall(name.lower()) if "_" in name else ()
    for token in (*parsed.size, *(found.replace("_", ".") for found in underscored)):
        if found := _SIZE.fullmatch(token):
            experts, number, unit, tenths = found.groups()
            size = float(f"{number}.{tenths}") if tenths and "." not in number else float(number)
            yield size * float(experts or 1) * (1e9 if unit == "b" else 1e6)


def sizes_differ(size: float, other: float) -> bool:
    """Return whether two sizes are too different to be of one model."""
    return max(size, other) > MAX_SIZE_RATIO * min(size, other)


def _counts(answer: Mapping[str, Any]) -> tuple[list[float], float | None, float | None]:
    """Return the usable counts of safetensors, the stated total of values, and the count of the GGUF file."""
    stated = answer.get("safetensors")
    stated = stated if isinstance(stated, Mapping) else {}
    gguf = answer.get("gguf")
    gguf_count = _count(gguf.get("total")) if isinstance(gguf, Mapping) else None
    by_type = stated.get("parameters")
    types = {
        str(kind): count
        for kind, value in (by_type.items() if isinstance(by_type, Mapping) else ())
        if (count := _count(value, least=1))
    }
    everything = sum(types.values())
    packed = sum(count for kind, count in types.items() if kind.upper() in PACKED_TYPES)
    if everything and packed / everything > MAX_INTEGER_SHARE:
        return [], None, gguf_count
    total = _count(stated.get("total"))
    summed = _count(everything)
    return [count for count in (total, summed) if count], total, gguf_count


def _count(value: object, least: float = MIN_PARAMETERS) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < 1e14:
        return None
    return float(value)


def _differ(counts: list[float]) -> bool:
    return bool(counts) and max(counts) > min(counts) * (1 + MAX_COUNT_DIFFERENCE)
