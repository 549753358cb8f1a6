"""Read the labels of names that a person made; `quality` measures identity on them.

The labels are a table like `labels.tsv`: `arena_name` (a raw name on the Arena), `canonical` (its model), then the Open
LLM ids that are the `same` release, a `mirror` or a `quantized` copy (`|` between several), and a `note`. Rows whose
note begins with "unsure" are ignored.
"""

import io
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import polars as pl

from aggregator.errors import UsageError
from aggregator.identity.names import parse_name

COLUMNS = ("arena_name", "canonical", "same", "mirror", "quantized", "note")


@dataclass(frozen=True)
class Label:
    """The label of one raw name. Ids are in lower case."""

    name: str
    canonical: str
    same: frozenset[str]
    """Ids that must be on the model of the name. Without any, the name is a no-match query."""
    mirror: frozenset[str]
    quantized: frozenset[str]

    @property
    def optional(self) -> frozenset[str]:
        """Ids that may be on the model of the name."""
        return self.mirror | self.quantized


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
    "has mirrors": lambda label: bool(label.optional),
}
"""Classes of hard cases; a label can be in several."""


def read_labels(text: str, where: str) -> list[Label]:
    """Read the labels without a note "unsure"; raises `UsageError` when a column is missing."""
    table = pl.read_csv(io.StringIO(text), separator="\t", quote_char=None, infer_schema=False).fill_null("")
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise UsageError(
            f"{where}: the labels lack the columns {', '.join(missing)}",
            hint="Use the columns of aggregator/identity/labels.tsv.",
        )
    sure = table.filter(~pl.col("note").str.to_lowercase().str.starts_with("unsure"))
    return [
        Label(name, canonical.lower(), _ids(same), _ids(mirror), _ids(quantized))
        for name, canonical, same, mirror, quantized, _ in sure.select(COLUMNS).iter_rows()
    ]


def _ids(cell: str) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in cell.split("|")) - {""}


def only_ids(label: Label, names: AbstractSet[str]) -> Label:
    """Return the label with only those ids that are in `names`: an id that no board lists cannot be matched."""
    return replace(label, same=label.same & names, mirror=label.mirror & names, quantized=label.quantized & names)


def half_of(labels: Iterable[Label], half: int) -> list[Label]:
    """Return half 0 or 1 of the labels; all names of one model are in the same half."""
    return [label for label in labels if zlib.crc32(label.canonical.encode()) % 2 == half]


def labels_by_class(labels: Sequence[Label]) -> list[tuple[str, list[Label]]]:
    """Return `(class, its labels)` for every class with labels."""
    split = [(name, [label for label in labels if belongs(label)]) for name, belongs in CLASSES.items()]
    return [(name, members) for name, members in split if members]
