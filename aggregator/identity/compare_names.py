"""Compare two names part by part: which parts contradict, which are only left out, and how similar the names are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils

from aggregator.identity.curated import Rules
from aggregator.identity.names import ParsedName

TIERS = frozenset(
    (
        *("mini", "nano", "micro", "tiny", "small", "medium", "large", "ultra", "lite", "pro", "flash", "max", "turbo"),
        *("fast", "core", "standard", "air", "super", "omni", "vision", "vl", "coder", "math", "code", "codex", "oss"),
        *("search", "audio", "image", "realtime", "guard", "reward", "embed", "embedding", "prover"),
        *("opus", "sonnet", "haiku", "scout", "maverick"),
    )
)
"""Words for another model of the same family: two names contradict when only one has such a word."""

DISTINGUISHING_PARTS = tuple(part for part in ParsedName._fields if part not in {"organization", "family", "plus"})

SETTINGS = ("effort", "thinking", "budget", "context")
"""Parts for how a model is run: two names contradict when only one has such a part."""

OFTEN_LEFT_OUT = frozenset({"instruct", "chat", "latest"})
"""Stages that a board of chat models need not write."""

PARSED_MODELS = 60
"""How many models of similar spelling an explanation parses, to find those with the most similar keys."""

MIN_LIKENESS = 37.5
"""Least token_sort_ratio (0–100) of a model that an explanation lists as similar."""


@dataclass(frozen=True)
class Candidate:
    """A model that a name might be, and how the two names differ."""

    model_id: str
    likeness: float
    """rapidfuzz token_sort_ratio of the two keys, 0–100. It only sorts the candidates; no match depends on it."""
    differences: tuple[str, ...]
    is_variant: bool = False
    """Whether a word, a version, a stage or a precision of only one name sets the two apart."""


@dataclass(frozen=True)
class KnownModel:
    """A model with the parts of its name, ready for many comparisons."""

    model_id: str
    parts: ParsedName
    words: frozenset[str]


def known_model(model_id: str, rules: Rules) -> KnownModel:
    """Parse the name of a model for comparisons."""
    namespace, _, tail = model_id.rpartition("/")
    owners = rules.organizations_by_namespace.get(namespace.lower(), ())
    parts = rules.reader.read_tail(tail, owners[0] if owners else None).parsed
    return KnownModel(model_id, parts, frozenset(parts.words))


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

    They cannot in five cases: both have a part with different values; only one has a setting (`SETTINGS`) or a plus;
    only one has a word of `TIERS` or with a digit; each has a word that the other lacks; or several kinds of parts
    (`_set_apart`) are in only one.
    """
    left, right = one.parts, other.parts
    # Most pairs differ in these; the other comparisons are slower.
    if (left.version and right.version and left.version != right.version) or (
        left.size and right.size and left.size != right.size
    ):
        return True
    words = one.words ^ other.words
    if words and (not (one.words <= other.words or other.words <= one.words) or words & TIERS):
        return True
    if any(not word.isalpha() for word in words) or len(_set_apart(one, other)) > 1:
        return True
    if settings_of(one) != settings_of(other):
        return True
    return any(
        getattr(left, part) and getattr(right, part) and getattr(left, part) != getattr(right, part)
        for part in DISTINGUISHING_PARTS
    )


def nearest_models(name: str, model_ids: Sequence[str], rules: Rules, *, limit: int = 3) -> list[Candidate]:
    """Return the models whose names are most similar to `name`, most similar first."""
    this = written_name(name, rules)
    spelled = process.extract(
        name,
        [model_id.rpartition("/")[2] for model_id in model_ids],
        scorer=fuzz.token_sort_ratio,
        processor=utils.default_process,
        limit=PARSED_MODELS,
    )
    pool = [known_model(model_ids[at], rules) for _, _, at in spelled]
    found = process.extract(
        this.parts.key,
        [other.parts.key for other in pool],
        scorer=fuzz.token_sort_ratio,
        score_cutoff=MIN_LIKENESS,
        limit=limit,
    )
    return [_candidate(this, pool[at], score) for _, score, at in found]


def review_candidates(this: KnownModel, pool: Iterable[KnownModel], *, limit: int = 3) -> list[Candidate]:
    """Return the models that no part of the name `this` contradicts: those that a person may choose from.

    A model that differs only by left-out parts stands before a variant; within each, the most similar name is first.
    """
    possible = [
        _candidate(this, other, fuzz.token_sort_ratio(this.parts.key, other.parts.key))
        for other in pool
        if not contradicts(this, other)
    ]
    return sorted(possible, key=lambda found: (found.is_variant, -found.likeness, found.model_id))[:limit]


def written_name(name: str, rules: Rules) -> KnownModel:
    """Read a name of a board for comparisons; it stands for the model id as well."""
    parts = rules.reader.read(name).parsed
    return KnownModel(name, parts, frozenset(parts.words))


def settings_of(name: KnownModel) -> tuple[object, ...]:
    """Return the parts that are equal in any two names that do not contradict each other."""
    return name.parts.plus, *(getattr(name.parts, part) for part in SETTINGS)


def _candidate(this: KnownModel, other: KnownModel, likeness: float) -> Candidate:
    differences = describe_differences(this.parts, other.parts)
    return Candidate(other.model_id, round(likeness, 1), differences, is_variant=bool(_set_apart(this, other)))


def _set_apart(one: KnownModel, other: KnownModel) -> list[str]:
    """Return the kinds of parts that only one name has, and that boards do not leave out."""
    left, right = one.parts, other.parts
    found = [part for part in ("version", "precision") if getattr(left, part) != getattr(right, part)]
    if one.words != other.words:
        found.append("words")
    if left.stage != right.stage and not set(left.stage) ^ set(right.stage) <= OFTEN_LEFT_OUT:
        found.append("stage")
    return found


def _as_text(value: object) -> str:
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return text or "nothing"
