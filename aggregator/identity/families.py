"""The family of each model: the root of its lineage. Also the graph functions that lineage needs."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

SUPERSEDED_BY = "superseded_by"
"""The one relation that leads to a later model. All others lead to an ancestor."""

CLOSEST = ("same_weights", "quantized", "mode_of")
"""Relations between models of one release."""


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

    A copy or mode has the family of its original, whatever its other parents are. A model with parents of several
    families, such as a merge, starts a family of its own.
    """
    parents: dict[str, list[tuple[bool, str]]] = {}
    descent = lineage.filter(pl.col("relation") != SUPERSEDED_BY)
    for model_id, relation, parent_id in descent.select("model_id", "relation", "parent_id").iter_rows():
        parents.setdefault(model_id, []).append((relation in CLOSEST, parent_id))
    roots: dict[str, str] = {}
    for model_id in parents:
        _find_root(model_id, parents, roots)
    found = {"model_id": list(parents), "family": [roots[model_id] for model_id in parents]}
    return pl.DataFrame(found, schema={"model_id": pl.String, "family": pl.String})


def _find_root(start: str, parents: Mapping[str, list[tuple[bool, str]]], roots: dict[str, str]) -> None:
    """Fill `roots` for `start` and all its ancestors. Chains can be longer than Python's recursion limit."""
    pending = [start]
    while pending:
        model = pending[-1]
        if model in roots:
            pending.pop()
            continue
        above = parents.get(model, [])
        followed = [parent for is_close, parent in above if is_close] or [parent for _, parent in above]
        missing = [parent for parent in followed if parent not in roots]
        if missing:
            pending += missing
            continue
        found = {roots[parent] for parent in followed}
        roots[model] = found.pop() if len(found) == 1 else model
        pending.pop()
