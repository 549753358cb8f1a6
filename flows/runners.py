"""Runner: how the steps of a flow are run. `DirectRunner` calls them as functions, `PrefectRunner` as Prefect tasks."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

PARALLEL = 4
"""Number of sources that are fetched at the same time: few connections, because all files are on two hosts."""


class Runner(Protocol):
    """Runs the steps of a flow, measures them and logs the progress."""

    seconds: dict[str, float]
    """Duration of each step, in the order of the steps."""

    def map(self, name: str, step: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Run `step` on every item in parallel; the results are in the order of `items`."""
        ...

    def run(self, name: str, step: Callable[[], Result]) -> Result:
        """Run one step."""
        ...

    def start(self, name: str, step: Callable[[], Result]) -> Callable[[], Result]:
        """Start one step beside the following ones; the returned function waits for its result."""
        ...

    def log(self, line: str) -> None:
        """Log one line of progress."""
        ...

    def save_table(self, key: str, rows: Iterable[dict[str, object]], title: str) -> None:
        """Save a table with the record of the run, if there is a record."""
        ...


class DirectRunner:
    """Runs the steps as plain functions."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = {}
        self._log = log

    def map(self, name: str, step: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Run `step` on every item in a few threads."""
        with ThreadPoolExecutor(PARALLEL) as pool:
            return self.run(name, lambda: list(pool.map(step, items)))

    def run(self, name: str, step: Callable[[], Result]) -> Result:
        """Run one step and record its duration."""
        start = perf_counter()
        try:
            return step()
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - start

    def start(self, name: str, step: Callable[[], Result]) -> Callable[[], Result]:
        """Run one step in a thread of its own."""
        self.seconds[name] = 0.0
        pool = ThreadPoolExecutor(1)
        found = pool.submit(DirectRunner.run, self, name, step)
        pool.shutdown(wait=False)
        return found.result

    def log(self, line: str) -> None:
        """Pass the line to the function given at creation."""
        self._log(line)

    def save_table(self, key: str, rows: Iterable[dict[str, object]], title: str) -> None:
        """Do nothing: without a Prefect server there is no record."""
