"""Print the editions that the gates keep back: what changed, what is kept, and what to do."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from metaboard import columns
from metaboard.display import message_console, print_message, print_table

if TYPE_CHECKING:
    from aggregator.pipeline.refusals import Refusal

WORST = (
    columns.text_column("raw_name", "model", priority=100, can_wrap=True),
    columns.text_column("what", "of", priority=80),
    columns.right_column("before", lambda row: str(row["before"]), priority=90),
    columns.right_column("now", lambda row: str(row["now"]), priority=95),
)


def shorten(message: str) -> str:
    """Return the message of a refused edition with its first gate in full and the others by name."""
    first, *others = re.split(r"; (?=gate `\w+`: )", message)
    if not others:
        return message
    names = ", ".join(f"`{other.split('`')[1]}`" for other in others)
    used_instead = others[-1].rpartition("; ")[2]
    return f"{first}; also {names} (`metaboard status` shows what they found); {used_instead}"


def print_refusals(refusals: "Iterable[Refusal]", home: Path, *, is_explained: bool = False) -> None:
    """Print each edition that is kept back, with the rows that changed most, to standard error.

    With `is_explained`, what changed and what is used instead is printed already.
    """
    for refusal in refusals:
        print_message(f"{refusal.source}: the edition {refusal.sha256[:12]} is kept back", "bold yellow")
        if not is_explained:
            print_message(f"  what changed: {refusal.sentence}")
            print_message(f"  used instead: {refusal.kept}")
        if refusal.worst:
            rows: list[Mapping[str, object]] = [dict(row) for row in refusal.worst]
            print_table(WORST, rows, console=message_console())
        if refusal.standstill:
            print_message(f"  {refusal.standstill}", "bold red" if refusal.is_stuck else "")
        if refusal.is_usable and not refusal.accepted_for:
            print_message("  to accept exactly this edition, if the change is right:")
            print_message(f"    {refusal.command(home)}")
            print_message("  or wait: it is judged again as soon as the board changes.")
        else:
            print_message(f"  {refusal.next_step(home)}")
