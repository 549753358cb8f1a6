"""The scores that the comparisons with other methods use, and the cells and models that they hide."""

import numpy as np
import polars as pl
import pytest

from aggregator.ranking.score_matrix import score_matrix
from benchmarks import hidden_cells, hidden_models
from benchmarks.field_data import FieldData, choose_cells, editions_of, epoch_matrix, shares, without_categories
from benchmarks.hidden_cells import Prediction, Split, covered_share, restricted, summarise


def long(rows: list[tuple[str, str, str, float]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["model_id", "board", "benchmark", "score"], orient="row")


def dense(models: int, benchmarks: int, boards: int = 2) -> pl.DataFrame:
    """Return scores 0–1 that a single ability orders."""
    generator = np.random.default_rng(0)
    ability, easy = generator.normal(size=models), generator.normal(size=benchmarks)
    share = 1 / (1 + np.exp(-(ability[:, None] + easy + generator.normal(scale=0.3, size=(models, benchmarks)))))
    return long(
        [
            (f"m{m:02}", f"b{b % boards}", f"b{b % boards}/t{b}", float(share[m, b]))
            for m in range(models)
            for b in range(benchmarks)
        ]
    )


def field(frame: pl.DataFrame, *overall: tuple[str, str, str, float]) -> FieldData:
    whole = pl.concat([frame.with_columns(is_overall=False), long(list(overall)).with_columns(is_overall=True)])
    return FieldData(frame, whole, {}, frame)


def test_every_model_keeps_a_cell_and_the_share_of_hidden_cells_is_the_wanted_one() -> None:
    model = np.repeat(np.arange(50), [1] * 25 + [7] * 25)
    chosen = choose_cells(model, 0.3, np.random.default_rng(1))
    assert chosen.size == np.unique(chosen).size == 60
    assert set(np.delete(model, chosen)) == set(range(50))


def test_the_same_seed_hides_the_same_cells_and_another_one_others() -> None:
    model = np.repeat(np.arange(50), 4)
    first, again, other = (choose_cells(model, 0.2, np.random.default_rng(seed)).tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_editions_of_a_board_are_hidden_together_and_other_boards_are_not() -> None:
    boards = ["livebench", "livebench_2024_11", "livebench_2025_04", "open_llm_v1", "open_llm_v2"]
    assert editions_of("livebench_2024_11", boards) == boards[:3]
    assert editions_of("open_llm_v1", boards) == ["open_llm_v1"]


def test_the_matrix_of_epoch_keeps_only_models_and_benchmarks_with_enough_of_the_other() -> None:
    core = [(f"m{m}", "epoch", f"epoch/b{b}", 0.5) for m in range(9) for b in range(4)]
    few_models = [(f"m{m}", "epoch", "epoch/rare", 0.5) for m in range(7)]
    # With the rare benchmark this model has three.
    few_benchmarks = [("last", "epoch", f"epoch/{b}", 0.5) for b in ("b0", "b1", "rare")]
    kept = epoch_matrix(long(core + few_models[:6] + few_benchmarks))
    assert sorted(kept.rows()) == sorted(core)


def test_the_categories_of_an_overall_score_are_left_out() -> None:
    rows = [(f"m{m}", "arena", f"arena/{name}", 1.0 * m) for m in range(3) for name in ("overall", "coding")]
    assert set(without_categories(long(rows))["benchmark"]) == {"arena/overall"}


def test_shares_use_the_ends_of_the_scale_or_of_the_scores_and_turn_scores_where_less_is_better() -> None:
    frame = long(
        [
            (f"m{m}", "b", f"b/{name}", score)
            for m, score in enumerate((10.0, 60.0))
            for name in ("bad", "free", "percent")
        ]
    ).with_columns(
        scale_low=pl.when(benchmark="b/free").then(None).otherwise(0.0),
        scale_high=pl.when(benchmark="b/free").then(None).otherwise(100.0),
        higher_is_better=pl.col("benchmark") != "b/bad",
    )
    matrix = score_matrix(frame)
    share, offset, unit = shares(frame, matrix)
    assert matrix.benchmarks == ("b/bad", "b/free", "b/percent")
    assert share == pytest.approx(np.array([[0.9, 0.0, 0.1], [0.4, 1.0, 0.6]]))
    assert offset + unit * share == pytest.approx(matrix.score)


def test_hidden_cells_are_predicted_from_the_other_cells_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, seen = dense(40, 8), []

    def predict(rest: pl.DataFrame, cells: pl.DataFrame, at: object) -> Prediction:
        del at
        seen.append((rest, cells))
        return Prediction(np.full(cells.height, np.nan))

    monkeypatch.setattr(hidden_cells, "predict", predict)
    split = hidden_cells.hide(frame, seed=5)
    rest, cells = seen[0]
    assert cells.height == round(0.15 * frame.height) == frame.height - rest.height
    assert rest.join(cells, on=["model_id", "benchmark"]).is_empty()
    actual = cells.join(frame, on=["model_id", "benchmark"], maintain_order="left")["score"].to_numpy()
    # The scores are shares with the ends of the observed ones, in the order of the cells.
    assert np.corrcoef(split.actual, actual)[0, 1] > 0.9
    errors = {
        name: hidden_cells.root_mean_square(split.actual - p.value)
        for name, p in split.predictions.items()
        if name != "predict"
    }
    assert max(errors["ECI form"], errors["ability, one line a benchmark"]) < 0.6 * errors["benchmark's mean"]
    assert split.several_boards.all()


def test_cells_under_another_name_are_not_among_the_hidden_ones() -> None:
    renamed = dense(40, 8).with_columns(benchmark=pl.col("benchmark").str.split("/").list.last())
    with pytest.raises(ValueError, match="hidden cell"):
        hidden_cells.hide(renamed, seed=5)


def test_errors_are_means_over_the_splits_with_refused_cells_left_out() -> None:
    actual = np.array([0.2, 0.4, 0.6, 0.8])
    ours = Prediction(
        np.array([0.3, np.nan, 0.6, 0.6]), np.array([0.25, np.nan, 0.5, 0.5]), np.array([0.4, np.nan, 0.7, 0.9])
    )
    others = dict.fromkeys(hidden_cells.METHODS[1:], Prediction(actual + 0.2))
    split = Split(actual, np.array([True, False, True, True]), {"predict": ours, **others})
    row = summarise([split, split])[0]
    assert row["predicted"] == 0.75
    assert row["rmse"] == pytest.approx(np.sqrt(0.05 / 3), abs=1e-4)
    assert row["ratio to ECI"] == pytest.approx(np.sqrt(0.05 / 3) / 0.2, abs=1e-3)
    assert row["90 % covers"] == pytest.approx(2 / 3, abs=1e-3)
    assert covered_share(actual, others["ECI form"]) != covered_share(actual, ours)
    assert restricted(split, split.several_boards).actual.tolist() == [0.2, 0.6, 0.8]


def test_hidden_models_keep_two_scores_or_one_board() -> None:
    cells = dense(20, 9, boards=3).select("model_id", "board", "benchmark")
    two = hidden_models.keep_cells(cells, np.random.default_rng(0))
    assert two.group_by("model_id").len()["len"].to_list() == [2] * 20
    one = hidden_models.keep_board(cells, np.random.default_rng(0)).join(cells, on=["model_id", "benchmark"])
    assert one.group_by("model_id").agg(pl.len(), boards=pl.col("board").n_unique()).select(
        "len", "boards"
    ).unique().rows() == [(3, 1)]
    assert one["board"].n_unique() > 1


def test_only_models_on_two_boards_with_enough_scores_are_hidden() -> None:
    alone = long([(f"alone{m}", "b0", f"b0/t{b}", 0.5) for m in range(30) for b in (0, 2, 4, 6)])
    few = long([(f"few{m}", f"b{b}", f"b{b}/t{b}", 0.5) for m in range(30) for b in (0, 1)])
    found = hidden_models.hidden_models(pl.concat([dense(20, 8), alone, few]), np.random.default_rng(0))
    assert len(found) == 4
    assert all(name.startswith("m") for name in found)


def test_the_tau_of_hidden_scores_counts_pairs_within_benchmarks() -> None:
    hidden = score_matrix(
        long(
            [
                ("a", "b", "b/x", 3.0),
                ("b", "b", "b/x", 2.0),
                ("c", "b", "b/x", 1.0),
                ("a", "b", "b/y", 1.0),
                ("b", "b", "b/y", 2.0),
            ]
        )
    )
    # x: three right pairs; y: one wrong pair.
    assert hidden_models.tau_of_pairs(hidden, {"a": 9.0, "b": 5.0, "c": 1.0}) == (0.5, 4)
    assert hidden_models.tau_of_pairs(hidden, {"a": 9.0, "b": 5.0}) == (0.0, 2)


def test_an_overall_score_is_hidden_with_the_scores_that_it_contains() -> None:
    frame = dense(30, 8)
    data = field(
        frame,
        ("m01", "b0", "b0/(overall)", 0.5),
        ("m01", "b1", "b1/(overall)", 0.5),
        ("m02", "b0", "b0/(overall)", 0.5),
    )
    hidden = frame.filter(model_id="m01", benchmark="b0/t2")
    left = hidden_models.left_for_ability(data, hidden)
    overall = left.filter(pl.col("benchmark").str.ends_with("(overall)")).select("model_id", "board")
    assert sorted(overall.rows()) == [("m01", "b1"), ("m02", "b0")]
    assert left.height == data.with_overall.height - 2


def test_a_run_of_hidden_models_is_the_same_again_and_finds_the_order() -> None:
    first, again = (hidden_models.hide(field(dense(60, 8)), hidden_models.keep_cells, seed=1) for _ in range(2))
    assert first == again
    assert first["ability"] > 0.7
    assert first["models"] == 12
