"""Copied benchmarks: boards that repeat the results of another are found, and a result counts once."""

import polars as pl

from aggregator.ranking import calibrate, score, standings
from aggregator.ranking.copied_benchmarks import COPIES, calibrated_copies
from tests.support.populations import population


def test_copies_and_near_copies_are_found_and_independent_benchmarks_are_not() -> None:
    found = {
        mechanism: calibrate(population(mechanism, 1).scores, draws=2).optional.get(COPIES, [])
        for mechanism in ("copies", "near_copies", "plain", "efforts", "single_benchmarks")
    }
    pairs = {mechanism: {frozenset(pair) for pair in listed} for mechanism, listed in found.items()}
    same = [frozenset({f"board_0/b0{i}", f"board_4/b2{i}"}) for i in range(5)]
    assert pairs["copies"] == set(same[:3])
    assert pairs["near_copies"] == set(same)
    assert not pairs["plain"] | pairs["efforts"] | pairs["single_benchmarks"]


def test_a_repeated_score_changes_no_ability_and_is_no_second_board_of_evidence() -> None:
    drawn = population("near_copies", 1)
    calibration = calibrate(drawn.scores, draws=20)
    origins = {origin for _, origin in calibrated_copies(calibration)}
    (board,) = {calibration.boards[calibration.board_of[position]] for position in origins}
    (copy,) = {"board_0", "board_4"} - {board}
    boards = drawn.scores.group_by("model_id").agg(pl.col("board").unique().sort())
    both = boards.filter(pl.col("board") == ["board_0", "board_4"])["model_id"].to_list()
    assert len(both) > 10
    everything = drawn.scores.filter(pl.col("model_id").is_in(both))
    original = everything.filter(pl.col("board") == board)
    assert score(everything, calibration).equals(score(original, calibration))
    assert set(standings(everything, calibration)["evidence"]) == {"B"}
    alone = everything.filter(pl.col("board") == copy)
    assert score(alone, calibration).height == len(both)
