"""What identity takes from the Hub: ids that moved, and what a model was made from. Pure.

Only answers that `hub_epochs.judge` lets apply are heard. A board's word on a model's parents, and a curated row,
stand before the Hub's.
"""

from collections.abc import Iterable

import polars as pl

from aggregator import schema
from aggregator.identity.copies import EDGES
from aggregator.identity.curated import Alias, Rules
from aggregator.identity.names import parse_name

RELATIONS = {
    "finetune": "finetune_of",
    "adapter": "adapter_of",
    "merge": "merge_of",
    "quantized": "quantized",
}
"""The Hub's words and ours."""

UNTOLD = "finetune_of"
"""How a model comes from a base that its card names without saying more."""

NOTHING = schema.frame(schema.HUB_MODELS)


def moves(told: pl.DataFrame, rules: Rules) -> tuple[Alias, ...]:
    """Return the verified renames of `told` as rows of moved ids, without those that the curated rules already decide."""
    curated = {name.lower() for alias in rules.moved for name in alias.names}
    spaces = {renamed.old.lower() for renamed in rules.renamed}
    targets = {name.lower(): alias.model for alias in rules.moved for name in alias.names}
    heard = told.filter(pl.col("applies") & (pl.col("rename") == "verified"))
    found = []
    for old, new, seen in heard.select("hub_id", "renamed_to", pl.col("retrieved_at").dt.date()).iter_rows():
        decided = old.lower() in curated or old.partition("/")[0].lower() in spaces
        target = targets.get(new.lower(), new)
        if not decided and target.lower() != old.lower():
            found.append(Alias((old,), target, f"the Hub leads from {old} to {new}, seen on {seen}", seen))
    return _without_chains(found)


def _without_chains(found: list[Alias]) -> tuple[Alias, ...]:
    """Leave out moves to an id that itself moves: the Hub answers with the last, so one of the two is out of date."""
    old = {alias.names[0].lower() for alias in found}
    return tuple(alias for alias in found if alias.model.lower() not in old)


def edges(told: pl.DataFrame) -> pl.DataFrame:
    """Return the Hub's typed edges, `(model_id, relation, parent_id, source, evidence)`, under the ids that it uses."""
    heard = told.filter(pl.col("applies") & (pl.col("base_models").list.len() > 0))
    rows = []
    for hub_id, to, relation, bases in heard.select("hub_id", "renamed_to", "relation", "base_models").iter_rows():
        kind = RELATIONS.get(relation or "", UNTOLD)
        if kind == "quantized" and not parse_name(hub_id.rpartition("/")[2]).precision:
            kind = UNTOLD
        says = f"the Hub says {relation} of" if relation else "the model's card on the Hub names as its base"
        rows += [(to or hub_id, kind, base, "hub", f"{says} {base}") for base in bases]
    return pl.DataFrame(rows, schema=EDGES, orient="row")


def unsaid(hub: pl.DataFrame, stated: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return the edges of `hub` about models of whose parents nobody else speaks, and those between the same two models."""
    said = pl.concat([frame.filter(pl.col("relation") != "superseded_by") for frame in stated])
    pairs = hub.join(said, on=["model_id", "parent_id"], how="semi", maintain_order="left")
    rest = hub.join(said, on="model_id", how="anti", maintain_order="left")
    return pl.concat([pairs, rest]).sort("model_id", "relation", "parent_id")


def reachable(hub: pl.DataFrame, start: pl.Series) -> pl.DataFrame:
    """Return the edges of `hub` on the way up from the models in `start`."""
    up: dict[str, list[str]] = {}
    for child, parent in hub.select("model_id", "parent_id").iter_rows():
        up.setdefault(child, []).append(parent)
    ahead, seen = start.to_list(), set[str]()
    while ahead:
        node = ahead.pop()
        if node not in seen:
            seen.add(node)
            ahead += up.get(node, ())
    return hub.filter(pl.col("model_id").is_in(list(seen)))
