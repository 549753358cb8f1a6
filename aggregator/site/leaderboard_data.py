"""Read the data of the leaderboard page: its rows in the order of the combined rank, and other orders of the same rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from aggregator.query.queries import Row
from aggregator.site.data_script import pack_column, pack_table
from aggregator.site.published_file import PublishedFile

FACTS = (
    "model_id",
    "name",
    "track",
    "rank",
    "rank_low",
    "rank_high",
    "percentile",
    "ability",
    "ability_low",
    "ability_high",
    "evidence",
    "boards",
    "kind",
    "params_b",
    "params_disputed",
    "license",
    "open_weights",
    "organization",
    "copy_of",
    "flagged",
    "downloads",
)


@dataclass(frozen=True)
class BoardColumn:
    """A column of the page with the ranks of one leaderboard."""

    source: str
    column: str
    title: str
    track: str
    in_rank: bool
    """Whether it is part of the combined rank; only such boards have a weight."""


METHOD_TITLES: Mapping[str, str] = {
    "mean_win_rate": "Mean win rate",
    "mteb_borda": "Borda count as in MTEB",
    "expected_borda": "Expected Borda count",
    "bradley_terry": "Bradley–Terry",
    "weighted": "Weighted win rate",
}
_OTHER_NAMES = r"""
select
    model_id,
    string_agg(distinct raw_name, ' · ' order by raw_name) as names
from aliases
where not contains(
        regexp_replace(lower(model_id), '[^a-z0-9]', '', 'g'),
        regexp_replace(lower(raw_name), '[^a-z0-9]', '', 'g')
    )
    and not contains(
        regexp_replace(lower(raw_name), '[^a-z0-9]', '', 'g'),
        regexp_replace(lower(model_id), '[^a-z0-9]', '', 'g')
    )
group by model_id
"""


def read_leaderboard(file: PublishedFile) -> dict[str, object]:
    """Return all rows of `leaderboard` by column, with abilities as whole numbers.

    `views` are the leaderboards with a rank of some model, in the order of the register.
    """
    names = {str(row["model_id"]): row["names"] for row in file.rows(_OTHER_NAMES, "aliases")}
    rows = _rows(file)
    views = [board for board in board_columns(file) if any(row[board.column] is not None for row in rows)]
    columns = (*FACTS, *(board.column for board in views))
    cells = [
        [*(_cell(row, column) for column in columns), _rests_on(row), names.get(str(row["model_id"]))] for row in rows
    ]
    return pack_table((*columns, "rests_on", "other_names"), cells) | {"views": [vars(board) for board in views]}


def board_columns(file: PublishedFile) -> list[BoardColumn]:
    """Return the leaderboards of the file that have a column of ranks in `leaderboard`."""
    wanted = file.columns(
        "sources", ("source", "title", "short_title", "column_prefix", "track", "in_rank", "priority")
    )
    # The column names are constants of this module.
    found = file.rows(f"select {wanted} from sources order by priority", "sources")  # noqa: S608 - as above
    known = file.tables.get("leaderboard", frozenset())
    boards = [
        BoardColumn(
            source=str(row["source"]),
            column=f"{row['column_prefix'] or row['source']}_rank",
            title=str(row["short_title"] or row["title"]),
            track=str(row["track"]),
            in_rank=bool(row["in_rank"]),
        )
        for row in found
    ]
    return [board for board in boards if board.column in known]


def _rests_on(row: Row) -> str | None:
    """Return the leaderboards on which the ability rests, as text."""
    titles = row["rests_on"]
    return ", ".join(map(str, titles)) if isinstance(titles, list) and titles else None


def _rows(file: PublishedFile) -> list[Row]:
    wanted = file.columns("leaderboard", (*FACTS, "rests_on", *(board.column for board in board_columns(file))))
    return file.rows(
        # The names are quoted.
        f"select {wanted} from leaderboard order by track desc, rank nulls last, ability desc nulls last, model_id",  # noqa: S608 - as above
        "leaderboard",
    )


def _cell(row: Row, column: str) -> object:
    value = row[column]
    if column.startswith("ability") and isinstance(value, float):
        return round(value)
    if column == "percentile" and isinstance(value, float):
        return round(value, 1)
    if column == "name" and value == str(row["model_id"]).rpartition("/")[2]:
        return None
    return value


def read_ability_scales(file: PublishedFile) -> dict[str, list[object]]:
    """Return `{track: [low, high]}`, the ends of the ability scale in hundreds; 5 % of the models may lie below it."""
    found = file.rows(
        "select track, 100 * floor(quantile_cont(ability_low, 0.05) / 100) as low, 100 * ceil(max(ability_high) / 100) as high"
        " from leaderboard where rank is not null group by track",
        "leaderboard",
    )
    return {str(row["track"]): [row["low"], row["high"]] for row in found}


def read_method_ranks(file: PublishedFile) -> dict[str, object]:
    """Return `{method: {"rank": [...], "low": [...], "high": [...]}}`, aligned with the rows of `leaderboard`."""
    positions = row_positions(file)
    found = file.rows("select * from method_ranks where method <> 'ability' order by method", "method_ranks")
    methods: dict[str, dict[str, list[object]]] = {}
    for row in found:
        at = positions.get(str(row["model_id"]))
        if at is None:
            continue
        columns = methods.setdefault(
            str(row["method"]), {name: [None] * len(positions) for name in ("rank", "low", "high")}
        )
        columns["rank"][at] = row["rank"]
        columns["low"][at] = row["rank_low"]
        columns["high"][at] = row["rank_high"]
    return {"titles": {name: METHOD_TITLES.get(name, name) for name in methods}, "methods": methods}


_WIN_RATES = """
select p.model_id, p.source, p.win_rate
from standings as p
inner join sources as s using (source)
inner join leaderboard as l using (model_id)
where s.in_rank and list_contains(l.rests_on, s.short_title)
order by s.priority
"""
_ALL_WIN_RATES = "select model_id, source, win_rate from standings"


def read_win_rates(file: PublishedFile) -> dict[str, object]:
    """Return `standings.win_rate` by source, packed, aligned with the rows of `leaderboard`.

    A model has values for the leaderboards on which its ability rests.
    """
    positions = row_positions(file)
    rates: dict[str, list[object]] = {}
    is_stated = "rests_on" in file.tables.get("leaderboard", ())
    for row in file.rows(_WIN_RATES if is_stated else _ALL_WIN_RATES, "standings", "sources", "leaderboard"):
        at = positions.get(str(row["model_id"]))
        if at is not None:
            rates.setdefault(str(row["source"]), [None] * len(positions))[at] = row["win_rate"]
    return {source: pack_column(values) for source, values in rates.items()}


def row_positions(file: PublishedFile) -> dict[str, int]:
    """Return the position of each model's row in `read_leaderboard`."""
    return {str(row["model_id"]): at for at, row in enumerate(_rows(file))}
