"""The inputs of identity resolution besides the rules, as the last refresh left them."""

from dataclasses import dataclass, field

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.hub_evidence import NO_METADATA
from aggregator.identity.registry import NOTHING_PUBLISHED, Registry
from aggregator.identity.resolve import Observer, ignore, place_names


@dataclass(frozen=True)
class Inputs:
    """What `resolve` gets besides the rules."""

    names: pl.DataFrame
    """`schema.NAMES`."""
    hub_models: pl.DataFrame = field(default_factory=lambda: NO_METADATA)
    published: Registry = NOTHING_PUBLISHED

    def place(self, rules: Rules, observe: Observer = ignore) -> pl.DataFrame:
        """Return the model of every name under `rules`, as `place_names` does."""
        return place_names(self.names, rules, self.hub_models, self.published, observe)
