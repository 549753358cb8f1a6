"""Read columns that a frame may lack."""

from collections.abc import Mapping
from typing import Any

import polars as pl

DataType = pl.DataType | type[Any]
"""A polars data type, as an object or as a class."""


def cast_or_null(frame: pl.DataFrame, dtypes: Mapping[str, DataType]) -> list[pl.Expr]:
    """Return one expression per name in `dtypes`: the column in that type, null where `frame` lacks it."""
    return [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in dtypes.items()
    ]
