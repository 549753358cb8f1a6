"""Fixtures for the tests of the command line."""

from tests.support.command_line import metaboard, sample_home
from tests.support.datasets import another, contents, dataset, home, made
from tests.support.hub.fixtures import editions, fast_client, hub

__all__ = [
    "another",
    "contents",
    "dataset",
    "editions",
    "fast_client",
    "home",
    "hub",
    "made",
    "metaboard",
    "sample_home",
]
