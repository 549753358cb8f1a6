"""Write `docs/data-dictionary.md` from the headers under `sql/`."""

from pathlib import Path

from aggregator.warehouse import sql_root
from aggregator.warehouse.sql_file import SqlFile, read_sql_files

PAGE = Path(__file__).resolve().parent.parent / "docs" / "data-dictionary.md"

HEAD = """# Data dictionary

Every table and macro of `metaboard.duckdb`. The same words are COMMENTs inside the file:
`select column_name, comment from duckdb_columns() where table_name = 'leaderboard'`.

This page is written by `make docs` from the headers under `sql/`.
"""

FIRST = ("leaderboard", "families", "organizations")


def main() -> None:
    """Write the page and say so."""
    PAGE.write_text(page(read_sql_files(sql_root())), encoding="utf-8")
    print(f"wrote {PAGE.name}")


def page(files: tuple[SqlFile, ...]) -> str:
    """Return the whole page: what people query first, then the other tables by name, then the macros."""
    tables = sorted((file for file in files if not file.is_macro), key=_place)
    macros = sorted((file for file in files if file.is_macro), key=lambda file: file.name)
    return "\n".join([HEAD, *map(_table, tables), "## Macros\n", *map(_macro, macros)])


def _place(file: SqlFile) -> tuple[int, str]:
    return (FIRST.index(file.name) if file.name in FIRST else len(FIRST), file.name)


def _table(file: SqlFile) -> str:
    rows = "\n".join(f"| `{name}` | {meaning.replace('|', '∣')} |" for name, meaning in file.columns.items())
    return f"## `{file.name}`\n\n{file.description}\n\nOne row per {', '.join(f'`{name}`' for name in file.grain)}.\n\n| column | meaning |\n|---|---|\n{rows}\n"


def _macro(file: SqlFile) -> str:
    return f"### `{file.name}({file.parameters})`\n\n{file.description}\n"


if __name__ == "__main__":
    main()
