"""Read the plain tables of the page from `tables.toml`: the SQL of each, and how its columns are shown."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from aggregator.query.board_columns import group_titles
from aggregator.query.queries import Row
from aggregator.site.data_script import pack_table
from aggregator.site.published_file import PublishedFile


@dataclass(frozen=True)
class Column:
    """One column: its key in the SQL's result, its title, and its kind, which decides alignment, format and links.

    A column with `{group}` in its key stands for one column per group of leaderboards; its title has `{title}`.

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
        found = file.rows(self.sql, *self.reads)
        columns = _with_groups(self.columns, found, file)
        keys = [key for column in columns for key in (column.key, column.low, column.high) if key]
        return pack_table(keys, [[row[key] for key in keys] for row in found]) | {
            "about": [vars(column) for column in columns],
            "empty": self.empty,
            "facets": list(self.facets),
            "title": self.title,
        }


SHOWN_GROUPS = 3
"""The number of groups of leaderboards with columns of their own; the tables of the file have all groups."""
FIRST_ROWS = 50


def _with_groups(columns: Sequence[Column], rows: Sequence[Row], file: PublishedFile) -> list[Column]:
    """Return the columns with those of the groups that have the most values in the first rows, next to each other."""
    repeated = [column for column in columns if "{group}" in column.key]
    if not repeated:
        return list(columns)
    titles = group_titles(read_groups(file))
    key = repeated[0].key
    counts = {group: sum(1 for row in rows[:FIRST_ROWS] if row.get(key.format(group=group))) for group in titles}
    most = sorted((group for group in titles if counts[group]), key=lambda group: -counts[group])[:SHOWN_GROUPS]
    filled = [
        replace(column, key=column.key.format(group=group), title=column.title.format(title=titles[group]))
        for group in most
        for column in repeated
    ]
    at = columns.index(repeated[0])
    return [*columns[:at], *filled, *(column for column in columns[at:] if column not in repeated)]


def read_groups(file: PublishedFile) -> list[tuple[str, str]]:
    """Return `(group, short title)` of each leaderboard, in the order of the register."""
    wanted = file.columns("sources", ("source", "title", "short_title", "board_group", "priority"))
    # The column names are constants of this module.
    found = file.rows(f"select {wanted} from sources order by priority", "sources")  # noqa: S608 - as above
    return [(str(row["board_group"] or row["source"]), str(row["short_title"] or row["title"])) for row in found]


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
