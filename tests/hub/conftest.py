"""Fixtures of the Hub's tests."""

from tests.support.hub.client import client, editions, hub, quick
from tests.support.hub.models import models_hub

__all__ = ["client", "editions", "hub", "models_hub", "quick"]
