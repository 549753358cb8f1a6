"""Read the labels of names that a person made; `quality` measures identity on them.

The labels are tab-separated: `raw_name`, `canonical` (its model), then the Hub ids that are the `same` release, a
`mirror` or a `quantized` copy (`|` between several), and a `note` of flags. A file of several boards also has `source`,
and `organization` and `license` as the board writes them. Rows with the flag "unsure" are ignored.
"""

import io
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from aggregator.errors import UsageError
from aggregator.identity.names import ParsedName, parse_name

ARENA = "arena"
"""The board of labels without a column `source`."""

COLUMNS = ("raw_name", "canonical", "same", "mirror", "quantized", "note")
OPTIONAL_COLUMNS = ("source", "organization", "license")


@dataclass(frozen=True, eq=False)
class Label:
    """The label of one raw name. Ids are in lower case. Two labels are equal only when they are the same object."""

    name: str
    canonical: str
    same: frozenset[str]
    """Ids that must be on the model of the name. Without any, the name is a no-match query."""
    mirror: frozenset[str]
    quantized: frozenset[str]
    board: str = ARENA
    organization: str | None = None
    license: str | None = None
    flags: frozenset[str] = frozenset()

    @property
    def optional(self) -> frozenset[str]:
        """Ids that may be on the model of the name."""
        return self.mirror | self.quantized

    @cached_property
    def classes(self) -> frozenset[str]:
        """The classes of CLASSES to which the label belongs."""
        parsed = parse_name(self.name)
        return frozenset(name for name, belongs in CLASSES.items() if belongs(self, parsed))


NEEDS_NO_KNOWLEDGE = "needs no knowledge"
"""The class on which recall can be 1: the name and the columns of its row hold what places it."""

CLASSES: Mapping[str, Callable[[Label, ParsedName], bool]] = {
    NEEDS_NO_KNOWLEDGE: lambda label, _: "knowledge" not in label.flags,
    "needs knowledge": lambda label, _: "knowledge" in label.flags,
    "linkable": lambda label, _: bool(label.same),
    "no match": lambda label, _: not label.same,
    "dated": lambda _, parsed: bool(parsed.date),
    "mode or effort": lambda _, parsed: bool(parsed.mode),
    "preview, experimental, latest": lambda _, parsed: bool({"preview", "experimental", "latest"} & set(parsed.stage)),
    "display name": lambda label, _: " " in label.name or label.name != label.name.lower(),
    "plus": lambda _, parsed: parsed.plus,
    "renamed or respelled": lambda label, parsed: (
        bool(label.same) and all(parse_name(i).key != parsed.key for i in label.same)
    ),
    "has mirrors": lambda label, _: bool(label.optional),
    "floating name": lambda label, _: "floating" in label.flags,
    "several models in one name": lambda label, _: "combination" in label.flags,
    "quantized copy": lambda label, _: "quantized" in label.flags,
}
"""Classes of hard cases; a label can be in several."""


def read_labels(text: str, where: str) -> list[Label]:
    """Read the labels without the flag "unsure"; raises `UsageError` when a column is missing.

    `arena_name` is another title of `raw_name`.
    """
    table = pl.read_csv(io.StringIO(text), separator="\t", quote_char=None, infer_schema=False)
    table = table.fill_null("").rename({"arena_name": "raw_name"}, strict=False)
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise UsageError(
            f"{where}: the labels lack the columns {', '.join(missing)}",
            hint="Use the columns of aggregator/identity/labels.tsv.",
        )
    absent = [pl.lit("").alias(column) for column in OPTIONAL_COLUMNS if column not in table.columns]
    rows = table.with_columns(absent).select(*COLUMNS, *OPTIONAL_COLUMNS).iter_rows()
    labels = [
        Label(
            name=name,
            canonical=canonical.lower(),
            same=_ids(same),
            mirror=_ids(mirror),
            quantized=_ids(quantized),
            board=board or ARENA,
            organization=organization or None,
            license=terms or None,
            flags=_flags(note),
        )
        for name, canonical, same, mirror, quantized, note, board, organization, terms in rows
    ]
    return [label for label in labels if "unsure" not in label.flags]


def _ids(cell: str) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in cell.split("|")) - {""}


def _flags(note: str) -> frozenset[str]:
    """Return the words of a note; in a note of sentences, those before the first colon decide whether it is unsure."""
    words = frozenset(note.lower().replace(":", " ").replace(";", " ").split())
    return words if note.lower().startswith("unsure") else words - {"unsure"}


def only_ids(label: Label, names: AbstractSet[str]) -> Label:
    """Return the label with only those ids that are in `names`: an id that no board lists cannot be matched."""
    return replace(label, same=label.same & names, mirror=label.mirror & names, quantized=label.quantized & names)


def half_of(labels: Iterable[Label], half: int) -> list[Label]:
    """Return half 0 or 1 of the labels; all names of one model are in the same half."""
    return [label for label in labels if zlib.crc32(label.canonical.encode()) % 2 == half]


def labels_by_class(labels: Sequence[Label]) -> list[tuple[str, list[Label]]]:
    """Return `(class, its labels)` for every class with labels."""
    split = [(name, [label for label in labels if name in label.classes]) for name in CLASSES]
    return [(name, members) for name, members in split if members]


def labels_by_board(labels: Sequence[Label]) -> list[tuple[str, list[Label]]]:
    """Return `(board, its labels)`, when the labels are of several boards."""
    boards = sorted({label.board for label in labels})
    if len(boards) < 2:
        return []
    return [(board, [label for label in labels if label.board == board]) for board in boards]
