"""`metaboard top` and `show` by releases: the default setting is named, and the other settings are one command away."""

from pathlib import Path

import pytest

from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard
from tests.support.homes.query import WITH_SETTINGS, write_tiny_file


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home directory in which `a/second` has a second setting and a copy."""
    return write_tiny_file(tmp_path, WITH_SETTINGS)


def line_with(out: str, text: str) -> str:
    return next(line for line in out.splitlines() if text in line)


def test_top_has_one_row_for_each_release_with_its_default_setting_and_size(metaboard: Metaboard, home: Path) -> None:
    out = metaboard("top", "--home", home, columns=200).out
    assert "Second high" not in out
    # The release is `second`; its default setting has another name, which is printed beside it.
    assert line_with(out, "Second").split()[:5] == ["2", "(1–3)", "second", "Second", "3"]


def test_the_default_setting_is_named_by_what_it_adds_to_the_release_also_on_a_narrow_terminal(
    metaboard: Metaboard, tmp_path: Path
) -> None:
    named = "update releases set name = 'second' where release_id = 'a/second'"
    high = "update leaderboard set name = 'second-high' where model_id = 'a/second'"
    home = write_tiny_file(tmp_path, WITH_SETTINGS, named, high)
    for width in (80, 200):
        assert line_with(metaboard("top", "--home", home, columns=width).out, "second").split()[2:4] == [
            "second",
            "high",
        ]


def test_rows_of_top_as_json_keep_the_id_of_the_default_setting(metaboard: Metaboard, home: Path) -> None:
    rows = metaboard("top", "--json", "--home", home).rows
    assert [(row["rank"], row["release_id"], row["model_id"], row["settings"]) for row in rows] == [
        (1, "a/first", "a/first", 1),
        (2, "a/second", "a/second", 3),
        (3, "e/last", "e/last", 1),
    ]


def test_the_grain_of_settings_lists_every_model(metaboard: Metaboard, home: Path) -> None:
    rows = metaboard("top", "--grain", "setting", "--json", "--home", home).rows
    assert [row["model_id"] for row in rows] == ["a/first", "a/second", "a/second-high", "e/last"]
    assert "Second high" in metaboard("top", "--grain", "setting", "--home", home).out


@pytest.mark.parametrize("name", ["a/second", "a/second-high", "A/Second"])
def test_the_settings_of_a_release_are_one_command_away(metaboard: Metaboard, home: Path, name: str) -> None:
    rows = metaboard("top", "--release", name, "--json", "--home", home).rows
    assert [row["model_id"] for row in rows] == ["a/second", "a/second-high", "q/second-gguf"]
    as_release = metaboard("top", "--release", name, "--grain", "release", "--json", "--home", home).rows
    assert [row["model_id"] for row in as_release] == ["a/second"]


def test_an_unknown_release_is_refused(metaboard: Metaboard, home: Path) -> None:
    assert metaboard("top", "--release", "zzz/nothing-like-it", "--home", home).code == Exit.USAGE


def test_a_board_lists_the_default_and_the_best_setting_there(metaboard: Metaboard, home: Path) -> None:
    document = metaboard("top", "--board", "board_two", "--json", "--home", home).rows
    assert [(row["model_id"], row["board_rank"], row["board_best_model_id"]) for row in document] == [
        ("a/first", 1, "a/first"),
        ("a/second-high", 2, "a/second-high"),
    ]
    out = metaboard("top", "--board", "board_two", "--home", home, columns=200).out
    assert "best setting there" in out


def test_another_method_ranks_releases_and_settings(metaboard: Metaboard, home: Path) -> None:
    options = ("top", "--method", "mean_win_rate", "--json", "--home", home)
    assert [(row["model_id"], row["rank"]) for row in metaboard(*options).rows] == [
        ("a/first", 1),
        ("a/second", 2),
        ("e/last", 3),
    ]
    assert metaboard(*options, "--grain", "setting").rows[0]["model_id"] == "a/second-high"


def test_show_prints_the_other_settings_with_their_places(metaboard: Metaboard, home: Path) -> None:
    out = metaboard("show", "a/second-high", "--home", home, columns=200).out
    section = out[out.index("Settings and builds of a/second") :]
    assert line_with(section, "Second high").split() == ["Second", "high", "4", "3", "2"]
    assert "Default setting: a/second, rank 2 among releases" in section
    alone = metaboard("show", "a/first", "--home", home).out
    assert "Settings and builds" not in alone


def test_show_as_json_has_the_release_and_its_settings(metaboard: Metaboard, home: Path) -> None:
    document = metaboard("show", "a/second-high", "--json", "--home", home).fields
    release, settings = document["release"], document["settings"]
    assert isinstance(release, dict)
    assert isinstance(settings, list)
    assert (release["model_id"], release["rank"]) == ("a/second", 2)
    assert [(row["model_id"], row["effort"]) for row in settings][:2] == [("a/second", None), ("a/second-high", "high")]
