"""A broken plug-in is named in the report and left out; the other leaderboards are published, whatever it does."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aggregator import schema
from aggregator.errors import CheckFailed
from aggregator.model import Parsed, RankRule, Source
from aggregator.pipeline import boards
from aggregator.sources import SAMPLE, aider_polyglot, evalplus
from aggregator.sources.plugins import BrokenPlugin, Register
from flows.refresh import RefreshResult
from tests.support.example_board import copy_example_files, load_example
from tests.support.refreshes import parquet_checksums, read_table, run_refresh

EXAMPLE = load_example()


def as_board(files: Any) -> Parsed:
    """Return the rows of the example under the id `board`."""
    found = EXAMPLE.parse(files)
    named = {"source": pl.lit("board"), "benchmark": pl.lit("board/answered")}
    return replace(
        found,
        entries=found.entries.with_columns(source=named["source"]),
        scores=found.scores.with_columns(**named),
        benchmarks=found.benchmarks.with_columns(**named),
        quarantined=found.quarantined.with_columns(source=named["source"]),
    )


BOARD = replace(EXAMPLE, id="board", parse=as_board)
OTHERS = (aider_polyglot.SOURCE, evalplus.SOURCE)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Return a mirror with the files of two leaderboards and of the plug-in."""
    folder = tmp_path / "mirror"
    for source in OTHERS:
        for resource in source.resources:
            (folder / resource.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SAMPLE / resource.path, folder / resource.path)
    copy_example_files(folder)
    return folder


Refresh = Callable[..., RefreshResult]


@pytest.fixture
def refresh(tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> Refresh:
    """Return a function that refreshes one home with two leaderboards and a plug-in, usable or broken."""

    def run(plugin: Source | BrokenPlugin | None, **options: Any) -> RefreshResult:
        usable = (plugin,) if isinstance(plugin, Source) else ()
        broken = (plugin,) if isinstance(plugin, BrokenPlugin) else ()
        register = Register((*OTHERS, *usable), broken, frozenset(source.id for source in usable))
        monkeypatch.setattr(boards, "read_register", lambda: register)
        return run_refresh(tmp_path / "home", mirror=str(mirror), **options)

    return run


def statuses(result: RefreshResult) -> dict[str, tuple[str, str | None]]:
    return {row["source"]: (row["status"], row["cause"]) for row in result.report.iter_rows(named=True)}


GOOD = {source.id: ("fresh", None) for source in OTHERS}
UNLOADED = BrokenPlugin("board", "my-plugin 1.0", "cannot be imported: ImportError: no module named x")


def test_a_plugin_has_columns_and_rows_like_a_built_in_board(refresh: Refresh) -> None:
    result = refresh(BOARD)
    assert statuses(result) == GOOD | {"board": ("fresh", None)}
    leaderboard = read_table(result, "leaderboard")
    assert sorted(leaderboard["board_rank"].drop_nulls()) == list(range(1, 13))
    assert leaderboard["board_score"].max() == 76.5


def test_a_plugin_that_cannot_be_imported_is_named_in_the_report(refresh: Refresh) -> None:
    result = refresh(UNLOADED)
    assert statuses(result) == GOOD | {"board": ("refused", "plugin")}
    (row,) = result.refused.iter_rows(named=True)
    assert "the plug-in 'board' of my-plugin 1.0 cannot be imported" in row["message"]
    assert "board_rank" not in read_table(result, "leaderboard").columns


def test_a_plugin_that_breaks_later_takes_its_rows_along_and_returns(refresh: Refresh) -> None:
    first = refresh(BOARD)
    broken = refresh(UNLOADED)
    assert broken.is_new
    assert statuses(broken) == GOOD | {"board": ("refused", "plugin")}
    again = refresh(UNLOADED)
    assert not again.is_new
    assert statuses(again) == statuses(broken)
    returned = refresh(BOARD)
    assert statuses(returned) == statuses(first)
    assert read_table(returned, "standings").equals(read_table(first, "standings"))


def raise_type_error(_: Any) -> Parsed:
    raise TypeError("unsupported operand")


def test_a_parser_that_raises_any_exception_refuses_its_rows_alone(refresh: Refresh) -> None:
    result = refresh(replace(BOARD, parse=raise_type_error))
    assert statuses(result) == GOOD | {"board": ("refused", "table")}
    assert "failed with TypeError: unsupported operand (test_plugins.py, line" in result.refused["message"][0]


def test_a_new_version_that_cannot_read_the_earlier_rows_either_does_not_stop_the_night(refresh: Refresh) -> None:
    refresh(BOARD)
    result = refresh(replace(BOARD, parse=raise_type_error), force=True)
    assert statuses(result) == GOOD | {"board": ("refused", "table")}
    assert "the earlier rows cannot be read" in result.refused["message"][0]


def with_entries(**columns: Any) -> Source:
    def parse(files: Any) -> Parsed:
        parsed = BOARD.parse(files)
        return replace(parsed, entries=schema.frame(schema.ENTRIES, parsed.entries.with_columns(**columns)))

    return replace(BOARD, parse=parse)


def test_a_plugin_whose_ranks_contradict_its_scores_is_refused(refresh: Refresh) -> None:
    result = refresh(replace(with_entries(board_rank=pl.lit(0)), rank_rule=RankRule.GIVEN))
    assert statuses(result) == GOOD | {"board": ("refused", "gate")}


def test_a_plugin_whose_columns_break_a_table_is_left_out_of_it(refresh: Refresh) -> None:
    # Two columns of `leaderboard` have one name.
    plugin = replace(BOARD, column="open", score_name="weights")
    result = refresh(plugin)
    assert statuses(result) == GOOD | {"board": ("refused", "plugin")}
    assert "no table could be built with its rows" in result.refused["message"][0]
    assert "board" not in set(read_table(result, "sources")["source"])
    assert read_table(result, "standings").height > 50
    assert not refresh(plugin).is_new


def test_a_table_that_breaks_without_a_plugin_still_stops_the_night(
    refresh: Refresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise CheckFailed("scores", "isfinite(score)", 1)

    monkeypatch.setattr("flows.refresh.steps.input_tables", fail)
    for plugin in (None, BOARD):
        with pytest.raises(CheckFailed):
            refresh(plugin)


def test_a_board_that_is_off_is_not_read_and_keeps_its_columns(refresh: Refresh) -> None:
    refresh(BOARD)
    result = refresh(BOARD, off=("evalplus",))
    assert set(statuses(result)) == {"aider_polyglot", "board"}
    assert read_table(result, "leaderboard")["evalplus_rank"].null_count() == read_table(result, "leaderboard").height
    assert not refresh(BOARD, off=("evalplus",)).is_new


def test_the_settings_of_the_home_switch_boards_and_the_rank(
    refresh: Refresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = refresh(BOARD)
    (tmp_path / "home" / "settings.toml").write_text('[boards]\nout_of_rank = ["evalplus"]\noff = ["board"]\n')
    second = refresh(BOARD)
    assert second.is_new
    assert set(statuses(second)) == set(GOOD)
    in_rank = dict(read_table(second, "sources").select("source", "in_rank").iter_rows())
    assert in_rank == {"aider_polyglot": True, "evalplus": False}
    monkeypatch.setenv("METABOARD_BOARDS_ON", "board")
    assert set(statuses(refresh(BOARD))) == set(statuses(first))


def test_a_board_that_is_off_by_default_is_read_when_it_is_switched_on(refresh: Refresh) -> None:
    off = replace(BOARD, is_on=False)
    assert set(statuses(refresh(off))) == set(GOOD)
    assert set(statuses(refresh(off, on=("board",)))) == {*GOOD, "board"}


def test_a_refresh_with_settings_is_the_same_as_one_with_options(refresh: Refresh, tmp_path: Path) -> None:
    by_option = parquet_checksums(refresh(BOARD, off=("board",)))
    (tmp_path / "home" / "settings.toml").write_text('[boards]\noff = ["board"]\n')
    assert parquet_checksums(refresh(BOARD, force=True)) == by_option
