"""Find models most of whose rows break a rule: their few other rows are not reliable either.

A model whose scores are percentages in a file of fractions keeps a few scores below 1. They look right and are a hundred
times too large. `wire.require_rows` is the same rule for a whole table.
"""

from collections.abc import Sequence

import polars as pl

BROKEN = "broken_rules"
"""The column with the number of broken rules in a row."""
REASON = "most rows of this model break a rule"
TEXT_RULES = ("nullability", "min_length", "max_length", "regex")
"""Rules that say nothing about the unit of a number: an empty cell, or a text."""
MIN_NAMED = 2
"""A model without good rows is named when its rows break at least this many rules."""
MAX_NAMED = 5


def broken_rows(details: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that break a rule about their numbers, with the number of broken rules in `BROKEN`.

    `details` has the quarantined rows, with one more column for each rule.
    """
    rules = [column for column, dtype in details.schema.items() if isinstance(dtype, pl.Enum)]
    broken = [(pl.col(rule) == "invalid").cast(pl.Int64) for rule in rules if rule.partition("|")[2] not in TEXT_RULES]
    counted = pl.sum_horizontal(broken) if broken else pl.lit(0, dtype=pl.Int64)
    return details.with_columns(counted.alias(BROKEN)).drop(rules).filter(pl.col(BROKEN) > 0)


def find(good: pl.DataFrame, broken: pl.DataFrame, key: Sequence[str], unit: str | None) -> pl.DataFrame:
    """Return the keys of the unreliable models, with the numbers of their rows in `bad` and `all`, and `BROKEN`.

    Most rows of such a model break a rule, or, with `unit`, most values of that column have a row that does.
    """
    per_unit = [*key] if unit is None else [*key, unit]
    suspect = broken.select(*per_unit, BROKEN, bad=pl.lit(1)).drop_nulls(key[0])
    others = good.select(*per_unit, pl.lit(0, dtype=pl.Int64).alias(BROKEN), bad=pl.lit(0))
    of_suspects = others.join(suspect.select(key).unique(), on=key, how="semi", nulls_equal=True)
    shares = (
        pl.concat([suspect, of_suspects])
        .group_by(per_unit)
        .agg(pl.col(BROKEN).sum(), pl.col("bad").sum(), pl.len().alias("all"))
        .group_by(key)
        .agg(
            pl.col(BROKEN).sum(),
            pl.col("bad").sum(),
            pl.col("all").sum(),
            pl.len().alias("units"),
            (pl.col("bad") > 0).sum().alias("bad_units"),
        )
    )
    most = pl.col("bad") * 2 > pl.col("all")
    if unit:
        most |= pl.col("bad_units") * 2 > pl.col("units")
    return shares.filter(most).sort(key)


def warnings(found: pl.DataFrame, key: Sequence[str]) -> tuple[str, ...]:
    """Return one sentence that names the unreliable models."""
    named = found.filter((pl.col("bad") < pl.col("all")) | (pl.col(BROKEN) >= MIN_NAMED))
    if named.is_empty():
        return ()
    parts = [_name(row, key) for row in named.head(MAX_NAMED).iter_rows(named=True)]
    more = f", and {named.height - MAX_NAMED:,} more" if named.height > MAX_NAMED else ""
    return (f"all rows of these models are quarantined, because most of them break a rule: {', '.join(parts)}{more}",)


def _name(row: dict[str, object], key: Sequence[str]) -> str:
    further = ", ".join(str(row[column]) for column in key[1:] if row[column] is not None)
    return f"`{row[key[0]]}`{f' ({further})' if further else ''} ({row['bad']:,} of {row['all']:,} rows)"
