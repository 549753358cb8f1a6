"""Two ways to run the same page: as plain functions, or each step as a Prefect task (`flows/prefect_runner.py`)."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

PARALLEL = 4
"""Sources fetched at the same time: they live on two hosts, and a polite client keeps few connections."""


class Runner(Protocol):
    """Runs the steps of a flow and tells a person how far it is."""

    seconds: dict[str, float]
    """How long each step took, in the order in which they ran."""

    def each(self, name: str, step: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Run `step` on every item, in parallel; results are in the order of `items`."""
        ...

    def once(self, name: str, step: Callable[[], Result]) -> Result:
        """Run one step."""
        ...

    def say(self, line: str) -> None:
        """Tell the person who waits."""
        ...

    def show(self, key: str, rows: Iterable[dict[str, object]], title: str) -> None:
        """Keep a table with the run's record, where there is one."""
        ...


class DirectRunner:
    """Runs the steps as what they are: functions."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = {}
        self._say = say

    def each(self, name: str, step: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Run `step` on every item in a few threads."""
        with ThreadPoolExecutor(PARALLEL) as pool:
            return self.once(name, lambda: list(pool.map(step, items)))

    def once(self, name: str, step: Callable[[], Result]) -> Result:
        """Run one step and note its time."""
        began = perf_counter()
        try:
            return step()
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - began

    def say(self, line: str) -> None:
        """Pass the line on."""
        self._say(line)

    def show(self, key: str, rows: Iterable[dict[str, object]], title: str) -> None:
        """Do nothing: without a server there is no record to keep tables with."""
