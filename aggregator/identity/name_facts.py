"""What the names and lineage of models show of their kind and size, to compare with what boards state."""

import re
from typing import NamedTuple

import polars as pl

from aggregator.identity.base_names import CHAT_STAGES, MERGE_WORDS
from aggregator.identity.copies import chat_and_base_models
from aggregator.identity.curated import Rules
from aggregator.identity.names import ParsedName, parse_tail
from aggregator.identity.parameter_count import sizes_of
from aggregator.identity.publishers import official_ids

_SOURCE = re.compile(r"[-_]from[-_]", re.IGNORECASE)
"""The size in such a name can be that of another model: `Mistral-1-from-Mixtral-8x7B`."""

TUNED_STAGES = frozenset({"sft", "dpo", "rlhf"})

NAME_FACTS: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    "named_kind": pl.String(),  # pretrained | chat | fine_tuned | merge | null
    "is_official": pl.Boolean(),  # whether it is a known organization's own model, in its own namespace
}
"""One row per model with one of the facts."""

NAME_SIZES: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    "size_b": pl.Float64(),  # in billions of parameters
}
"""One row per model and size in its name."""


class NameFacts(NamedTuple):
    """What the names of models show."""

    facts: pl.DataFrame
    """NAME_FACTS."""
    sizes: pl.DataFrame
    """NAME_SIZES."""


def name_facts(model_ids: pl.Series, rules: Rules) -> NameFacts:
    """Return what the names of `model_ids` show.

    An organization's plain id is pretrained when it also has the chat model of that name (`Llama-3.1-8B` beside
    `Llama-3.1-8B-Instruct`), and when the id says `base`.
    """
    officials = official_ids(model_ids, rules, frozenset())
    plain = frozenset(chat_and_base_models(officials)["base_id"])
    official = frozenset(officials["official_id"])
    kinds: dict[str, str | None] = dict.fromkeys(sorted(official))
    sized: list[str] = []
    sizes: list[float] = []
    for model_id in model_ids:
        tail = model_id.rpartition("/")[2]
        parsed = parse_tail(tail)
        if kind := _named_kind(model_id, parsed, plain, official):
            kinds[model_id] = kind
        if parsed.size and not _SOURCE.search(tail):
            found = [size / 1e9 for size in sizes_of(parsed, tail)]
            sizes += found
            sized += [model_id] * len(found)
    facts = {"model_id": list(kinds), "named_kind": list(kinds.values()), "is_official": [i in official for i in kinds]}
    return NameFacts(
        pl.DataFrame(facts, schema=NAME_FACTS), pl.DataFrame({"model_id": sized, "size_b": sizes}, schema=NAME_SIZES)
    )


def _named_kind(model_id: str, parsed: ParsedName, plain: frozenset[str], official: frozenset[str]) -> str | None:
    if not MERGE_WORDS.isdisjoint(parsed.family):
        return "merge"
    if not CHAT_STAGES.isdisjoint(parsed.stage):
        return "chat"
    if not TUNED_STAGES.isdisjoint(parsed.stage):
        return "fine_tuned"
    return "pretrained" if model_id in plain or (model_id in official and "base" in parsed.stage) else None
