"""Models most of whose rows break a rule are quarantined whole, in every source."""

import dataframely as dy
import polars as pl
import pytest

from aggregator.sources import unreliable_models, wire

FILE = "a/b.parquet"


class Row(wire.Wire):
    name = wire.name_column()
    task = wire.text()
    score = dy.Float64(min=0, max=1)

    @dy.rule()
    def score_is_a_third(cls) -> pl.Expr:
        """Find one more impossible number."""
        return pl.col("score") != 0.333


def read(*rows: tuple[str, str, float | None]) -> wire.Sheet:
    frame = pl.DataFrame(list(rows), schema={"name": pl.String, "task": pl.String, "score": pl.Float64}, orient="row")
    return wire.read_table("board", FILE, frame, Row, name="name")


OTHERS = [("other", "a", 0.5), ("other", "b", 7.0), ("other", "c", 0.5)]


def test_the_other_rows_of_such_a_model_are_quarantined_with_a_reason() -> None:
    sheet = read(("m", "a", 7.0), ("m", "b", 8.0), ("m", "c", 0.9), *OTHERS)
    assert sheet.rows["name"].to_list() == ["other", "other"]
    assert sheet.quarantined.select("row", "raw_name", "reason").rows() == [
        (0, "m", "`score` above the largest possible value"),
        (1, "m", "`score` above the largest possible value"),
        (2, "m", unreliable_models.REASON),
        (4, "other", "`score` above the largest possible value"),
    ]
    assert sheet.warnings == (
        "all rows of these models are quarantined, because most of them break a rule: `m` (2 of 3 rows)",
    )
    assert sheet.read == sheet.rows.height + sheet.quarantined.height


@pytest.mark.parametrize(
    ("scores", "kept"),
    [
        ([7.0, 0.5], 1),
        ([7.0, 7.0, 0.5], 0),
        ([0.333, 0.333, 0.5], 0),
        # An empty cell says nothing about the unit.
        ([None, None, 0.5], 1),
    ],
)
def test_only_most_rows_with_impossible_numbers_count(scores: list[float | None], kept: int) -> None:
    assert read(*(("m", str(place), score) for place, score in enumerate(scores))).rows.height == kept


def test_a_model_without_good_rows_is_named_when_it_breaks_several_rules() -> None:
    assert read(("m", "a", 7.0), *OTHERS).warnings == ()
    assert "`m` (2 of 2 rows)" in read(("m", "a", 7.0), ("m", "b", 7.0), *OTHERS).warnings[0]


def test_many_models_are_counted_and_the_first_are_named() -> None:
    rows = [(f"m{place}", task, 7.0) for place in range(9) for task in "ab"]
    (warning,) = read(*rows, *OTHERS).warnings
    assert "`m4` (2 of 2 rows), and 4 more" in warning
    assert "m5" not in warning


def test_several_shards_are_judged_together() -> None:
    frames = [
        pl.DataFrame({"name": ["m"] * 3, "task": ["a", "b", "c"], "score": scores})
        for scores in ([7.0, 7.0, 0.5], [0.5, 0.5, 0.5])
    ]
    sheets = [
        wire.read_table("board", f"shard {place}", frame, Row, name="name", is_whole=False)
        for place, frame in enumerate(frames)
    ]
    assert [sheet.rows.height for sheet in wire.quarantine_unreliable_models("board", sheets, ["name"])] == [1, 3]
    # Two of the three tasks have an impossible score in some shard.
    by_task = wire.quarantine_unreliable_models("board", sheets, ["name"], unit="task")
    assert [sheet.rows.height for sheet in by_task] == [0, 0]
    assert [set(sheet.quarantined["file"]) for sheet in by_task] == [{"shard 0"}, {"shard 1"}]
