"""Runs that Prefect takes for running though nobody runs them: a killed process or server cannot say that it ended.

Prefect's record is not what keeps two refreshes apart; the lease of the home directory is. So whoever got the lease
knows that earlier runs of the same home are over, and closes them, which also gives back their places in the
deployment's concurrency limit.
"""

import os
import platform
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Crashed

OPEN = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
LONGEST = timedelta(hours=24)
"""A run that began before that is over wherever it ran: the next night has come."""


def sign(run: UUID) -> None:
    """Write down which process runs `run`, as Prefect's process workers do: `host:pid`."""
    with get_client(sync_client=True) as client:
        client.update_flow_run(run, infrastructure_pid=f"{platform.node()}:{os.getpid()}")


def close(deployment: UUID, this: UUID | None, home: str, now: datetime | None = None) -> list[UUID]:
    """Mark the dead runs of `home` as crashed, `this` excepted; returns which they were.

    A run is dead when its process is gone from this machine, or when it began a day ago.
    """
    now = now or datetime.now(UTC)
    state = FlowRunFilterState(type=FlowRunFilterStateType(any_=OPEN))
    with get_client(sync_client=True) as client:
        found = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=state),
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment])),
        )
        dead = [run for run in found if run.id != this and run.parameters.get("home") == home and is_dead(run, now)]
        for run in dead:
            client.set_flow_run_state(
                run.id, Crashed(message="Its process ended without a word; a later run closed it."), force=True
            )
    return [run.id for run in dead]


def is_dead(run: FlowRun, now: datetime) -> bool:
    """Return whether nobody can be running `run` any more."""
    began = run.start_time or run.expected_start_time
    if began is not None and now - began > LONGEST:
        return True
    host, _, number = (run.infrastructure_pid or "").rpartition(":")
    if not number.isdigit() or host != platform.node():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
