"""Without one of the gates, a lie would be published: each gate has an edition that it alone stops, or a stated overlap."""

from pathlib import Path

import pytest

from aggregator.gates.gates import GATES
from aggregator.sources import SAMPLE
from tests.conftest import REPOSITORY
from tests.faults import only_gate
from tests.faults.only_gate import ONLY_GATE, OVERLAPPING, WITH_OTHER_EDITIONS

RECORDED = [gate for gate, one in ONLY_GATE.items() if one.is_recorded]


def test_every_gate_has_an_edition_that_it_alone_stops_or_a_stated_overlap() -> None:
    assert sorted([*ONLY_GATE, *OVERLAPPING, *WITH_OTHER_EDITIONS]) == sorted(GATES)


@pytest.mark.parametrize("gate", WITH_OTHER_EDITIONS)
def test_the_tests_of_the_other_gates_exist(gate: str) -> None:
    assert gate in (REPOSITORY / WITH_OTHER_EDITIONS[gate]).read_text(encoding="utf-8")


@pytest.mark.parametrize("gate", OVERLAPPING)
def test_an_overlapping_gate_stops_its_edition_together_with_others(gate: str) -> None:
    found = only_gate.stopping_gates(OVERLAPPING[gate], SAMPLE)
    assert gate in found
    assert len(found) > 1, "it stops the edition alone: move it to ONLY_GATE"


@pytest.mark.parametrize("gate", [gate for gate in ONLY_GATE if gate not in RECORDED])
def test_only_this_gate_stops_its_edition(gate: str) -> None:
    assert only_gate.stopping_gates(ONLY_GATE[gate], SAMPLE) == {gate}


@pytest.mark.recordings
@pytest.mark.parametrize("gate", RECORDED)
def test_only_this_gate_stops_its_recorded_edition(gate: str, recordings: Path) -> None:
    assert only_gate.stopping_gates(ONLY_GATE[gate], recordings) == {gate}
