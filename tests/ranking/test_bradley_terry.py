"""Bradley-Terry strengths, compared with those of evalica."""

import evalica
import numpy as np
import polars as pl
import pytest

from aggregator.ranking import rank
from tests.support import reference_ranking


def evalica_strengths(board: pl.DataFrame) -> dict[str, float]:
    left, right, winners = [], [], []
    for column in reference_ranking.table_of(board).values():
        names = sorted(column)
        for i, one in enumerate(names):
            for other in names[i + 1 :]:
                left.append(one)
                right.append(other)
                outcome = np.sign(column[one] - column[other])
                winners.append({1: evalica.Winner.X, -1: evalica.Winner.Y, 0: evalica.Winner.Draw}[int(outcome)])
    result = evalica.bradley_terry(left, right, winners, tolerance=1e-13, limit=100_000)
    return {str(name): float(score) for name, score in result.scores.items()}


@pytest.mark.parametrize("seed", range(12))
def test_bradley_terry_equals_evalica(seed: int) -> None:
    board = reference_ranking.sparse_board(seed, models=20, benchmarks=7, missing=0.3)
    expected = evalica_strengths(board)
    ours = dict(rank(board, "bradley_terry", draws=5).select("model_id", "score").iter_rows())
    for model, strength in expected.items():
        assert ours[model] == pytest.approx(strength, rel=1e-6, abs=1e-6)


def test_a_model_that_wins_everything_has_a_finite_strength_and_the_first_rank() -> None:
    rows = [(f"m{m}", f"b{b}", float(m if m == 9 else (m * 7 + b * 3) % 9)) for m in range(10) for b in range(4)]
    board = pl.DataFrame(rows, schema=["model_id", "benchmark", "score"], orient="row")
    ours = rank(board, "bradley_terry")
    assert ours["score"].is_finite().all()
    assert ours.row(0, named=True)["model_id"] == "m9"
