"""Exit codes of the commands, for scripts."""

from enum import IntEnum

from aggregator.errors import LockedError, MetaboardError, UsageError


class Exit(IntEnum):
    """The exit code of a command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    LOCKED = 75
    INTERRUPTED = 130
    STOPPED = 143


MEANING = {
    Exit.DONE: "success; for refresh: every source is fresh",
    Exit.FAILED: "error; nothing was published",
    Exit.USAGE: "wrong usage, a name that matches no model or several, or SQL that cannot run",
    Exit.REFUSED: "finished, but found a problem: a source was kept or refused, an address changed, or a file is damaged",
    Exit.LOCKED: "another process has the lock of the home directory; try again later",
    Exit.INTERRUPTED: "interrupted with Ctrl-C; the home directory is whole",
    Exit.STOPPED: "stopped by SIGTERM; the home directory is whole",
}


def exit_code(error: MetaboardError) -> Exit:
    """Return the exit code for an error."""
    match error:
        case LockedError():
            return Exit.LOCKED
        case UsageError():
            return Exit.USAGE
        case _:
            return Exit.FAILED
