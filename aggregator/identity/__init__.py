"""Identity: which names on which boards are the same model, and why."""

from aggregator.identity.curated import Rules
from aggregator.identity.curated_files import lint, load_rules
from aggregator.identity.hub_takeover import judge
from aggregator.identity.names import ParsedName, parse_name
from aggregator.identity.quality import QUALITY, evaluate
from aggregator.identity.resolve import Resolution, resolve
from aggregator.identity.review import Decision, Explanation, explain, with_decision

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
