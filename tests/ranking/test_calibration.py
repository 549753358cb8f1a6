"""Calibrating: the fit finds the parameters of simulated boards, and its file stores exactly what was fitted."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from aggregator.errors import UsageError
from aggregator.ranking import Calibration, calibrate, score
from tests.support import simulate
from tests.support.simulate import shares_and_ratings


def test_a_saved_calibration_scores_as_the_one_in_memory_and_has_the_same_bytes(
    simulated: simulate.SimulatedBoards, calibration: Calibration, tmp_path: Path
) -> None:
    calibration.save(tmp_path / "one.npz")
    loaded = Calibration.load(tmp_path / "one.npz")
    loaded.save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    assert loaded.version == calibration.version
    assert score(simulated.scores, loaded).equals(score(simulated.scores, calibration))


def test_the_same_data_and_seed_give_the_same_calibration_whatever_the_order_of_rows(
    simulated: simulate.SimulatedBoards,
) -> None:
    again = calibrate(simulated.scores.sample(fraction=1, shuffle=True, seed=3), draws=5, seed=4)
    assert again.version == calibrate(simulated.scores, draws=5, seed=4).version
    assert again.version != calibrate(simulated.scores, draws=5, seed=5).version
    assert again.data_hash != calibrate(simulated.scores[1:], draws=2).data_hash


def test_a_file_that_is_not_a_calibration_is_refused(calibration: Calibration, tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("not a calibration")
    np.savez(tmp_path / "other.npz", header=np.frombuffer(b'{"format": 999}', dtype=np.uint8))
    np.savez(tmp_path / "bare.npz", header=np.frombuffer(b'{"format": 2, "scales": {"kind": []}}', dtype=np.uint8))
    calibration.save(tmp_path / "cut.npz")
    whole = (tmp_path / "cut.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    for name in ("text.npz", "other.npz", "bare.npz", "cut.npz", "missing.npz"):
        with pytest.raises(UsageError, match="not a calibration"):
            Calibration.load(tmp_path / name)


def test_the_fit_recovers_the_slopes_and_intercepts_of_simulated_boards() -> None:
    drawn = simulate.simulated_boards("at_random", 6, models=600, boards=2, shares=False)
    found = calibrate(drawn.scores, draws=2)
    spans = found.scales.high - found.scales.low
    slope = found.point.parameters.slope * spans / (12 * drawn.slope)
    assert slope.std() / slope.mean() < 0.08
    at_zero = found.scales.low + found.point.parameters.intercept * spans
    assert np.abs(at_zero - (40 - 12 * drawn.slope * drawn.difficulty)).max() < 2.5


def test_categories_of_a_board_with_an_overall_column_are_left_out_of_the_fit() -> None:
    everything = shares_and_ratings()
    overall_only = everything.filter((pl.col("board") != "votes") | (pl.col("benchmark") == "overall"))
    assert calibrate(everything, draws=3).benchmarks == calibrate(overall_only, draws=3).benchmarks


def stored(calibration: Calibration, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the arrays of a calibration's file."""
    calibration.save(path)
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    return json.loads(arrays["header"].tobytes()), arrays


def test_a_file_of_format_1_is_read_with_one_layer_equal_weights_and_no_name(
    simulated: simulate.SimulatedBoards, calibration: Calibration, tmp_path: Path
) -> None:
    header, arrays = stored(calibration, tmp_path / "new.npz")
    for name in ("layers", "weights", "name", "dated"):
        del header[name]
    old = json.dumps(header | {"format": 1}).encode()
    arrays |= {"header": np.frombuffer(old, dtype=np.uint8), "deviates": np.zeros(len(calibration.draws))}
    np.savez(tmp_path / "old.npz", **arrays)
    loaded = Calibration.load(tmp_path / "old.npz")
    assert (loaded.name, set(loaded.layer_of), set(loaded.weight_of)) == ("", {0}, {1.0})
    assert score(simulated.scores, loaded).equals(score(simulated.scores, calibration))


def test_name_date_and_unknown_entries_are_kept_in_the_file(calibration: Calibration, tmp_path: Path) -> None:
    named = replace(calibration, name="2026-12", dated="2026-12-01", optional={"later": {"a": [1, 2]}})
    named.save(tmp_path / "named.npz")
    loaded = Calibration.load(tmp_path / "named.npz")
    assert (loaded.name, loaded.dated) == ("2026-12", "2026-12-01")
    assert loaded.optional["later"] == {"a": [1, 2]}
    assert loaded.version != calibration.version


def test_the_file_has_no_deviates_of_models(calibration: Calibration, tmp_path: Path) -> None:
    header, arrays = stored(calibration, tmp_path / "new.npz")
    assert header["format"] == 2
    assert "deviates" not in arrays
