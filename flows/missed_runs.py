"""Skip the nights that a machine slept through: of several scheduled runs that are due, only the last one is made up."""

from collections.abc import Iterable
from datetime import UTC, datetime
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
from prefect.client.schemas.sorting import FlowRunSort


def skip_message(deployment_id: UUID, run_id: UUID, now: datetime | None = None) -> str | None:
    """Return why a scheduled run is skipped: a later one is due as well. None for the last one and for a manual run."""
    state = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED, StateType.CANCELLED]))
    with get_client(sync_client=True) as client:
        current = client.read_flow_run(run_id)
        others = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=state),
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])),
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        )
    later = find_later(current, others, now or datetime.now(UTC))
    return None if later is None else _message(later)


def _message(later: datetime) -> str:
    return f"skipped: the run of {later:%Y-%m-%d %H:%M} UTC is due too and makes it up"


def find_later(current: FlowRun, others: Iterable[FlowRun], now: datetime) -> datetime | None:
    """Return the last due time among `others` that is after that of `current`, for the same parameters.

    A run that a skipped one names is not skipped itself. Else no run would ever happen when a start takes longer than
    the time between two runs.
    """
    due = current.expected_start_time
    if not current.auto_scheduled or due is None:
        return None
    same = [run for run in others if run.auto_scheduled and run.parameters == current.parameters]
    if any(run.state is not None and run.state.message == _message(due) for run in same):
        return None
    waiting = (run.expected_start_time for run in same if run.state is None or run.state.is_scheduled())
    return max((time for time in waiting if time is not None and due < time <= now), default=None)
