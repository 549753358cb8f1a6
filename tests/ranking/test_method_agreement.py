"""Agreement of other ranking methods with the ability."""

import pytest

from aggregator.ranking import method_agreement, rank
from tests.support import reference_ranking, simulate


def test_a_method_agrees_with_itself_and_moves_nothing() -> None:
    board = reference_ranking.sparse_board(2, models=30, missing=0.1)
    reference = rank(board, "expected_borda")
    row = method_agreement(board, reference, ["expected_borda"]).row(0, named=True)
    assert row == {
        "method": "expected_borda",
        "n_models": 30,
        "kendall": pytest.approx(1.0),
        "spearman": pytest.approx(1.0),
        "median_move": 0.0,
        "p90_move": 0.0,
        "inside_interval": 1.0,
        "top_shared": row["top_shared"],
    }
    assert row["top_shared"] >= 19


def test_every_other_method_is_compared_with_the_ability() -> None:
    drawn = simulate.simulated_boards("newer_board", 1)
    table = method_agreement(drawn.scores, rank(drawn.scores, "ability", draws=20))
    assert set(table["method"]) == {"mean_win_rate", "mteb_borda", "expected_borda", "bradley_terry", "weighted"}
    moved = dict(table.select("method", "kendall").iter_rows())
    # Strong models are on another board here: win rates within each board carry least information across boards.
    assert moved["mean_win_rate"] < moved["bradley_terry"] < 1
