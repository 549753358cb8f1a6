"""`LICENSE.md` of the dataset: the licence and citation of each leaderboard."""

from aggregator.dataset.contents import Contents
from aggregator.dataset.markdown import render_markdown

UNDECLARED = "none declared"


def render_license_page(contents: Contents) -> str:
    """Return `LICENSE.md`: one row per leaderboard with its licence and how to cite it."""
    return render_markdown(
        "LICENSE.md",
        contents=contents,
        has_undeclared=any(board.license == UNDECLARED for board in contents.boards),
        has_withheld=any(board.withheld for board in contents.boards),
    )
