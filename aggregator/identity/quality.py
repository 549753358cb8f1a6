"""How well identity does on labels that a person made: precision and recall, with their uncertainty.

The labels are a table of spellings as `gold/identity_dev.tsv`: `arena_name`, `canonical`, then the Open
LLM ids that are the `same` release, a `mirror` or a `quantized` copy (`|` between several), and a `note`.
Rows whose note begins with "unsure" are left out. A spelling must link to its `same` ids, may link to
mirrors and quantised copies, and must link to nothing else; one without any is a no-match query, where
every link is false.
"""

import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from importlib.resources import files
from math import sqrt
from pathlib import Path

import polars as pl

from aggregator.errors import UsageError
from aggregator.identity.names import parse_name

QUALITY: dict[str, pl.DataType] = {
    "labels": pl.String(),  # whose labels: the file's name
    "part": pl.String(),  # all | tune | check: which half of the labels; rules are chosen on `tune` alone
    "class": pl.String(),  # all, or a class of hard cases
    "measure": pl.String(),  # link_precision, link_recall, no_match_kept, pair_precision, …
    "value": pl.Float64(),  # 0–1; null where nothing was to decide
    "low": pl.Float64(),  # Wilson 95 % interval; null for B-cubed, whose parts are not independent
    "high": pl.Float64(),
    "right": pl.Int64(),  # decisions that were right; null for B-cubed
    "decided": pl.Int64(),  # decisions in all, or spellings for B-cubed
}
"""One row per part, class and measure: the table `identity_quality`."""

LABELS = Path(str(files("aggregator.identity"))) / "labels.tsv"
"""The labels that ship with the project: facts about Arena spellings, made by a person."""

COLUMNS = ("arena_name", "canonical", "same", "mirror", "quantized", "note")
Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Label:
    """What a person says of one spelling. Ids are in lower case."""

    name: str
    canonical: str
    same: frozenset[str]
    mirror: frozenset[str]
    quantized: frozenset[str]

    @property
    def may(self) -> frozenset[str]:
        """Ids that may be linked and need not be."""
        return self.mirror | self.quantized


def evaluate(aliases: pl.DataFrame, gold_path: Path, lineage: pl.DataFrame | None = None) -> pl.DataFrame:
    """Hold ALIASES, and LINEAGE where it is given, against the labels in `gold_path`; returns QUALITY.

    A label's spelling counts as it stands on any `arena` source, its linked ids are the `open_llm` names
    on the same model. Labels of spellings that no source has are left out, and so are ids that no source has. Raises `UsageError` when the
    file has not the columns.
    """
    labels = read_labels(gold_path.read_text(encoding="utf-8"), str(gold_path))
    arena = aliases.filter(pl.col("source").str.starts_with("arena"))
    placed: dict[str, str] = dict(arena.select("raw_name", "model_id").iter_rows())
    on_boards = set(aliases["raw_name"].str.to_lowercase())
    known = [_among(label, on_boards) for label in labels if label.name in placed]
    linked = _linked(aliases, set(placed.values()))
    rows: list[tuple[object, ...]] = []
    for part, inside in (("all", known), ("tune", _half(known, 0)), ("check", _half(known, 1))):
        for kind, members in (("all", inside), *_by_class(inside)):
            found = measure(members, placed, linked)
            found += [] if lineage is None else relations(members, placed, lineage)
            rows += [(gold_path.name, part, kind, *measured) for measured in found]
    return pl.DataFrame(rows, schema=QUALITY, orient="row")


def _among(label: Label, names: AbstractSet[str]) -> Label:
    """Return the label without the ids that these boards do not have, for nobody can link them."""
    return replace(label, same=label.same & names, mirror=label.mirror & names, quantized=label.quantized & names)


def read_labels(text: str, where: str) -> list[Label]:
    """Read the labels that their maker is sure of; raises `UsageError`."""
    table = pl.read_csv(io.StringIO(text), separator="\t", quote_char=None, infer_schema=False).fill_null("")
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise UsageError(
            f"{where}: the labels lack the columns {', '.join(missing)}", hint="Compare gold/identity_dev.tsv."
        )
    sure = table.filter(~pl.col("note").str.to_lowercase().str.starts_with("unsure"))
    return [
        Label(name, canonical.lower(), _ids(same), _ids(mirror), _ids(quantized))
        for name, canonical, same, mirror, quantized, _ in sure.select(COLUMNS).iter_rows()
    ]


def _ids(cell: str) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in cell.split("|")) - {""}


def _linked(aliases: pl.DataFrame, models: set[str]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    boards = aliases.filter(pl.col("source").str.starts_with("open_llm") & pl.col("model_id").is_in(list(models)))
    for name, model in boards.select("raw_name", "model_id").iter_rows():
        found.setdefault(model, set()).add(name.lower())
    return {model: frozenset(names) for model, names in found.items()}


def _half(labels: Iterable[Label], half: int) -> list[Label]:
    """Return one half of the labels; all spellings of a model are in the same one."""
    return [label for label in labels if zlib.crc32(label.canonical.encode()) % 2 == half]


CLASSES: Mapping[str, Callable[[Label], bool]] = {
    "linkable": lambda label: bool(label.same),
    "no match": lambda label: not label.same,
    "dated": lambda label: bool(parse_name(label.name).date),
    "mode or effort": lambda label: bool(parse_name(label.name).mode),
    "preview, experimental, latest": lambda label: bool(
        {"preview", "experimental", "latest"} & set(parse_name(label.name).stage)
    ),
    "display name": lambda label: " " in label.name or label.name != label.name.lower(),
    "plus": lambda label: parse_name(label.name).plus,
    "renamed or respelled": lambda label: (
        bool(label.same) and all(parse_name(i).key != parse_name(label.name).key for i in label.same)
    ),
    "has mirrors": lambda label: bool(label.may),
}


def _by_class(labels: Sequence[Label]) -> list[tuple[str, list[Label]]]:
    split = [(name, [label for label in labels if belongs(label)]) for name, belongs in CLASSES.items()]
    return [(name, members) for name, members in split if members]


def measure(
    labels: Sequence[Label], placed: Mapping[str, str], linked: Mapping[str, frozenset[str]]
) -> list[tuple[object, ...]]:
    """Return `(measure, value, low, high, right, decided)` for some labels."""
    got = {label.name: linked.get(placed[label.name], frozenset()) for label in labels}
    true = sum(len(got[label.name] & label.same) for label in labels)
    false = sum(len(got[label.name] - label.same - label.may) for label in labels)
    wanted = sum(len(label.same) for label in labels)
    none = [label for label in labels if not label.same]
    kept = sum(not got[label.name] - label.may for label in none)
    canonical = [label.canonical for label in labels]
    model = [placed[label.name] for label in labels]
    together, pairs_found, pairs_wanted = _pairs(zip(canonical, model, strict=True)), _pairs(model), _pairs(canonical)
    return [
        _share("link_precision", true, true + false),
        _share("link_recall", true, wanted),
        _share("no_match_kept", kept, len(none)),
        _share("pair_precision", together, pairs_found),
        _share("pair_recall", together, pairs_wanted),
        (
            "pair_f1",
            _f1(_ratio(together, pairs_found), _ratio(together, pairs_wanted)),
            None,
            None,
            together,
            pairs_found + pairs_wanted - together,
        ),
        *_b_cubed(canonical, model),
    ]


def relations(labels: Sequence[Label], placed: Mapping[str, str], lineage: pl.DataFrame) -> list[tuple[object, ...]]:
    """Return the share of labelled mirrors and quantised copies that have an edge of just that relation."""
    edges = {(m.lower(), r, p) for m, r, p in lineage.select("model_id", "relation", "parent_id").iter_rows()}
    wanted = {
        (copy, relation, placed[label.name])
        for label in labels
        for relation, copies in (("same_weights", label.mirror), ("quantized", label.quantized))
        for copy in copies
    }
    return [_share("relation_right", len(wanted & edges), len(wanted))]


def _pairs(items: Iterable[object]) -> int:
    """Return how many pairs of equal items there are."""
    return sum(count * (count - 1) // 2 for count in Counter(items).values())


def _b_cubed(canonical: Sequence[str], model: Sequence[str]) -> list[tuple[object, ...]]:
    """Return precision, recall and F1 of B-cubed: per spelling, the share of its cluster that belongs (Bagga and Baldwin, 1998)."""
    both = Counter(zip(canonical, model, strict=True))
    in_canonical, in_model = Counter(canonical), Counter(model)
    size = len(canonical)
    precision = sum(count * count / in_model[m] for (_, m), count in both.items()) / size if size else None
    recall = sum(count * count / in_canonical[c] for (c, _), count in both.items()) / size if size else None
    values = (("b_cubed_precision", precision), ("b_cubed_recall", recall), ("b_cubed_f1", _f1(precision, recall)))
    return [(name, value, None, None, None, size) for name, value in values]


def _share(name: str, right: int, decided: int) -> tuple[object, ...]:
    low, high = wilson(right, decided)
    return (name, _ratio(right, decided), low, high, right, decided)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _f1(precision: float | None, recall: float | None) -> float | None:
    if precision is None or recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def wilson(right: int, decided: int) -> tuple[float | None, float | None]:
    """Return the 95 % score interval of a share (Wilson, 1927); two None where nothing was decided."""
    if not decided:
        return None, None
    share, z2 = right / decided, Z_95**2
    centre = (share + z2 / (2 * decided)) / (1 + z2 / decided)
    half = Z_95 * sqrt(share * (1 - share) / decided + z2 / (4 * decided**2)) / (1 + z2 / decided)
    # Rounding must not push a bound past the share that it bounds.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))
