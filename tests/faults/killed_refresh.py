"""A refresh in a child process that a test kills. The fork server has imported the program already."""

import contextlib
import io
import os

import flows.refresh
import metaboard.commands.refresh
from metaboard.app import run

PRELOADED_MODULES = (flows.refresh.__name__, metaboard.commands.refresh.__name__, __name__)


def refresh(home: str, mirror: str) -> None:
    """Run `metaboard refresh` without output and exit with its exit code."""
    ignored = io.StringIO()
    with contextlib.redirect_stderr(ignored), contextlib.redirect_stdout(ignored):
        code = run(["refresh", "--direct", "--force", "--mirror", mirror, "--home", home])
    os._exit(code)
