"""Edges to the base model that a model's name repeats: `dolphin-2.9-llama3-8b` was made from Llama 3 8B.

A base is an official id with a family word of its publisher. A name repeats it when it has the base's words and
versions, in their order and next to each other, and the same size. `docs/lineage.md` has the measured agreement.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from aggregator.identity.copies import EdgeRow
from aggregator.identity.curated import Rules
from aggregator.identity.names import ParsedName, parse_name, parse_tail
from aggregator.identity.parameter_count import sizes_differ, sizes_in_name

CHAT_STAGES = frozenset({"instruct", "chat"})

MERGE_WORDS = frozenset(
    {"merge", "merged", "slerp", "ties", "dare", "passthrough", "frankenmerge", "mergekit", "della"}
)
"""Words for the merging of models, and for the methods of mergekit."""

_SEPARATORS = re.compile(r"[-_ ]+")
_ZEROS = re.compile(r"\.0+(?=[bm]$)")

Size = tuple[tuple[str, ...], bool]
"""The sizes in a name, and whether it has `plus`."""

Family = tuple[str, ...]
"""Words and versions of a family in their order."""


class _Base(NamedTuple):
    model_id: str
    owners: frozenset[str]
    parsed: ParsedName


Table = Mapping[Size, Mapping[Family, list[_Base]]]

Fit = tuple[int, int, list[_Base]]
"""`(start, end, bases)` of a run of words and versions in a name."""


class Facts(NamedTuple):
    """What boards state of models, by model id."""

    params_b: Mapping[str, float]
    merges: frozenset[str]
    pretrained: frozenset[str]


class _Bases(NamedTuple):
    """All bases, by the sizes and families that find them in a name."""

    by_family: Table
    by_only_version: Table
    """The same for families with one version, by the words without it: `mixtral 8x7b` is v0.1."""
    starts: frozenset[str]
    """The first words of families."""
    family_words: frozenset[str]
    """Family words of publishers that a base has."""
    pretrained_words: frozenset[str]
    """Those of families with a pretrained model. Other families (`dolphin`, `zephyr`) are tuned from these."""


def base_edges(model_ids: pl.Series, officials: pl.DataFrame, facts: Facts, rules: Rules) -> list[EdgeRow]:
    """Return the edges from `model_ids` to bases among `officials` (`official_ids`), at most one a model."""
    bases = _index(officials, facts, rules)
    edges: list[EdgeRow] = []
    for model_id in _with_a_base(model_ids, bases):
        tail = model_id.rpartition("/")[2]
        parsed = parse_tail(tail).without(rules.publisher_words)
        fits = [] if bases.starts.isdisjoint(parsed.family) else list(_fits(tail, parsed, bases))
        if not fits:
            continue
        parent = _parent(tail, parsed, _only_base(fits, parsed, _owners(model_id, rules), bases, rules), rules)
        if parent is None or parent == model_id or not _has_its_size(model_id, parsed, parent, facts.params_b):
            continue
        relation = "merge_of" if model_id in facts.merges or MERGE_WORDS & set(parsed.words) else "finetune_of"
        edges.append((model_id, relation, parent, "name", f"its name repeats that of {parent}"))
    return edges


def _index(officials: pl.DataFrame, facts: Facts, rules: Rules) -> _Bases:
    by_family = _official_bases(officials, rules)
    families = [family for table in by_family.values() for family in table]
    pretrained = [
        family
        for table in by_family.values()
        for family, listed in table.items()
        if any(base.model_id in facts.pretrained for base in listed)
    ]
    owned = frozenset(rules.organizations_by_family)
    return _Bases(
        {size: _only_versions(table) for size, table in by_family.items()},
        _by_only_version(by_family),
        frozenset(family[0] for family in families),
        owned.intersection(word for family in families for word in family),
        owned.intersection(word for family in pretrained for word in family),
    )


def _official_bases(officials: pl.DataFrame, rules: Rules) -> Table:
    """Return the ids with a family word of their publisher, and with a size or a version."""
    owners: dict[str, set[str]] = {}
    for model_id, owner in officials.select("official_id", "organization_id").iter_rows():
        owners.setdefault(model_id, set()).add(owner)
    found: dict[Size, dict[Family, list[_Base]]] = {}
    for model_id in sorted(owners):
        parsed = parse_tail(model_id.rpartition("/")[2]).without(rules.publisher_words)
        has_family = any(owners[model_id] & rules.organizations_by_family.get(w, frozenset()) for w in parsed.words)
        if has_family and not parsed.precision and len(parsed.size) <= 1 and (parsed.size or parsed.version):
            base = _Base(model_id, frozenset(owners[model_id]), parsed)
            found.setdefault(_size(parsed), {}).setdefault(parsed.family, []).append(base)
    return found


def _size(parsed: ParsedName) -> Size:
    return tuple(_ZEROS.sub("", size) for size in parsed.size), parsed.plus


def _only_versions(table: Mapping[Family, list[_Base]]) -> Mapping[Family, list[_Base]]:
    """Return the families that a name without another version shows: `qwen-14b` is Qwen, Qwen1.5 or Qwen2.5."""
    families = Counter(listed[0].parsed.words for listed in table.values())
    return {
        family: listed
        for family, listed in table.items()
        if listed[0].parsed.version or families[listed[0].parsed.words] == 1
    }


def _by_only_version(by_family: Table) -> Table:
    sized = [
        (size, listed, listed[0].parsed.words, listed[0].parsed.version)
        for size, table in by_family.items()
        for listed in table.values()
    ]
    versions: dict[Family, set[Family]] = {}
    for _, _, words, version in sized:
        versions.setdefault(words, set()).add(version)
    found: dict[Size, dict[Family, list[_Base]]] = {}
    for size, listed, words, version in sized:
        if version and size[0] and len(versions[words]) == 1:
            found.setdefault(size, {})[words] = listed
    return found


def _with_a_base(model_ids: pl.Series, bases: _Bases) -> Iterable[str]:
    """Return the ids that can have a base at all; parsing is the slow part."""
    if not bases.family_words:
        return ()
    names = model_ids.str.extract(r"/([^/]*)$", 1).str.to_lowercase()
    has_family = names.str.contains_any(sorted(bases.family_words))
    return model_ids.filter(has_family & names.str.contains("[0-9]"))


def _owners(model_id: str, rules: Rules) -> frozenset[str]:
    """Return the organizations whose own model this id is."""
    namespace = model_id.partition("/")[0].lower()
    owner = rules.organization_by_vendor.get(namespace)
    return frozenset(rules.organizations_by_namespace.get(namespace, ())) | ({owner} if owner else frozenset())


def _only_base(
    fits: Iterable[Fit], parsed: ParsedName, owners: frozenset[str], bases: _Bases, rules: Rules
) -> list[_Base]:
    """Return the ids of the one base in the name, which has the `fits`; none when there are two.

    A base of the name's own publisher counts only when the name says `instruct` or `chat` and has more words. A word of
    another pretrained family is a second base, as in the names of merges.
    """
    own_too = bool(CHAT_STAGES & set(parsed.stage))
    found = [
        fit
        for fit in fits
        if not any(base.owners & owners for base in fit[2]) or (own_too and fit[1] - fit[0] < len(parsed.family))
    ]
    widest = [fit for fit in found if not any(o != fit and o[0] <= fit[0] and fit[1] <= o[1] for o in found)]
    pretrained = {word for word in parsed.words if word in bases.pretrained_words}
    others = {word for word in pretrained if rules.organizations_by_family[word].isdisjoint(owners)}
    covering = [fit for fit in widest if others <= set(parsed.family[fit[0] : fit[1]])]
    return covering[0][2] if len(covering) == 1 else []


def _fits(tail: str, parsed: ParsedName, bases: _Bases) -> Iterator[Fit]:
    """Yield each run of words and versions that is a base's."""
    size, family = _size(parsed), parsed.family
    sized, sizeless = bases.by_family.get(size, {}), bases.by_family.get(((), parsed.plus), {})
    for start, word in enumerate(family):
        if word not in bases.starts:
            continue
        for end in range(start + 1, len(family) + 1):
            run = family[start:end]
            listed = sized.get(run) or sizeless.get(run)
            if listed and listed[0].parsed.version:
                fits = _has_its_version(tail, listed[0])
            else:
                listed = listed or bases.by_only_version.get(size, {}).get(run)
                fits = end == len(family) or not _is_number(family[end])
            if listed and fits:
                yield start, end, listed


def _has_its_version(tail: str, base: _Base) -> bool:
    """Return whether the version follows the word in the name as in the base's: `open_llama_7b_v2` is not Llama 2 7B."""
    run = _run(base.parsed.family)
    return bool(run.search(tail)) or not run.search(base.model_id)


@lru_cache(maxsize=4096)
def _run(family: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern of words and versions next to each other."""
    tokens = [r"v?" + r"[._-]?".join(re.findall("[0-9]+", token)) if _is_number(token) else token for token in family]
    return re.compile("[-_. ]*".join(tokens), re.IGNORECASE)


def _is_number(token: str) -> bool:
    return token[:1] == "v" and token[1:2].isdecimal()


def _parent(tail: str, parsed: ParsedName, listed: list[_Base], rules: Rules) -> str | None:
    """Return the one id of `listed` that the name fits: the base model, unless the name repeats a chat model's whole name.

    Names that add words to a chat model's name (`Llama-3.1-8B-Instruct-abliterated`) are made from the chat model.
    """
    chat = [base for base in listed if CHAT_STAGES & set(base.parsed.stage)]
    plain = [base for base in listed if base not in chat]
    repeated = [base for base in chat if _repeats(tail, parsed, base, rules)]
    for choice in (repeated, plain or chat):
        fitting = [base for base in choice if _extras(base) <= _parts(parsed)]
        for ids in (fitting, choice if len(choice) == 1 else []):
            most = max((len(_extras(base)) for base in ids), default=0)
            best = [base for base in ids if len(_extras(base)) == most]
            if len({base.parsed.key for base in best}) == 1:
                # A chat model is no parent of a model that has its name without the stage.
                return best[0].model_id if parsed.key != best[0].parsed.key_without("stage") else None
    return None


def _extras(base: _Base) -> set[str]:
    """Return what parts the ids of one key: dates, contexts, modes and stages besides base and chat."""
    parts = base.parsed
    return {*parts.context, *parts.mode, *parts.stage, *filter(None, [parts.date])} - CHAT_STAGES - {"base"}


def _parts(parsed: ParsedName) -> set[str]:
    return {*parsed.context, *parsed.mode, *parsed.stage, *filter(None, [parsed.date])}


def _repeats(tail: str, parsed: ParsedName, base: _Base, rules: Rules) -> bool:
    """Return whether the name has the whole name of the chat model `base` in it, and more words after it."""
    if not CHAT_STAGES & set(parsed.stage):
        return False
    pieces = _SEPARATORS.split(tail)
    wanted = base.parsed.key_without("date")
    starts = [at for at, piece in enumerate(pieces) if piece.lower().startswith(base.parsed.family[0])]
    return any(
        parse_name("-".join(pieces[start:end])).without(rules.publisher_words).key_without("date") == wanted
        for start in starts
        for end in range(start + 2, len(pieces))
    )


def _has_its_size(model_id: str, parsed: ParsedName, parent: str, params_b: Mapping[str, float]) -> bool:
    """Return whether the name has the size of `parent`, which a board must state when the name of `parent` has none."""
    if parse_name(parent).size:
        return True
    size = params_b.get(parent)
    named = [number / 1e9 for number in sizes_in_name(model_id.rpartition("/")[2])]
    own = named or [number for number in (params_b.get(model_id),) if number]
    return size is not None and not (parsed.size and not named) and not any(sizes_differ(size, other) for other in own)
