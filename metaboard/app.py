"""Entry point of the command line: handle signals, load the commands, run one, and end with its exit code.

Signals are handled before the slow imports, so nothing of them stands at the top of this module.
"""

import errno
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from metaboard import signals


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; see `metaboard.typer_app.run`."""
    from metaboard import typer_app  # noqa: PLC0415 - a signal during this import ends the process with one sentence

    return typer_app.run(arguments)


def main() -> None:
    """Run the command line; a character that the terminal's encoding lacks is written as an escape."""
    signals.install()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    code = _write_out(_run(sys.argv[1:]))
    signals.ignore_at_exit()
    sys.exit(code)


def _run(arguments: Sequence[str]) -> int:
    """Run one command; a signal or a failed import before it starts is a sentence too."""
    try:
        return run(arguments)
    except BaseException as cause:
        if signals.is_interrupt(cause):
            code, sentence = signals.end()
        elif isinstance(cause, ImportError | MemoryError) and not os.environ.get("METABOARD_TRACEBACK"):
            code = 1
            sentence = f"Error: metaboard cannot start: {cause}\nInstall it again, or give the process more memory."
        else:
            raise
        sys.stderr.write(f"{sentence}\n")
        return code


def _write_out(code: int) -> int:
    """Write what standard output has buffered and return the exit code: 1 when it cannot be written.

    A reader that closed its end of a pipe, such as `head`, needs no message.
    """
    try:
        sys.stdout.flush()
    except OSError as cause:
        # Python would try to write the rest again when it ends, and print a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not code and cause.errno != errno.EPIPE:
            sys.stderr.write(
                f"Error: the output cannot be written: {cause.strerror}\nFree some space, or print elsewhere.\n"
            )
        return code or 1
    return code
