"""The laws of the ability scale, on tables whose truth is known."""

from pathlib import Path

import hypothesis
import numpy as np
import polars as pl
import pytest
from hypothesis import strategies as st
from scipy.stats import kendalltau

from aggregator.errors import UsageError
from aggregator.ranking import Calibration, UnlinkedError, calibrate, link_shifts, rank, score, standings
from tests.support import ranking_oracles, simulate

DRAWS = 60


def mean_z(scores: pl.DataFrame) -> dict[str, float]:
    column = pl.col("score")
    z = (column - column.mean().over("benchmark")) / column.std().over("benchmark")
    return dict(scores.select("model_id", z=z.fill_nan(None).fill_null(0.0)).group_by("model_id").mean().iter_rows())


@pytest.fixture(scope="module")
def truth() -> simulate.Truth:
    return simulate.board("easy_and_hard", 1)


@pytest.fixture(scope="module")
def calibration(truth: simulate.Truth) -> Calibration:
    return calibrate(truth.scores, draws=DRAWS)


def test_ability_finds_the_true_order_through_harmful_holes_and_its_intervals_hold() -> None:
    gains, coverage = [], []
    for mechanism in simulate.MECHANISMS:
        for seed, settings in enumerate(
            ({}, {"shares": False, "boards": 2}, {"boards": 6, "benchmarks": 2, "effect": 0.4})
        ):
            drawn = simulate.board(mechanism, 10 + seed, **settings)  # type: ignore[arg-type]
            found = score(drawn.scores, calibrate(drawn.scores, draws=DRAWS))
            true = np.array([drawn.ability[model] for model in found["model_id"]])
            plain = mean_z(drawn.scores)
            by_mean = kendalltau([plain[model] for model in found["model_id"]], true).statistic
            gains.append(kendalltau(found["ability"].to_numpy(), true).statistic - by_mean)
            shown = 1000 + 100 * (true - true.mean()) / true.std()
            inside = (found["ability_low"].to_numpy() <= shown) & (shown <= found["ability_high"].to_numpy())
            coverage.append(inside.mean())
    assert np.mean(gains) >= 0.03
    assert 0.85 <= np.mean(coverage) <= 0.96
    assert min(coverage) > 0.75


def test_the_fit_finds_the_slopes_and_offsets_that_made_the_table() -> None:
    made = simulate.board("at_random", 6, models=600, boards=2, shares=False)
    found = calibrate(made.scores, draws=2)
    spans = found.scales.high - found.scales.low
    slope = found.point.at.slope * spans / (12 * made.slope)
    assert slope.std() / slope.mean() < 0.08
    at_zero = found.scales.low + found.point.at.alpha * spans
    assert np.abs(at_zero - (40 - 12 * made.slope * made.difficulty)).max() < 2.5


def test_other_models_move_nothing(truth: simulate.Truth, calibration: Calibration) -> None:
    everyone = score(truth.scores, calibration)
    names = everyone["model_id"].sort()
    half = truth.scores.filter(pl.col("model_id").is_in(names.gather_every(2).to_list()))
    strangers = simulate.board("shy", 99).scores.with_columns(("new/" + pl.col("model_id")).alias("model_id"))
    for frame in (half, pl.concat([truth.scores, strangers]), truth.scores.reverse()):
        both = score(frame, calibration).join(everyone, on="model_id", suffix="_before")
        for name in ("ability", "ability_low", "ability_high"):
            assert (both[name] - both[f"{name}_before"]).abs().max() <= 1e-6  # type: ignore[operator]
        assert both.filter(pl.col("evidence") != pl.col("evidence_before")).is_empty()


def test_one_poisoned_model_moves_no_other(truth: simulate.Truth, calibration: Calibration) -> None:
    top = pl.when(model_id="m0007").then(0.999).otherwise("score")
    poisoned = standings(truth.scores.with_columns(score=top), calibration)
    before = standings(truth.scores, calibration)
    others = poisoned.join(before, on="model_id", suffix="_before").filter(pl.col("model_id") != "m0007")
    assert (others["ability"] - others["ability_before"]).abs().max() == 0
    assert (others["rank"] - others["rank_before"]).abs().max() <= 1  # type: ignore[operator]


def test_the_reference_cohort_has_mean_1000_and_deviation_100(truth: simulate.Truth, calibration: Calibration) -> None:
    cohort = score(truth.scores, calibration).filter(pl.col("model_id").is_in(list(calibration.cohort)))
    assert cohort["ability"].mean() == pytest.approx(1000)
    assert cohort["ability"].std(ddof=0) == pytest.approx(100)


def test_a_saved_calibration_scores_as_the_one_in_memory_and_has_the_same_bytes(
    truth: simulate.Truth, calibration: Calibration, tmp_path: Path
) -> None:
    calibration.save(tmp_path / "one.npz")
    loaded = Calibration.load(tmp_path / "one.npz")
    loaded.save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    assert loaded.version == calibration.version
    assert score(truth.scores, loaded).equals(score(truth.scores, calibration))


def test_the_same_data_and_seed_give_the_same_calibration_whatever_the_order_of_rows(truth: simulate.Truth) -> None:
    again = calibrate(truth.scores.sample(fraction=1, shuffle=True, seed=3), draws=5, seed=4)
    assert again.version == calibrate(truth.scores, draws=5, seed=4).version
    assert again.version != calibrate(truth.scores, draws=5, seed=5).version
    assert again.data_hash != calibrate(truth.scores[1:], draws=2).data_hash


def test_a_file_that_is_no_calibration_is_refused(calibration: Calibration, tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("not a calibration")
    np.savez(tmp_path / "other.npz", header=np.frombuffer(b'{"format": 999}', dtype=np.uint8))
    calibration.save(tmp_path / "cut.npz")
    whole = (tmp_path / "cut.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    for name in ("text.npz", "other.npz", "cut.npz", "missing.npz"):
        with pytest.raises(UsageError, match="not a calibration"):
            Calibration.load(tmp_path / name)


def test_unlinked_boards_are_refused_and_named() -> None:
    left = simulate.board("at_random", 1, models=30, boards=1).scores.with_columns(board=pl.lit("left"))
    right = simulate.board("at_random", 2, models=30, boards=1).scores.with_columns(
        board=pl.lit("right"), model_id=pl.lit("x") + pl.col("model_id")
    )
    with pytest.raises(UnlinkedError, match=r"left/b00.*\|.*right/b00"):
        rank(pl.concat([left, right]), "ability")


def test_a_pattern_that_the_calibration_never_saw_is_scored_with_a_wider_prior() -> None:
    drawn = simulate.board("at_random", 3, models=120, boards=3, benchmarks=4)
    boards = drawn.scores.group_by("model_id").agg(pl.col("board").n_unique().alias("n"))
    never_alone = drawn.scores.join(boards.filter(pl.col("n") > 1), on="model_id")
    found = calibrate(never_alone, draws=DRAWS)
    assert (0,) not in found.patterns
    model = never_alone["model_id"][0]
    full = never_alone.filter(model_id=model)
    alone = full.filter(board=full["board"][0])[:1]
    thin, thick = score(alone, found).row(0, named=True), score(full, found).row(0, named=True)
    assert thin["ability_high"] - thin["ability_low"] > thick["ability_high"] - thick["ability_low"]
    assert (thin["evidence"], thick["evidence"]) == ("C", "A")


def test_evidence_counts_boards_that_saw_half_of_themselves(calibration: Calibration) -> None:
    rows = [("one", "board_0", f"b0{b}", 0.5) for b in range(3)]
    rows += [("two", f"board_{b // 5}", f"b{b:02}", 0.5) for b in (0, 1, 2, 5, 6, 7)]
    rows += [("none", "board_0", "b00", 0.5), ("none", "board_1", "b05", 0.5)]
    frame = pl.DataFrame(rows, schema=["model_id", "board", "benchmark", "score"], orient="row")
    assert dict(score(frame, calibration).select("model_id", "evidence").iter_rows()) == {
        "one": "B",
        "two": "A",
        "none": "C",
    }
    ranked = standings(frame, calibration)
    assert ranked.filter(model_id="none")["rank"].item() is None
    assert ranked["rank"].drop_nulls().to_list() == [1, 2]
    assert standings(frame, calibration, grades=("A", "B", "C"))["rank"].null_count() == 0


def test_benchmarks_that_the_calibration_does_not_know_are_left_out(
    truth: simulate.Truth, calibration: Calibration
) -> None:
    extra = truth.scores.with_columns(benchmark=pl.lit("new"))[:5]
    assert score(pl.concat([truth.scores, extra]), calibration).equals(score(truth.scores, calibration))
    with pytest.raises(UsageError, match="none of these benchmarks"):
        score(extra, calibration)


def rated() -> pl.DataFrame:
    """A board of shares linked with a board of ratings whose parts count the same votes."""
    rng = np.random.default_rng(0)
    rows: list[tuple[str, str, str, float, float | None]] = []
    for m, theta in enumerate(rng.standard_normal(150)):
        if m % 3 != 1:
            rows += [
                (f"m{m}", "tests", f"t{b}", 1 / (1 + np.exp(-theta + b / 2 + rng.normal(0, 0.3))), None)
                for b in range(4)
            ]
        if m % 3 != 2:
            rating = 1100 + 90 * theta + rng.normal(0, 15)
            rows += [(f"m{m}", "votes", part, rating + rng.normal(0, 2), 5.0) for part in ("overall", "coding", "math")]
    return pl.DataFrame(rows, schema=["model_id", "board", "benchmark", "score", "standard_error"], orient="row")


def test_a_scale_that_moves_as_a_whole_is_linked_back_and_the_shift_is_told() -> None:
    before = rated()
    calibration = calibrate(before, draws=DRAWS)
    later = before.with_columns(pl.when(board="votes").then(pl.col("score") + 59.9).otherwise("score").alias("score"))
    shifts = link_shifts(later, calibration)
    assert shifts.select("benchmark", "n_models").rows() == [("votes/overall", 100)]
    assert shifts["shift"].item() == pytest.approx(59.9)
    linked = calibration.relinked(shifts)
    assert dict(linked.links) == pytest.approx({"votes/overall": 59.9})
    columns = ["ability", "ability_low", "ability_high"]
    here, there = (
        frame.sort("model_id").select(columns) for frame in (score(later, linked), score(before, calibration))
    )
    assert np.abs(here.to_numpy() - there.to_numpy()).max() < 1e-6
    few = link_shifts(later.filter(pl.col("model_id").is_in(["m0", "m3"])), calibration)
    assert few["shift"].item() is None
    assert calibration.relinked(few).version != linked.version


def test_parts_of_a_board_that_has_an_overall_column_are_not_further_witnesses() -> None:
    everything = rated()
    overall_only = everything.filter((pl.col("board") != "votes") | (pl.col("benchmark") == "overall"))
    assert calibrate(everything, draws=3).benchmarks == calibrate(overall_only, draws=3).benchmarks


def test_a_large_known_error_widens_the_interval() -> None:
    frame = rated()
    calibration = calibrate(frame, draws=DRAWS)
    alone = frame.filter(model_id="m1")
    sure = score(alone, calibration).select(pl.col("ability_high") - pl.col("ability_low")).item()
    unsure = (
        score(alone.with_columns(standard_error=80.0), calibration)
        .select(pl.col("ability_high") - pl.col("ability_low"))
        .item()
    )
    assert unsure > 1.2 * sure


def test_fewer_is_better_gives_the_same_abilities_turned_round() -> None:
    frame = rated().filter(pl.col("board") == "votes", pl.col("benchmark") != "overall")
    turned = frame.with_columns(-pl.col("score"), higher_is_better=pl.lit(False))
    one, other = (rank(each, "ability", draws=3).sort("model_id")["score"].to_numpy() for each in (frame, turned))
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_rank_by_ability_has_the_columns_of_every_method(truth: simulate.Truth) -> None:
    ability = rank(truth.scores, draws=20)
    assert ability.schema == rank(truth.scores, "mean_win_rate", draws=20).schema
    assert ability["score"].is_sorted(descending=True)
    assert ability.filter(~pl.col("rank").is_between("rank_low", "rank_high")).is_empty()


@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(
    seed=st.integers(0, 10**6),
    models=st.integers(1, 15),
    benchmarks=st.integers(1, 7),
    holes=st.floats(0, 0.8),
    levels=st.integers(1, 4),
)
def test_any_small_table_is_ranked_with_finite_numbers_or_refused(
    seed: int, models: int, benchmarks: int, holes: float, levels: int
) -> None:
    board = ranking_oracles.sparse_board(seed, models, benchmarks, holes, levels)
    try:
        table = rank(board, "ability", draws=8)
    except UsageError:
        return
    assert table["model_id"].sort().to_list() == board["model_id"].unique().sort().to_list()
    assert table.select(pl.all_horizontal(pl.col("score", "score_low", "score_high").is_finite().all())).item()
    assert table.filter(~pl.col("score").is_between("score_low", "score_high")).is_empty()
    assert table.filter(~pl.col("rank").is_between("rank_low", "rank_high")).is_empty()
