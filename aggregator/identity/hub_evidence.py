"""Evidence from Hub metadata: renamed ids, and the base models of a model.

Only metadata with `applies` (see `hub_takeover.validate_metadata`) is used. Curated rules have priority over the Hub,
and the Hub has priority over the parents that a board states.
"""

import polars as pl

from aggregator import schema
from aggregator.identity.copies import EDGES
from aggregator.identity.curated import Alias, Rules
from aggregator.identity.families import SUPERSEDED_BY, with_ancestors
from aggregator.identity.names import parse_name

RELATIONS = {
    "finetune": "finetune_of",
    "adapter": "adapter_of",
    "merge": "merge_of",
    "quantized": "quantized",
}
"""The relation of an edge by the relation that the Hub writes."""

DEFAULT_RELATION = "finetune_of"
"""The relation to a base model that a model card names without a relation."""

NO_METADATA = schema.frame(schema.HUB_MODELS)


def verified_renames(hub_metadata: pl.DataFrame, rules: Rules) -> tuple[Alias, ...]:
    """Return the verified renames of `hub_metadata` as moved ids, except those that curated rules already decide."""
    curated = {name.lower() for alias in rules.moved for name in alias.names}
    namespaces = {renamed.old.lower() for renamed in rules.renamed}
    targets = {name.lower(): alias.model for alias in rules.moved for name in alias.names}
    verified = hub_metadata.filter(pl.col("applies") & (pl.col("rename") == "verified"))
    found = []
    for old, new, seen in verified.select("hub_id", "renamed_to", pl.col("retrieved_at").dt.date()).iter_rows():
        is_decided = old.lower() in curated or old.partition("/")[0].lower() in namespaces
        target = targets.get(new.lower(), new)
        if not is_decided and target.lower() != old.lower():
            found.append(Alias((old,), target, f"the Hub leads from {old} to {new}, seen on {seen}", seen))
    return _without_chains(found)


def _without_chains(found: list[Alias]) -> tuple[Alias, ...]:
    """Remove renames to an id that is itself renamed: the Hub redirects to the last id, so one of the two is outdated."""
    old = {alias.names[0].lower() for alias in found}
    return tuple(alias for alias in found if alias.model.lower() not in old)


def hub_edges(hub_metadata: pl.DataFrame) -> pl.DataFrame:
    """Return the Hub's typed edges, `(model_id, relation, parent_id, source, evidence)`, with the ids of the Hub."""
    valid = hub_metadata.filter(pl.col("applies") & (pl.col("base_models").list.len() > 0))
    rows = []
    for hub_id, to, relation, bases in valid.select("hub_id", "renamed_to", "relation", "base_models").iter_rows():
        kind = RELATIONS.get(relation or "", DEFAULT_RELATION)
        # A card can call any model a quantization, and a copy has no rank: the name must have a precision too.
        if kind == "quantized" and not parse_name(hub_id.rpartition("/")[2]).precision:
            kind = DEFAULT_RELATION
        evidence = f"the Hub says {relation} of" if relation else "the model's card on the Hub names as its base"
        rows += [(to or hub_id, kind, base, "hub", f"{evidence} {base}") for base in bases]
    return pl.DataFrame(rows, schema=EDGES, orient="row")


def edges_to_add(hub: pl.DataFrame, curated: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    """Return the edges of `hub` for models without a curated parent, and those between pairs that others name.

    An edge between such a pair adds the relation: a board names a parent without it.
    """
    curated, stated = (frame.filter(pl.col("relation") != SUPERSEDED_BY) for frame in (curated, stated))
    pairs = hub.join(pl.concat([curated, stated]), on=["model_id", "parent_id"], how="semi", maintain_order="left")
    rest = hub.join(curated, on="model_id", how="anti", maintain_order="left")
    return pl.concat([pairs, rest]).unique().sort("model_id", "relation", "parent_id")


def edges_above(hub: pl.DataFrame, start: pl.Series) -> pl.DataFrame:
    """Return the edges of `hub` from the models in `start` and from their ancestors."""
    parents: dict[str, list[str]] = {}
    for child, parent in hub.select("model_id", "parent_id").iter_rows():
        parents.setdefault(child, []).append(parent)
    return hub.filter(pl.col("model_id").is_in(list(with_ancestors(parents, start.to_list()))))
