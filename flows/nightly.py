"""The nightly flow: a refresh with a timeout and retries, optional steps around it, and notices to a webhook."""

import os
from pathlib import Path
from typing import Any
from uuid import UUID

# This import sets Prefect's environment variables, so it comes before `prefect`.
from flows.prefect_runner import TASK_RUNNER, PrefectRunner, save_change_tables

# isort: split
from prefect import Flow, flow, get_run_logger, runtime
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Cancelled

from aggregator import site
from aggregator.errors import MetaboardError
from aggregator.hub.models import ENDPOINT
from aggregator.pipeline import freshness
from aggregator.pipeline.enrich import EnrichOptions, enrich_models
from aggregator.pipeline.keep_limits import load_limits
from aggregator.pipeline.prune import prune
from flows import crashed_runs, missed_runs, notify, redaction
from flows.publish import publish_step
from flows.refresh import RefreshOptions, RefreshResult, refresh
from flows.runners import Runner

TIMEOUT_SECONDS = float(os.environ.get("METABOARD_NIGHT_TIMEOUT", "3600"))
"""Timeout of one attempt."""
RETRIES = int(os.environ.get("METABOARD_NIGHT_RETRIES", "2"))
RETRY_DELAY_SECONDS = round(float(os.environ.get("METABOARD_NIGHT_RETRY_DELAY", "900")))
"""Delay before a retry; a host that is down for a short time is back by then."""


def _notify_failure(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Send a notice that the run failed after all retries, or that its process died."""
    del flow
    url = notify.webhook_url()
    if url is None:
        return
    home, event = str(flow_run.parameters.get("home", "")), state.type.value.lower()
    text = f"metaboard: the refresh of {home} {event}: {state.message or 'no reason was given'}"
    notify.send(notify.Notice(event, text, home, str(flow_run.id)), url)


@flow(
    name="nightly",
    task_runner=TASK_RUNNER,
    timeout_seconds=TIMEOUT_SECONDS,
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    persist_result=False,
    on_failure=[_notify_failure],
    on_crashed=[_notify_failure],
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
) -> str | State[Any]:
    """Refresh `home` from the live hosts or from a mirror; returns the id of the current generation.

    A scheduled run does nothing and ends as cancelled when a later one is due too, as after a night of sleep.

    Before the refresh, at most `enrich` models are looked up on the Hub (0: none). After it, the generation is
    published to `publish_to`, a folder or `hf://datasets/ORG/NAME`, and its page is written to `site_to`.
    """
    message = _skip_message()
    if message is not None:
        get_run_logger().warning(message)
        return Cancelled(message=message)
    options = RefreshOptions(Path(home), mirror, False, force, Path(aliases) if aliases else None)
    return redaction.redact_errors(_run_steps)(options, enrich, publish_to, site_to)


def _skip_message() -> str | None:
    """Return why this run is skipped; None for the last one that is due, and without a deployment."""
    if not runtime.deployment.id:
        return None
    return missed_runs.skip_message(UUID(str(runtime.deployment.id)), UUID(str(runtime.flow_run.id)))


def _run_steps(options: RefreshOptions, max_lookups: int, publish_to: str | None, site_to: str | None) -> str:
    run_id = UUID(str(runtime.flow_run.id))
    crashed_runs.record_process(run_id)
    runner = PrefectRunner(get_run_logger().info)
    if max_lookups:
        _enrich(EnrichOptions(options.home, max_lookups, endpoint=os.environ.get("HF_ENDPOINT") or ENDPOINT), runner)
    result = refresh(options, runner)
    _log_result(result)
    save_change_tables(result, options.home, runner)
    if publish_to:
        publish_step(options.home, publish_to, runner)
    if site_to:
        runner.run("page", lambda: site.build_site(options.home, Path(site_to)))
    _prune(options.home, runner)
    _notify_stale_sources(options.home, result)
    if runtime.deployment.id:
        crashed_runs.set_crashed(UUID(str(runtime.deployment.id)), run_id, str(options.home))
    return result.generation.id


def _enrich(options: EnrichOptions, runner: PrefectRunner) -> None:
    """Look up models on the Hub. The refresh does not need it, so a failure is only logged."""
    try:
        result = runner.run("enrich", lambda: enrich_models(options, runner.log))
    except MetaboardError as error:
        get_run_logger().warning("no models were looked up on the Hub: %s", error.headline)
        return
    get_run_logger().info(
        "models were looked up on the Hub", extra={"fields": {"event": "enriched", **result.to_json()}}
    )


def _prune(home: Path, runner: Runner) -> None:
    """Remove what the home directory needs no more, unless its settings switch that off. A failure is only logged."""
    try:
        limits = load_limits(home)
        if not limits.nightly:
            return
        result = runner.run("prune", lambda: prune(home, limits))
    except MetaboardError as error:
        get_run_logger().warning("nothing was removed from %s: %s", home, error.headline)
        return
    get_run_logger().info("the home directory was pruned", extra={"fields": {"event": "pruned", **vars(result)}})


def _log_result(result: RefreshResult) -> None:
    """Log one event for each source and one for the generation."""
    log = get_run_logger()
    for row in result.report.select("source", "status", "rows_accepted", "age_days", "message").iter_rows(named=True):
        level = log.info if row["status"] == "fresh" else log.warning
        level("%s is %s", row["source"], row["status"], extra={"fields": {"event": "source", **row}})
    fields = {
        "event": "generation",
        "generation": result.generation.id,
        "is_new": result.is_new,
        "seconds": {name: round(seconds, 3) for name, seconds in result.seconds.items()},
    }
    news = "new" if result.is_new else "nothing changed"
    log.info("generation %s is current (%s)", result.generation.id, news, extra={"fields": fields})


def _notify_stale_sources(home: Path, result: RefreshResult) -> None:
    """Send a notice with the sources that are refused, kept or older than their limit."""
    url = notify.webhook_url()
    if url is None:
        return
    title = f"metaboard: generation {result.generation.id} of {home}"
    notice = notify.state_notice(freshness.status(home), title, str(runtime.flow_run.id), is_nightly=True)
    if notice:
        notify.send(notice, url)
