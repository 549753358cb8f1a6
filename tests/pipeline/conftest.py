"""Fixtures of the pipeline's tests."""

from tests.support.command_line import metaboard, sample_home
from tests.support.datasets import another, contents, dataset, home, made
from tests.support.hub.fixtures import hub

__all__ = ["another", "contents", "dataset", "home", "hub", "made", "metaboard", "sample_home"]
