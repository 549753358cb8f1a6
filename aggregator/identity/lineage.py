"""Collect the typed edges between models from all sources, and keep one edge per pair.

Edges come from curated rules, from the base models that Open LLM and MTEB name, from Hub metadata, and from names.
"""

from collections.abc import Sequence

import polars as pl

from aggregator import schema
from aggregator.identity.base_model_field import read_parents
from aggregator.identity.copies import EDGES, edges_from_names
from aggregator.identity.curated import Rules
from aggregator.identity.families import CLOSEST, SUPERSEDED_BY, without_cycles
from aggregator.identity.hub_evidence import NO_METADATA, edges_above, edges_to_add, hub_edges
from aggregator.identity.match_ids import current_ids

EMBEDDING_SOURCES = ("mteb", "rteb")

SOURCE_PRIORITY = ("curated", "open_llm_v2", "open_llm_v1", "mteb_", "rteb_", "hub", "name")
"""Prefixes of sources: where sources differ in the parent of a model, the first one decides."""


def lineage_of(aliases: pl.DataFrame, rules: Rules, hub_metadata: pl.DataFrame = NO_METADATA) -> pl.DataFrame:
    """Return the LINEAGE of `aliases` (the NAMES columns with `model_id`, `rung`, and `key` where known).

    `hub_metadata` is what `validate_metadata` returns.
    """
    known = aliases["model_id"].unique()
    stated = _board_edges(aliases, known, rules)
    curated = _curated_edges(known, rules)
    hub = _hub_edges(hub_metadata, aliases, [stated, curated], rules)
    models = pl.concat([known, *(side for edges in (stated, curated, hub) for side in _sides(edges))]).unique()
    new = aliases.filter(pl.col("rung") == "own")
    new_keys = new.drop_nulls("key").select("model_id", "key").unique("key", keep="first", maintain_order=True)
    named = edges_from_names(models.filter(~models.is_in(new["model_id"].implode())), new_keys, rules)
    return schema.frame(schema.LINEAGE, without_cycles(_one_edge_per_pair(pl.concat([curated, stated, hub, named]))))


def _sides(edges: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    return edges["model_id"], edges["parent_id"]


def _hub_edges(
    hub_metadata: pl.DataFrame, aliases: pl.DataFrame, stated: Sequence[pl.DataFrame], rules: Rules
) -> pl.DataFrame:
    """Return the Hub's edges of the models of `aliases` and of their ancestors, where no other source has edges."""
    known = aliases["model_id"].unique()
    start = pl.concat([known, *(parents for edges in stated for _, parents in [_sides(edges)])])
    current = _fix_embedding_relations(_with_current_ids(hub_edges(hub_metadata), start, rules), aliases)
    return edges_above(edges_to_add(current, stated), start)


def _curated_edges(known: pl.Series, rules: Rules) -> pl.DataFrame:
    rows = [
        (edge.model, edge.relation, edge.parent, "curated", f"{edge.reason} (decided {edge.on})")
        for edge in rules.edges
    ]
    edges = pl.DataFrame(rows, schema=EDGES, orient="row")
    return _with_current_ids(edges, known, rules).filter(pl.col("model_id").is_in(known.implode()))


def _with_current_ids(edges: pl.DataFrame, known: pl.Series, rules: Rules) -> pl.DataFrame:
    """Replace both ids of each edge by the current ids."""
    current = current_ids(pl.concat(_sides(edges)), known, rules)
    for side in ("model_id", "parent_id"):
        edges = (
            edges.join(
                current.select(pl.col("text").alias(side), pl.col("model_id").alias("current_id")),
                on=side,
                how="left",
                maintain_order="left",
            )
            .with_columns(pl.coalesce("current_id", side).alias(side))
            .drop("current_id")
        )
    return edges


def _board_edges(aliases: pl.DataFrame, known: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return the edges that boards state in `base_models` and `superseded_by`."""
    ids_without_namespace = {name.lower() for alias in rules.moved for name in alias.names if "/" not in name}
    rows: list[tuple[str, str, str, str, str]] = []
    bases = (
        aliases.filter(pl.col("base_models").list.len() > 0)
        .select("model_id", "source", "kind", "base_models")
        .explode("base_models")
    )
    for model_id, source, kind, text in bases.drop_nulls("base_models").unique(maintain_order=True).iter_rows():
        parents, is_merge = read_parents(text, ids_without_namespace)
        relation = "merge_of" if is_merge or "merge" in (kind or "").lower() else "finetune_of"
        if source.startswith(EMBEDDING_SOURCES):
            relation = "embedding_of"
        rows += [(model_id, relation, parent, source, f"the board names `{text}` as its base") for parent in parents]
    later = (
        aliases.drop_nulls("superseded_by").select("model_id", "source", "superseded_by").unique(maintain_order=True)
    )
    rows += [
        (model_id, SUPERSEDED_BY, text, source, "the board says so")
        for model_id, source, text in later.iter_rows()
        if read_parents(text)[0]
    ]
    edges = pl.DataFrame(rows, schema=EDGES, orient="row")
    return _fix_embedding_relations(_with_current_ids(edges, known, rules), aliases)


def _fix_embedding_relations(edges: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """Use `embedding_of` for edges from an embedding model to another kind of model, and for no other edges."""
    is_embedding_row = pl.col("source").str.contains("^(?:" + "|".join(EMBEDDING_SOURCES) + ")")
    embedding = aliases.filter(is_embedding_row)["model_id"].unique()
    child, parent = (pl.col(side).is_in(embedding.implode()) for side in ("model_id", "parent_id"))
    between_embeddings = (pl.col("relation") == "embedding_of") & parent
    is_training = pl.col("relation").is_in(["embedding_of", "finetune_of"])
    from_other_kind = is_training & (pl.col("source") == "hub") & child & ~parent
    return edges.with_columns(
        relation=pl.when(between_embeddings)
        .then(pl.lit("finetune_of"))
        .when(from_other_kind)
        .then(pl.lit("embedding_of"))
        .otherwise("relation")
    )


def _one_edge_per_pair(edges: pl.DataFrame) -> pl.DataFrame:
    """Keep one edge for each pair, by SOURCE_PRIORITY.

    The base that is guessed from the name of an instruct model counts only when no source states a parent.
    """
    is_close = pl.col("relation").is_in(CLOSEST)
    place = pl.lit(len(SOURCE_PRIORITY))
    for rank, source in reversed(list(enumerate(SOURCE_PRIORITY))):
        place = pl.when(pl.col("source").str.starts_with(source)).then(rank).otherwise(place)
    # Boards state a parent without the relation. A name or the Hub that identifies a copy is more precise.
    place = pl.when(is_close & pl.col("source").is_in(["name", "hub"])).then(0.5).otherwise(place)
    best = (
        edges.filter(pl.col("model_id") != pl.col("parent_id"))
        .with_columns(place=place, is_descent=pl.col("relation") != SUPERSEDED_BY)
        .sort(["place", "model_id", "relation", "parent_id", "source"])
        .unique(["model_id", "parent_id", "is_descent"], keep="first", maintain_order=True)
    )
    is_guess = (pl.col("source") == "name") & (pl.col("relation") == "finetune_of")
    has_other = (~is_guess & pl.col("is_descent")).any().over("model_id")
    return (
        best.filter(~(is_guess & has_other))
        .with_columns(is_close=is_close)
        .sort(["is_close", "place"], descending=[True, False], maintain_order=True)
        .select(list(EDGES))
    )
