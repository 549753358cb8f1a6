"""Whose data these are and what may be done with them: the text of `LICENSE.md`, and who is credited."""

from aggregator.dataset.contents import Board, Contents
from aggregator.dataset.escape import link, markdown, table

UNDECLARED = "none declared"

HEAD = """# Licences

Every row keeps the licence of the leaderboard that it comes from. The column `source` of each row names the leaderboard, and the table `sources`
holds this list as data. What is ours (the join, the combined rank, the documents) is under the Apache License 2.0.

"""

UNDECLARED_NOTE = """
*none declared*: the publisher states no licence for the data. They are facts about public models, shown here with attribution; whoever
publishes a copy of this dataset can leave them out with `metaboard publish --withhold SOURCE`.
"""

WITHHELD_NOTE = """
*withheld*: the rows are not in this edition. What is derived from all leaderboards together, such as the combined rank, still rests on them.
"""


def license_page(contents: Contents) -> str:
    """Return `LICENSE.md`: one line a leaderboard with its licence and how to cite it."""
    notes = UNDECLARED_NOTE if any(board.license == UNDECLARED for board in contents.boards) else ""
    notes += WITHHELD_NOTE if any(board.withheld for board in contents.boards) else ""
    return HEAD + license_table(contents) + notes


def license_table(contents: Contents) -> str:
    """Return a Markdown table of the leaderboards, their licences and citations."""
    return table(
        ("source", "leaderboard", "licence", "cite"),
        [
            (f"`{board.id}`", link(board.title, board.homepage), _license(board), markdown(board.citation))
            for board in contents.boards
        ],
    )


def _license(board: Board) -> str:
    return markdown(board.license) + (" (*withheld*)" if board.withheld else "")
