"""Simple ways to match names, measured beside the match rules. No published table uses them."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from aggregator.identity.labels import Label
from aggregator.identity.quality import Grouping

LEAST_RATIO = 92
"""Names that are at least this alike, of 100, count as one model in the baseline `rapidfuzz_92`."""

_LOWER_TAIL = pl.col("name").str.to_lowercase().str.extract(r"([^/]*)$")

KEYS: Mapping[str, pl.Expr] = {
    "lower_tail": _LOWER_TAIL,
    "normalized_tail": _LOWER_TAIL.str.replace_all(r"[^a-z0-9+.]+", "-").str.strip_chars("-"),
    "sorted_tail": _LOWER_TAIL.str.extract_all(r"[a-z]+|[0-9.]+|\+").list.sort().list.join(" "),
}
"""Baselines that compare keys of `name`; a key is compared with the keys of all ids, of any organization."""


def baselines(labels: Sequence[Label], ids: pl.Series) -> dict[str, Grouping]:
    """Return the grouping of `labels` by each baseline; `ids` are the Hub ids of all boards in lower case."""
    names = pl.DataFrame({"name": [label.name for label in labels]}, schema={"name": pl.String}).with_columns(**KEYS)
    listed = pl.DataFrame({"name": ids.unique().sort()}).with_columns(**KEYS)
    grouped = {method: _group_by_key(labels, names[method], listed.select("name", key=method)) for method in KEYS}
    return grouped | {f"rapidfuzz_{LEAST_RATIO}": _group_by_ratio(labels, names, listed)}


def _group_by_key(labels: Sequence[Label], keys: pl.Series, ids: pl.DataFrame) -> Grouping:
    ids_by_key: dict[str, set[str]] = {}
    for one, key in ids.filter(pl.col("key").is_in(keys.unique().implode())).iter_rows():
        ids_by_key.setdefault(key, set()).add(one)
    group = dict(zip(labels, keys, strict=True))
    return Grouping(group, {label: frozenset(ids_by_key.get(key, ())) for label, key in group.items()})


def _group_by_ratio(labels: Sequence[Label], names: pl.DataFrame, ids: pl.DataFrame) -> Grouping:
    """Link names to the ids that are alike enough; names that a chain of alike names connects are one group."""
    tails, listed = names["lower_tail"].to_list(), ids["name"].to_list()
    links: dict[Label, set[str]] = {label: set() for label in labels}
    for name, one in _alike(tails, ids["lower_tail"].to_list()):
        links[labels[name]].add(listed[one])
    pairs = _alike(tails, tails)
    graph = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(tails), len(tails)))
    _, components = connected_components(graph, directed=False)
    group = {label: str(component) for label, component in zip(labels, components, strict=True)}
    return Grouping(group, {label: frozenset(found) for label, found in links.items()})


def _alike(first: list[str], second: list[str]) -> np.ndarray:
    """Return the positions `(in first, in second)` of the texts that are alike enough."""
    ratios = process.cdist(first, second, scorer=fuzz.ratio, score_cutoff=LEAST_RATIO, dtype=np.uint8, workers=1)
    return np.argwhere(ratios != 0)
