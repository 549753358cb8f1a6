"""The setting of a model in MTEB (`experiments`: embedding size, instruction, …) as a part of its name."""

import json

import polars as pl

from aggregator.text_columns import fill_in

WITH_SETTING = r"^(?<id>[^ ]+) \((?<setting>.+)\)$"


def setting_text(experiments: object) -> str | None:
    """Return an `experiments` object as `a=1, b=2` with sorted keys, or None when nothing is set.

    In a column of objects every row has every key, so a null value means "not set".
    """
    if isinstance(experiments, dict):
        given = sorted((key, value) for key, value in experiments.items() if value is not None)
        return ", ".join(f"{key}={_plain(value)}" for key, value in given) or None
    return _plain(experiments) if experiments else None


def add_setting(name: pl.Expr, setting: pl.Expr) -> pl.Expr:
    """Return the name with its setting, `org/model (embed_dim=512)`, as MTEB's own tables write it."""
    is_complete = setting.is_null() | name.str.ends_with(fill_in(" ({})", setting))
    return pl.when(is_complete).then(name).otherwise(fill_in("{} ({})", name, setting))


def split_setting(raw_name: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the id and the setting of a name with a setting; the setting is null for a name without one."""
    parts = raw_name.str.extract_groups(WITH_SETTING)
    return pl.coalesce(parts.struct.field("id"), raw_name), parts.struct.field("setting")


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
