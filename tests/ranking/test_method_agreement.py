import pytest

from aggregator.ranking import method_agreement, rank
from tests.support import ranking_oracles, simulate


def test_a_method_agrees_with_itself_and_moves_nothing() -> None:
    board = ranking_oracles.sparse_board(2, models=30, holes=0.1)
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


def test_every_alternate_is_held_against_the_ability() -> None:
    drawn = simulate.board("newer_board", 1)
    table = method_agreement(drawn.scores, rank(drawn.scores, "ability", draws=20))
    assert set(table["method"]) == {"mean_win_rate", "mteb_borda", "expected_borda", "bradley_terry", "weighted"}
    moved = dict(table.select("method", "kendall").iter_rows())
    # Where strong models sit on another board, win rates inside each board tell least of the order across them.
    assert moved["mean_win_rate"] < moved["bradley_terry"] < 1
