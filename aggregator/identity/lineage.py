"""Collect the typed edges between models from all sources, and keep one edge per pair.

Edges come from curated rules, from the base models that Open LLM and MTEB name, from Hub metadata, from names, and from
equal scores. `docs/lineage.md` has the order of trust and the measured agreement of each source.
"""

import polars as pl

from aggregator import schema
from aggregator.identity.base_model_field import read_parents
from aggregator.identity.base_names import Facts, base_edges
from aggregator.identity.copies import EDGES, edges_from_names
from aggregator.identity.curated import Rules
from aggregator.identity.families import CLOSEST, SUPERSEDED_BY, standing, without_cycles
from aggregator.identity.hub_evidence import NO_METADATA, edges_above, edges_to_add, hub_edges
from aggregator.identity.match_ids import current_ids
from aggregator.identity.publishers import official_ids
from aggregator.identity.same_scores import NO_EQUAL_SCORES, edges_from_scores

EMBEDDING_SOURCES = ("mteb", "rteb")

EMBEDDING_NAME = r"(?i)embed|sentence|colbert|retriev|(?:^|[-_/])(?:nli|sts|triplet)(?:[-_]|$)"
"""Matches ids of embedding models; for parents that no board lists."""

TRUST = {"curated": 5, "hub": 4, "name": 2, "scores": 1}
BOARD_TRUST = 3
"""Trust in an edge by its source; the others are boards."""

BOARD_PRIORITY = ("open_llm_v2", "open_llm_v1", "mteb_", "rteb_")
"""Prefixes of boards: where boards differ in the relation of a pair, the first one decides."""


def lineage_of(
    aliases: pl.DataFrame,
    rules: Rules,
    hub_metadata: pl.DataFrame = NO_METADATA,
    equal: pl.DataFrame = NO_EQUAL_SCORES,
) -> pl.DataFrame:
    """Return the LINEAGE of `aliases` (the NAMES columns with `model_id`, `rung`, and `key` where known).

    `hub_metadata` is what `validate_metadata` returns, `equal` is EQUAL_SCORES.
    """
    known = aliases["model_id"].unique()
    stated = _board_edges(aliases, known, rules)
    curated = _curated_edges(known, rules)
    hub = _hub_edges(hub_metadata, aliases, curated, stated, rules)
    models = pl.concat([known, *(side for edges in (stated, curated, hub) for side in _sides(edges))]).unique()
    new = aliases.filter(pl.col("rung") == "own")
    new_keys = new.drop_nulls("key").select("model_id", "key").unique("key", keep="first", maintain_order=True)
    repositories = models.filter(~models.is_in(new["model_id"].implode()))
    officials = official_ids(repositories, rules, frozenset())
    named = edges_from_names(repositories, officials, new_keys, rules)
    has_parent = pl.concat([edges["model_id"] for edges in (curated, hub, _descent(stated), named)])
    repeated = _repeated_names(models.filter(~models.is_in(has_parent.implode())), aliases, officials, rules)
    repeated = _fix_embedding_relations(repeated, aliases)
    others = _one_edge_per_pair(pl.concat([curated, hub, stated, named, repeated]))
    equals = edges_from_scores(equal, aliases, officials["official_id"], others)
    return schema.frame(schema.LINEAGE, without_cycles(pl.concat([others, equals])).with_columns(trust=_trust()))


def _descent(edges: pl.DataFrame) -> pl.DataFrame:
    return edges.filter(pl.col("relation") != SUPERSEDED_BY, pl.col("model_id") != pl.col("parent_id"))


def _trust() -> pl.Expr:
    return pl.col("source").replace_strict(list(TRUST), list(TRUST.values()), default=BOARD_TRUST)


def _repeated_names(models: pl.Series, aliases: pl.DataFrame, officials: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the edges to the bases that names repeat, also from parents that no board lists."""
    sizes = aliases.drop_nulls("params_b").unique("model_id", keep="first", maintain_order=True)
    by_kind = {kind: frozenset(aliases.filter(kind=kind)["model_id"]) for kind in ("merge", "pretrained")}
    facts = Facts(dict(sizes.select("model_id", "params_b").iter_rows()), by_kind["merge"], by_kind["pretrained"])
    return pl.DataFrame(base_edges(models.sort(), officials, facts, rules), schema=EDGES, orient="row")


def _sides(edges: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    return edges["model_id"], edges["parent_id"]


def _hub_edges(
    hub_metadata: pl.DataFrame, aliases: pl.DataFrame, curated: pl.DataFrame, stated: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Return the Hub's edges of the models of `aliases` and of their ancestors, where no curated rule decides."""
    start = pl.concat([aliases["model_id"].unique(), stated["parent_id"], curated["parent_id"]])
    current = _fix_embedding_relations(_with_current_ids(hub_edges(hub_metadata), start, rules), aliases)
    return edges_above(edges_to_add(current, curated, stated), start)


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
    listed = aliases["model_id"].unique()
    child = pl.col("model_id").is_in(embedding.implode())
    parent = pl.col("parent_id").is_in(embedding.implode()) | (
        ~pl.col("parent_id").is_in(listed.implode())
        & (pl.col("parent_id").str.contains(EMBEDDING_NAME) | _extends(pl.col("parent_id"), embedding))
    )
    is_training = pl.col("relation").is_in(["embedding_of", "finetune_of"])
    from_other_kind = is_training & pl.col("source").is_in(["hub", "name"]) & child & ~parent
    return edges.with_columns(
        relation=pl.when((pl.col("relation") == "embedding_of") & parent)
        .then(pl.lit("finetune_of"))
        .when(from_other_kind)
        .then(pl.lit("embedding_of"))
        .otherwise("relation")
    )


def _extends(model_id: pl.Expr, known: pl.Series) -> pl.Expr:
    """Return whether an id is one of `known` with one more word: `intfloat/e5-base-unsupervised` of `intfloat/e5-base`."""
    return model_id.str.replace(r"[-_.][^-_.]+$", "").is_in(known.implode())


def _one_edge_per_pair(edges: pl.DataFrame) -> pl.DataFrame:
    """Keep one edge for each pair: that of the source with most trust, those of one release first.

    The base that is guessed from a name counts only when no source states a parent.
    """
    is_close = pl.col("relation").is_in(CLOSEST)
    place = pl.lit(len(BOARD_PRIORITY))
    for rank, source in reversed(list(enumerate(BOARD_PRIORITY))):
        place = pl.when(pl.col("source").str.starts_with(source)).then(rank).otherwise(place)
    best = (
        edges.filter(pl.col("model_id") != pl.col("parent_id"))
        .with_columns(standing=standing(_trust()), place=place, is_descent=pl.col("relation") != SUPERSEDED_BY)
        .sort(
            ["standing", "place", "model_id", "relation", "parent_id", "source"],
            descending=[True, False, False, False, False, False],
        )
        .unique(["model_id", "parent_id", "is_descent"], keep="first", maintain_order=True)
    )
    is_guess = (pl.col("source") == "name") & ~is_close & pl.col("is_descent")
    has_other = (~is_guess & pl.col("is_descent")).any().over("model_id")
    return (
        best.filter(~(is_guess & has_other))
        .with_columns(is_close=is_close)
        .sort(["is_close", "standing", "place"], descending=[True, True, False], maintain_order=True)
        .select(list(EDGES))
    )
