"""Columns of the printed tables: how one cell is formatted, and the columns of the rank table."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from aggregator.query.board_columns import Board
from aggregator.text import billions, number, visible
from metaboard.display import Column, format_interval
from metaboard.rank_words import format_borrowed, format_evidence

Row = Mapping[str, object]


def format_value(value: object) -> str:
    """Return a value as text: empty for None, yes or no for a boolean, a list with commas."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(format_value, value))
        case float() | int():
            return number(value)
        case _:
            return str(value)


def format_cell(name: str, row: Row) -> str:
    """Return the value of one column as text."""
    return format_value(row.get(name))


def format_cell_interval(name: str, row: Row) -> str:
    """Return the value of one column with its interval, which two columns `{name}_low` and `{name}_high` hold."""
    return format_interval(row.get(name), row.get(f"{name}_low"), row.get(f"{name}_high"))


def format_ability(row: Row, prefix: str = "") -> str:
    """Return the ability with its interval, in whole points; `prefix` begins the names of the columns."""
    ends = (row.get(f"{prefix}ability{end}") for end in ("", "_low", "_high"))
    return format_interval(*(None if end is None else round(float(str(end))) for end in ends))


def format_params(row: Row) -> str:
    """Return the number of parameters, such as `70B`."""
    return billions(row.get("params_b"))


def format_days(value: object) -> str:
    """Return an age in days, such as `12 d`."""
    return "" if value is None else f"{value} d"


def text_column(
    name: str, title: str = "", *, priority: int = 0, can_wrap: bool = False, min_width: int = 24
) -> Column:
    """Return a column of text."""
    return Column(title or name, partial(format_cell, name), priority, can_wrap=can_wrap, min_width=min_width)


def right_column(title: str, format_row: Callable[[Row], str], *, priority: int = 0) -> Column:
    """Return a right-aligned column with its own format."""
    return Column(title, format_row, priority, is_right_aligned=True)


def number_column(name: str, title: str = "", *, priority: int = 0) -> Column:
    """Return a column of numbers."""
    return right_column(title or name, lambda row: number(row.get(name)), priority=priority)


def interval_column(name: str, title: str = "", *, priority: int = 0) -> Column:
    """Return a column of numbers with their intervals."""
    return right_column(title or name, partial(format_cell_interval, name), priority=priority)


def age_column(name: str = "age_days", title: str = "age", *, priority: int = 0) -> Column:
    """Return a column of ages in days."""
    return right_column(title, lambda row: format_days(row.get(name)), priority=priority)


RANK = interval_column("rank", priority=100)
PLACE = interval_column("place", priority=100)
"""The place among the rows asked for."""
OVERALL = number_column("rank", "overall", priority=94)
"""The place in the whole track, beside PLACE."""
MODEL = text_column("name", "model", priority=110, can_wrap=True, min_width=32)
MODEL_ID = text_column("model_id", "model", priority=110, can_wrap=True, min_width=32)


def _format_release(row: Row) -> str:
    """Return the name of the release, or of the copy if the row is one."""
    return format_value(row.get("name") if row.get("copy_of") else row.get("release"))


def _format_default(row: Row) -> str:
    """Return what the name of the default setting adds to that of the release, or the name if it is another one."""
    name, release = format_value(row.get("name")), _format_release(row)
    return name.removeprefix(release).lstrip("-_ ") if name.startswith(release) else name


def _format_best_on_board(row: Row) -> str:
    """Return the best setting on one board with its place, where it is not the row's own model."""
    best = row.get("board_best_model_id")
    return "" if best == row.get("model_id") else f"{number(row.get('board_best_rank'))} {str(best).rpartition('/')[2]}"


RELEASE = (
    Column("release", _format_release, 110, can_wrap=True, min_width=32),
    Column("default setting", _format_default, 91, can_wrap=True, min_width=16),
    number_column("settings", priority=73),
)
"""The columns of a release in place of MODEL."""
BEST_ON_BOARD = Column("best setting there", _format_best_on_board, 79, can_wrap=True, min_width=24)
PARAMS = right_column("params", format_params, priority=75)
BOARDS = number_column("boards", priority=74)
ABILITY = right_column("ability", format_ability, priority=78)
FACTS = (
    PARAMS,
    text_column("license", priority=40),
    text_column("kind", priority=30),
    text_column("organization", priority=35),
)
EVIDENCE = Column("evidence", format_evidence, 92, can_wrap=True, min_width=28)
STANDING = (RANK, MODEL, ABILITY, EVIDENCE)
TRACK = text_column("track", priority=95)
MAIN_BOARDS = 3
"""This many leaderboards are dropped from a narrow terminal only after the facts of the models."""
BOARD_PLACE = number_column("board_rank", "place", priority=100)
ONE_BOARD = (
    BOARD_PLACE,
    MODEL,
    interval_column("board_score", "score", priority=95),
    interval_column("rank", "combined", priority=80),
    *FACTS,
)


def leaderboard_columns(
    rows: Sequence[Row], boards: Sequence[Board], *, has_places: bool = False
) -> tuple[Column, ...]:
    """Return the columns for rows of `leaderboard`, of `find`, or of `top` at the grain of releases.

    With `has_places`, the first column is the place among the rows asked for, and the place in the whole list is
    another one.
    """
    shown = _model_columns(rows, boards)
    if rows and "fit" in rows[0]:
        return tuple(MODEL_ID if column is MODEL else column for column in shown)
    if rows and "release" in rows[0]:
        best = (BEST_ON_BOARD,) if shown is ONE_BOARD else ()
        at = shown.index(MODEL)
        shown = (*shown[:at], *RELEASE, *best, *shown[at + 1 :])
    return _with_places(shown) if has_places else shown


def _with_places(shown: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns with PLACE first, in place of the rank or of the place on one board."""
    first, *others = shown
    whole = number_column("board_rank", "on the\nboard", priority=94) if first is BOARD_PLACE else OVERALL
    return (PLACE, whole, *others)


def _model_columns(rows: Sequence[Row], boards: Sequence[Board]) -> tuple[Column, ...]:
    """Return the columns for rows of `leaderboard`: those of one board, of one track, or of several tracks."""
    if rows and "board_rank" in rows[0]:
        return ONE_BOARD
    if rows and "domain" in rows[0]:
        return (*_domain_columns(str(rows[0]["domain"])), *_board_columns(rows, boards), *FACTS)
    is_mixed = len({row.get("track") for row in rows}) > 1
    standing = (RANK, MODEL, TRACK, BOARDS) if is_mixed else STANDING
    return (*standing, *_board_columns(rows, boards), *FACTS)


def _domain_columns(domain: str) -> tuple[Column, ...]:
    return (
        interval_column("domain_rank", "rank", priority=100),
        MODEL,
        right_column(two_lines(domain), partial(format_ability, prefix="domain_"), priority=93),
        number_column("domain_benchmarks", "benchmarks", priority=92),
        Column("evidence", format_borrowed, 93),
        ABILITY,
    )


def _board_columns(rows: Sequence[Row], boards: Sequence[Board]) -> list[Column]:
    """Return a column of places for each board with a place of some row.

    On a narrow terminal, the boards outside of the combined rank and those with the fewest places are dropped first.
    """
    counts = {board: sum(1 for row in rows if _place_on(board, row)[0] is not None) for board in boards}
    by_count = sorted(
        (board for board in boards if counts[board]), key=lambda board: (not board.in_rank, -counts[board])
    )
    priorities = {board: 90 - 5 * at if at < MAIN_BOARDS else max(72 - at, 1) for at, board in enumerate(by_count)}
    return [
        right_column(two_lines(board.title), partial(_format_place, board), priority=priorities[board])
        for board in boards
        if counts[board]
    ]


def _place_on(board: Board, row: Row) -> tuple[object, object]:
    """Return the place on a board and the model that has it: for a release, its default setting there."""
    places = row.get("places")
    if isinstance(places, Mapping) and not row.get("copy_of"):
        place = places.get(board.source, {})
        return place.get("rank"), place.get("model_id")
    return row.get(board.rank_column), row.get("model_id")


def _format_place(board: Board, row: Row) -> str:
    """Return the place on a board, with a star if another setting of the release has it."""
    place, model_id = _place_on(board, row)
    return f"{number(place)}*" if model_id != row.get("model_id") and place is not None else number(place)


def has_other_settings(rows: Sequence[Row], boards: Sequence[Board]) -> bool:
    """Return whether a place of the table has a star."""
    return any(_format_place(board, row).endswith("*") for row in rows for board in boards)


def two_lines(title: str) -> str:
    """Return a title of several words on two lines of similar length."""
    words = title.split()
    halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    return "\n".join(min(halves, key=lambda half: max(map(len, half)))) if halves else title


def query_columns(names: Sequence[str]) -> list[Column]:
    """Return columns for the result of any SQL: floats with six digits; the last columns are dropped first."""
    return [
        Column(visible(name), partial(_format_exact, name), -place, can_wrap=True, min_width=10)
        for place, name in enumerate(names)
    ]


def _format_exact(name: str, row: Row) -> str:
    cell = row[name]
    if isinstance(cell, float):
        return f"{cell:.6g}"
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else format_value(cell)
