"""How MTEB's `experiments` become part of a model's name."""

import json

import polars as pl

WITH_SETTING = r"^(?<id>[^ ]+) \((?<setting>.+)\)$"


def setting(experiments: object) -> str | None:
    """Write an `experiments` object as `a=1, b=2` with sorted keys; None when there is none.

    A column of objects has every key in every row, so a key whose value is null was not set.
    """
    if isinstance(experiments, dict):
        given = sorted((key, value) for key, value in experiments.items() if value is not None)
        return ", ".join(f"{key}={_plain(value)}" for key, value in given) or None
    return _plain(experiments) if experiments else None


def spelled(name: pl.Expr, variant: pl.Expr) -> pl.Expr:
    """Return the name with its setting, `org/model (embed_dim=512)`, as MTEB's own tables write it."""
    bare = variant.is_null() | name.str.ends_with(pl.format(" ({})", variant))
    return pl.when(bare).then(name).otherwise(pl.format("{} ({})", name, variant))


def parted(raw_name: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the id and the setting of a name that `spelled` or MTEB wrote; the setting is null for a plain name."""
    parts = raw_name.str.extract_groups(WITH_SETTING)
    return pl.coalesce(parts.struct.field("id"), raw_name), parts.struct.field("setting")


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
