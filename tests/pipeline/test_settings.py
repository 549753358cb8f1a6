"""Settings of the leaderboards: an option beats the environment, which beats the file, which beats the register."""

from pathlib import Path

import pytest

from aggregator.errors import StorageError, UsageError
from aggregator.pipeline.settings import Settings, load_settings, of_options
from aggregator.pipeline.settings_file import Switch, switch_boards
from aggregator.sources import BUILT_IN
from tests.support.small_board import BOARD

KNOWN = ("board", "other")


def write(home: Path, text: str) -> Path:
    (home / "settings.toml").write_text(text, encoding="utf-8")
    return home


def is_on(settings: Settings) -> bool:
    return settings.apply([BOARD])[0].is_on


def test_without_settings_every_board_is_as_in_the_register(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environment={})
    assert settings.apply(BUILT_IN) == BUILT_IN
    assert settings.include == settings.published == frozenset()
    assert settings.origin("board", "on", "off") == "register"


@pytest.mark.parametrize("value", [True, False])
def test_each_place_has_priority_over_the_one_below_it(tmp_path: Path, value: bool) -> None:
    this, other = ("on", "off") if value else ("off", "on")
    write(tmp_path, f'[boards]\n{this} = ["board"]\n')
    assert is_on(load_settings(tmp_path, environment={})) is value
    environment = {f"METABOARD_BOARDS_{other.upper()}": " board, other "}
    settings = load_settings(tmp_path, environment=environment)
    assert is_on(settings) is not value
    assert settings.origin("board", "on", "off") == "environment"
    options = of_options(**{"on": (), "off": (), this: ("board",)}, include=(), known=KNOWN)
    settings = load_settings(tmp_path, options, environment)
    assert is_on(settings) is value
    assert settings.origin("board", "on", "off") == "option"


def test_the_rank_and_the_publication_are_switched_by_the_file(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, '[boards]\nout_of_rank = ["board"]\npublish = ["x"]\n'), environment={})
    assert not settings.apply([BOARD])[0].in_rank
    assert settings.published == {"x"}


def test_what_is_included_comes_from_the_place_with_the_highest_priority(tmp_path: Path) -> None:
    home = write(tmp_path, '[boards]\ninclude = ["self-reported"]\n')
    assert load_settings(home, environment={}).include == {"self-reported"}
    assert load_settings(home, environment={"METABOARD_INCLUDE": "none"}).include == frozenset()
    options = of_options((), (), ("self-reported",), KNOWN)
    assert load_settings(home, options, {"METABOARD_INCLUDE": "none"}).include == {"self-reported"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[boards", "is not TOML"),
        ("x = 1", "unknown tables or keys: x"),
        ("boards = 1", "as a value, not as a table"),
        ("[boards]\nof = []", r"unknown keys in \[boards\]: of"),
        ('[boards]\non = "board"', "no list of texts as `on`"),
        ("[boards]\non = [1]", "no list of texts as `on`"),
        ('[boards]\non = ["a"]\noff = ["a"]', "a is in `on` and in `off`"),
        ('[boards]\ninclude = ["all"]', "nothing called all can be included"),
    ],
)
def test_a_wrong_file_is_named_with_the_problem(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        load_settings(write(tmp_path, text), environment={})
    assert "settings.toml" in str(caught.value)


def test_a_file_that_cannot_be_read_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").mkdir()
    with pytest.raises(StorageError, match=r"settings\.toml"):
        load_settings(tmp_path, environment={})


def test_an_unknown_board_is_an_error_in_an_option_and_a_warning_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no leaderboard is called bord"):
        of_options(("bord",), (), (), KNOWN)
    settings = load_settings(write(tmp_path, '[boards]\noff = ["gone", "board"]\n'), environment={})
    (warning,) = settings.unknown_boards(KNOWN)
    assert "names gone, which is not registered" in warning


def test_a_switch_changes_its_lists_and_keeps_the_rest_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, '# my choice\n[boards]\noff = ["a", "b"] # too old\ninclude = ["self-reported"]\n')
    path = switch_boards(tmp_path, Switch.ON, ["a"])
    switch_boards(tmp_path, Switch.UNRANK, ["b"])
    switch_boards(tmp_path, Switch.UNRANK, ["b"])
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# my choice\n[boards]\n")
    assert "# too old" in text
    place = load_settings(tmp_path, environment={}).places[0]
    assert (place.on, place.off, place.out_of_rank) == (("a",), ("b",), ("b",))
    assert place.include == ("self-reported",)
    switch_boards(tmp_path, Switch.PUBLISH, ["a"])
    assert load_settings(tmp_path, environment={}).published == {"a"}
    switch_boards(tmp_path, Switch.WITHHOLD, ["a"])
    assert load_settings(tmp_path, environment={}).published == frozenset()


def test_a_switch_of_a_wrong_file_changes_nothing(tmp_path: Path) -> None:
    home = write(tmp_path, "[boards]\nof = []\n")
    with pytest.raises(UsageError, match="unknown keys"):
        switch_boards(home, Switch.ON, ["a"])
    assert (home / "settings.toml").read_text() == "[boards]\nof = []\n"
