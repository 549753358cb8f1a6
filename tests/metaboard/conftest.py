"""Fixtures of the command line's tests."""

from tests.support.command_line import metaboard, sample_home
from tests.support.datasets import another, contents, dataset, home, made
from tests.support.hub.client import editions, hub, quick

__all__ = ["another", "contents", "dataset", "editions", "home", "hub", "made", "metaboard", "quick", "sample_home"]
