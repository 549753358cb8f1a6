"""Write `docs/data-dictionary.md` from the headers of the files under `sql/`: `make docs`."""

from pathlib import Path

from aggregator.dataset.contents import table_order
from aggregator.sources import BUILT_IN
from aggregator.warehouse import sql_root
from aggregator.warehouse.sql_file import SqlFile, read_sql_files

PAGE = Path(__file__).resolve().parent.parent / "docs" / "data-dictionary.md"

INTRODUCTION = """# Data dictionary

All tables and macros of `metaboard.duckdb`. The file contains the same texts as COMMENTs:
`select column_name, comment from duckdb_columns() where table_name = 'leaderboard'`.

`make docs` writes this page from the headers of the files under `sql/`.
"""


def main() -> None:
    """Write the page and print its name."""
    PAGE.write_text(current_page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")


def current_page() -> str:
    """Return the page of a file with the built-in leaderboards that are on by default."""
    return build_page(read_sql_files(sql_root(), [source for source in BUILT_IN if source.is_on]))


def build_page(files: tuple[SqlFile, ...]) -> str:
    """Return the page: the most used tables first, then the other tables by name, then the macros."""
    tables = sorted((file for file in files if not file.is_macro), key=lambda file: table_order(file.name))
    macros = sorted((file for file in files if file.is_macro), key=lambda file: file.name)
    return "\n".join([INTRODUCTION, *map(_table, tables), "## Macros\n", *map(_macro, macros)])


def _table(file: SqlFile) -> str:
    rows = "\n".join(f"| `{name}` | {meaning.replace('|', '∣')} |" for name, meaning in file.columns.items())
    path = f"sql/{file.folder}/{file.name}.sql"
    return f"## `{file.name}`\n\n{file.description}\n\nDefined in [`{path}`](../{path}). One row per {', '.join(f'`{name}`' for name in file.grain)}.\n\n| column | meaning |\n|---|---|\n{rows}\n"


def _macro(file: SqlFile) -> str:
    return f"### `{file.name}({file.parameters})`\n\n{file.description}\n"


if __name__ == "__main__":
    main()
