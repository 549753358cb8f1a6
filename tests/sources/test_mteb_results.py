"""MTEB's raw results: means over cells, one revision per cell, settings and shards."""

from typing import Any

import polars as pl
import pytest

from aggregator.errors import MissingColumn, SourceError
from aggregator.model import Parsed
from aggregator.sources.mteb_results import FILE, SOURCE
from tests.support import board_files, samples

COMMIT, OTHER_COMMIT = "a" * 40, "b" * 40
REQUIRED = {"model_name", "model_revision", "task_name", "split", "subset", "score", "experiments"}


def test_every_used_column_is_required() -> None:
    assert samples.required_fields(SOURCE, FILE) == REQUIRED


def cell(name: str, **cells: Any) -> dict[str, Any]:
    defaults = {
        "model_name": name,
        "model_revision": COMMIT,
        "task_name": "ArguAna",
        "split": "test",
        "language": ["eng-Latn"],
        "subset": "default",
        "score": 0.5,
        "experiments": None,
        "is_public": True,
        "trained_on": False,
    }
    return defaults | cells


def table(*extra: dict[str, Any]) -> pl.DataFrame:
    rows = [cell("org/filler", task_name=f"Task{place}") for place in range(20)]
    return pl.DataFrame([*rows, *extra], schema_overrides={"experiments": pl.String}, infer_schema_length=None)


def read(*extra: dict[str, Any]) -> Parsed:
    return SOURCE.parse({FILE.name: board_files.to_parquet(table(*extra))})


def scores_of(found: Parsed, name: str) -> dict[str, float]:
    rows = found.scores.filter(pl.col("raw_name") == name).select("benchmark", "score").rows()
    return {benchmark.removeprefix("mteb_results/"): score for benchmark, score in rows}


def test_a_task_score_is_the_mean_over_its_splits_and_subsets() -> None:
    found = read(
        cell("m", task_name="New", subset="en", score=0.2),
        cell("m", task_name="New", subset="de", score=0.4),
        cell("m", task_name="New", subset="de", split="dev", score=0.9),
    )
    assert scores_of(found, "m") == {"New": pytest.approx(0.5)}
    assert found.accepted.filter(pl.col("raw_name") == "m")["rows"].item() == 3


def test_only_the_split_and_subsets_of_the_definition_count() -> None:
    iflytek = {"task_name": "IFlyTek"}
    found = read(cell("m", **iflytek, split="validation", score=0.527), cell("m", **iflytek, split="test", score=0.0))
    assert scores_of(found, "m") == {"IFlyTek": 0.527}
    assert found.benchmarks.filter(pl.col("benchmark") == "mteb_results/IFlyTek")["metric"].item() == (
        "accuracy; split validation"
    )
    assert found.rows_quarantined == found.rows_duplicate == 0


STS17 = ("ar-ar", "en-ar", "en-de", "en-en", "en-tr", "es-en", "es-es", "fr-en", "it-en", "ko-ko", "nl-en")


def test_each_definition_of_a_task_has_a_name_and_a_model_needs_all_its_subsets() -> None:
    rows = [
        *(cell("all", task_name="STS17", subset=subset, score=0.1) for subset in STS17),
        *(cell("most", task_name="STS17", subset=subset, score=0.2) for subset in STS17[1:]),
        cell("english", task_name="STS17", subset="en-en", score=0.3),
        cell("korean", task_name="STS17", subset="ko-ko", score=0.4),
    ]
    found = read(*rows)
    english, every = "STS17 (test; en-en)", "STS17 (test; 11 subsets)"
    assert scores_of(found, "all") == {english: 0.1, every: pytest.approx(0.1)}
    assert scores_of(found, "most") == {english: 0.2}
    assert scores_of(found, "english") == {english: 0.3}
    assert scores_of(found, "korean") == {}
    assert "korean" in found.entries["raw_name"].to_list()


def test_a_definition_that_no_model_meets_is_not_used() -> None:
    found = read(*(cell(name, task_name="IFlyTek", split="renamed", score=0.6) for name in ("a", "b")))
    assert scores_of(found, "a") == {"IFlyTek": 0.6}


def test_models_that_ran_other_subsets_of_a_task_without_definition_are_not_compared() -> None:
    names = [f"{group} {place}" for group in ("both", "german") for place in range(5)]
    rows = [cell(name, task_name="New", subset="de", score=0.4) for name in names]
    rows += [cell(name, task_name="New", subset="en", score=0.8) for name in names[:5]]
    found = read(*rows, cell("alone", task_name="New", subset="fr", score=1.0))
    assert scores_of(found, "both 0") == {"New": pytest.approx(0.6), "New (test; de)": 0.4}
    assert scores_of(found, "german 0") == {"New (test; de)": 0.4}
    assert scores_of(found, "alone") == {}


def test_results_from_outside_are_marked_as_self_reported() -> None:
    found = read(cell("m", model_revision="external"), cell("m", task_name="New"))
    measured = dict(found.scores.filter(pl.col("raw_name") == "m").select("benchmark", "measured_by").rows())
    assert measured == {"mteb_results/ArguAna": "self_reported", "mteb_results/New": None}


def test_a_model_in_percent_is_quarantined_whole_and_named() -> None:
    tasks = [f"Task{place}" for place in range(20)]
    scores = [0.002, 0.004, *(0.01 * place for place in range(3, 21))]
    found = read(*(cell("m", task_name=task, score=100 * score) for task, score in zip(tasks, scores, strict=True)))
    assert scores_of(found, "m") == {}
    assert found.quarantined.filter(pl.col("raw_name") == "m").height == 20
    assert [warning for warning in found.warnings if "`m` (18 of 20 rows)" in warning]
    samples.assert_no_row_lost(found)


def test_a_model_with_most_cells_below_the_range_of_percent_is_found_by_its_tasks() -> None:
    # A weak model on a task of many languages: a hundred times 0.005 is no impossible score.
    weak = [
        cell("m", task_name=f"Task{task}", subset=str(subset), score=100 * (0.02 if subset == 0 else 0.005))
        for task in range(6)
        for subset in range(10)
    ]
    found = read(*weak)
    assert scores_of(found, "m") == {}
    assert found.rows_quarantined == 60


def test_a_revision_in_percent_is_quarantined_and_the_other_one_is_kept() -> None:
    tasks = [f"Task{place}" for place in range(20)]
    right = [cell("m", task_name=task, score=0.5) for task in [*tasks, *(f"More{place}" for place in range(30))]]
    wrong = [cell("m", model_revision=OTHER_COMMIT, task_name=f"Task{place}", score=50.0) for place in range(9)]
    found = read(*right, *wrong, cell("m", model_revision=OTHER_COMMIT, task_name="Only here", score=0.9))
    assert "Only here" not in scores_of(found, "m")
    assert len(scores_of(found, "m")) == 50
    assert any(f"`m` ({OTHER_COMMIT})" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # A commit has priority over a placeholder, also over one with more cells.
        (
            [{"model_revision": COMMIT, "score": 0.1}],
            [{"model_revision": "external"}, {"model_revision": "external", "task_name": "B"}],
        ),
        ([{"model_revision": COMMIT, "score": 0.1}], [{"model_revision": None}]),
        ([{"model_revision": COMMIT, "score": 0.1}], [{"model_revision": "no_revision_available"}]),
        # Of two commits, the one with more cells.
        (
            [{"model_revision": OTHER_COMMIT, "score": 0.1}, {"model_revision": OTHER_COMMIT, "task_name": "B"}],
            [{"model_revision": COMMIT}],
        ),
        # Of two runs of one revision, the better one.
        ([{"model_revision": COMMIT, "score": 0.1}], [{"model_revision": COMMIT, "score": 0.05}]),
    ],
)
def test_one_revision_of_a_repeated_cell_is_kept_in_any_order(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    cells = [cell("m", **changed) for changed in (*first, *second)]
    for order in (cells, cells[::-1]):
        found = read(*order)
        assert scores_of(found, "m")["ArguAna"] == 0.1
        assert found.rows_duplicate == 1
        samples.assert_no_row_lost(found)


def test_revisions_with_different_cells_are_joined() -> None:
    found = read(cell("m", model_revision="external", subset="en", score=0.2), cell("m", subset="de", score=0.4))
    assert scores_of(found, "m") == {"ArguAna": pytest.approx(0.3)}
    assert found.rows_duplicate == 0


def test_the_sample_has_repeated_cells_and_a_commit_is_kept() -> None:
    found = samples.parsed(SOURCE)
    assert found.rows_duplicate == 22
    assert scores_of(found, "intfloat/e5-mistral-7b-instruct")["DiaBlaBitextMining"] == pytest.approx(0.8566, abs=1e-3)


def test_empty_scores_and_speeds_are_quarantined() -> None:
    quarantined = samples.parsed(SOURCE).quarantined
    assert dict(quarantined["reason"].value_counts().rows()) == {
        "`score` empty": 19,
        "`score` above the largest possible value": 7,
    }
    assert "mteb_results/GPUSpeedTask" not in samples.parsed(SOURCE).benchmarks["benchmark"].to_list()


def test_a_setting_inside_a_name_is_not_part_of_the_id() -> None:
    entry = samples.parsed(SOURCE).entries.row(
        by_predicate=pl.col("raw_name") == "openai/text-embedding-3-large (embed_dim=512)", named=True
    )
    assert (entry["hf_id"], entry["variant"]) == ("openai/text-embedding-3-large", "embed_dim=512")


def test_settings_in_their_own_column_become_part_of_the_raw_name() -> None:
    settings = [
        {"embed_dim": 512, "output_dtype": None},
        {"embed_dim": None, "output_dtype": "int8"},
        {"embed_dim": None, "output_dtype": None},
        None,
    ]
    rows = [cell("m") for _ in settings]
    objects = pl.Series(
        "experiments", [None] * 20 + settings, dtype=pl.Struct({"embed_dim": pl.Int64, "output_dtype": pl.String})
    )
    found = SOURCE.parse({FILE.name: board_files.to_parquet(table(*rows).with_columns(objects))})
    names = set(found.entries["raw_name"])
    assert names == {"org/filler", "m", "m (embed_dim=512)", "m (output_dtype=int8)"}
    assert found.rows_duplicate == 1


def test_dictionary_encoded_names_mean_the_same() -> None:
    frame = table(cell("m", subset="en"))
    encoded = frame.with_columns(
        pl.col("model_name", "model_revision", "task_name", "split", "subset").cast(pl.Categorical)
    )
    samples.assert_same(
        SOURCE.parse({FILE.name: board_files.to_parquet(encoded)}),
        SOURCE.parse({FILE.name: board_files.to_parquet(frame)}),
    )


def shards(count: int) -> dict[str, bytes]:
    frame = board_files.read_parquet(samples.files(SOURCE)[FILE.name])
    size = -(-frame.height // count)
    return {
        f"{FILE.name}/train-{place:05}-of-{count:05}.parquet": board_files.to_parquet(frame.slice(place * size, size))
        for place in range(count)
    }


def test_shards_are_read_as_one_table() -> None:
    found, whole = SOURCE.parse(shards(4)), samples.parsed(SOURCE)
    for name in ("entries", "benchmarks", "accepted"):
        assert getattr(found, name).equals(getattr(whole, name))
    assert found.scores.drop("score").equals(whole.scores.drop("score"))
    assert (found.scores["score"] - whole.scores["score"]).abs().max() < 1e-12  # type: ignore[operator] # a number, never null here
    assert found.rows_read == whole.rows_read
    samples.assert_no_row_lost(found)


def test_quarantined_rows_and_errors_name_the_shard() -> None:
    found = SOURCE.parse(shards(2))
    folder = FILE.path.rpartition("/")[0]
    assert set(found.quarantined["file"]) <= {f"{folder}/train-{place:05}-of-00002.parquet" for place in range(2)}
    files = shards(2)
    first, second = files
    with pytest.raises(SourceError, match=f"{folder}/train-00001-of-00002.parquet"):
        SOURCE.parse(files | {second: files[second][:100]})
    with pytest.raises(MissingColumn, match=r"train-00000-of-00002\.parquet"):
        SOURCE.parse(files | {first: board_files.edit_parquet(files[first], lambda frame: frame.drop("subset"))})


@pytest.mark.parametrize("factor", [100.0, 0.01, -1.0])
def test_a_table_in_another_unit_is_refused(factor: float) -> None:
    content = board_files.edit_parquet(
        samples.files(SOURCE)[FILE.name], lambda frame: frame.with_columns(pl.col("score") * factor)
    )
    with pytest.raises(SourceError, match=r"still fractions|usable rows of 3837"):
        SOURCE.parse({FILE.name: content})


def test_negative_correlations_are_accepted() -> None:
    assert scores_of(read(cell("m", score=-0.4)), "m") == {"ArguAna": -0.4}
