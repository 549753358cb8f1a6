"""`README.md` of the dataset, its card: a YAML head for the Hub and `templates/README.md.jinja` for people."""

from collections.abc import Mapping
from typing import Any

from aggregator.dataset.contents import CSV_TABLES, FIRST_TABLES, Contents, csv_path
from aggregator.dataset.markdown import render_markdown
from aggregator.dataset.yaml_text import to_yaml

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
)
"""Tags besides the groups of the leaderboards."""
TASKS = ("text-generation", "feature-extraction")
SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def render_card(contents: Contents, changes: Mapping[str, str], repository: str | None = None) -> str:
    """Return the card; `changes` is one line per schema version, `repository` the dataset's id on the Hub."""
    body = render_markdown(
        "README.md",
        contents=contents,
        changes=changes,
        repository=repository or "ORG/NAME",
        titles=list(dict.fromkeys(board.title for board in contents.boards)),
        leaderboard=contents.table("leaderboard"),
        csv_paths=[csv_path(name) for name in CSV_TABLES if contents.table(name)],
        built_at=contents.created_at[:16].replace("T", " "),
    )
    return f"---\n{to_yaml(_head(contents))}---\n\n{body}"


def _head(contents: Contents) -> dict[str, Any]:
    """Return what the Hub reads: licence, tags, and one configuration per table."""
    return {
        "pretty_name": "Metaboard",
        "license": "other",
        "license_name": "as-each-leaderboard-declares",
        "license_link": "LICENSE.md",
        "language": ["en"],
        "tags": list(dict.fromkeys([*TAGS, *(board.group.replace("_", "-") for board in contents.boards)])),
        "task_categories": list(TASKS),
        "size_categories": [_size_category(contents)],
        # The Hub cannot load a table without rows.
        "configs": [_configuration(table.name) for table in contents.tables if table.rows],
    }


def _configuration(table: str) -> dict[str, Any]:
    default = {"default": True} if table == FIRST_TABLES[0] else {}
    files = [{"split": "train", "path": f"data/{table}/*.parquet"}]
    return {"config_name": table, **default, "data_files": files}


def _size_category(contents: Contents) -> str:
    most = max((table.rows for table in contents.tables), default=0)
    return next((name for limit, name in SIZES if most < limit), "n>10M")
