"""What the tests of enrichment share."""

from collections.abc import Iterator

import pytest

from tests.enrich.standin import Hub, standing
from tests.flows.conftest import metaboard

__all__ = ["hub", "metaboard"]


@pytest.fixture
def hub() -> Iterator[Hub]:
    """Return a running stand-in of the Hub; a test fills it."""
    with standing(Hub()) as running:
        yield running
