"""Read the project's own tables of facts about leaderboards: tab-separated files beside the modules."""

import csv
from importlib.resources import files


def fact_lines(name: str) -> list[dict[str, str]]:
    """Return the rows of the file `name`, by column; lines that begin with `#` are comments."""
    lines = (files(__package__) / name).read_text(encoding="utf-8").splitlines()
    table = csv.DictReader(
        (line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE, strict=True
    )
    return list(table)
