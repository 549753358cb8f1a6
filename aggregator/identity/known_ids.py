"""Ids that are known besides those of tonight's rows: published ones, those of the Hub, and those that rows name as a base."""

from dataclasses import dataclass, field, replace

import polars as pl

from aggregator.identity.casing import DECIDED, count_mentions
from aggregator.identity.curated import Rules
from aggregator.identity.hub_metadata import Status
from aggregator.identity.match_ids import current_ids
from aggregator.identity.other_writings import IdEvidence
from aggregator.identity.registry import NOTHING_PUBLISHED, Registry
from aggregator.identity.safety import HUB_ID_PATTERN


@dataclass(frozen=True)
class KnownIds:
    """The registry of published ids, and what is known of ids besides tonight's rows."""

    published: Registry = NOTHING_PUBLISHED
    evidence: IdEvidence = field(default_factory=IdEvidence)

    def with_published(self, published: Registry) -> "KnownIds":
        """Return the same for a registry; `self` has none."""
        if published is NOTHING_PUBLISHED:
            return self
        hub_ids = published.hub_ids
        lower = hub_ids.str.to_lowercase()
        decided = pl.DataFrame({"current_id": lower, "model_id": hub_ids}, schema=DECIDED)
        evidence = replace(
            self.evidence, decided=pl.concat([decided, self.evidence.decided]), published=frozenset(lower)
        )
        return replace(self, published=published, evidence=evidence)

    def with_rows(self, ids: pl.Series, rules: Rules) -> pl.Series:
        """Return `ids`, those of tonight's rows, with the published ids of the Hub that no row has."""
        return pl.concat([ids, self._others(self.published.hub_ids, ids, rules)])

    def named_as_base(self, ids: pl.Series, rules: Rules) -> pl.Series:
        """Return the ids that rows or model cards name as a base, without those in `ids`."""
        return self._others(_most_written(self.evidence.mentions), ids, rules)

    @staticmethod
    def _others(others: pl.Series, ids: pl.Series, rules: Rules) -> pl.Series:
        today = current_ids(others, ids, rules)["model_id"].unique().sort()
        return today.filter(~today.str.to_lowercase().is_in(ids.str.to_lowercase().unique().implode()))


def known_ids(names: pl.DataFrame, hub_metadata: pl.DataFrame, published: Registry) -> KnownIds:
    """Return what the base models of `names`, the Hub's metadata and the registry show about ids."""
    found = hub_metadata.filter((pl.col("status") == Status.FOUND) & pl.col("applies").fill_null(value=False))["hub_id"]
    on_hub = pl.DataFrame({"current_id": found.str.to_lowercase(), "model_id": found}, schema=DECIDED)
    evidence = IdEvidence(
        on_hub,
        count_mentions([names["base_models"], hub_metadata["base_models"]]),
        frozenset(),
        frozenset(found.str.to_lowercase()),
    )
    return KnownIds(evidence=evidence).with_published(published)


def _most_written(mentions: pl.DataFrame) -> pl.Series:
    """Return one casing of each id in `mentions`: the one that stands most often."""
    is_id = pl.col("writing").str.contains(HUB_ID_PATTERN)
    lower = pl.col("writing").str.to_lowercase()
    ordered = mentions.filter(is_id).with_columns(lower=lower).sort(["times", "writing"], descending=[True, False])
    return ordered.unique("lower", keep="first", maintain_order=True)["writing"]
