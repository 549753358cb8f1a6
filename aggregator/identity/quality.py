"""Measure identity against labels: precision and recall, with their uncertainty."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from aggregator.identity.labels import (
    NEEDS_NO_KNOWLEDGE,
    Label,
    half_of,
    labels_by_board,
    labels_by_class,
    only_ids,
    read_labels,
)

QUALITY: dict[str, pl.DataType] = {
    "labels": pl.String(),  # file name of the labels
    "board": pl.String(),  # all, or the source of the names
    "part": pl.String(),  # all | tune | check: which half of the labels; match rules are chosen on `tune` alone
    "class": pl.String(),  # all, or a class of hard cases
    "method": pl.String(),  # metaboard | without_curated | a baseline
    "measure": pl.String(),  # link_precision, link_recall, no_match_kept, pair_precision, …
    "value": pl.Float64(),  # 0–1; null when there are no decisions
    "low": pl.Float64(),  # Wilson 95 % interval; null for B-cubed, whose parts are not independent
    "high": pl.Float64(),
    "right": pl.Int64(),  # right decisions; null for B-cubed
    "decided": pl.Int64(),  # all decisions, or names for B-cubed
}
"""One row per board, part, class, method and measure: the table `identity_quality`."""

METABOARD = "metaboard"
"""The method that the published tables use; every other value of `method` is there for comparison."""

Z_95 = 1.959963984540054

Measured: TypeAlias = tuple[object, ...]
"""`(measure, value, low, high, right, decided)`."""

EDGE = ["model_id", "relation", "parent_id"]

Edges: TypeAlias = AbstractSet[tuple[str, str, str]]
"""`(model in lower case, relation, parent)`."""


@dataclass(frozen=True)
class Grouping:
    """What one method makes of the labelled names: names with one group are one model."""

    group: Mapping[Label, str]
    ids: Mapping[Label, frozenset[str]]
    """The Hub ids in lower case to which the method links a name."""


@dataclass(frozen=True)
class Members:
    """The labels that a row of QUALITY is about."""

    board: str
    part: str
    kind: str
    labels: Sequence[Label]


def evaluate(aliases: pl.DataFrame, gold_path: Path, lineage: pl.DataFrame | None = None) -> pl.DataFrame:
    """Compare ALIASES, and LINEAGE where given, with the labels in `gold_path`; returns QUALITY.

    A label counts when an `arena` source has its name. Its links are the `open_llm` names on the same model. They
    must include the `same` ids, may include mirrors and quantized copies, and nothing else. Ids that no source lists
    are ignored. Raises `UsageError` when the file lacks a column.
    """
    labels = read_labels(gold_path.read_text(encoding="utf-8"), str(gold_path))
    arena = aliases.filter(pl.col("source").str.starts_with("arena"))
    model_by_name: dict[str, str] = dict(arena.select("raw_name", "model_id").iter_rows())
    on_boards = set(aliases["raw_name"].str.to_lowercase())
    known = [only_ids(label, on_boards) for label in labels if label.name in model_by_name]
    boards = aliases.filter(pl.col("source").str.starts_with("open_llm"))
    placed = group_by_model(known, {label: model_by_name[label.name] for label in known}, boards)
    measure = Measure(placed)
    rows = [
        (members, [*measure(members.labels), *_relations(members.labels, placed, lineage)])
        for members in members_of(known, parts=True)
    ]
    return quality_rows(gold_path.name, METABOARD, rows)


def quality_rows(labels: str, method: str, found: Iterable[tuple[Members, list[Measured]]]) -> pl.DataFrame:
    """Return QUALITY of one method on the labels of one file."""
    rows = [
        (labels, members.board, members.part, members.kind, method, *measured)
        for members, measures in found
        for measured in measures
    ]
    return pl.DataFrame(rows, schema=QUALITY, orient="row")


def members_of(labels: Sequence[Label], *, parts: bool) -> list[Members]:
    """Return all labels, the two halves if `parts`, and each board; all and the halves also by class.

    A board is also without the names that need knowledge.
    """
    halves = [("tune", half_of(labels, 0)), ("check", half_of(labels, 1))] if parts else []
    split = [
        ("all", part, kind, members)
        for part, inside in (("all", labels), *halves)
        for kind, members in (("all", inside), *labels_by_class(inside))
    ]
    for board, inside in labels_by_board(labels):
        placeable = [label for label in inside if NEEDS_NO_KNOWLEDGE in label.classes]
        split += [(board, "all", "all", inside)]
        split += [(board, "all", NEEDS_NO_KNOWLEDGE, placeable)] if placeable else []
    return [Members(board, part, kind, members) for board, part, kind, members in split]


def group_by_model(labels: Iterable[Label], model_of: Mapping[Label, str], ids: pl.DataFrame) -> Grouping:
    """Return the grouping by model; `ids` are the rows of ALIASES whose names are Hub ids."""
    models = set(model_of.values())
    linked: dict[str, set[str]] = {}
    on_models = ids.filter(pl.col("model_id").is_in(list(models)))
    for name, model in on_models.select("raw_name", "model_id").iter_rows():
        linked.setdefault(model, set()).add(name.lower())
    return Grouping(model_of, {label: frozenset(linked.get(model_of[label], ())) for label in labels})


class Measure:
    """Measure one grouping on some labels; pairs of a name and one of `context` count too."""

    def __init__(self, grouping: Grouping, context: Iterable[Label] = ()) -> None:
        """Count the groups of the context once for all calls."""
        group = grouping.group
        self.grouping = grouping
        self.keys: tuple[Callable[[Label], object], ...] = (
            lambda label: (label.canonical, group[label]),
            lambda label: group[label],
            lambda label: label.canonical,
        )
        self.context = [Counter(map(key, context)) for key in self.keys]

    def __call__(self, labels: Sequence[Label]) -> list[Measured]:
        """Return links, pairs and B-cubed of `labels`."""
        return [*self._links(labels), *self._groups(labels)]

    def _links(self, labels: Sequence[Label]) -> list[Measured]:
        links = self.grouping.ids
        right = sum(len(links[label] & label.same) for label in labels)
        wrong = sum(len(links[label] - label.same - label.optional) for label in labels)
        wanted = sum(len(label.same) for label in labels)
        no_match = [label for label in labels if not label.same]
        kept = sum(not links[label] - label.optional for label in no_match)
        return [
            share("link_precision", right, right + wrong),
            share("link_recall", right, wanted),
            share("no_match_kept", kept, len(no_match)),
        ]

    def _groups(self, labels: Sequence[Label]) -> list[Measured]:
        counts = [Counter(map(key, labels)) for key in self.keys]
        pairs = zip(counts, self.context, strict=True)
        together, found, wanted = (_pairs_within(inside) + _pairs_between(inside, other) for inside, other in pairs)
        pair_f1 = _f1(_ratio(together, found), _ratio(together, wanted))
        return [
            share("pair_precision", together, found),
            share("pair_recall", together, wanted),
            ("pair_f1", pair_f1, None, None, together, found + wanted - together),
            *_b_cubed(*counts),
        ]


def _relations(labels: Sequence[Label], placed: Grouping, lineage: pl.DataFrame | None) -> list[Measured]:
    return [] if lineage is None else [measure_relations(labels, placed.group, edges_of(lineage))]


def edges_of(lineage: pl.DataFrame) -> Edges:
    """Return the edges of LINEAGE, with the model in lower case."""
    return {(model.lower(), relation, parent) for model, relation, parent in lineage.select(EDGE).iter_rows()}


def measure_relations(labels: Sequence[Label], model_of: Mapping[Label, str], edges: Edges) -> Measured:
    """Measure the share of labelled mirrors and quantized copies that have an edge of exactly that relation."""
    wanted = {
        (copy, relation, model_of[label])
        for label in labels
        for relation, copies in (("same_weights", label.mirror), ("quantized", label.quantized))
        for copy in copies
    }
    return share("relation_right", len(wanted & edges), len(wanted))


def _pairs_within(counts: Mapping[Any, int]) -> int:
    """Count the pairs of equal items."""
    return sum(count * (count - 1) // 2 for count in counts.values())


def _pairs_between(counts: Mapping[Any, int], others: Mapping[Any, int]) -> int:
    """Count the pairs of an item and an equal one of `others`."""
    return sum(count * others[key] for key, count in counts.items()) if others else 0


def _b_cubed(both: Mapping[Any, int], in_model: Mapping[Any, int], in_canonical: Mapping[Any, int]) -> list[Measured]:
    """Return precision, recall and F1 of B-cubed: per name, the share of its cluster that belongs (Bagga and Baldwin, 1998)."""
    size = sum(both.values())
    precision = sum(count * count / in_model[m] for (_, m), count in both.items()) / size if size else None
    recall = sum(count * count / in_canonical[c] for (c, _), count in both.items()) / size if size else None
    values = (("b_cubed_precision", precision), ("b_cubed_recall", recall), ("b_cubed_f1", _f1(precision, recall)))
    return [(name, value, None, None, None, size) for name, value in values]


def share(name: str, right: int, decided: int) -> Measured:
    """Return a measure that is a share of right decisions, with its interval."""
    low, high = wilson(right, decided)
    return (name, _ratio(right, decided), low, high, right, decided)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _f1(precision: float | None, recall: float | None) -> float | None:
    if precision is None or recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def wilson(right: int, decided: int) -> tuple[float | None, float | None]:
    """Return the 95 % score interval of a share (Wilson, 1927); two None when there are no decisions."""
    if not decided:
        return None, None
    share, z2 = right / decided, Z_95**2
    centre = (share + z2 / (2 * decided)) / (1 + z2 / decided)
    half = Z_95 * sqrt(share * (1 - share) / decided + z2 / (4 * decided**2)) / (1 + z2 / decided)
    # Rounding could move a bound past the share.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))
