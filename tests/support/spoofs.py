"""Imitations of known ids and names, as an attacker would write them; each draw is repeatable by its seed."""

import random
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from confusable_homoglyphs import confusables

Row = dict[str, Any]
Attack = Callable[[str, random.Random], str]

ATTACKER = "qzxw-labs"
"""A namespace that no organization has."""

HIDDEN = (
    *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u061c", "\u180e", "\ufe0f", "\u034f"),
    *("\u202a", "\u202b", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u200e", "\u200f", "\U000e0041"),
    *("\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u00a0", "\u2003", "\u3000", "\u0000", "\u0085"),
)
"""Characters without a shape: zero width, direction marks, tags, fillers and other spaces."""

COMBINING = ("\u0301", "\u0304", "\u0307", "\u0323", "\u0335", "\u0338", "\u20e3", "\u0489")

HOSTS = ("openrouter", "fireworks", "ollama", "chutes", "together", "groq", "replicate", "deepinfra", "azure")

STATED_BY_OTHERS = ("uncensored", "abliterated", "v2", "GGUF", "AWQ", "dpo", "merged", "thinking", "high", "ft-qzxw")


@cache
def look_alikes(letter: str) -> tuple[str, ...]:
    """Return the single characters outside ASCII that look like `letter` (Unicode TR 39)."""
    found = confusables.is_confusable(letter, greedy=True) or []
    shapes = {shape["c"] for entry in found for shape in entry["homoglyphs"]}
    return tuple(sorted(shape for shape in shapes if len(shape) == 1 and not shape.isascii()))


def _with_look_alikes(text: str, draw: random.Random) -> str:
    places = [at for at, letter in enumerate(text) if look_alikes(letter)]
    chosen = set(places if draw.random() < 0.2 else draw.sample(places, min(len(places), draw.randint(1, 3))))
    return "".join(draw.choice(look_alikes(c)) if at in chosen else c for at, c in enumerate(text))


def _with_wide_letters(text: str, draw: random.Random) -> str:
    chosen = set(draw.sample(range(len(text)), min(len(text), draw.randint(1, len(text)))))
    return "".join(chr(ord(c) + 0xFEE0) if at in chosen and "!" <= c <= "~" else c for at, c in enumerate(text))


def _inserting(characters: tuple[str, ...]) -> Attack:
    def insert(text: str, draw: random.Random) -> str:
        at = draw.randrange(len(text) + 1)
        return text[:at] + draw.choice(characters) + text[at:]

    return insert


def _with_mark(text: str, draw: random.Random) -> str:
    at = draw.choice([n for n, c in enumerate(text, 1) if c.isalpha()])
    return unicodedata.normalize(draw.choice(("NFC", "NFD")), text[:at] + draw.choice(COMBINING) + text[at:])


CHARACTERS: Mapping[str, Attack] = {
    "look-alike characters": _with_look_alikes,
    "full-width letters": _with_wide_letters,
    "hidden characters": _inserting(HIDDEN),
    "combining marks": _with_mark,
}
"""Attacks that replace or add characters outside ASCII, on any text."""


def _swapped(namespace: str, draw: random.Random) -> str:
    """Return `namespace` with one ASCII look-alike, or an empty text where no letter has one."""
    pairs = (("l", "I"), ("l", "1"), ("i", "l"), ("o", "0"), ("s", "5"), ("m", "rn"), ("w", "vv"), ("-", "_"))
    found = [(at, old, new) for old, new in pairs for at, c in enumerate(namespace) if c == old]
    if not found:
        return ""
    at, old, new = draw.choice(found)
    return namespace[:at] + new + namespace[at + len(old) :]


def _namespaces(namespace: str, draw: random.Random) -> Iterator[str]:
    """Yield namespaces that resemble `namespace` and are none of its organization."""
    if swapped := _swapped(namespace, draw):
        yield swapped
    yield from (f"{namespace}-", f"-{namespace}", f"{namespace}.", f"{namespace}_", f"{namespace}-{ATTACKER}")
    yield from (
        f"{namespace}-ai-team",
        f"{namespace}-gpt",
        f"the-{namespace}",
        f"{namespace}-official",
        f"{namespace}1",
    )
    yield from (f"{namespace[0]}.{namespace[1:]}", f"{namespace[:2]}--{namespace[2:]}", namespace + namespace[-1])


def id_attacks(famous: str, draw: random.Random) -> Iterator[str]:
    """Yield texts that resemble the id `famous` and are not it."""
    namespace, _, tail = famous.partition("/")
    for imitate in CHARACTERS.values():
        yield imitate(famous, draw)
        yield f"{imitate(namespace, draw)}/{tail}"
        yield f"{namespace}/{imitate(tail, draw)}"
    yield from (f"{other}/{tail}" for other in _namespaces(namespace, draw))
    yield from (f"{ATTACKER}/{tail}", f"{ATTACKER}/{namespace}-{tail}", f"{ATTACKER}.{namespace}/{tail}")
    yield from (f"{ATTACKER}/{tail}-{word}" for word in draw.sample(STATED_BY_OTHERS, 3))
    yield from (f"{ATTACKER}/{famous}", f"{namespace}/../{ATTACKER}/{tail}", f"{namespace}/{tail}/../{ATTACKER}")
    yield from (f"{namespace}.{ATTACKER}/{tail}", f"{namespace}/{ATTACKER}/{tail}", f"{namespace}\\{ATTACKER}/{tail}")
    yield from address_attacks(famous, draw)


def address_attacks(famous: str, draw: random.Random) -> Iterator[str]:
    """Yield addresses and texts with brackets that contain the id `famous` and lead elsewhere."""
    namespace, _, tail = famous.partition("/")
    evil = f"{ATTACKER}/{tail}"
    host = draw.choice(("example.com", "huggingface.co.example.com", "huggingface.example", "xn--hggingface-uhb.co"))
    yield from (f"https://{host}/{famous}", f"https://huggingface.co@{host}/{famous}", f"https://huggingface.co/{evil}")
    yield from (f"https://huggingface.co/{evil}?id={famous}", f"https://{host}/?u={quote(famous, safe='')}#{famous}")
    yield from (f"https://huggingface.co/spaces/{famous}", f"https://huggingface.co/datasets/{famous}")
    yield from (f"{evil} ({famous})", f"[{famous}]({evil})", f"qzxw-13b ({famous})", f"{tail} ({evil})")
    yield from (f"{evil}%00{famous}", f"{quote(namespace[0])}%2F{evil}", f"&#x{ord(namespace[0]):x};{evil}")


def id_rows(famous: str, draw: random.Random, source: str) -> list[Row]:
    """Return rows of a board with ids: each attack, and links that contradict the id."""
    namespace, _, tail = famous.partition("/")
    written = set(id_attacks(famous, draw)) | {f"{host}/{tail}" for host in HOSTS}
    rows: list[Row] = [{"source": source, "raw_name": text, "hf_id": text} for text in sorted(written)]
    rows += [
        {"source": source, "raw_name": f"{ATTACKER}/{tail}-l", "hf_id": f"{ATTACKER}/{tail}-l", "link": famous},
        {
            "source": source,
            "raw_name": f"{ATTACKER}/{tail}-o",
            "hf_id": f"{ATTACKER}/{tail}-o",
            "organization": namespace,
        },
    ]
    return rows


def name_rows(famous: str, draw: random.Random, source: str, organization: str) -> list[Row]:
    """Return rows of a board without ids: attacks on the id and on its name, with true and with false organizations."""
    tail = famous.rpartition("/")[2]
    written = set(id_attacks(famous, draw))
    written |= {imitate(tail, draw) for imitate in CHARACTERS.values()}
    written |= {f"{tail}-{word}" for word in ("uncensored", "abliterated", "ft-qzxw")}
    rows: list[Row] = [{"source": source, "raw_name": text} for text in sorted(written)]
    # The organization column states the true publisher of a name whose prefix is another, and the reverse.
    rows += [{"source": source, "raw_name": f"{ATTACKER}/{tail}-1", "organization": organization}]
    return [*rows, {"source": f"{source}_2", "raw_name": tail, "organization": ATTACKER}]
