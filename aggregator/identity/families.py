"""The family of each model: the root of its lineage. Also the graph functions that lineage needs."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

SUPERSEDED_BY = "superseded_by"
"""The one relation that leads to a later model. All others lead to an ancestor."""

SAME_SCORES = "same_scores"
"""The one relation that states no descent: the two models have equal scores."""

CLOSEST = ("same_weights", "quantized", "mode_of")
"""Relations between models of one release."""

CLOSE_STANDING = 4.5
"""Between the trust in curated rules and in the Hub."""


def standing(trust: pl.Expr) -> pl.Expr:
    """Return by how much an edge counts: its trust, and more for a copy or mode that a name or the Hub identifies.

    Boards state a parent without the relation; a name or the Hub that identifies a copy is more precise.
    """
    is_close = pl.col("relation").is_in(CLOSEST) & pl.col("source").is_in(["name", "hub"])
    return pl.when(is_close).then(CLOSE_STANDING).otherwise(trust)


def with_ancestors(parents: Mapping[str, Sequence[str]], start: Iterable[str]) -> set[str]:
    """Return the models of `start` and all their ancestors; `parents` lists the parents of a model."""
    ahead, seen = list(start), set[str]()
    while ahead:
        model = ahead.pop()
        if model not in seen:
            seen.add(model)
            ahead += parents.get(model, ())
    return seen


def without_cycles(edges: pl.DataFrame) -> pl.DataFrame:
    """Remove every edge that would close a cycle with the edges before it; sort the others."""
    kept: list[bool] = []
    ancestors: dict[str, list[str]] = {}
    successors: dict[str, list[str]] = {}
    for model_id, relation, parent_id in edges.select("model_id", "relation", "parent_id").iter_rows():
        graph = successors if relation == SUPERSEDED_BY else ancestors
        fits = model_id not in with_ancestors(graph, [parent_id])
        kept.append(fits)
        if fits:
            graph.setdefault(model_id, []).append(parent_id)
    return edges.filter(pl.Series(kept, dtype=pl.Boolean)).sort("model_id", "relation", "parent_id")


def families(lineage: pl.DataFrame) -> pl.DataFrame:
    """Return `(model_id, family)` for every model with a parent.

    Of a model's edges only those with the highest `standing` count, so a copy has the family of its original. A model
    with such parents of several families, such as a merge, starts a family of its own. Equal scores make no family, but
    the model has that of the other where other edges show one.
    """
    descent = lineage.filter(pl.col("relation") != SUPERSEDED_BY).with_columns(standing=standing(pl.col("trust")))
    others = descent.filter(pl.col("relation") != SAME_SCORES)
    in_family = pl.concat([others["model_id"], others["parent_id"]]).unique()
    descent = descent.filter((pl.col("relation") != SAME_SCORES) | pl.col("parent_id").is_in(in_family.implode()))
    best = descent.filter(pl.col("standing") == pl.col("standing").max().over("model_id"))
    parents: dict[str, list[str]] = {}
    for model_id, parent_id in best.select("model_id", "parent_id").iter_rows():
        parents.setdefault(model_id, []).append(parent_id)
    roots: dict[str, str] = {}
    for model_id in parents:
        _find_root(model_id, parents, roots)
    found = {"model_id": list(parents), "family": [roots[model_id] for model_id in parents]}
    return pl.DataFrame(found, schema={"model_id": pl.String, "family": pl.String})


def _find_root(start: str, parents: Mapping[str, Sequence[str]], roots: dict[str, str]) -> None:
    """Fill `roots` for `start` and all its ancestors. Chains can be longer than Python's recursion limit."""
    pending = [start]
    while pending:
        model = pending[-1]
        if model in roots:
            pending.pop()
            continue
        followed = parents.get(model, ())
        missing = [parent for parent in followed if parent not in roots]
        if missing:
            pending += missing
            continue
        found = {roots[parent] for parent in followed}
        roots[model] = found.pop() if len(found) == 1 else model
        pending.pop()
