"""Join spellings of one name that no id decides: those that leave out a part that only one other name has. Pure."""

import polars as pl

from aggregator.identity.name_keys import join_parts

GROUP = ["domain", "group"]


def join_spellings(keys: pl.DataFrame, officials: pl.DataFrame) -> pl.DataFrame:
    """Return `keys` (`complete_dates`) with the `group` of another spelling in two cases, and `is_joined` for these.

    A name with a size and without a stage on a board of chat models is the instruct model of that name
    (`gemma-4-31b`, `gemma-4-31b-it`). A `1` before the size is the first generation (`Baichuan 1-7B`). Neither holds
    where an id or a name on another board has the exact parts.
    """
    taken = pl.concat(
        [
            keys.filter(~pl.col("is_chat")).select(GROUP),
            officials.select(domain="organization_id", group="key"),
        ]
    ).unique()
    has_size = pl.col("size") != ""
    is_bare_chat = pl.col("is_chat") & has_size & (pl.col("stage") == "") & pl.col("open_weights").fill_null(value=True)
    is_first = has_size & (pl.col("version") == "v1")
    other = (
        pl.when(is_bare_chat)
        .then(join_parts("bare", "instruct", "full_date", "mode"))
        .when(is_first)
        .then(join_parts("words", "plus", "size", "scale", "stage", "full_date", "mode"))
    )
    candidates = (
        keys.with_columns(instruct=pl.lit("instruct"))
        .with_columns(other=other)
        .drop("instruct")
        .join(taken.with_columns(is_taken=pl.lit(value=True)), on=GROUP, how="left", maintain_order="left")
    )
    fuller = keys.select("domain", other="group").unique().with_columns(exists=pl.lit(value=True))
    may_join = pl.col("exists").fill_null(value=False) & (pl.col("is_taken").is_null() | is_first)
    return (
        candidates.join(fuller, on=["domain", "other"], how="left", maintain_order="left")
        .with_columns(group=pl.when(may_join).then("other").otherwise("group"), is_joined=may_join)
        .drop("other", "exists", "is_taken")
    )
