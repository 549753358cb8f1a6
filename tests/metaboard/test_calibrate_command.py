"""`metaboard calibrate` with names, additions and editions, and `metaboard benchmarks`, on the bundled sample."""

import json
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aggregator import warehouse
from metaboard.app import run
from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard

LATER = "evalplus"
"""The leaderboard that enters the rank after the fit."""


@dataclass(frozen=True)
class Night:
    """The abilities and tables of one generation, and what its refresh logged."""

    abilities: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    log: str


@dataclass(frozen=True)
class Nights:
    """A home directory after a fit, after a leaderboard entered the rank, and after it was added to the calibration."""

    home: Path
    fitted: Night
    ranked: Night
    added: Night


def night(home: Path, log: Path) -> Night:
    with warehouse.open_read_only(home / "current" / warehouse.DATABASE) as connection:
        columns = "model_id, rank, ability, ability_low, ability_high, evidence, rests_on"
        abilities = connection.sql(f"select {columns} from leaderboard where ability is not null order by 1").pl()
        names = ("calibrations", "calibration_moves", "benchmark_health")
        tables = {name: connection.sql(f"from {name}").pl() for name in names}
    return Night(abilities, tables, log.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    folder = tmp_path_factory.mktemp("calibrate")
    home, log = folder / "home", folder / "log"

    def command(*arguments: object) -> None:
        with log.open("w", encoding="utf-8") as file, redirect_stderr(file):
            assert run([*map(str, arguments), "--home", str(home)]) == 0

    found = []
    for prepare in (
        (
            ("boards", "unrank", LATER),
            ("refresh", "--sample", "--direct"),
            ("calibrate", "--draws", 20, "--name", "one"),
        ),
        (("boards", "rank", LATER),),
        (("calibrate", "--add"),),
    ):
        for arguments in prepare:
            command(*arguments)
        command("refresh", "--sample", "--direct")
        found.append(night(home, log))
    return Nights(home, *found)


def test_an_added_leaderboard_moves_no_model_and_measures_models_that_had_no_ability(nights: Nights) -> None:
    before, after = nights.ranked.abilities, nights.added.abilities
    both = before.join(after, on="model_id", suffix="_after")
    assert both.height == before.height
    for name in ("ability", "ability_low", "ability_high"):
        assert both.select((pl.col(name) - pl.col(f"{name}_after")).abs().max()).item() <= 1e-9
    assert both["evidence"].equals(both["evidence_after"])
    assert both["rests_on"].equals(both["rests_on_after"])
    new = after.join(before, on="model_id", how="anti")
    assert new.height > 5
    assert set(new["rests_on"].explode()) == {"EvalPlus"}


def test_a_refresh_names_the_command_for_a_leaderboard_outside_the_calibration(nights: Nights) -> None:
    assert f"metaboard calibrate --add {LATER}" in nights.ranked.log
    assert "metaboard calibrate" not in nights.fitted.log + nights.added.log


def test_the_tables_have_the_name_the_additions_and_the_moves_of_the_fit(nights: Nights) -> None:
    llm = nights.added.tables["calibrations"].row(by_predicate=pl.col("track") == "llm", named=True)
    assert llm["name"] == "one+1"
    assert {name.split("/")[0] for name in llm["added_benchmarks"]} == {LATER}
    assert str(llm["dated"]) >= "2026-01-01"
    moves = nights.added.tables["calibration_moves"]
    assert moves.height > 500
    assert set(moves["edition"]) == {"one"}
    assert moves.select((pl.col("ability_after") - pl.col("ability_before") - pl.col("moved")).abs().max()).item() == 0
    fitted = nights.fitted.abilities.join(moves.filter(track="llm"), on="model_id")
    assert fitted.select((pl.col("ability") - pl.col("ability_after")).abs().max()).item() < 1e-6


def test_the_list_of_editions_states_what_each_one_changed_and_is_published(
    metaboard: Metaboard, nights: Nights
) -> None:
    first, second = metaboard("calibrate", "--list", "--json", "--home", nights.home).rows
    assert (first["name"], first["kind"], second["name"], second["kind"]) == ("one", "fit", "one+1", "addition")
    assert second["follows"] == "one"
    llm = first["tracks"]["llm"]  # type: ignore[index] # the document is an object of objects
    assert llm["boards_removed"] == [LATER]
    assert llm["moves"]["n_models"] > 500
    assert second["tracks"]["llm"]["boards_added"] == [LATER]  # type: ignore[index] # as above
    printed = metaboard("calibrate", "--list", "--home", nights.home, columns=160).out
    assert "one+1" in printed
    assert LATER in printed
    published = json.loads((nights.home / "current" / "calibrations" / "editions.json").read_text(encoding="utf-8"))
    assert [edition["name"] for edition in published["editions"]] == ["one", "one+1"]
    manifest = json.loads((nights.home / "current" / "manifest.json").read_text(encoding="utf-8"))
    assert "calibrations/editions.json" in {file["path"] for file in manifest["files"]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--name", "one"), "there is a calibration one already"),
        (("--name", "no/name"), "cannot be the name of a calibration"),
        (("--name", "two", "--add"), "an addition has no name of its own"),
        ((LATER,), "need --add"),
        (("--add", "no_board"), "no_board: the rank has no scores on benchmarks outside the calibration"),
    ],
)
def test_a_wrong_name_or_leaderboard_is_refused_and_nothing_is_written(
    metaboard: Metaboard, nights: Nights, arguments: tuple[str, ...], message: str
) -> None:
    folder = nights.home / "calibrations"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    refused = metaboard("calibrate", *arguments, "--home", nights.home)
    assert refused.code == Exit.USAGE
    assert message in " ".join(refused.err.split())
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_with_nothing_to_add_the_command_says_so(metaboard: Metaboard, nights: Nights) -> None:
    again = metaboard("calibrate", "--add", "--home", nights.home)
    assert again.code == 0
    assert "Nothing to add" in again.err + again.out


def test_benchmarks_lists_saturated_ones_with_their_weight(metaboard: Metaboard, nights: Nights) -> None:
    every = metaboard("benchmarks", "--json", "--home", nights.home).rows
    some = metaboard("benchmarks", "--saturated", "--track", "llm", "--json", "--home", nights.home).rows
    assert 0 < len(some) < len(every)
    assert all(row["is_saturated"] or float(str(row["weight"])) < 1 for row in some)
    assert {
        row["source"] for row in metaboard("benchmarks", "--board", LATER, "--json", "--home", nights.home).rows
    } == {LATER}
    printed = metaboard("benchmarks", "--saturated", "--home", nights.home, columns=200)
    assert str(some[0]["benchmark"]) in printed.out
    assert "docs/calibrate.md" in printed.err + printed.out


def test_the_weight_of_a_saturated_benchmark_is_that_of_the_calibration(nights: Nights) -> None:
    health = nights.fitted.tables["benchmark_health"]
    lowered = health.filter(pl.col("weight") < 1)
    # The fit judges under its own first parameters, so a benchmark near the bound can be on the other side.
    assert lowered["is_saturated"].sum() >= 5
    assert np.mean(health.filter("is_saturated")["weight"].to_numpy()) < 0.5
    assert np.mean(health.filter(~pl.col("is_saturated"))["weight"].to_numpy()) > 0.97
