"""Show the progress of a command on standard error: a spinner on a terminal, plain lines in a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flows.runners import DirectRunner
from metaboard.display import message_console, plain_text

Result = TypeVar("Result")


@contextmanager
def show_progress(first_line: str) -> Iterator[Callable[[str], None]]:
    """Print `first_line` and yield a function that prints one line; a line that ends with `…` replaces the spinner's text."""
    console = message_console()
    if not console.is_terminal:
        console.print(plain_text(first_line), soft_wrap=True)
        yield lambda line: console.print(plain_text(line), soft_wrap=True)
        return
    with console.status(plain_text(first_line)) as status:

        def print_line(line: str) -> None:
            if line.endswith("…"):
                status.update(plain_text(line))
            else:
                console.print(plain_text(line, "dim"), soft_wrap=True)

        yield print_line


class ProgressRunner(DirectRunner):
    """Run the steps as functions and print the name of each step when it starts."""

    def run(self, name: str, step: Callable[[], Result]) -> Result:
        """Print the name of the step, then run it."""
        self.log(f"{name} …")
        return super().run(name, step)
