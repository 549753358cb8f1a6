"""Typed edges between models, without cycles, and the family that each model belongs to.

Edges come from curated rows, from the base models that Open LLM and MTEB name, from the Hub where it was asked, and
from names. A
family is the root of a model's lineage: the model that nothing it descends from descends from.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from aggregator import schema
from aggregator.identity.base_model_field import read_parents
from aggregator.identity.copies import EDGES, edges_by_name
from aggregator.identity.curated import Rules
from aggregator.identity.hub_evidence import NOTHING, edges, reachable, unsaid
from aggregator.identity.match_ids import current_ids

EMBEDDING_SOURCES = ("mteb", "rteb")
NOT_DESCENT = "superseded_by"
"""The one relation that leads to a later model, not to an earlier one."""

TRUST = ("curated", "open_llm_v2", "open_llm_v1", "mteb_", "rteb_", "hub", "name")
"""Whose word on a model's parent counts first."""

CLOSEST = ("same_weights", "quantized", "mode_of")
"""Relations after which a model is still the same release."""


def lineage_of(aliases: pl.DataFrame, rules: Rules, told: pl.DataFrame = NOTHING) -> pl.DataFrame:
    """Return the LINEAGE of `aliases` (the NAMES columns with `model_id`, `rung` and `key` where known).

    `told` is what the Hub says, judged (`hub_epochs.judge`).
    """
    known = aliases["model_id"].unique()
    stated = _stated(aliases, known, rules)
    curated = _curated(known, rules)
    hub = _told_by_hub(told, aliases, [stated, curated], rules)
    nodes = pl.concat([known, *(side for edge in (stated, curated, hub) for side in _sides(edge))]).unique()
    alone = aliases.filter(pl.col("rung") == "own")
    own = alone.drop_nulls("key").select("model_id", "key").unique("key", keep="first", maintain_order=True)
    named = edges_by_name(nodes.filter(~nodes.is_in(alone["model_id"].implode())), own, rules)
    return schema.frame(schema.LINEAGE, _acyclic(_one_word_each(pl.concat([curated, stated, hub, named]))))


def _sides(found: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    return found["model_id"], found["parent_id"]


def _told_by_hub(
    told: pl.DataFrame, aliases: pl.DataFrame, stated: Sequence[pl.DataFrame], rules: Rules
) -> pl.DataFrame:
    """Return the Hub's edges about the models of `aliases` and all they descend from, where nobody else speaks of them."""
    known = aliases["model_id"].unique()
    start = pl.concat([known, *(parents for edge in stated for _, parents in [_sides(edge)])])
    current = _among_embeddings(_under_current_ids(edges(told), start, rules), aliases)
    return reachable(unsaid(current, stated), start)


def _curated(known: pl.Series, rules: Rules) -> pl.DataFrame:
    rows = [
        (edge.model, edge.relation, edge.parent, "curated", f"{edge.reason} (decided {edge.on})")
        for edge in rules.edges
    ]
    edges = pl.DataFrame(rows, schema=EDGES, orient="row")
    return _under_current_ids(edges, known, rules).filter(pl.col("model_id").is_in(known.implode()))


def _under_current_ids(edges: pl.DataFrame, known: pl.Series, rules: Rules) -> pl.DataFrame:
    current = current_ids(pl.concat([edges["model_id"], edges["parent_id"]]), known, rules)
    return (
        edges.join(
            current.rename({"model_id": "m"}), left_on="model_id", right_on="text", how="left", maintain_order="left"
        )
        .join(
            current.rename({"model_id": "p"}), left_on="parent_id", right_on="text", how="left", maintain_order="left"
        )
        .with_columns(model_id=pl.coalesce("m", "model_id"), parent_id=pl.coalesce("p", "parent_id"))
        .select(list(EDGES))
    )


def _stated(aliases: pl.DataFrame, known: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return the edges that boards state in `base_models` and `superseded_by`."""
    old_ids = {name.lower() for alias in rules.moved for name in alias.names if "/" not in name}
    rows: list[tuple[str, str, str, str, str]] = []
    told = (
        aliases.filter(pl.col("base_models").list.len() > 0)
        .select("model_id", "source", "kind", "base_models")
        .explode("base_models")
    )
    for model_id, source, kind, text in told.drop_nulls("base_models").unique(maintain_order=True).iter_rows():
        parents, merged = read_parents(text, old_ids)
        relation = "merge_of" if merged or "merge" in (kind or "").lower() else "finetune_of"
        if source.startswith(EMBEDDING_SOURCES):
            relation = "embedding_of"
        rows += [(model_id, relation, parent, source, f"the board names `{text}` as its base") for parent in parents]
    later = (
        aliases.drop_nulls("superseded_by").select("model_id", "source", "superseded_by").unique(maintain_order=True)
    )
    rows += [
        (m, NOT_DESCENT, text, source, "the board says so")
        for m, source, text in later.iter_rows()
        if read_parents(text)[0]
    ]
    return _among_embeddings(_under_current_ids(pl.DataFrame(rows, schema=EDGES, orient="row"), known, rules), aliases)


def _among_embeddings(found: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """Name the edge from an embedding model to another kind of model `embedding_of`, and no other edge so."""
    embedding = aliases.filter(pl.col("source").str.contains("^(?:" + "|".join(EMBEDDING_SOURCES) + ")"))[
        "model_id"
    ].unique()
    made = pl.col("relation").is_in(["embedding_of", "finetune_of"])
    child, parent = (pl.col(side).is_in(embedding.implode()) for side in ("model_id", "parent_id"))
    among = (pl.col("relation") == "embedding_of") & parent
    from_outside = made & (pl.col("source") == "hub") & child & ~parent
    return found.with_columns(
        relation=pl.when(among)
        .then(pl.lit("finetune_of"))
        .when(from_outside)
        .then(pl.lit("embedding_of"))
        .otherwise("relation")
    )


def _one_word_each(edges: pl.DataFrame) -> pl.DataFrame:
    """Keep one edge for each pair, on the most trusted word.

    What an organisation's instruct model was made from is read off its name only where nobody says it.
    """
    close = pl.col("relation").is_in(CLOSEST)
    place = pl.lit(len(TRUST))
    for rank, source in reversed(list(enumerate(TRUST))):
        place = pl.when(pl.col("source").str.starts_with(source)).then(rank).otherwise(place)
    # Boards name a parent without saying how it is one; a name or the Hub that tells a copy says more.
    place = pl.when(close & pl.col("source").is_in(["name", "hub"])).then(0.5).otherwise(place)
    best = (
        edges.filter(pl.col("model_id") != pl.col("parent_id"))
        .with_columns(place=place, descent=pl.col("relation") != NOT_DESCENT)
        .sort(["place", "model_id", "relation", "parent_id", "source"])
        .unique(["model_id", "parent_id", "descent"], keep="first", maintain_order=True)
    )
    guess = (pl.col("source") == "name") & (pl.col("relation") == "finetune_of")
    others = (~guess & pl.col("descent")).any().over("model_id")
    return (
        best.filter(~(guess & others))
        .with_columns(close=close)
        .sort(["close", "place"], descending=[True, False], maintain_order=True)
        .select(list(EDGES))
    )


def _acyclic(edges: pl.DataFrame) -> pl.DataFrame:
    """Leave out every edge that would close a circle with those before it."""
    kept: list[bool] = []
    up: dict[tuple[bool, str], list[str]] = {}
    for model_id, relation, parent_id in edges.select("model_id", "relation", "parent_id").iter_rows():
        kind = relation == NOT_DESCENT
        fits = not _reaches(up, kind, parent_id, model_id)
        kept.append(fits)
        if fits:
            up.setdefault((kind, model_id), []).append(parent_id)
    return edges.filter(pl.Series(kept, dtype=pl.Boolean)).sort("model_id", "relation", "parent_id")


def _reaches(up: Mapping[tuple[bool, str], list[str]], kind: bool, start: str, goal: str) -> bool:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        node = ahead.pop()
        if node == goal:
            return True
        if node not in seen:
            seen.add(node)
            ahead += up.get((kind, node), ())
    return False


def families(lineage: pl.DataFrame) -> pl.DataFrame:
    """Return `(model_id, family)` for every model with a parent.

    Of a model with parents of several families, a copy or mode belongs to its original's; a merge of
    families starts one of its own.
    """
    parents: dict[str, list[tuple[bool, str]]] = {}
    descent = lineage.filter(pl.col("relation") != NOT_DESCENT)
    for model_id, relation, parent_id in descent.select("model_id", "relation", "parent_id").iter_rows():
        parents.setdefault(model_id, []).append((relation in CLOSEST, parent_id))
    roots: dict[str, str] = {}
    for model_id in parents:
        _root(model_id, parents, roots)
    found = {"model_id": list(parents), "family": [roots[model_id] for model_id in parents]}
    return pl.DataFrame(found, schema={"model_id": pl.String, "family": pl.String})


def _root(start: str, parents: Mapping[str, list[tuple[bool, str]]], roots: dict[str, str]) -> None:
    """Fill `roots` for `start` and everything above it, without recursion: chains can be long."""
    pending = [start]
    while pending:
        node = pending[-1]
        if node in roots:
            pending.pop()
            continue
        above = parents.get(node, [])
        followed = [parent for close, parent in above if close] or [parent for _, parent in above]
        missing = [parent for parent in followed if parent not in roots]
        if missing:
            pending += missing
            continue
        found = {roots[parent] for parent in followed}
        roots[node] = found.pop() if len(found) == 1 else node
        pending.pop()
