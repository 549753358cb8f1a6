"""Identity: which names on which leaderboards are the same model, with the evidence.

Match rules, curated rules, lineage and the meaning of Hub metadata belong here, as pure functions. Requests to the Hub
belong in `aggregator.hub`, the files of leaderboards in `aggregator.sources`.
"""

from aggregator.identity.curated import Rules
from aggregator.identity.curated_files import lint, load_rules
from aggregator.identity.decisions import Decision, replaced_rows, with_decision, without_decisions
from aggregator.identity.explain import Explanation, explain, explain_unlisted
from aggregator.identity.hub_takeover import validate_metadata
from aggregator.identity.names import ParsedName, parse_name
from aggregator.identity.quality import QUALITY, evaluate
from aggregator.identity.resolve import Resolution, resolve

__all__ = [
    "QUALITY",
    "Decision",
    "Explanation",
    "ParsedName",
    "Resolution",
    "Rules",
    "evaluate",
    "explain",
    "explain_unlisted",
    "lint",
    "load_rules",
    "parse_name",
    "replaced_rows",
    "resolve",
    "validate_metadata",
    "with_decision",
    "without_decisions",
]
