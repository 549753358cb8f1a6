"""`metaboard boards`: what it lists, how it switches, and what a publication leaves out by default."""

import json
from pathlib import Path

import polars as pl
import pytest

from aggregator.model import NO_LICENSE, is_withheld_by_default
from aggregator.sources import BUILT_IN
from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("METABOARD_BOARDS_ON", "METABOARD_BOARDS_OFF", "METABOARD_INCLUDE"):
        monkeypatch.delenv(variable, raising=False)


def by_id(rows: list[dict[str, object]]) -> dict[object, dict[str, object]]:
    return {row["source"]: row for row in rows}


def test_every_board_is_listed_with_its_counts_and_switches(metaboard: Metaboard, sample_home: Path) -> None:
    rows = by_id(metaboard("boards", "--home", sample_home, "--json").rows)
    assert set(rows) == {source.id for source in BUILT_IN}
    for source in BUILT_IN:
        row = rows[source.id]
        assert (row["is_on"], row["in_rank"], row["on_by"]) == (source.is_on, source.in_rank, "register")
        assert (row["license"], row["domain"]) == (source.license, source.domain.value)
        assert row["is_withheld"] == (source.license == NO_LICENSE)
        if source.is_on:
            assert row["status"] == "fresh"
            assert 0 < int(str(row["shared_models"])) <= int(str(row["models"]))
            assert int(str(row["linked_names"])) <= int(str(row["names"]))
    table = metaboard("boards", "--home", sample_home, columns=160)
    assert "aider_polyglot" in table.out
    assert "Apache-2.0" in table.out
    assert "none declared, withheld" in table.out
    assert "--all lists them" in table.err


def test_without_a_generation_the_register_is_listed(metaboard: Metaboard, tmp_path: Path) -> None:
    rows = metaboard("boards", "--home", tmp_path, "--json").rows
    assert [row["source"] for row in rows] == [source.id for source in BUILT_IN]
    assert {row["rows"] for row in rows} == {None}


def test_a_switch_is_kept_in_the_home_directory_and_shown(metaboard: Metaboard, tmp_path: Path) -> None:
    for verb in ("off", "unrank", "publish"):
        assert metaboard("boards", verb, "open_llm_v2", "vectara", "--home", tmp_path).code == 0
    row = by_id(metaboard("boards", "--home", tmp_path, "--json").rows)["open_llm_v2"]
    assert (row["is_on"], row["in_rank"], row["is_withheld"]) == (False, False, False)
    assert row["on_by"] == row["in_rank_by"] == str(tmp_path / "settings.toml")
    for verb in ("on", "rank", "withhold"):
        metaboard("boards", verb, "open_llm_v2", "--home", tmp_path)
    row = by_id(metaboard("boards", "--home", tmp_path, "--json").rows)["open_llm_v2"]
    assert (row["is_on"], row["in_rank"], row["is_withheld"]) == (True, True, True)


def test_a_switch_that_the_environment_overrides_says_so(
    metaboard: Metaboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METABOARD_BOARDS_ON", "vectara")
    done = metaboard("boards", "off", "vectara", "--home", tmp_path)
    assert "vectara: whether it is read is set by environment" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("on", "vectra"), "Similar: vectara"),
        (("off", "vectara", "nothing_like_it"), "no leaderboard is called nothing_like_it"),
        (("off",), "needs the id of a leaderboard"),
        (("list", "vectara"), "takes no ids"),
    ],
)
def test_a_wrong_switch_changes_nothing(
    metaboard: Metaboard, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = metaboard("boards", *arguments, "--home", tmp_path)
    assert done.code == Exit.USAGE
    assert message in done.err
    assert not (tmp_path / "settings.toml").exists()


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        *((name, True) for name in (NO_LICENSE, "", "None", "unknown", "CC-BY-NC-4.0", "CC BY NC 4.0", "cc-by-nc-sa")),
        *((name, True) for name in ("Non-Commercial use only", "noncommercial")),
        *((name, False) for name in ("Apache-2.0", "CC-BY-4.0", "CC0-1.0", "MIT", "NCSA", "Open Data (ANC)")),
    ],
)
def test_data_without_a_licence_or_with_a_non_commercial_one_is_withheld(licence: str, expected: bool) -> None:
    assert is_withheld_by_default(licence) is expected


def published_sources(dataset: Path) -> set[str]:
    return set(pl.read_parquet(dataset / "data/scores/scores.parquet")["source"])


def test_a_board_without_a_licence_is_not_published_unless_asked_for(
    metaboard: Metaboard, sample_home: Path, tmp_path: Path
) -> None:
    unlicensed = {source.id for source in BUILT_IN if source.is_on and source.license == NO_LICENSE}
    done = metaboard("publish", "--to", tmp_path / "a", "--home", sample_home)
    assert all(board in done.err for board in unlicensed)
    assert not published_sources(tmp_path / "a") & unlicensed
    assert json.loads((tmp_path / "a/manifest.json").read_text())["withheld"] == sorted(unlicensed)
    option = ("--publish-unlicensed", "open_llm_v2", "--withhold", "vectara")
    fields = metaboard("publish", "--to", tmp_path / "b", "--home", sample_home, *option, "--json").fields
    assert fields["withheld"] == sorted(unlicensed - {"open_llm_v2"} | {"vectara"})
    assert set(fields["withheld_by_licence"]) == unlicensed - {"open_llm_v2"}  # type: ignore[call-overload] # a list of JSON
    assert "open_llm_v2" in published_sources(tmp_path / "b")


@pytest.mark.parametrize("option", [("nothing",), ("vectara", "--withhold", "vectara")])
def test_a_wrong_board_to_publish_is_refused(
    metaboard: Metaboard, sample_home: Path, tmp_path: Path, option: tuple[str, ...]
) -> None:
    done = metaboard("publish", "--to", tmp_path / "a", "--home", sample_home, "--publish-unlicensed", *option)
    assert done.code == Exit.USAGE
    assert not (tmp_path / "a").exists()
