"""Fixtures of the documentation's tests."""

from tests.support.command_line import sample_home

__all__ = ["sample_home"]
