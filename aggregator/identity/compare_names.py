"""Compare two names part by part: which parts contradict, and how similar the names are."""

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
"""Words for another model of the same family: two names contradict when only one has such a word."""

DISTINGUISHING_PARTS = ("version", "size", "active", "stage", "date", "mode", "context", "precision")

MIN_LIKENESS = 75.0
"""Least token_sort_ratio (0–100) of a candidate for a review."""


@dataclass(frozen=True)
class Candidate:
    """A model that a name might be, and how the two names differ."""

    model_id: str
    likeness: float
    """rapidfuzz token_sort_ratio of the two keys, 0–100. It only sorts the candidates; no match depends on it."""
    differences: tuple[str, ...]


@dataclass(frozen=True)
class KnownModel:
    """A model with the parts of its name, ready for many comparisons."""

    model_id: str
    parts: ParsedName
    words: frozenset[str]


def known_model(model_id: str, rules: Rules) -> KnownModel:
    """Parse the name of a model for comparisons."""
    parts = parse_without_publisher(model_id.partition("/")[2] or model_id, rules)
    return KnownModel(model_id, parts, frozenset(parts.words))


def parse_without_publisher(name: str, rules: Rules) -> ParsedName:
    """Parse a name or the tail of an id, without the words that only repeat the organization."""
    return parse_name(name).without(rules.publisher_words)


def describe_differences(one: ParsedName, other: ParsedName) -> tuple[str, ...]:
    """Return a text for each part in which two names differ; empty when their keys are equal."""
    found = [
        f"{part} {_as_text(getattr(one, part))} against {_as_text(getattr(other, part))}"
        for part in DISTINGUISHING_PARTS
        if getattr(one, part) != getattr(other, part)
    ]
    if one.plus != other.plus:
        found.append("one has a plus")
    words = sorted(set(one.words) ^ set(other.words))
    return (*found, *([f"only one has {', '.join(words)}"] if words else []))


def contradicts(one: KnownModel, other: KnownModel) -> bool:
    """Return whether two names cannot be one model.

    They cannot in four cases: both have a part with different values; only one has a mode, a context or a plus; only
    one has a word of `TIERS`; or each has a word that the other lacks.
    """
    if not (one.words <= other.words or other.words <= one.words) or (one.words ^ other.words) & TIERS:
        return True
    left, right = one.parts, other.parts
    if left.plus != right.plus or left.mode != right.mode or left.context != right.context:
        return True
    return any(
        getattr(left, part) and getattr(right, part) and getattr(left, part) != getattr(right, part)
        for part in DISTINGUISHING_PARTS
    )


def nearest_models(name: str, pool: Sequence[KnownModel], rules: Rules, *, limit: int = 3) -> list[Candidate]:
    """Return the models of `pool` whose names are most similar to `name`, most similar first."""
    parts = parse_without_publisher(name, rules)
    found = process.extract(
        parts.key,
        [other.parts.key for other in pool],
        scorer=fuzz.token_sort_ratio,
        score_cutoff=MIN_LIKENESS / 2,
        limit=limit,
    )
    return [
        Candidate(pool[at].model_id, round(score, 1), describe_differences(parts, pool[at].parts))
        for _, score, at in found
    ]


def review_candidates(name: str, pool: Sequence[KnownModel], rules: Rules, *, limit: int = 3) -> list[Candidate]:
    """Return the similar models that no part of the name contradicts: those that a person may choose from."""
    parts = parse_without_publisher(name, rules)
    this = KnownModel(name, parts, frozenset(parts.words))
    possible = [other for other in pool if not contradicts(this, other)]
    return [found for found in nearest_models(name, possible, rules, limit=limit) if found.likeness >= MIN_LIKENESS]


def _as_text(value: object) -> str:
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return text or "nothing"
