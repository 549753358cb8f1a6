"""How two names compare, part by part: what speaks against them, and how alike they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from aggregator.identity.curated import Rules
from aggregator.identity.names import ParsedName, parse_name

TIERS = frozenset(
    (
        *("mini", "nano", "micro", "tiny", "small", "medium", "large", "ultra", "lite", "pro", "flash", "max", "turbo"),
        *("fast", "core", "standard", "air", "super", "omni", "vision", "vl", "coder", "math"),
        *("opus", "sonnet", "haiku", "scout", "maverick"),
    )
)
"""Words that name another model of the same line, where only one of two names has them."""

DISTINGUISHING = ("version", "size", "active", "stage", "date", "mode", "context", "precision")
LEAST_LIKENESS = 75.0
"""Below this token_sort_ratio (0–100) two names are not worth a person's look."""


@dataclass(frozen=True)
class Candidate:
    """A model that a name might be, and what the ladder holds against it."""

    model_id: str
    likeness: float
    """rapidfuzz token_sort_ratio of the two keys, 0–100. It orders candidates and decides nothing."""
    differences: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """A model that a name can be held against."""

    model_id: str
    parts: ParsedName
    words: frozenset[str]


def known(model_id: str, rules: Rules) -> Known:
    """Return a model with the parts of its id, read once for many comparisons."""
    parts = read(model_id.partition("/")[2] or model_id, rules)
    return Known(model_id, parts, frozenset(parts.words))


def read(name: str, rules: Rules) -> ParsedName:
    """Return the parts of a name or of an id's tail, without words that only repeat an organisation."""
    return parse_name(name).without(rules.words)


def differences(one: ParsedName, other: ParsedName) -> tuple[str, ...]:
    """Say in which parts two names differ; empty when they read the same."""
    found = [
        f"{part} {_said(getattr(one, part))} against {_said(getattr(other, part))}"
        for part in DISTINGUISHING
        if getattr(one, part) != getattr(other, part)
    ]
    if one.plus != other.plus:
        found.append("one has a plus")
    only = sorted(set(one.words) ^ set(other.words))
    return (*found, *([f"only one says {', '.join(only)}"] if only else []))


def contradicts(one: Known, other: Known) -> bool:
    """Say whether two names cannot be one model.

    They cannot when both say a part and not the same, when only one has a mode or a plus (the other then
    stands for the model without), or when each has a word that the other lacks.
    """
    if not (one.words <= other.words or other.words <= one.words) or (one.words ^ other.words) & TIERS:
        return True
    mine, theirs = one.parts, other.parts
    if mine.plus != theirs.plus or mine.mode != theirs.mode or mine.context != theirs.context:
        return True
    return any(
        getattr(mine, part) and getattr(theirs, part) and getattr(mine, part) != getattr(theirs, part)
        for part in DISTINGUISHING
    )


def nearest(name: str, pool: Sequence[Known], rules: Rules, *, limit: int = 3) -> list[Candidate]:
    """Return the models of `pool` that are most like `name`, the likest first."""
    parts = read(name, rules)
    found = process.extract(
        parts.key,
        [other.parts.key for other in pool],
        scorer=fuzz.token_sort_ratio,
        score_cutoff=LEAST_LIKENESS / 2,
        limit=limit,
    )
    return [Candidate(pool[at].model_id, round(score, 1), differences(parts, pool[at].parts)) for _, score, at in found]


def open_candidates(name: str, pool: Sequence[Known], rules: Rules, *, limit: int = 3) -> list[Candidate]:
    """Return those near models that nothing in the name contradicts: the ones a person may decide on."""
    parts = read(name, rules)
    mine = Known(name, parts, frozenset(parts.words))
    fitting = [other for other in pool if not contradicts(mine, other)]
    return [found for found in nearest(name, fitting, rules, limit=limit) if found.likeness >= LEAST_LIKENESS]


def _said(value: object) -> str:
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return text or "nothing"
