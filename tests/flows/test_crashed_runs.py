"""Which flow runs count as dead, and which of them are set to crashed."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import FlowRun, State, StateType

from flows import crashed_runs
from flows.crashed_runs import MAX_DURATION, is_dead, set_crashed

NOW = datetime(2026, 11, 27, 3, 17, tzinfo=UTC)
HOME = "/data/metaboard"


@pytest.fixture(scope="module")
def ended_pid() -> int:
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def flow_run(
    pid: object = None, age: timedelta | None = timedelta(minutes=5), home: str = HOME, host: str = ""
) -> FlowRun:
    infrastructure = None if pid is None else f"{host or platform.node()}:{pid}"
    return FlowRun(
        id=uuid4(),
        flow_id=uuid4(),
        name="night",
        parameters={"home": home},
        infrastructure_pid=infrastructure,
        start_time=cast("Any", None if age is None else NOW - age),
        expected_start_time=None,
        state=State(type=StateType.RUNNING),
    )


def test_a_run_whose_process_lives_is_not_dead() -> None:
    assert not is_dead(flow_run(os.getpid()), NOW)


def test_a_run_whose_process_has_ended_is_dead(ended_pid: int) -> None:
    assert is_dead(flow_run(ended_pid), NOW)


def test_a_process_of_another_machine_is_not_judged(ended_pid: int) -> None:
    assert not is_dead(flow_run(ended_pid, host="another-machine"), NOW)


@pytest.mark.parametrize("pid", [None, "", "soon", "-1", "1.5"])
def test_a_run_without_a_process_number_is_not_dead_before_a_day(pid: object) -> None:
    assert not is_dead(flow_run(pid), NOW)
    assert not is_dead(flow_run(pid, age=None), NOW)


@pytest.mark.parametrize(("beyond", "is_over"), [(timedelta(seconds=1), True), (timedelta(0), False)])
def test_a_run_of_yesterday_is_dead_on_any_machine(beyond: timedelta, is_over: bool) -> None:
    assert is_dead(flow_run(os.getpid(), MAX_DURATION + beyond, host="another-machine"), NOW) == is_over


def test_the_expected_start_counts_for_a_run_that_never_started() -> None:
    run = flow_run(None, age=None).model_copy(update={"expected_start_time": NOW - timedelta(days=2)})
    assert is_dead(run, NOW)


@dataclass
class StandInClient:
    """Stands for Prefect's client: it returns the given runs and records every state that is set."""

    runs: list[FlowRun]
    asked: dict[str, object] = field(default_factory=dict)
    states: dict[UUID, State[object]] = field(default_factory=dict)

    def read_flow_runs(self, **filters: object) -> list[FlowRun]:
        self.asked = filters
        return self.runs

    def set_flow_run_state(self, run_id: UUID, state: "State[object]", *, force: bool) -> None:
        assert force, "Prefect refuses a change of a running state otherwise"
        self.states[run_id] = state


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> StandInClient:
    stand_in = StandInClient([])

    @contextmanager
    def get_client(*, sync_client: bool) -> Iterator[StandInClient]:
        assert sync_client
        yield stand_in

    monkeypatch.setattr(crashed_runs, "get_client", get_client)
    return stand_in


def test_only_dead_runs_of_this_home_besides_the_current_one_are_set_to_crashed(
    client: StandInClient, ended_pid: int
) -> None:
    dead, yesterday = flow_run(ended_pid), flow_run(None, timedelta(days=2))
    current, alive, other = flow_run(ended_pid), flow_run(os.getpid()), flow_run(ended_pid, home="/data/other")
    client.runs = [dead, current, alive, other, yesterday]
    deployment = uuid4()
    assert set_crashed(deployment, current.id, HOME, NOW) == [dead.id, yesterday.id]
    assert set(client.states) == {dead.id, yesterday.id}
    assert {state.type for state in client.states.values()} == {StateType.CRASHED}
    assert all("process of this run died" in str(state.message) for state in client.states.values())


def test_open_runs_of_the_deployment_are_asked_for(client: StandInClient) -> None:
    deployment = uuid4()
    assert set_crashed(deployment, None, HOME, NOW) == []
    asked = repr(client.asked)
    assert str(deployment) in asked
    assert all(state.value in asked for state in crashed_runs.OPEN_STATES)
