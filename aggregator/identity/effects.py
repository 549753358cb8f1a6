"""Try a review before it is written: what would change, or why it would have no effect."""

import polars as pl

from aggregator import schema
from aggregator.errors import UsageError
from aggregator.identity.curated import Rules
from aggregator.identity.decisions import Decision
from aggregator.identity.inputs import Inputs

CHANGES: dict[str, pl.DataType] = {
    "source": pl.String(),
    "raw_name": pl.String(),
    "old_id": pl.String(),
    "new_id": pl.String(),
}
"""One row per (source, raw_name) whose model id changes."""


def changes_of(decision: Decision, inputs: Inputs, before: Rules, after: Rules) -> pl.DataFrame:
    """Return CHANGES: the names that another model has after `decision`, which is in `after` and not in `before`.

    Raises `UsageError` with the reason when the next refresh would not do what the decision says.
    """
    placed = inputs.place(after)
    failed = _contrary_rows(placed, decision)
    if not failed.is_empty():
        source, raw_name, model_id, evidence = failed.select("source", "raw_name", "model_id", "evidence").row(0)
        raise UsageError(
            f"the decision would have no effect: {raw_name!r} on {source} would be {model_id}, since {evidence}",
            hint="Nothing was written. `metaboard resolve NAME` explains the name.",
        )
    earlier = inputs.place(before).select("source", "raw_name", old_id="model_id")
    both = placed.select("source", "raw_name", new_id="model_id").join(earlier, on=["source", "raw_name"])
    return schema.frame(CHANGES, both.filter(pl.col("old_id") != pl.col("new_id")).sort("raw_name", "source"))


def _contrary_rows(placed: pl.DataFrame, decision: Decision) -> pl.DataFrame:
    """Return the rows that contradict `decision`."""
    has_name = pl.col("raw_name").str.to_lowercase() == decision.name.lower()
    has_model = pl.col("model_id").str.to_lowercase() == decision.model.lower()
    match decision.verdict:
        case "accept":
            return placed.filter(has_name & ~has_model)
        case "split":
            others = [name.lower() for name in decision.others]
            is_other = pl.col("raw_name").str.to_lowercase().is_in(others)
            return placed.filter((has_name & ~has_model) | (is_other & has_model))
        case "reject":
            return placed.filter(has_name & has_model)
        case "merge":
            return placed.filter(pl.col("model_id").str.to_lowercase() == decision.name.lower())
        case _:
            return placed.clear()
