"""Identity: which names on which boards are the same model, and why."""

from aggregator.identity.ladder import Resolution, resolve
from aggregator.identity.names import ParsedName, parse_name
from aggregator.identity.rules import Rules, lint, load_rules

__all__ = ["ParsedName", "Resolution", "Rules", "lint", "load_rules", "parse_name", "resolve"]
