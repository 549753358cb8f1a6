"""The search on the generation of the recordings: share of right models, silence, and cost."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.query import queries
from aggregator.query.queries import Connection
from aggregator.query.search import UnresolvedModelError, find_match
from tests.support.recorded_home import given_names, recordings_home
from tests.support.typed_names import TypedName

__all__ = ["given_names", "recordings_home"]

pytestmark = pytest.mark.recordings

LEAST_RIGHT = 0.95
SCAN = "select model_id from aliases order by jaro_winkler_similarity(lower(raw_name), lower(?)) desc limit 10"
MOST_SCANS = 20
"""A search takes the time of 10 such scans."""


@pytest.fixture(scope="module")
def recorded(recordings_home: Path) -> Iterator[Connection]:
    with queries.open_current(recordings_home) as connection:
        yield connection


def test_most_typed_names_give_the_right_model_and_none_another_in_silence(
    recorded: Connection, given_names: list[TypedName]
) -> None:
    wrong: list[str] = []
    silent: list[str] = []
    for name in given_names:
        first = queries.find_models(recorded, name.text, 1)
        try:
            match = find_match(recorded, name.text)
        except UnresolvedModelError:
            wrong.append(name.text)
            continue
        assert match.model_id == first[0]["model_id"]
        if not name.means(match.model_id):
            (wrong if match.note else silent).append(name.text)
    assert silent == []
    assert len(wrong) <= (1 - LEAST_RIGHT) * len(given_names), wrong


def test_a_warm_search_costs_at_most_some_scans_of_all_names(
    recorded: Connection, given_names: list[TypedName]
) -> None:
    ratios = []
    for name in given_names:
        # The time of this process does not count what else the machine does, and both slow down together.
        start = time.process_time()
        queries.find_models(recorded, name.text, 10)
        found = time.process_time()
        recorded.execute(SCAN, [name.text]).fetchall()
        ratios.append((found - start) / (time.process_time() - found))
    assert statistics.median(ratios[5:]) <= MOST_SCANS
