"""Tables of the comparisons with other methods: in Markdown, as the pages of the documentation hold them, or as JSON."""

import json
from collections.abc import Mapping, Sequence

Row = Mapping[str, object]
Tables = Mapping[str, Sequence[Row]]
"""Rows under the title of their table."""


def show(tables: Tables, *, as_json: bool) -> None:
    """Print tables under their titles."""
    print(json.dumps(tables, indent=2) if as_json else markdown(tables))


def markdown(tables: Tables) -> str:
    """Return tables in Markdown, each under its title."""
    return "\n\n".join(f"### {title}\n\n{table(rows)}" for title, rows in tables.items())


def table(rows: Sequence[Row]) -> str:
    """Return one table; the columns are those of the first row, a missing value is empty."""
    columns = list(rows[0])
    cells = [columns, *([text(row.get(name, "")) for name in columns] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    header, *lines = (
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    )
    return "\n".join([header, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines])


def text(value: object) -> str:
    """Return a cell: shares without the leading zero, NaN as a dash."""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    if value != value:  # noqa: PLR0124 - only NaN differs from itself
        return "–"
    if abs(value) >= 1:
        return f"{value:g}"
    return f"{value:.4f}".replace("0.", ".", 1).removesuffix("0")
