"""Run the refresh with Prefect: each step is a task, the refresh is a flow, tables are artifacts."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from flows import logs

# Prefect reads its settings once, when it is imported.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("PREFECT_LOGGING_SETTINGS_PATH", str(logs.SETTINGS_FILE))

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.futures import wait
from prefect.task_runners import ThreadPoolTaskRunner

from aggregator import warehouse
from aggregator.pipeline import changes
from flows.prefect_server import embedded_server
from flows.redaction import clean, redact_errors
from flows.refresh import RefreshOptions, RefreshResult, refresh
from flows.runners import PARALLEL, DirectRunner

logs.install()

Item = TypeVar("Item")
Result = TypeVar("Result")

ARTIFACT_ROWS = 200
"""Most rows of an artifact; `metaboard changes` prints all rows."""

RETRIES = 1
"""Retries of a step with items. A fetch has its own retries; every other step is deterministic."""


class PrefectRunner(DirectRunner):
    """Runs each step as a Prefect task of the current flow run."""

    def map(self, name: str, step: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Submit one task per item and wait for all of them."""
        run_step = task(name=name, retries=RETRIES, persist_result=False)(redact_errors(step))

        def submit_all() -> list[Result]:
            futures = [run_step.submit(item) for item in items]
            wait(futures)
            return [future.result() for future in futures]

        return super().run(name, submit_all)

    def run(self, name: str, step: Callable[[], Result]) -> Result:
        """Run one task and return its result."""
        return super().run(name, task(name=name, persist_result=False)(redact_errors(step)))

    def start(self, name: str, step: Callable[[], Result]) -> Callable[[], Result]:
        """Submit one task; the returned function waits for it."""
        future = task(name=name, persist_result=False)(redact_errors(step)).submit()
        return lambda: super(PrefectRunner, self).run(name, future.result)

    def save_table(self, key: str, rows: Iterable[dict[str, object]], title: str) -> None:
        """Save the table as an artifact of the flow run."""
        table: list[Any] = [
            {name: None if value is None else clean(str(value)) for name, value in row.items()} for row in rows
        ]
        create_table_artifact(table, key=key, description=title)


_console_log: ContextVar[Callable[[str], None] | None] = ContextVar("console_log", default=None)
"""The log function of the command line. It is no parameter of the flow: Prefect stores parameters as JSON."""

# Prefect's type of a task runner is invariant in the type of its futures.
TASK_RUNNER: Any = ThreadPoolTaskRunner(max_workers=PARALLEL)


@flow(name="refresh", task_runner=TASK_RUNNER)
def refresh_flow(
    home: str,
    mirror: str | None = None,
    *,
    replay: bool = False,
    force: bool = False,
    aliases: str | None = None,
    on: Sequence[str] = (),
    off: Sequence[str] = (),
    include: Sequence[str] = (),
) -> RefreshResult:
    """Refresh `home` once; see `flows.refresh.refresh`."""
    boards = {"on": tuple(on), "off": tuple(off), "include": tuple(include)}
    options = RefreshOptions(Path(home), mirror, replay, force, Path(aliases) if aliases else None, **boards)
    runner = PrefectRunner(_console_log.get() or get_run_logger().info)
    result = redact_errors(refresh)(options, runner)
    save_change_tables(result, options.home, runner)
    return result


def save_change_tables(result: RefreshResult, home: Path, runner: PrefectRunner) -> None:
    """Save the changes of each leaderboard and of the combined rank, or only the report when nothing changed."""
    if not result.is_new:
        runner.save_table("refresh-report", result.report.drop("warnings").iter_rows(named=True), "Nothing changed")
        return
    title = f"Generation {result.generation.id}"
    with warehouse.open_read_only(result.generation.path / warehouse.DATABASE) as connection:
        rows = changes.changes(connection, limit=ARTIFACT_ROWS)
        runner.save_table("changes", rows, f"{title}: what changed on each leaderboard")
    before = changes.generation_before(home, result.generation)
    moves = changes.rank_moves(result.generation, before, ARTIFACT_ROWS)
    runner.save_table("rank-moves", moves, f"{title}: the combined rank")


def refresh_with_prefect(options: RefreshOptions, log: Callable[[str], None]) -> RefreshResult:
    """Run the refresh as a flow on the configured Prefect server, or on one in this process."""
    token = _console_log.set(log)
    try:
        with embedded_server():
            return refresh_flow(
                str(options.home),
                options.mirror,
                replay=options.replay,
                force=options.force,
                aliases=str(options.aliases) if options.aliases else None,
                on=options.on,
                off=options.off,
                include=options.include,
            )
    finally:
        _console_log.reset(token)
