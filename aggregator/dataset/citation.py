"""`CITATION.cff` (Citation File Format 1.2.0): how to cite the dataset, and the leaderboards that it rests on."""

import re
from collections.abc import Iterator

from aggregator.dataset.contents import Contents
from aggregator.dataset.escape import yaml

TITLE = "Metaboard: one rank table from every leaderboard"
MESSAGE = "Please cite this dataset together with the leaderboards that it rests on."


def citation_file(contents: Contents) -> str:
    """Return `CITATION.cff`; each distinct work that a leaderboard asks to cite is a reference."""
    lines = [
        "cff-version: 1.2.0",
        f"message: {yaml(MESSAGE)}",
        "type: dataset",
        f"title: {yaml(TITLE)}",
        f"version: {yaml(contents.schema_version + '+' + contents.generation)}",
        f"date-released: {yaml(contents.created_at[:10])}",
        "authors:",
        f"  - name: {yaml('The Metaboard contributors')}",
    ]
    works = dict.fromkeys(board.citation for board in contents.boards if board.citation.strip())
    if works:
        lines.append("references:")
    for work in works:
        lines.extend(_reference(work))
    return "\n".join(lines) + "\n"


def _reference(work: str) -> Iterator[str]:
    """Yield a reference; a citation reads `Authors: Title. Where, year.`, and one that does not is all title."""
    authors, colon, rest = work.partition(": ")
    title, _, where = (rest if colon else work).strip().rpartition(". ")
    year = re.search(r"\b(19|20)\d\d\b", where or work)
    yield "  - type: generic"
    yield f"    title: {yaml((title or where).rstrip('.'))}"
    yield "    authors:"
    for author in authors.removesuffix(" et al.").split(", ") if colon else ["unknown"]:
        yield f"      - name: {yaml(author.strip() or 'unknown')}"
    if year:
        yield f"    year: {year[0]}"
    yield f"    notes: {yaml(work)}"
