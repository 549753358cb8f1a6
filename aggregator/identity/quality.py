"""Measure identity against labels: precision and recall, with their uncertainty."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from math import sqrt
from pathlib import Path

import polars as pl

from aggregator.identity.labels import Label, half_of, labels_by_class, only_ids, read_labels

QUALITY: dict[str, pl.DataType] = {
    "labels": pl.String(),  # file name of the labels
    "part": pl.String(),  # all | tune | check: which half of the labels; match rules are chosen on `tune` alone
    "class": pl.String(),  # all, or a class of hard cases
    "measure": pl.String(),  # link_precision, link_recall, no_match_kept, pair_precision, …
    "value": pl.Float64(),  # 0–1; null when there are no decisions
    "low": pl.Float64(),  # Wilson 95 % interval; null for B-cubed, whose parts are not independent
    "high": pl.Float64(),
    "right": pl.Int64(),  # right decisions; null for B-cubed
    "decided": pl.Int64(),  # all decisions, or names for B-cubed
}
"""One row per part, class and measure: the table `identity_quality`."""

LABELS = Path(str(files("aggregator.identity"))) / "labels.tsv"
"""The labels of Arena names that are shipped with the project."""

Z_95 = 1.959963984540054

Measured = tuple[object, ...]
"""`(measure, value, low, high, right, decided)`."""


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
    linked = _linked_names(aliases, set(model_by_name.values()))
    rows: list[tuple[object, ...]] = []
    for part, inside in (("all", known), ("tune", half_of(known, 0)), ("check", half_of(known, 1))):
        for kind, members in (("all", inside), *labels_by_class(inside)):
            found = measure(members, model_by_name, linked)
            found += [] if lineage is None else measure_relations(members, model_by_name, lineage)
            rows += [(gold_path.name, part, kind, *measured) for measured in found]
    return pl.DataFrame(rows, schema=QUALITY, orient="row")


def _linked_names(aliases: pl.DataFrame, models: set[str]) -> Mapping[str, frozenset[str]]:
    """Return the Open LLM names in lower case by model."""
    found: dict[str, set[str]] = {}
    boards = aliases.filter(pl.col("source").str.starts_with("open_llm") & pl.col("model_id").is_in(list(models)))
    for name, model in boards.select("raw_name", "model_id").iter_rows():
        found.setdefault(model, set()).add(name.lower())
    return {model: frozenset(names) for model, names in found.items()}


def measure(
    labels: Sequence[Label], model_by_name: Mapping[str, str], linked: Mapping[str, frozenset[str]]
) -> list[Measured]:
    """Measure links and clusters on some labels."""
    links = {label.name: linked.get(model_by_name[label.name], frozenset()) for label in labels}
    right = sum(len(links[label.name] & label.same) for label in labels)
    wrong = sum(len(links[label.name] - label.same - label.optional) for label in labels)
    wanted = sum(len(label.same) for label in labels)
    no_match = [label for label in labels if not label.same]
    kept = sum(not links[label.name] - label.optional for label in no_match)
    return [
        _share("link_precision", right, right + wrong),
        _share("link_recall", right, wanted),
        _share("no_match_kept", kept, len(no_match)),
        *_measure_clusters([label.canonical for label in labels], [model_by_name[label.name] for label in labels]),
    ]


def _measure_clusters(canonical: Sequence[str], model: Sequence[str]) -> list[Measured]:
    """Measure clusters by pairs of names and by B-cubed; both sequences have one item per name."""
    together = _pairs(zip(canonical, model, strict=True))
    found, wanted = _pairs(model), _pairs(canonical)
    pair_f1 = _f1(_ratio(together, found), _ratio(together, wanted))
    return [
        _share("pair_precision", together, found),
        _share("pair_recall", together, wanted),
        ("pair_f1", pair_f1, None, None, together, found + wanted - together),
        *_b_cubed(canonical, model),
    ]


def measure_relations(
    labels: Sequence[Label], model_by_name: Mapping[str, str], lineage: pl.DataFrame
) -> list[Measured]:
    """Measure the share of labelled mirrors and quantized copies that have an edge of exactly that relation."""
    edges = {(m.lower(), r, p) for m, r, p in lineage.select("model_id", "relation", "parent_id").iter_rows()}
    wanted = {
        (copy, relation, model_by_name[label.name])
        for label in labels
        for relation, copies in (("same_weights", label.mirror), ("quantized", label.quantized))
        for copy in copies
    }
    return [_share("relation_right", len(wanted & edges), len(wanted))]


def _pairs(items: Iterable[object]) -> int:
    """Count the pairs of equal items."""
    return sum(count * (count - 1) // 2 for count in Counter(items).values())


def _b_cubed(canonical: Sequence[str], model: Sequence[str]) -> list[Measured]:
    """Return precision, recall and F1 of B-cubed: per name, the share of its cluster that belongs (Bagga and Baldwin, 1998)."""
    both = Counter(zip(canonical, model, strict=True))
    in_canonical, in_model = Counter(canonical), Counter(model)
    size = len(canonical)
    precision = sum(count * count / in_model[m] for (_, m), count in both.items()) / size if size else None
    recall = sum(count * count / in_canonical[c] for (c, _), count in both.items()) / size if size else None
    values = (("b_cubed_precision", precision), ("b_cubed_recall", recall), ("b_cubed_f1", _f1(precision, recall)))
    return [(name, value, None, None, None, size) for name, value in values]


def _share(name: str, right: int, decided: int) -> Measured:
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
