"""Fixtures for the tests of the documentation."""

from tests.support.command_line import sample_home

__all__ = ["sample_home"]
