"""Read the plain tables of the page from `tables.toml`: the SQL of each, and how its columns are shown."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from aggregator.site.data_script import pack_table
from aggregator.site.published_file import PublishedFile


@dataclass(frozen=True)
class Column:
    """One column: its key in the SQL's result, its title, and its kind, which decides alignment, format and links.

    Kinds: text, words, model, models, board, benchmark, link, status, event, yes, date, time; the numbers count, place,
    number, whole, percent, share, ratio, small; and ranged, ranged-share, ranged-ratio, which also show an interval.
    """

    key: str
    title: str
    kind: str = "text"
    wide: int = 1
    phone: bool = True
    low: str = ""
    high: str = ""


@dataclass(frozen=True)
class Sheet:
    """One plain table of the page, written to `data/<name>.js`."""

    name: str
    title: str
    sql: str
    reads: tuple[str, ...]
    columns: tuple[Column, ...]
    empty: str = "This generation has no rows for this table."
    facets: tuple[str, ...] = ()

    def data(self, file: PublishedFile) -> dict[str, object]:
        """Return the rows and the description of the columns, for a data script."""
        keys = [key for column in self.columns for key in (column.key, column.low, column.high) if key]
        found = file.rows(self.sql, *self.reads)
        return pack_table(keys, [[row[key] for key in keys] for row in found]) | {
            "about": [vars(column) for column in self.columns],
            "empty": self.empty,
            "facets": list(self.facets),
            "title": self.title,
        }


def read_sheets() -> tuple[Sheet, ...]:
    """Return the tables of `tables.toml`, in its order."""
    described = tomllib.loads((files(__package__) / "tables.toml").read_text(encoding="utf-8"))
    return tuple(_sheet(name, **fields) for name, fields in described.items())


def _sheet(
    name: str, *, columns: list[dict[str, Any]], reads: list[str], facets: Sequence[str] = (), **texts: str
) -> Sheet:
    return Sheet(name, columns=tuple(map(_column, columns)), reads=tuple(reads), facets=tuple(facets), **texts)


def _column(fields: dict[str, Any]) -> Column:
    is_ranged = str(fields.get("kind", "")).startswith("ranged")
    interval = {end: f"{fields['key']}_{end}" for end in ("low", "high")} if is_ranged else {}
    return Column(**(interval | fields))


SHEETS = read_sheets()
