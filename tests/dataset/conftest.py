"""Fixtures for the tests of the published dataset."""

from tests.support.command_line import metaboard, sample_home
from tests.support.datasets import another, contents, dataset, home, made

__all__ = ["another", "contents", "dataset", "home", "made", "metaboard", "sample_home"]
