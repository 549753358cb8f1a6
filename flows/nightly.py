"""One night under Prefect: the refresh with a deadline and retries, and what a person should see of it afterwards."""

import os
from pathlib import Path
from typing import Any
from uuid import UUID

# The settings of Prefect's process are made there, before Prefect is imported.
from flows.prefect_runner import FEW_THREADS, PrefectRunner, keep_news

# isort: split
from prefect import Flow, flow, get_run_logger, runtime
from prefect.client.schemas.objects import FlowRun, State

from aggregator import site
from aggregator.errors import MetaboardError
from aggregator.hub.models import ENDPOINT
from aggregator.pipeline import freshness
from aggregator.query.queries import Row
from flows import crashed_runs, logs, notify
from flows.enrich import Asking
from flows.enrich import enrich as ask_hub
from flows.publish import last_step
from flows.refresh import Options, Outcome, refresh

TIMEOUT = float(os.environ.get("METABOARD_NIGHT_TIMEOUT", "3600"))
"""Seconds that one attempt may take."""
RETRIES = int(os.environ.get("METABOARD_NIGHT_RETRIES", "2"))
RETRY_DELAY = round(float(os.environ.get("METABOARD_NIGHT_RETRY_DELAY", "900")))
"""Seconds before an attempt is repeated: hosts that were down for a moment have come back."""


def _tell_end(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Tell a person that the run failed after all its retries, or that its process died."""
    del flow
    url = notify.address()
    if url is None:
        return
    home, ended = str(flow_run.parameters.get("home", "")), state.type.value.lower()
    text = f"metaboard: the refresh of {home} {ended}: {state.message or 'no reason was given'}"
    notify.send(notify.Notice(ended, text, home, str(flow_run.id)), url)


@flow(
    name="nightly",
    task_runner=FEW_THREADS,
    timeout_seconds=TIMEOUT,
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY,
    persist_result=False,
    on_failure=[_tell_end],
    on_crashed=[_tell_end],
)
def nightly(
    home: str,
    mirror: str | None = None,
    *,
    force: bool = False,
    aliases: str | None = None,
    enrich: int = 0,
    publish_to: str | None = None,
    site_to: str | None = None,
) -> str:
    """Refresh `home` from the hosts, or from a mirror; returns the id of the generation that readers then see.

    Before that, `enrich` models at most are looked up on the Hub; 0 for none. After it, the generation is published to
    `publish_to`, a folder or `hf://datasets/ORG/NAME`, and its page is made in `site_to`.
    """
    options = Options(Path(home), mirror, False, force, Path(aliases) if aliases else None)
    return logs.without_secrets(_night)(options, enrich, publish_to, site_to)


def _night(options: Options, lookups: int, publish_to: str | None, site_to: str | None) -> str:
    this = UUID(str(runtime.flow_run.id))
    crashed_runs.sign(this)
    runner = PrefectRunner(get_run_logger().info)
    if lookups:
        _enrich(Asking(options.home, lookups, endpoint=os.environ.get("HF_ENDPOINT") or ENDPOINT), runner)
    outcome = refresh(options, runner)
    _log_outcome(outcome)
    keep_news(outcome, options.home, runner)
    if publish_to:
        last_step(options.home, publish_to, runner)
    if site_to:
        runner.once("page", lambda: site.build(options.home, Path(site_to)))
    _tell_staleness(options.home, outcome)
    if runtime.deployment.id:
        crashed_runs.close(UUID(str(runtime.deployment.id)), this, str(options.home))
    return outcome.generation.id


def _enrich(asking: Asking, runner: PrefectRunner) -> None:
    """Ask the Hub; the night goes on without it where it does not answer, or where there is nothing to ask about yet."""
    try:
        done = runner.once("enrich", lambda: ask_hub(asking, runner.say))
    except MetaboardError as error:
        get_run_logger().warning("the Hub was not asked: %s", error.headline)
        return
    get_run_logger().info("the Hub was asked", extra={"fields": {"event": "enriched", **done.document()}})


def _log_outcome(outcome: Outcome) -> None:
    """Write one event for each source and one for the generation."""
    log = get_run_logger()
    for row in outcome.report.select("source", "status", "rows_accepted", "age_days", "message").iter_rows(named=True):
        level = log.info if row["status"] == "fresh" else log.warning
        level("%s is %s", row["source"], row["status"], extra={"fields": {"event": "source", **row}})
    log.info(
        "generation %s is current (%s)",
        outcome.generation.id,
        "new" if outcome.is_new else "nothing changed",
        extra={
            "fields": {
                "event": "generation",
                "generation": outcome.generation.id,
                "is_new": outcome.is_new,
                "seconds": {name: round(seconds, 3) for name, seconds in outcome.seconds.items()},
            }
        },
    )


def _tell_staleness(home: Path, outcome: Outcome) -> None:
    """Tell a person which sources were refused or are older than they may be; an archive never is."""
    url = notify.address()
    if url is None:
        return
    tired: list[Row] = [vars(source) for source in freshness.status(home).sources if source.needs_a_person]
    if tired:
        lines = [f"{row['source']} is {row['state']}: {row['message'] or ''}".rstrip(": ") for row in tired]
        text = f"metaboard: generation {outcome.generation.id} of {home}\n" + "\n".join(lines)
        event = "refused" if outcome.refused.height else "stale"
        notify.send(notify.Notice(event, text, str(home), str(runtime.flow_run.id), tired), url)
