"""Move models of an edition to its quarantine."""

from dataclasses import replace

import polars as pl

from aggregator import schema
from aggregator.model import Parsed
from aggregator.text_columns import fill_in


def quarantine_names(parsed: Parsed, quarantined: pl.DataFrame) -> Parsed:
    """Move the names in `quarantined` (`raw_name`, `reason`) to the quarantine; the number of rows stays the same."""
    names = quarantined["raw_name"].to_list()
    rows = parsed.accepted.filter(pl.col("raw_name").is_in(names)).join(quarantined, on="raw_name")
    # One name can have many rows. Each is listed, so that read = accepted + quarantined + duplicate.
    listed = (
        rows.with_columns(row=pl.int_ranges(0, "rows"))
        .explode("row", empty_as_null=False)
        .with_columns(file=fill_in("every row named {}", "raw_name"))
    )
    is_accepted = ~pl.col("raw_name").is_in(names)
    return replace(
        parsed,
        entries=parsed.entries.filter(is_accepted),
        scores=parsed.scores.filter(is_accepted),
        history=None if parsed.history is None else parsed.history.filter(is_accepted),
        accepted=parsed.accepted.filter(is_accepted),
        quarantined=pl.concat([parsed.quarantined, schema.frame(schema.QUARANTINED, listed)]),
    )
