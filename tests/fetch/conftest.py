"""Fixtures of the download tests."""

from tests.support.clocks import half_jitter

__all__ = ["half_jitter"]
