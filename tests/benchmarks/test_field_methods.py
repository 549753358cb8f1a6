"""The methods that the ability is compared with."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from scipy.optimize import approx_fprime
from scipy.special import expit

from aggregator.ranking.arrays import Floats
from aggregator.ranking.score_matrix import score_matrix
from benchmarks import field_methods
from benchmarks.field_methods import METHODS, field_scores, fit_eci, mean_z
from benchmarks.field_report import markdown, text
from tests.support import reference_ranking


def eci_shares(models: int, benchmarks: int) -> tuple[Floats, Floats]:
    """Return capabilities and the exact shares of the ECI form."""
    generator = np.random.default_rng(3)
    capability = generator.normal(size=models)
    slope, difficulty = generator.uniform(0.6, 2, benchmarks), generator.normal(size=benchmarks)
    return capability, expit(slope * (capability[:, None] - difficulty))


def test_the_eci_form_finds_missing_scores_that_follow_it_and_the_order_of_the_models() -> None:
    capability, whole = eci_shares(60, 12)
    hidden = np.random.default_rng(4).random(whole.shape) < 0.3
    found = fit_eci(np.where(hidden, np.nan, whole), ridge=1e-6)
    assert np.abs(found.predicted() - whole)[hidden].max() < 0.02
    assert np.corrcoef(found.capability, capability)[0, 1] > 0.999


def test_the_gradient_of_the_eci_form_is_that_of_its_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    _, whole = eci_shares(5, 3)
    checked: list[float] = []

    def check(
        loss: Callable[[Floats], tuple[float, Floats]], start: Floats, **_: int
    ) -> tuple[Floats, float, dict[str, int]]:
        at = start + np.linspace(-0.5, 0.5, start.size)

        def value(x: Floats) -> float:
            return loss(x)[0]

        checked.append(float(np.abs(loss(at)[1] - approx_fprime(at, value, 1e-7)).max()))
        return start, 0.0, {}

    monkeypatch.setattr(field_methods, "fmin_l_bfgs_b", check)
    fit_eci(np.where(whole > 0.9, np.nan, whole))
    assert checked[0] < 1e-5


def test_a_stronger_ridge_keeps_capabilities_nearer_to_0() -> None:
    _, whole = eci_shares(40, 6)
    assert np.abs(fit_eci(whole, ridge=1.0).capability).max() < 0.7 * np.abs(fit_eci(whole).capability).max()


def test_mean_z_is_the_mean_of_the_standardised_scores_that_are_there() -> None:
    oriented = np.array([[1.0, np.nan, 5.0], [3.0, 0.0, 5.0], [np.nan, 4.0, 5.0], [np.nan, np.nan, np.nan]])
    assert mean_z(oriented) == pytest.approx([-1.0, 0.0, 1.0, np.nan], nan_ok=True)


def test_every_method_but_the_ability_has_a_score_of_every_model() -> None:
    matrix = score_matrix(reference_ranking.sparse_board(1, models=20, benchmarks=7, missing=0.3))
    found = field_scores(matrix, expit(matrix.oriented))
    assert list(found) == [name for name in METHODS if name != "ability"]
    assert all(np.isfinite(scores).all() for scores in found.values())


def test_bradley_terry_has_no_scores_where_no_model_links_the_boards_and_the_other_methods_have() -> None:
    rows = [(f"{board}{model}", board, float(model)) for board in ("b0", "b1") for model in range(6)]
    matrix = score_matrix(pl.DataFrame(rows, schema=["model_id", "benchmark", "score"], orient="row"))
    found = field_scores(matrix, expit(matrix.oriented))
    missing = {name for name, scores in found.items() if np.isnan(scores).all()}
    assert missing == {"Bradley-Terry"}


@pytest.mark.parametrize(
    ("value", "cell"),
    [(0.5, ".500"), (-0.25, "-.250"), (0.0973, ".0973"), (1.649, "1.649"), (float("nan"), "–"), (7, "7")],
)
def test_a_cell_of_a_table_is_short(value: object, cell: str) -> None:
    assert text(value) == cell


def test_tables_are_written_in_markdown_under_their_titles() -> None:
    rows = [{"method": "ability", "tau": 0.5, "pairs": 1200}, {"method": "mean", "tau": float("nan")}]
    assert markdown({"First": rows}).splitlines() == [
        "### First",
        "",
        "| method  | tau  | pairs |",
        "|---------|------|-------|",
        "| ability | .500 | 1,200 |",
        "| mean    | –    |       |",
    ]
