"""Settings of every model: reasoning effort, thinking, budget, day of the build, and precision. Pure.

What a board states in a column has priority. The rest is read from the model's id.
"""

from datetime import date, timedelta
from typing import NamedTuple

import polars as pl

from aggregator import schema
from aggregator.identity.curated import Rules
from aggregator.identity.key_settings import date as key_date
from aggregator.identity.key_settings import effort, thinking, thinking_budget
from aggregator.identity.names import ParsedName
from aggregator.identity.release_subjects import read_in_notation
from aggregator.identity.setting_words import DATE, MODE, PRECISION

SETTINGS: dict[str, pl.DataType] = {
    "effort": pl.String(),
    "thinking": pl.Boolean(),
    "thinking_budget": pl.Int64(),
    "snapshot_on": pl.Date(),
    "precision": pl.String(),
}
"""Columns of `settings_of` after `model_id`."""

LISTED_WITHIN = timedelta(days=183)
"""A day without a year is completed if a board listed the model at most this long after it."""


class Settings(NamedTuple):
    """The settings that a name states; None where it states none."""

    effort: str | None = None
    thinking: bool | None = None
    thinking_budget: int | None = None
    snapshot_on: date | None = None
    precision: str | None = None


def settings_of(subjects: pl.DataFrame, aliases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `model_id` and SETTINGS, one row per model of `subjects` (`release_subjects`).

    `aliases` has the NAMES columns with `model_id`. Where boards state different values, the name decides.
    """
    words = pl.col("model_id").str
    has_precision = words.contains(PRECISION)
    by_key = pl.col("own_key").is_not_null() & ~pl.col("is_repository") & ~has_precision
    names = subjects.filter(~by_key & (has_precision | words.contains(MODE) | words.contains(DATE)))
    first_seen = _first_listings(aliases)
    named = pl.concat([_read_keys(subjects.filter(by_key), first_seen), _read_names(names, first_seen, rules)])
    return (
        subjects.select("model_id")
        .join(_stated(aliases), on="model_id", how="left", maintain_order="left")
        .join(named, on="model_id", how="left", suffix="_named", maintain_order="left")
        .select(
            "model_id",
            *(pl.coalesce(name, f"{name}_named").alias(name) for name in ("effort", "thinking", "thinking_budget")),
            "snapshot_on",
            # A board states the format in which it ran the model. Only the name shows that the weights are quantized.
            pl.coalesce("precision_named", "precision").alias("precision"),
        )
    )


def _read_keys(subjects: pl.DataFrame, first_seen: pl.DataFrame) -> pl.DataFrame:
    """Return `model_id` and SETTINGS of API names without precision, from their keys."""
    key = pl.col("own_key")
    found = subjects.select(
        "model_id", text=key_date(key), effort=effort(key), thinking=thinking(key), thinking_budget=thinking_budget(key)
    )
    dated = found.drop_nulls("text").join(first_seen, on="model_id", how="left")
    days = [_day(text, seen) for text, seen in dated.select("text", "first_seen_on").iter_rows()]
    dated = dated.select("model_id", snapshot_on=pl.Series(days, dtype=pl.Date))
    return schema.frame({"model_id": pl.String(), **SETTINGS}, found.join(dated, on="model_id", how="left"))


def _read_names(subjects: pl.DataFrame, first_seen: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `model_id` and SETTINGS of the other names, read one by one."""
    names = subjects.join(first_seen, on="model_id", how="left").select(
        "model_id", "domain", "is_official", "is_repository", "first_seen_on"
    )
    read = [
        (model_id, *read_settings(read_in_notation(model_id, domain, rules), *subject))
        for model_id, domain, *subject in names.iter_rows()
    ]
    return pl.DataFrame(read, schema={"model_id": pl.String(), **SETTINGS}, orient="row")


def _first_listings(aliases: pl.DataFrame) -> pl.DataFrame:
    """Return `(model_id, first_seen_on)`: the day on which a board first listed a model.

    A model of the oldest known edition of a board may have been listed before, so that edition does not count.
    """
    is_later = pl.col("first_seen_on") > pl.col("first_seen_on").min().over("source")
    return aliases.filter(is_later).group_by("model_id").agg(pl.col("first_seen_on").min())


def _stated(aliases: pl.DataFrame) -> pl.DataFrame:
    """Return the values that boards state for each model, null where they differ."""
    columns = ("effort", "thinking", "thinking_budget", "precision")
    rows = aliases.select("model_id", *columns).filter(pl.any_horizontal(pl.col(columns).is_not_null()))
    return rows.group_by("model_id").agg(
        pl.when(pl.col(name).drop_nulls().n_unique() == 1).then(pl.col(name).drop_nulls().first()).alias(name)
        for name in columns
    )


def read_settings(
    parsed: ParsedName, is_official: bool, is_repository: bool, first_seen_on: date | None = None
) -> Settings:
    """Return the settings that one name states.

    A repository holds weights: effort and budget in its name are not settings of a run. In the names of unknown
    publishers' repositories, mode words and incomplete dates are no settings either, but parts of a free name.
    """
    is_known = is_official or not is_repository
    budget = int(float(parsed.budget.removesuffix("k")) * 1000) if parsed.budget and not is_repository else None
    thinking = {"thinking": True, "no": False}.get(parsed.thinking) if is_known else None
    return Settings(
        effort=parsed.effort or None if not is_repository else None,
        thinking=True if budget and thinking is None else thinking,
        thinking_budget=budget,
        snapshot_on=_day(parsed.date, first_seen_on) if is_known or len(parsed.date) == len("2024-05-13") else None,
        precision="-".join(parsed.precision) or None,
    )


def _day(text: str, first_seen_on: date | None) -> date | None:
    """Return the day of `2024-05-13`, `2024-05` (its first day) or `05-13` (the last one before `first_seen_on`)."""
    match [int(part) for part in text.split("-") if part]:
        case [year, month, day]:
            return _date(year, month, day)
        case [year, month] if year > 12:
            return _date(year, month, 1)
        case [month, day] if first_seen_on is not None:
            days = (_date(year, month, day) for year in (first_seen_on.year, first_seen_on.year - 1))
            last = next((found for found in days if found and found <= first_seen_on), None)
            return last if last and first_seen_on - last <= LISTED_WITHIN else None
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
