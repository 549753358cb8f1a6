"""The statistics of an edition in the manifest."""

import pytest

from aggregator.gates.statistics import compute_statistics, from_json
from aggregator.model import Source
from tests.support.samples import SOURCES, parsed


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_statistics_survive_json_and_other_documents_give_none(source: Source) -> None:
    found = compute_statistics(parsed(source))
    document = found.to_json()
    assert from_json(document) == found
    others: tuple[object, ...] = (None, [], {}, {**document, "rows": "many"}, {**document, "benchmarks": []})
    assert [from_json(other) for other in others] == [None] * len(others)
