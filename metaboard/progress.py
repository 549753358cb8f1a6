"""Telling a person how far a refresh is: a spinner on a terminal, plain lines anywhere else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flows.runners import DirectRunner
from metaboard.display import messages, plain

Result = TypeVar("Result")
Say = Callable[[str], None]


@contextmanager
def told(first: str) -> Iterator[Say]:
    """Yield a function that tells one line; all of it goes to standard error."""
    console = messages()
    if not console.is_terminal:
        console.print(plain(first), soft_wrap=True)
        yield lambda line: console.print(plain(line), soft_wrap=True)
        return
    with console.status(plain(first)) as status:

        def say(line: str) -> None:
            if line.endswith("…"):
                status.update(plain(line))
            else:
                console.print(plain(line, "dim"), soft_wrap=True)

        yield say


class TellingRunner(DirectRunner):
    """Runs the steps as functions and names each as it begins."""

    def once(self, name: str, step: Callable[[], Result]) -> Result:
        """Name the step, then run it."""
        self.say(f"{name} …")
        return super().once(name, step)
