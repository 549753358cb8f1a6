"""A refresh that is about to be killed: in a process of its own that has imported the program already."""

import contextlib
import io
import os

import flows.refresh
import metaboard.commands.refresh
from metaboard.app import run

PRELOADED = (flows.refresh.__name__, metaboard.commands.refresh.__name__, __name__)


def refresh(home: str, mirror: str) -> None:
    """Refresh by the command line, quietly, and end as it ends."""
    nowhere = io.StringIO()
    with contextlib.redirect_stderr(nowhere), contextlib.redirect_stdout(nowhere):
        code = run(["refresh", "--direct", "--force", "--mirror", mirror, "--home", home])
    os._exit(code)
