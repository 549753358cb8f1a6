"""Columns of the printed tables: how one cell is formatted, and the columns of the rank table."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from aggregator.text import billions, number, visible
from metaboard.display import Column, format_interval

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


def format_ability(row: Row) -> str:
    """Return the ability with its interval, in whole points."""
    ends = (row.get(f"ability{end}") for end in ("", "_low", "_high"))
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
    Column("release", _format_release, 100, can_wrap=True, min_width=32),
    Column("default setting", _format_default, 91, can_wrap=True, min_width=16),
    number_column("settings", priority=73),
)
"""The columns of a release in place of MODEL."""
BEST_ON_BOARD = Column("best setting there", _format_best_on_board, 79, can_wrap=True, min_width=24)
PARAMS = right_column("params", format_params, priority=75)
BOARDS = number_column("boards", priority=60)
ABILITY = right_column("ability", format_ability, priority=78)
FACTS = (
    PARAMS,
    text_column("license", priority=40),
    text_column("kind", priority=30),
    text_column("organization", priority=35),
)
STANDING = (RANK, MODEL, ABILITY, text_column("evidence", "ev.", priority=76), BOARDS)
LLM_BOARDS = (
    number_column("arena_rank", "Arena", priority=90),
    number_column("open_llm_v2_rank", "Open\nLLM v2", priority=85),
    number_column("open_llm_v1_rank", "Open\nLLM v1", priority=80),
)
EMBEDDING_BOARDS = (
    number_column("mteb_rank", "MTEB", priority=90),
    number_column("mteb_score", "score", priority=50),
    number_column("mteb_multilingual_rank", "multi", priority=85),
    number_column("mteb_chinese_rank", "Chinese", priority=70),
    number_column("rteb_rank", "RTEB", priority=65),
)
LLM = (*STANDING, *LLM_BOARDS, *FACTS)
EMBEDDING = (*STANDING, *EMBEDDING_BOARDS, *FACTS)
ALL_TRACKS = (
    RANK,
    MODEL,
    text_column("track", priority=95),
    BOARDS,
    *LLM_BOARDS,
    number_column("mteb_rank", "MTEB", priority=84),
    *FACTS,
)
ONE_BOARD = (
    number_column("board_rank", "place", priority=100),
    MODEL,
    interval_column("board_score", "score", priority=95),
    interval_column("rank", "combined", priority=80),
    *FACTS,
)


def leaderboard_columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    """Return the columns for rows of `leaderboard`, of `find`, or of `top` at the grain of releases."""
    shown = _model_columns(rows)
    if rows and "fit" in rows[0]:
        return tuple(MODEL_ID if column is MODEL else column for column in shown)
    if not rows or "release" not in rows[0]:
        return shown
    best = (BEST_ON_BOARD,) if shown is ONE_BOARD else ()
    at = shown.index(MODEL)
    return (*shown[:at], *RELEASE, *best, *shown[at + 1 :])


def _model_columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    """Return the columns for rows of `leaderboard`: those of one board, of one track, or of several tracks."""
    if rows and "board_rank" in rows[0]:
        return ONE_BOARD
    match {row.get("track") for row in rows}:
        case tracks if tracks == {"embedding"}:
            return EMBEDDING
        case tracks if len(tracks) > 1:
            return ALL_TRACKS
        case _:
            return LLM


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
