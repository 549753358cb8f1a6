"""Split a name into tokens, and give each its kind: word, number, size, stage, precision and so on. Pure."""

import re
from functools import lru_cache

from aggregator.identity.dates import MONTHS
from aggregator.identity.mode_words import MODE_TOKENS, spell_modes

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

_SIZE = re.compile(r"^[0-9]+(\.[0-9]+)*(x[0-9]+(\.[0-9]+)*)?b$|^[0-9]{2,}m$|^e[0-9]+b$|^[0-9]+b[0-9]+$")
_ACTIVE = re.compile(r"^a[0-9]+(\.[0-9]+)*[bm]$|^[0-9]+e$")
_CONTEXT = re.compile(r"^[0-9]+k$")
_VERSION = re.compile(r"^v?[0-9]+(\.[0-9]+)*$")

STAGES = {
    **dict.fromkeys(("it", "ins", "inst"), "instruct"),
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

NATIVE_FORMATS = frozenset({"hf", "bf16", "fp16", "fp32", "float16", "bfloat16", "float32"})
"""Formats of the original weights; the key ignores them."""

PRECISIONS = frozenset(
    {"fp8", "int8", "int4", "nf4", "nvfp4", "mxfp4", "4bit", "8bit", "3bit", "2bit", "6bit", "gptq", "awq", "gguf"}
    | {"ggml", "exl2", "exl3", "bnb", "quantized", "quant", "w4a16", "w8a8", "hqq", "aqlm", "mlx"}
    | {f"q{bits}" for bits in range(1, 9)}
)
"""Formats of quantized weights."""

_GGUF_TYPE = re.compile(
    r"(?<![a-z0-9])(?:ud[-_])?i?(q[1-8])[-_](?:[01k]|xx?s|xs|nl|s|m)(?:[-_](?:xxs|xs|xl|[sml]))?(?![a-z0-9])"
)
"""Types of GGUF files: `q8_0`, `Q4_K_M`, `IQ4_XS`. The key has their bits, `q8`."""

_QUANTIZED_BY_HOST = re.compile(r"(?<=instruct)[-_ ](turbo|lite)(?![a-z0-9])")
_HOST_PRECISIONS = {"turbo": " fp8", "lite": " int4"}
"""Together serves `Llama-3.3-70B-Instruct-Turbo` in FP8 and `Meta-Llama-3-8B-Instruct-Lite` in INT4."""

_POINT = re.compile(r"(?<=[0-9])p(?=[0-9])")
"""Fireworks writes `v3p1` for `v3.1`, since its ids have no dots."""

_KINDS = {
    **{month: ("month", number) for month, number in MONTHS.items()},
    **{word: ("stage", stage) for word, stage in STAGES.items()},
    **{token: ("mode", token) for token in MODE_TOKENS},
    **{token: ("precision", token) for token in PRECISIONS},
    **{token: ("native", token) for token in NATIVE_FORMATS},
    **dict.fromkeys(("+", "plus"), ("plus", "plus")),
}
_FORMS = (("number", _VERSION), ("active", _ACTIVE), ("size", _SIZE), ("context", _CONTEXT))


def split_tokens(text: str) -> list[str]:
    """Return the tokens of a name in lower case, after the notations that need more than one token."""
    if "q" in text:
        text = _GGUF_TYPE.sub(r"\1", text)
    if "instruct" in text:
        text = _QUANTIZED_BY_HOST.sub(lambda found: _HOST_PRECISIONS[found[1]], text)
    if "p" in text and _POINT.search(text):
        text = _POINT.sub(".", text)
    return (_TOKEN if text.isascii() else _ANY_TOKEN).findall(spell_modes(text))


@lru_cache(maxsize=65536)
def classify(token: str) -> tuple[str, str]:
    """Return the kind of a token and the spelling that the key uses."""
    known = _KINDS.get(token)
    return known or (next((kind for kind, form in _FORMS if form.match(token)), "word"), token)


def is_number(token: str) -> bool:
    """Return whether a token has only the digits 0 to 9."""
    return token.isdecimal() and token.isascii()
