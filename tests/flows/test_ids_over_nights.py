"""Ids over several nights of the whole job on the sample: flicker, moves, a pull, an upgrade, a rollback and damage."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest

from aggregator.gates.gates import GATES
from aggregator.pipeline.publish import publish
from aggregator.pipeline.pull import pull
from aggregator.query.moves import current_id
from aggregator.query.queries import open_current
from aggregator.sources import SAMPLE, on_by_default
from aggregator.store.generations import Home
from aggregator.store.registry import DamagedRegistryError, RegistryStore
from flows.refresh import RefreshResult
from metaboard.app import run
from tests.support.refreshes import parquet_checksums, read_table, run_refresh

OPEN_LLM = "datasets/open-llm-leaderboard/contents/data/train-00000-of-00001.parquet"
OLD, NEW = "openai/gpt-4-0613", "openai/gpt-4-2023-06-13"
DECISION = f"""
[[alias]]
names = ["gpt-4-0613"]
model = "{NEW}"
reason = "the name in the documentation of its API"
on = 2026-11-25
"""


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Return a copy of the sample that a test may change."""
    return shutil.copytree(SAMPLE, tmp_path / "mirror")


@pytest.fixture(scope="module")
def decision(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with one review, which moves OLD to NEW."""
    path = tmp_path_factory.mktemp("review") / "aliases.toml"
    path.write_text(DECISION, encoding="utf-8")
    return path


@dataclass(frozen=True)
class TwoNights:
    """A home after a night without and one with the review."""

    home: Path
    first: RefreshResult
    second: RefreshResult


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory, decision: Path) -> TwoNights:
    """Return two nights on the sample; tests must not change them."""
    home = tmp_path_factory.mktemp("nights") / "home"
    first = run_refresh(home, mirror=str(SAMPLE))
    return TwoNights(home, first, run_refresh(home, mirror=str(SAMPLE), aliases=decision))


@pytest.fixture
def home(two_nights: TwoNights, tmp_path: Path) -> Path:
    """Return a copy of the home after two nights that a test may change."""
    return shutil.copytree(two_nights.home, tmp_path / "home", symlinks=True)


def edit(path: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    change(pl.read_parquet(path)).write_parquet(path)


def edit_all(paths: list[Path], change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    for path in paths:
        edit(path, change)


def ids(result: RefreshResult) -> dict[tuple[str, str], str]:
    rows = read_table(result, "aliases").select("source", "raw_name", "model_id").iter_rows()
    return {(source, raw_name): model_id for source, raw_name, model_id in rows}


@pytest.fixture
def _boards_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the Open LLM Leaderboard change, and spell its names otherwise, although it has ended."""
    for gate in ("ended", "names"):
        monkeypatch.delitem(GATES, gate)


@pytest.mark.usefixtures("_boards_go_on")
def test_over_nights_with_missing_facts_rows_and_casing_no_id_changes(tmp_path: Path, mirror: Path) -> None:
    home = tmp_path / "home"
    before = ids(run_refresh(home, mirror=str(mirror)))
    arena = sorted(mirror.glob("datasets/lmarena-ai/**/*.parquet"))
    assert len(arena) == 4
    names = pl.read_parquet(mirror / OPEN_LLM)["fullname"].unique().sort()
    nights: list[Callable[[], None]] = [
        lambda: edit_all(arena, lambda f: _blank(f, "license")),
        lambda: edit_all(arena, lambda f: _blank(f, "organization")),
        lambda: edit(mirror / OPEN_LLM, lambda f: f.with_columns(pl.col("fullname").str.to_lowercase())),
        lambda: edit(mirror / OPEN_LLM, lambda f: f.filter(pl.col("fullname") != names[3].lower())),
    ]
    for change in nights:
        change()
        result = run_refresh(home, mirror=str(mirror), force=True)
        assert result.refused.is_empty(), "the rows of this night are read"
        after = ids(result)
        changed = {name: (before[name], after[name]) for name in before if after.get(name) != before[name]}
        assert not changed
        assert read_table(result, "model_moves").is_empty()


def _blank(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the frame without the facts of every tenth row, so that the gate for missing values stays open."""
    tenth = pl.int_range(pl.len()) % 10 == 0
    return frame.with_columns(pl.when(~tenth).then(column).alias(column)) if column in frame.columns else frame


@pytest.mark.usefixtures("_boards_go_on")
def test_a_twin_in_lower_case_does_not_rename_the_model_on_a_first_night_or_a_later_one(
    tmp_path: Path, mirror: Path
) -> None:
    good = run_refresh(tmp_path / "later", mirror=str(mirror))
    board = pl.read_parquet(mirror / OPEN_LLM)
    model = board.filter(pl.col("fullname").str.contains("[A-Z]"))["fullname"].unique().sort()[0]
    small = board.filter(pl.col("fullname") != model).sort("Average ⬆️").head(1)
    twin = small.with_columns(
        fullname=pl.lit(model.lower()),
        Model=pl.col("Model").str.replace_all(small["fullname"].item(), model.lower(), literal=True),
    )
    pl.concat([board, twin.select(board.columns)]).write_parquet(mirror / OPEN_LLM)
    expected = read_table(good, "standings").filter(pl.col("model_id") == model)
    for home in ("first", "later"):
        result = run_refresh(tmp_path / home, mirror=str(mirror))
        rows = read_table(result, "standings").filter(pl.col("model_id").str.to_lowercase() == model.lower())
        assert rows.select("model_id", "source", "score").equals(expected.select("model_id", "source", "score"))
        report = result.report.filter(pl.col("source") == "open_llm_v2").row(0, named=True)
        before = good.report.filter(pl.col("source") == "open_llm_v2").row(0, named=True)
        assert report["rows_accepted"] == before["rows_accepted"]
        assert report["rows_duplicate"] == before["rows_duplicate"] + 1


def test_a_decision_is_a_move_that_sql_the_command_line_and_python_follow(
    two_nights: TwoNights, capsys: pytest.CaptureFixture[str]
) -> None:
    (move,) = read_table(two_nights.second, "model_moves").filter(pl.col("old_id") == OLD).to_dicts()
    assert move["new_id"] == NEW
    assert "the name in the documentation of its API" in move["reason"]
    with open_current(two_nights.home) as connection:
        found = connection.execute(f"select current_id('{OLD}'), current_id('{NEW}'), current_id('?')").fetchone()
        assert found == (NEW, NEW, "?")
        assert (current_id(connection, OLD.upper()), current_id(connection, "GPT")) == (NEW, "GPT")
    for command in (["show", OLD], ["compare", OLD, "openai/gpt-4-0314"]):
        capsys.readouterr()
        assert run([*command, "--json", "--home", str(two_nights.home)]) == 0
        written = capsys.readouterr()
        assert NEW in written.out
        assert f"{OLD} is {NEW} since 2026-11-25" in written.err


def test_the_page_leads_from_the_address_of_an_old_id_to_the_model(two_nights: TwoNights, tmp_path: Path) -> None:
    assert run(["site", "--home", str(two_nights.home), "--to", str(tmp_path / "site")]) == 0
    scripts = [path.read_text(encoding="utf-8") for path in (tmp_path / "site" / "data" / "models").glob("*.js")]
    assert sum(f'"{OLD}":{{"moved":["{NEW}","2026-11-25"' in text for text in scripts) == 1


def test_a_pulled_dataset_brings_its_ids_and_a_refresh_continues_with_them(
    two_nights: TwoNights, tmp_path: Path, decision: Path
) -> None:
    every = [source.id for source in on_by_default() if source.is_withheld_by_default]
    publish(two_nights.home, str(tmp_path / "dataset"), unlicensed=every, log=lambda _: None)
    pull(tmp_path / "reader", str(tmp_path / "dataset"))
    with open_current(tmp_path / "reader") as connection:
        assert current_id(connection, OLD) == NEW
    refreshed = run_refresh(tmp_path / "reader", mirror=str(SAMPLE), aliases=decision)
    assert ids(refreshed) == ids(two_nights.second)
    for table in ("model_ids", "model_moves"):
        assert read_table(refreshed, table).equals(read_table(two_nights.second, table))


def test_an_upgrade_keeps_the_ids_of_a_generation_without_a_registry(
    two_nights: TwoNights, home: Path, decision: Path
) -> None:
    shutil.rmtree(home / "registry")
    for path in home.glob("generations/*/data/model_*"):
        if path.name in ("model_ids", "model_moves"):
            shutil.rmtree(path)
    after = run_refresh(home, mirror=str(SAMPLE), aliases=decision)
    assert after.is_new
    assert ids(after) == ids(two_nights.second)
    day = pl.Series([two_nights.second.generation.created_at[:10]]).str.to_date().item()
    assert read_table(after, "model_ids")["published_on"].unique().to_list() == [day]


def test_a_damaged_registry_is_made_again_from_the_generation_or_named(
    two_nights: TwoNights, home: Path, decision: Path
) -> None:
    (path,) = RegistryStore(home).folder.glob("model_moves*")
    path.write_bytes(b"PAR1")
    after = run_refresh(home, mirror=str(SAMPLE), aliases=decision, force=True)
    assert parquet_checksums(after) == parquet_checksums(two_nights.second)
    (path,) = RegistryStore(home).folder.glob("model_moves*")
    path.write_bytes(b"PAR1")
    shutil.rmtree(home / "generations")
    with pytest.raises(DamagedRegistryError, match="registry of published ids"):
        run_refresh(home, mirror=str(SAMPLE), force=True)


def test_after_a_rollback_the_next_refresh_continues_with_all_published_ids(two_nights: TwoNights, home: Path) -> None:
    with Home(home).lock():
        Home(home).rollback(two_nights.first.generation.id)
    with duckdb.connect(str(home / "current" / "metaboard.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from model_moves").fetchone() == (0,)
    again = run_refresh(home, mirror=str(SAMPLE))
    assert again.is_new, "the registry is newer than the generation"
    moves = dict(read_table(again, "model_moves").select("old_id", "new_id").iter_rows())
    assert moves[NEW] == OLD, "the id that was public for one generation leads to the id of today"
