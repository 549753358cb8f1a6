"""Identity: which names on which boards are the same model, and why."""

from aggregator.identity.curation import lint, load_rules
from aggregator.identity.hub_epochs import judge
from aggregator.identity.ladder import Resolution, resolve
from aggregator.identity.names import ParsedName, parse_name
from aggregator.identity.quality import QUALITY, evaluate
from aggregator.identity.review import Decision, Explanation, explain, with_decision
from aggregator.identity.rules import Rules

__all__ = [
    "QUALITY",
    "Decision",
    "Explanation",
    "ParsedName",
    "Resolution",
    "Rules",
    "evaluate",
    "explain",
    "judge",
    "lint",
    "load_rules",
    "parse_name",
    "resolve",
    "with_decision",
]
