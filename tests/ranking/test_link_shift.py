"""Drift of a scale without fixed ends, measured on the reference cohort."""

import numpy as np
import polars as pl
import pytest

from aggregator.ranking import calibrate, link_shifts, score
from tests.support.simulate import DRAWS, shares_and_ratings


def test_a_scale_that_moves_as_a_whole_is_linked_back_and_the_shift_is_reported() -> None:
    before = shares_and_ratings()
    calibration = calibrate(before, draws=DRAWS)
    later = before.with_columns(pl.when(board="votes").then(pl.col("score") + 59.9).otherwise("score").alias("score"))
    shifts = link_shifts(later, calibration)
    assert shifts.select("benchmark", "n_models").rows() == [("votes/overall", 100)]
    assert shifts["shift"].item() == pytest.approx(59.9)
    linked = calibration.relinked(shifts)
    assert dict(linked.links) == pytest.approx({"votes/overall": 59.9})
    columns = ["ability", "ability_low", "ability_high"]
    after, at_calibration = (
        frame.sort("model_id").select(columns) for frame in (score(later, linked), score(before, calibration))
    )
    assert np.abs(after.to_numpy() - at_calibration.to_numpy()).max() < 1e-6
    few = link_shifts(later.filter(pl.col("model_id").is_in(["m0", "m3"])), calibration)
    assert few["shift"].item() is None
    assert calibration.relinked(few).version != linked.version
