"""Fixtures of the Hub tests."""

from tests.support.clocks import half_jitter
from tests.support.hub.fixtures import client, editions, fast_client, hub

__all__ = ["client", "editions", "fast_client", "half_jitter", "hub"]
