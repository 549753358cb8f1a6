"""Fixtures of the flows' tests."""

from tests.support.command_line import metaboard, sample_home
from tests.support.datasets import another, contents, dataset, home, made
from tests.support.hub.models import models_hub

__all__ = ["another", "contents", "dataset", "home", "made", "metaboard", "models_hub", "sample_home"]
