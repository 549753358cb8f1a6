"""Fixtures of the pipeline's tests."""

from tests.support.command_line import metaboard, sample_home

__all__ = ["metaboard", "sample_home"]
