"""`CITATION.cff` (Citation File Format 1.2.0): how to cite the dataset and its leaderboards."""

import re
from typing import Any

from aggregator.dataset.contents import Contents
from aggregator.dataset.yaml_text import to_yaml

TITLE = "Metaboard: one rank table from every leaderboard"
MESSAGE = "Please cite this dataset together with its leaderboards."


def render_citation(contents: Contents) -> str:
    """Return `CITATION.cff`; each distinct work that a leaderboard asks to cite is one reference."""
    works = dict.fromkeys(board.citation for board in contents.boards if board.citation.strip())
    document = {
        "cff-version": "1.2.0",
        "message": MESSAGE,
        "type": "dataset",
        "title": TITLE,
        "version": f"{contents.schema_version}+{contents.generation}",
        "date-released": contents.created_at[:10],
        "authors": [{"name": "The Metaboard contributors"}],
    }
    if works:
        document["references"] = [_reference(work) for work in works]
    return to_yaml(document)


def _reference(work: str) -> dict[str, Any]:
    """Return one reference from `Authors: Title. Where, year.`; another form becomes the title."""
    authors, colon, rest = work.partition(": ")
    title, _, where = (rest if colon else work).strip().rpartition(". ")
    year = re.search(r"\b(19|20)\d\d\b", where or work)
    names = authors.removesuffix(" et al.").split(", ") if colon else ["unknown"]
    return {
        "type": "generic",
        "title": (title or where).rstrip("."),
        "authors": [{"name": name.strip() or "unknown"} for name in names],
        **({"year": int(year[0])} if year else {}),
        "notes": work,
    }
