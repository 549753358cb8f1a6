"""Of several scheduled runs that are due, the last one is made up and the others are skipped."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Cancelled

from flows import missed_runs
from flows.missed_runs import find_later

DUE = datetime(2026, 11, 20, 3, 17, tzinfo=UTC)
NOW = DUE + timedelta(days=3, hours=5)


def run(nights: int, *, is_scheduled: bool = True, home: str = "/home") -> FlowRun:
    fields = {"parameters": {"home": home}, "auto_scheduled": is_scheduled}
    return FlowRun.model_validate(fields | {"flow_id": uuid4(), "expected_start_time": DUE + timedelta(days=nights)})


def test_each_missed_run_but_the_last_is_skipped() -> None:
    waiting = [run(night) for night in range(6)]
    found = [find_later(current, waiting, NOW) for current in waiting[:4]]
    assert found == [DUE + timedelta(days=3)] * 3 + [None], "the runs of nights 4 and 5 are not due yet"


@pytest.mark.parametrize("waiting", [[], [run(1, is_scheduled=False)], [run(1, home="/other")], [run(-1)], [run(0)]])
def test_other_runs_do_not_count(waiting: list[FlowRun]) -> None:
    assert find_later(run(0), waiting, NOW) is None


def test_a_run_that_a_skipped_one_names_is_made_up_even_if_the_next_is_due_by_then() -> None:
    first, second, third = run(0), run(1), run(2)
    later = find_later(first, [second], NOW - timedelta(days=2))
    assert later is not None
    assert later == second.expected_start_time
    skipped = run(0)
    skipped.state = Cancelled(message=missed_runs._message(later))
    assert find_later(second, [skipped, third], NOW) is None
    assert find_later(second, [third], NOW) == third.expected_start_time


def test_a_run_that_a_person_started_is_never_skipped() -> None:
    assert find_later(run(0, is_scheduled=False), [run(1)], NOW) is None
