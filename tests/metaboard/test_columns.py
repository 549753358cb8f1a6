"""Which leaderboards have a column in the rank table of the terminal, and which are dropped first."""

from aggregator.query.board_columns import Board, group_titles
from metaboard.columns import has_other_settings, leaderboard_columns


def board(source: str, *, in_rank: bool = True) -> Board:
    return Board(source, f"{source.title()} Board", f"{source}_rank", f"{source}_score", False, "llm", in_rank, source)


BOARDS = [board("rare"), board("side", in_rank=False), board("usual"), board("absent")]
ROWS: list[dict[str, object]] = [
    {"model_id": f"m{at}", "name": f"m{at}", "track": "llm", "side_rank": 1, "usual_rank": at, "absent_rank": None}
    | {"rare_rank": 1 if at == 0 else None}
    for at in range(5)
]


def test_boards_with_a_place_have_a_column_in_the_order_of_the_register() -> None:
    titles = [column.title for column in leaderboard_columns(ROWS, BOARDS) if "\nBoard" in column.title]
    assert titles == ["Rare\nBoard", "Side\nBoard", "Usual\nBoard"]


def test_boards_outside_of_the_rank_and_with_few_places_are_dropped_first() -> None:
    kept_longest = {column.title: column.priority for column in leaderboard_columns(ROWS, BOARDS)}
    assert kept_longest["Usual\nBoard"] > kept_longest["Rare\nBoard"] > kept_longest["Side\nBoard"]


def test_a_place_of_another_setting_of_the_release_has_a_star() -> None:
    row: dict[str, object] = {
        "model_id": "r-high",
        "name": "r-high",
        "release": "r",
        "track": "llm",
        "usual_rank": None,
    }
    row["places"] = {"usual": {"rank": 3, "model_id": "r-low"}, "rare": {"rank": 7, "model_id": "r-high"}}
    cells = {column.title: column.format(row) for column in leaderboard_columns([row], BOARDS)}
    assert (cells["Usual\nBoard"], cells["Rare\nBoard"]) == ("3*", "7")
    assert has_other_settings([row], BOARDS)
    assert not has_other_settings(ROWS, BOARDS)


def test_a_list_of_several_tracks_names_the_track() -> None:
    mixed: list[dict[str, object]] = [*ROWS, {"model_id": "e", "name": "e", "track": "embedding"}]
    assert "track" in [column.title for column in leaderboard_columns(mixed, BOARDS)]
    assert "track" not in [column.title for column in leaderboard_columns(ROWS, BOARDS)]


def test_the_title_of_a_group_is_what_its_titles_begin_with() -> None:
    titles = [("a", "Arena"), ("a", "Arena, plain"), ("m", "MTEB English v2"), ("m", "MTEB Chinese v1"), ("m", "RTEB")]
    assert group_titles([*titles, ("x", "Some Board 2024")]) == {"a": "Arena", "m": "MTEB", "x": "Some Board 2024"}
