"""Fixtures of the flows' tests."""

from tests.support.datasets import home, made

__all__ = ["home", "made"]
