"""Exit codes: what a script may rely on."""

from enum import IntEnum

from aggregator.errors import BusyError, MetaboardError, UsageError


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    BUSY = 75


MEANING = {
    Exit.DONE: "done; for refresh: every source is fresh",
    Exit.FAILED: "an error; nothing was published",
    Exit.USAGE: "wrong usage, a name that fits no model or several, or SQL that cannot run",
    Exit.REFUSED: "done, but something was found wrong: a source was refused, an address changed, a file is damaged",
    Exit.BUSY: "another refresh holds the home directory; try again later",
}


def exit_code(error: MetaboardError) -> Exit:
    """Return the code for an error."""
    match error:
        case BusyError():
            return Exit.BUSY
        case UsageError():
            return Exit.USAGE
        case _:
            return Exit.FAILED
