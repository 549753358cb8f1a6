"""The spoilers change what their name says, and files that nothing changed are written back as they were."""

import io
from dataclasses import replace

import polars as pl
import pytest

from aggregator.sources import on_by_default
from aggregator.sources.arena import TEXT
from benchmarks.gate_harm import find_harm
from benchmarks.spoiled_board import Board
from benchmarks.spoilers import HARMLESS, KINDS, Kind, catalogue, these_cells
from tests.support.samples import assert_same, files

SOURCES = {source.id: source for source in on_by_default()}
KINDS_BY_NAME = catalogue()


def board_of(source_id: str) -> Board:
    return Board.read(SOURCES[source_id], files(SOURCES[source_id]))


@pytest.mark.parametrize("source_id", SOURCES)
def test_files_that_are_written_again_have_the_same_rows(source_id: str) -> None:
    board, source = board_of(source_id), SOURCES[source_id]
    assert board.tables
    written = {table.file: table.sheet.written() for table in board.tables}
    assert_same(source.parse({**board.files, **written}), source.parse(dict(board.files)))


@pytest.mark.parametrize("source_id", SOURCES)
def test_a_change_of_all_scores_reaches_the_rows_and_damages_none(source_id: str) -> None:
    """Columns that follow from a score are computed again, so that the reader finds no row that contradicts itself."""
    board, source = board_of(source_id), SOURCES[source_id]
    changed = these_cells(board, board.cells["score"].is_not_null(), lambda old: old * 0.97)
    assert changed is not None
    now, true = source.parse(changed.written()), source.parse(dict(board.files))
    assert now.rows_quarantined <= true.rows_quarantined
    both = now.scores.join(true.scores, on=["benchmark", "raw_name"], suffix="_true")
    assert both.height == true.scores.height
    moved = both.filter(pl.col("score_true") > 0)
    assert (moved["score"] < moved["score_true"]).mean() == pytest.approx(1, abs=0.02)


def test_an_unchanged_board_has_the_same_bytes() -> None:
    for source_id in SOURCES:
        board = board_of(source_id)
        assert board.written() == dict(board.files)


def test_a_kind_gives_the_same_files_for_the_same_seed_and_others_for_another() -> None:
    board, kind = board_of("evalplus"), KINDS_BY_NAME["noise: a benchmark, 0.2 to 0.35 deviations"]
    first, again, other = (kind.spoil(board, seed) for seed in (1, 1, 2))
    assert first is not None
    assert first == again
    assert first != other


def test_a_kind_that_changes_nothing_has_no_files() -> None:
    board = board_of("evalplus")
    assert Kind("nothing", "scores", lambda same, _: same).spoil(board, 0) is None


def test_both_files_of_the_arena_have_the_same_ratings_after_a_lie() -> None:
    board = board_of(TEXT.id)
    spoiled = KINDS_BY_NAME["scaled: all scores x0.5 to x0.9"].spoil(board, 0)
    assert spoiled is not None
    latest, full = (pl.read_parquet(io.BytesIO(spoiled[name])) for name in ("latest", "full"))
    key = ["model_name", "category", "leaderboard_publish_date"]
    both = latest.join(full, on=key, suffix="_full")
    assert both.height > 50
    assert both["rating"].equals(both["rating_full"].alias("rating"))


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("lost: the best 20 models", "best"),
        ("names: half unknown", "names"),
        ("reversed: a benchmark upside down", "scores"),
        ("flags: one inverted", "fact kind"),
    ],
)
def test_a_lie_does_the_harm_of_its_kind(name: str, harm: str) -> None:
    board = board_of("bigcodebench")
    source, truth = board.source, board.source.parse(dict(board.files))
    found: set[str] = set()
    for seed in range(6):
        spoiled = KINDS_BY_NAME[name].spoil(board, seed)
        found |= set(find_harm(source, source.parse(spoiled), truth)) if spoiled else set()
    assert harm in found


def test_the_truth_does_no_harm() -> None:
    for source in SOURCES.values():
        truth = source.parse(files(source))
        assert find_harm(source, replace(truth), truth) == []


def test_every_kind_has_a_name_and_a_family() -> None:
    assert all(name == kind.name and ": " in name for name, kind in KINDS.items())
    assert {kind.family for kind in KINDS.values()} >= set(HARMLESS)
