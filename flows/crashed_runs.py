"""Set flow runs to crashed when their process died; Prefect still shows them as running.

The lock of the home directory decides which process may refresh, not Prefect's record. A run that got the lock knows
that earlier runs of the same home are over. This also frees their slots in the deployment's concurrency limit.
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

from aggregator.store.lock import is_process_alive

OPEN_STATES = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
MAX_DURATION = timedelta(hours=24)
"""A run that started earlier is over on any machine: the next night has started."""


def record_process(run_id: UUID) -> None:
    """Record this process as the one of `run_id`, in the form of Prefect's process workers: `host:pid`."""
    with get_client(sync_client=True) as client:
        client.update_flow_run(run_id, infrastructure_pid=f"{platform.node()}:{os.getpid()}")


def set_crashed(deployment_id: UUID, current_run_id: UUID | None, home: str, now: datetime | None = None) -> list[UUID]:
    """Set the dead runs of `home` to crashed, except the current one; returns their ids.

    A run is dead when its process is gone from this machine, or when it started a day ago.
    """
    now = now or datetime.now(UTC)
    state = FlowRunFilterState(type=FlowRunFilterStateType(any_=OPEN_STATES))
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=state),
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])),
        )
        others = [run for run in runs if run.id != current_run_id and run.parameters.get("home") == home]
        dead = [run for run in others if is_dead(run, now)]
        for run in dead:
            message = "The process of this run died. A later run set this state."
            client.set_flow_run_state(run.id, Crashed(message=message), force=True)
    return [run.id for run in dead]


def is_dead(run: FlowRun, now: datetime) -> bool:
    """Return whether no process can still execute `run`; False for a process on another machine."""
    start = run.start_time or run.expected_start_time
    if start is not None and now - start > MAX_DURATION:
        return True
    host, _, pid = (run.infrastructure_pid or "").rpartition(":")
    if not pid.isdigit() or host != platform.node():
        return False
    return not is_process_alive(int(pid))
