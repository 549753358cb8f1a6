"""Input of `sql/mart/ability_draws.sql`: the draws and the uncertainty of every ranked model and release."""

import numpy as np
import polars as pl

from aggregator import schema
from aggregator.ranking.ability import Abilities
from aggregator.ranking.uncertainty import COMPONENTS

STORED_DRAWS = 200
"""Draws of each ability in the table; the rank intervals use all draws of the calibration."""

ABILITY_DRAWS: dict[str, pl.DataType] = {
    "grain": pl.String(),
    "id": pl.String(),
    "track": pl.String(),
    "ability": pl.Float64(),
    "deviation": pl.Float64(),
    "board_deviation": pl.Float64(),
    "shared": pl.List(pl.Float32()),
    "draws": pl.List(pl.Float32()),
}


def ability_draws(
    found: Abilities, ids: pl.DataFrame, *, grain: str, track: str, board_deviation: float
) -> pl.DataFrame:
    """Return `ABILITY_DRAWS` of some rows of `found`.

    `ids` is `(model_id, id)`: the model in `found`, and its id in the table. Draws are rounded to a tenth.
    `board_deviation` is from `further_board_deviation`.
    """
    row_of = {name: row for row, name in enumerate(found.models)}
    rows = np.array([row_of[name] for name in ids["model_id"]], dtype=np.intp)
    shared = np.zeros((rows.size, COMPONENTS), dtype=np.float32)
    shared[:, : found.shared.shape[1]] = found.shared[rows]
    # `+ 0` turns -0 into 0.
    draws = (found.draws[rows, :STORED_DRAWS].round(1) + 0.0).astype(np.float32)
    return schema.frame(
        ABILITY_DRAWS,
        ids.select("id").with_columns(
            grain=pl.lit(grain),
            track=pl.lit(track),
            ability=pl.Series(found.point[rows]),
            deviation=pl.Series(found.deviation[rows]),
            board_deviation=pl.lit(board_deviation),
            shared=pl.Series(shared).arr.to_list(),
            draws=pl.Series(draws).arr.to_list(),
        ),
    )
