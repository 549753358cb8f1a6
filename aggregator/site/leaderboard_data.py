"""Data of the leaderboard page: one column a file column, in the order of the combined rank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aggregator.query.queries import Row
from aggregator.site.data_script import table
from aggregator.site.optional_query import File

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
    "license",
    "open_weights",
    "organization",
    "copy_of",
    "flagged",
    "downloads",
)


@dataclass(frozen=True)
class View:
    """One leaderboard as a column of the page: whose places it shows and under which heading."""

    source: str
    column: str
    title: str
    track: str


VIEWS = (
    View("arena_text_style_control", "arena_rank", "Arena", "llm"),
    View("open_llm_v2", "open_llm_v2_rank", "Open LLM v2", "llm"),
    View("open_llm_v1", "open_llm_v1_rank", "Open LLM v1", "llm"),
    View("mteb_eng_v2", "mteb_rank", "MTEB English", "embedding"),
    View("mteb_multilingual_v2", "mteb_multilingual_rank", "MTEB Multilingual", "embedding"),
    View("mteb_cmn_v1", "mteb_chinese_rank", "MTEB Chinese", "embedding"),
    View("rteb_eng", "rteb_rank", "RTEB", "embedding"),
)
METHODS: Mapping[str, str] = {
    "mean_win_rate": "Mean win rate",
    "mteb_borda": "Borda count, as MTEB counts it",
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


def leaderboard(file: File) -> dict[str, object]:
    """Return all rows of `leaderboard` in its own order; abilities are whole numbers, known columns only."""
    found = _rows(file)
    others = {str(row["model_id"]): row["names"] for row in file.rows(_OTHER_NAMES, "aliases")}
    views = [view.column for view in VIEWS]
    columns = (*FACTS, *views, "other_names")
    lines = [[_cell(row, column) for column in columns[:-1]] + [others.get(str(row["model_id"]))] for row in found]
    return table(columns, lines) | {"views": [vars(view) for view in VIEWS]}


def _rows(file: File) -> list[Row]:
    wanted = file.columns("leaderboard", (*FACTS, *(view.column for view in VIEWS)))
    return file.rows(
        # The columns are names of this module, never of a file.
        f"select {wanted} from leaderboard order by track desc, rank nulls last, ability desc nulls last, model_id",  # noqa: S608
        "leaderboard",
    )


def _cell(row: Row, column: str) -> object:
    value = row[column]
    if column.startswith("ability") and isinstance(value, float):
        return round(value)
    if column == "name" and value == str(row["model_id"]).rpartition("/")[2]:
        return None
    return value


def scales(file: File) -> dict[str, list[object]]:
    """Return `{track: [low, high]}`: whole hundreds between which abilities are drawn, the lowest twentieth at the edge."""
    found = file.rows(
        "select track, 100 * floor(quantile_cont(ability_low, 0.05) / 100) as low, 100 * ceil(max(ability_high) / 100) as high"
        " from leaderboard where rank is not null group by track",
        "leaderboard",
    )
    return {str(row["track"]): [row["low"], row["high"]] for row in found}


def methods(file: File) -> dict[str, object]:
    """Return the places by each other method, aligned with the rows of `leaderboard`: `{method: {"rank", "low", "high"}}`."""
    order = {str(row["model_id"]): place for place, row in enumerate(_rows(file))}
    found = file.rows("select * from method_ranks where method <> 'ability' order by method", "method_ranks")
    given: dict[str, dict[str, list[object]]] = {}
    for row in found:
        place = order.get(str(row["model_id"]))
        if place is None:
            continue
        columns = given.setdefault(str(row["method"]), {name: [None] * len(order) for name in ("rank", "low", "high")})
        columns["rank"][place] = row["rank"]
        columns["low"][place] = row["rank_low"]
        columns["high"][place] = row["rank_high"]
    return {"titles": {name: METHODS.get(name, name) for name in given}, "methods": given}


def win_rates(file: File) -> dict[str, object]:
    """Return `standings.win_rate` of each leaderboard of the page, aligned with the rows of `leaderboard`."""
    order = {str(row["model_id"]): place for place, row in enumerate(_rows(file))}
    given: dict[str, list[object]] = {view.source: [None] * len(order) for view in VIEWS}
    for row in file.rows("select model_id, source, win_rate from standings", "standings"):
        place = order.get(str(row["model_id"]))
        if place is not None and row["source"] in given:
            given[str(row["source"])][place] = row["win_rate"]
    return {source: rates for source, rates in given.items() if _any(rates)}


def _any(values: Sequence[object]) -> bool:
    return any(value is not None for value in values)
