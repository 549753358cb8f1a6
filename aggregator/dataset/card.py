"""`README.md` of the dataset: its card. The head is YAML that the Hub reads, the rest is for people."""

from collections.abc import Iterator, Mapping

from aggregator.dataset.contents import FIRST, SPREADSHEETS, Contents, spreadsheet_path
from aggregator.dataset.escape import markdown, ours, table, yaml
from aggregator.dataset.licences import license_table

TAGS = (
    "leaderboard",
    "llm",
    "embeddings",
    "evaluation",
    "benchmark",
    "ranking",
    "duckdb",
    "chatbot-arena",
    "open-llm-leaderboard",
    "mteb",
)
TASKS = ("text-generation", "feature-extraction")
SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def card(contents: Contents, changes: Mapping[str, str], repository: str | None = None) -> str:
    """Return the card; `changes` is one line per schema version, `repository` the dataset's name on the Hub."""
    parts = (
        "\n".join(_front_matter(contents)),
        _what_it_is(contents),
        _how_to_read(contents, repository or "ORG/NAME"),
        _tables(contents),
        _how_fresh(contents),
        _quality(contents),
        _licences(contents),
        _verifying(contents),
        _schema(contents, changes),
    )
    return "\n".join(part for part in parts if part)


def _front_matter(contents: Contents) -> Iterator[str]:
    yield "---"
    yield f"pretty_name: {yaml('Metaboard')}"
    yield "license: other"
    yield f"license_name: {yaml('as-each-leaderboard-declares')}"
    yield f"license_link: {yaml('LICENSE.md')}"
    yield "language:\n- en"
    yield "tags:"
    yield from (f"- {tag}" for tag in TAGS)
    yield "task_categories:"
    yield from (f"- {task}" for task in TASKS)
    yield f"size_categories:\n- {yaml(_size(contents))}"
    yield "configs:"
    # The Hub cannot load a table without rows.
    for each in (each for each in contents.tables if each.rows):
        yield f"- config_name: {yaml(each.name)}"
        if each.name == FIRST[0]:
            yield "  default: true"
        yield f"  data_files:\n  - split: train\n    path: {yaml(f'data/{each.name}/*.parquet')}"
    yield "---\n"


def _size(contents: Contents) -> str:
    most = max((each.rows for each in contents.tables), default=0)
    return next((name for limit, name in SIZES if most < limit), "n>10M")


def _what_it_is(contents: Contents) -> str:
    leaderboard = contents.table("leaderboard")
    meaning = ours(leaderboard.meaning) if leaderboard else ""
    return f"""# Metaboard

One rank table from every leaderboard: {_listing([board.title for board in contents.boards])}, joined by model identity.
A leaderboard is for finding models, not for judging them.

**`leaderboard`** ({leaderboard.rows if leaderboard else 0:,} models). {meaning}

## Limits

- A rank on one leaderboard is a weaker statement than the same rank on three: read `boards` beside `rank`.
- Leaderboards measure different things; the combined rank is an order for finding models, not a measurement.
- There is no order across tracks: language models and embedding models are never in one list.
- Names are joined by rules that each row of `aliases` states. Names that no rule places stay models of their own (`unresolved`).
- Results are as each leaderboard publishes them; nothing was measured anew. `flagged` is a leaderboard's own judgement.
"""


def _listing(names: list[str]) -> str:
    return ", ".join(dict.fromkeys(markdown(name) for name in names))


def _how_to_read(contents: Contents, repository: str) -> str:
    return f"""## Read it

```python
from datasets import load_dataset

load_dataset("{repository}", "leaderboard", split="train")
```

```python
import polars as pl

pl.read_parquet("hf://datasets/{repository}/data/leaderboard/*.parquet")
```

```sql
-- DuckDB 1.2 or later; only the parts of the file that a question needs are fetched.
attach 'https://huggingface.co/datasets/{repository}/resolve/main/metaboard.duckdb' as board (read_only);
use board;
from top(n := 20);
from find('llama 3.1 70b');
select * from aliases where model_id = 'Qwen/Qwen2.5-7B-Instruct';
```

For spreadsheets: {", ".join(f"`{spreadsheet_path(name)}`" for name in SPREADSHEETS if contents.table(name))}. Each date of the data is a tag, so
`revision="{contents.data_date or "2026-01-01"}"` reads the same rows for ever.
"""  # noqa: S608 - SQL to be read by a person


def _tables(contents: Contents) -> str:
    rows: list[tuple[object, ...]] = [
        (f"`{each.name}`", f"{each.rows:,}", ", ".join(f"`{name}`" for name in each.grain), ours(each.meaning))
        for each in contents.tables
    ]
    macros = "".join(f"- `{name}`: {ours(meaning)}\n" for name, meaning in contents.macros)
    return f"""## Tables

Every table and column has a COMMENT inside `metaboard.duckdb`.

{table(("table", "rows", "one row per", "what it is"), rows)}
""" + (f"Table macros inside the file:\n\n{macros}" if macros else "")


def _how_fresh(contents: Contents) -> str:
    rows: list[tuple[object, ...]] = [
        (f"`{board.id}`", board.published_on or "", f"archive since {board.frozen_on}" if board.frozen_on else "alive")
        for board in contents.boards
    ]
    return f"""## How fresh

Generation `{contents.generation}`, made {contents.created_at[:16].replace("T", " ")} UTC. `sources` has the dates as data, `refresh_report` what the last run did.

{table(("source", "edition", "state"), rows)}"""


def _quality(contents: Contents) -> str:
    if not contents.quality:
        return ""
    head = tuple(contents.quality[0])
    rows: list[tuple[object, ...]] = [tuple(_cell(row[name]) for name in head) for row in contents.quality]
    return f"## Measured quality of the join\n\nOn names that a person labelled; `identity_quality` has every class of hard case.\n\n{table(tuple(f'`{name}`' for name in head), rows)}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else markdown(value)


def _licences(contents: Contents) -> str:
    return f"""## Licences and citation

Each row keeps the licence of its leaderboard (`LICENSE.md`); `CITATION.cff` says how to cite this dataset and what it rests on.

{license_table(contents)}"""


def _verifying(contents: Contents) -> str:
    return f"""## Verify it

`sha256sum -c SHA256SUMS` checks every file; `metaboard verify DIR` also checks that the files are of one edition and have the promised schema.
The rows of this edition have the content hash `{contents.content_hash}`.
"""


def _schema(contents: Contents, changes: Mapping[str, str]) -> str:
    lines = "".join(f"- {version}: {ours(line)}\n" for version, line in changes.items())
    return f"""## Schema {contents.schema_version}

A removed or retyped column makes a new major version, an added one a new minor version.

{lines}"""
