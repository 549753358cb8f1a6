"""The terminal door, as the tests of flows open it."""

from tests.flows.conftest import metaboard, sample_home

__all__ = ["metaboard", "sample_home"]
