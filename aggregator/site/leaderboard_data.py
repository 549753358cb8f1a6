"""Read the data of the leaderboard page: its rows in the order of the combined rank, and other orders of the same rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from aggregator.query.queries import Row
from aggregator.site.data_script import pack_table
from aggregator.site.published_file import PublishedFile

FACTS = (
    "model_id",
    "name",
    "track",
    "rank",
    "rank_low",
    "rank_high",
    "tie_group",
    "ability",
    "ability_low",
    "ability_high",
    "evidence",
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


BOARD_COLUMNS = (
    BoardColumn("arena_text_style_control", "arena_rank", "Arena", "llm"),
    BoardColumn("open_llm_v2", "open_llm_v2_rank", "Open LLM v2", "llm"),
    BoardColumn("open_llm_v1", "open_llm_v1_rank", "Open LLM v1", "llm"),
    BoardColumn("mteb_eng_v2", "mteb_rank", "MTEB English", "embedding"),
    BoardColumn("mteb_multilingual_v2", "mteb_multilingual_rank", "MTEB Multilingual", "embedding"),
    BoardColumn("mteb_cmn_v1", "mteb_chinese_rank", "MTEB Chinese", "embedding"),
    BoardColumn("rteb_eng", "rteb_rank", "RTEB", "embedding"),
)
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
    """Return all rows of `leaderboard` by column, with abilities as whole numbers."""
    names = {str(row["model_id"]): row["names"] for row in file.rows(_OTHER_NAMES, "aliases")}
    columns = (*FACTS, *(board.column for board in BOARD_COLUMNS))
    rows = [[*(_cell(row, column) for column in columns), names.get(str(row["model_id"]))] for row in _rows(file)]
    return pack_table((*columns, "other_names"), rows) | {"views": [vars(board) for board in BOARD_COLUMNS]}


def _rows(file: PublishedFile) -> list[Row]:
    wanted = file.columns("leaderboard", (*FACTS, *(board.column for board in BOARD_COLUMNS)))
    return file.rows(
        # The column names are constants of this module.
        f"select {wanted} from leaderboard order by track desc, rank nulls last, ability desc nulls last, model_id",  # noqa: S608 - column names of this module
        "leaderboard",
    )


def _cell(row: Row, column: str) -> object:
    value = row[column]
    if column.startswith("ability") and isinstance(value, float):
        return round(value)
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
    positions = _positions(file)
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


def read_win_rates(file: PublishedFile) -> dict[str, object]:
    """Return `standings.win_rate` by source, aligned with the rows of `leaderboard`; sources without values are omitted."""
    positions = _positions(file)
    rates: dict[str, list[object]] = {board.source: [None] * len(positions) for board in BOARD_COLUMNS}
    for row in file.rows("select model_id, source, win_rate from standings", "standings"):
        at = positions.get(str(row["model_id"]))
        if at is not None and row["source"] in rates:
            rates[str(row["source"])][at] = row["win_rate"]
    return {source: values for source, values in rates.items() if any(value is not None for value in values)}


def _positions(file: PublishedFile) -> dict[str, int]:
    """Return the position of each model's row in `read_leaderboard`."""
    return {str(row["model_id"]): at for at, row in enumerate(_rows(file))}
