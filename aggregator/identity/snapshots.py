"""Complete the dates of names: which build of a model a name without a full date means. Pure.

An undated name can mean any build, so it stays a model of its own, with two exceptions. Some vendors leave the date out
of display names (`snapshots` in `organizations.toml`): their undated names are the only build. And a release date that
a board states names the build of that day.
"""

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.name_keys import join_parts

FORMS = {
    "YYYY-MM-DD": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "MM-DD": r"^[0-9]{2}-[0-9]{2}$",
    "YYYY-MM": r"^[0-9]{4}-[0-9]{2}$",
}
"""Forms of a date inside a key."""

NAME = ["domain", "bare"]
"""The columns that hold a name without its date and settings."""

_ANCHOR = r"(?:^| )(?:v[0-9]|[0-9.]+(?:x[0-9.]+)?[bm](?: |$))"
"""Matches a version or a size in a key."""


def complete_dates(keys: pl.DataFrame, officials: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Add `full_date`, `group` and `full_key` to `keys` (`build_name_keys`).

    `full_date` is the date of the name, completed where exactly one build fits: a day without a year, and a month for
    vendors whose builds have days. `group` is the key with that date and
    without precision: the names of one domain with one group are one model. `full_key` is the group with the precision.
    """
    official_dates = officials.select("date", "bare", domain="organization_id").select(*NAME, "date")
    dated = pl.concat([keys.select(*NAME, "date"), official_dates]).filter(pl.col("date") != "").unique()
    full = dated.filter(pl.col("date").str.len_chars() == len("2024-05-13"))
    by_day = _only_date(full, pl.col("date").str.slice(5))
    has_days = [o.id for o in rules.organizations if "YYYY-MM-DD" in o.notation.snapshots]
    by_month = _only_date(full.filter(pl.col("domain").is_in(has_days)), pl.col("date").str.slice(0, 7))
    partial = pl.concat([by_day, by_month])
    builds = (
        dated.join(partial, left_on=[*NAME, "date"], right_on=[*NAME, "part"], how="left")
        .with_columns(date=pl.coalesce("only_date", "date"))
        .group_by(NAME)
        .agg(builds=pl.col("date").unique())
    )
    found = keys.join(
        partial, left_on=[*NAME, "date"], right_on=[*NAME, "part"], how="left", maintain_order="left"
    ).join(builds, on=NAME, how="left", maintain_order="left")
    released = pl.col("released_on").dt.to_string("%Y-%m-%d")
    return (
        found.with_columns(
            full_date=pl.when(pl.col("date") != "")
            .then(pl.coalesce("only_date", "date"))
            .when(pl.col("builds").list.contains(released))
            .then(released)
            .when(_leaves_date_out(rules) & (pl.col("builds").list.len() == 1))
            .then(pl.col("builds").list.first())
            .otherwise(pl.lit(""))
        )
        .with_columns(group=join_parts("bare", "full_date", "mode"))
        .with_columns(full_key=join_parts("group", "precision"))
        .drop("only_date", "builds")
    )


def _only_date(full: pl.DataFrame, part: pl.Expr) -> pl.DataFrame:
    """Return `(domain, bare, part, only_date)`: the parts of dates, a day or a month, that only one full date has."""
    return (
        full.group_by(*NAME, part=part)
        .agg(pl.col("date").unique().alias("dates"))
        .filter(pl.col("dates").list.len() == 1)
        .select(*NAME, "part", only_date=pl.col("dates").list.first())
    )


def _leaves_date_out(rules: Rules) -> pl.Expr:
    """Return whether an undated name of its publisher means the only build, which `builds` holds."""
    only_build = pl.col("builds").list.first()
    found = pl.lit(value=False)
    for organization in rules.organizations:
        notation = organization.notation
        if not notation.snapshots:
            continue
        form = "|".join(FORMS[form] for form in notation.snapshots)
        is_build = (pl.col("domain") == organization.id) & only_build.str.contains(form)
        if notation.floating:
            words = "|".join(sorted(notation.floating))
            is_build &= pl.col("bare").str.contains(_ANCHOR) | ~pl.col("bare").str.contains(
                rf"(?:^| )(?:{words})(?: |$)"
            )
        found = found | is_build
    return found & ~pl.col("stage").str.contains("latest", literal=True)
