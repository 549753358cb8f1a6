"""The same page under Prefect: each step is a task, the page is a flow, tables are artifacts."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from flows import logs

# Read once, when Prefect is imported: no telemetry, and time enough for the first start of the embedded server.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("PREFECT_LOGGING_SETTINGS_PATH", str(logs.SETTINGS))

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.futures import wait
from prefect.task_runners import ThreadPoolTaskRunner

from aggregator import warehouse
from aggregator.pipeline import changes
from flows.refresh import Options, Outcome, refresh
from flows.runners import PARALLEL

logs.install()

Item = TypeVar("Item")
Result = TypeVar("Result")

SHOWN = 200
"""Rows of an artifact: a page is for a person; `metaboard changes` has all."""

RETRIES = 1
"""A step is retried once: the fetcher has its own, finer retries, and every other step is deterministic."""


class PrefectRunner:
    """Runs each step as a Prefect task of the flow run that it is called in."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = {}
        self._say = say

    def each(self, name: str, step: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Submit one task per item and wait for all."""
        began = perf_counter()
        run = task(name=name, retries=RETRIES, persist_result=False)(logs.without_secrets(step))
        futures = [run.submit(item) for item in items]
        wait(futures)
        self.seconds[name] = perf_counter() - began
        return [future.result() for future in futures]

    def once(self, name: str, step: Callable[[], Result]) -> Result:
        """Run one task here and now."""
        began = perf_counter()
        try:
            return task(name=name, persist_result=False)(logs.without_secrets(step))()
        finally:
            self.seconds[name] = perf_counter() - began

    def say(self, line: str) -> None:
        """Pass the line on."""
        self._say(line)

    def show(self, key: str, rows: Iterable[dict[str, object]], title: str) -> None:
        """Keep the table as an artifact of the flow run."""
        table: list[Any] = [
            {name: None if value is None else logs.clean(str(value)) for name, value in row.items()} for row in rows
        ]
        create_table_artifact(table, key=key, description=title)


_say: ContextVar[Callable[[str], None] | None] = ContextVar("say", default=None)
"""Who waits at a terminal; parameters of a flow are plain data, so a function cannot be one."""

# Prefect's type of a task runner is invariant in the future that it returns.
FEW_THREADS: Any = ThreadPoolTaskRunner(max_workers=PARALLEL)


@flow(name="refresh", task_runner=FEW_THREADS)
def refresh_flow(
    home: str, mirror: str | None = None, *, replay: bool = False, force: bool = False, aliases: str | None = None
) -> Outcome:
    """Refresh `home` once; see `flows.refresh.refresh`."""
    say = _say.get() or get_run_logger().info
    options = Options(Path(home), mirror, replay, force, Path(aliases) if aliases else None)
    runner = PrefectRunner(say)
    outcome = logs.without_secrets(refresh)(options, runner)
    keep_news(outcome, options.home, runner)
    return outcome


def keep_news(outcome: Outcome, home: Path, runner: PrefectRunner) -> None:
    """Keep with the run's record what changed: on the leaderboards, in the combined rank, and what each source did."""
    if not outcome.is_new:
        runner.show("refresh-report", outcome.report.drop("warnings").iter_rows(named=True), "Nothing changed")
        return
    title = f"Generation {outcome.generation.id}"
    with warehouse.open_read_only(outcome.generation.path / warehouse.DATABASE) as connection:
        runner.show("changes", changes.changes(connection, limit=SHOWN), f"{title}: what changed on each leaderboard")
    before = changes.generation_before(home, outcome.generation)
    runner.show("rank-moves", changes.rank_moves(outcome.generation, before, SHOWN), f"{title}: the combined rank")


def refresh_with_prefect(options: Options, say: Callable[[str], None]) -> Outcome:
    """Run the refresh as a flow, on the configured Prefect server or on an embedded one."""
    token = _say.set(say)
    try:
        return refresh_flow(
            str(options.home),
            options.mirror,
            replay=options.replay,
            force=options.force,
            aliases=str(options.aliases) if options.aliases else None,
        )
    finally:
        _say.reset(token)
