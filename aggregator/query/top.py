"""The best models of a track: one row per release with its default setting, or one row per setting."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from aggregator.errors import UsageError
from aggregator.query.board_columns import read_release_places
from aggregator.query.queries import Connection, Row, fetch_rows


class Grain(StrEnum):
    """What a row of `top` is."""

    RELEASE = "release"
    """What people call a model; its default setting represents it."""
    SETTING = "setting"
    """One model: one setting of one build."""


@dataclass(frozen=True)
class ModelFilter:
    """The models that `top` lists; `license` matches a part of the column in any case.

    `organization` matches a part of any name of the organization. A disputed size is inside no limits.
    At the grain of releases, the facts are those of the row's model.
    """

    grain: Grain = Grain.RELEASE
    track: str | None = None
    release_id: str | None = None
    """List only models of this release, also those without a rank."""
    kinds: tuple[str, ...] | None = None
    min_params_b: float | None = None
    max_params_b: float | None = None
    license: str | None = None
    organization: str | None = None
    open_weights: bool = False
    flagged: bool = False
    """Also list models that a leaderboard flagged."""
    copies: bool = False
    """Also list mirrors and quantizations of ranked models, each in its own row."""
    extrapolated: bool = False
    """Also list models whose ability is extrapolated from few scores."""
    board: str | None = None
    """Rank by this leaderboard only; None is the combined rank."""


@dataclass(frozen=True)
class AlternateOrder:
    """An order of one track by another method than the ability."""

    places: Mapping[str, Row]
    """`rank`, `rank_low`, `rank_high` and `score` by `model_id`."""


_TOP = """
with chosen as (select unnest($ids::varchar[]) as model_id, unnest($places::bigint[]) as place),

listed as (
    select
        l.* replace (
            if($by_release and l.copy_of is null, r.rank, l.rank) as rank,
            if($by_release and l.copy_of is null, r.rank_low, l.rank_low) as rank_low,
            if($by_release and l.copy_of is null, r.rank_high, l.rank_high) as rank_high,
            if($by_release and l.copy_of is null, r.ability, l.ability) as ability,
            if($by_release and l.copy_of is null, r.ability_low, l.ability_low) as ability_low,
            if($by_release and l.copy_of is null, r.ability_high, l.ability_high) as ability_high,
            if($by_release and l.copy_of is null, r.evidence, l.evidence) as evidence,
            if($by_release and l.copy_of is null, r.boards, l.boards) as boards,
            if($by_release and l.copy_of is null, r.on_boards, l.rests_on) as rests_on
        ),
        r.name as release,
        r.settings,
        r.best_model_id,
        r.best_rank,
        s.rank as board_rank,
        s.score as board_score,
        s.score_low as board_score_low,
        s.score_high as board_score_high,
        b.settings as board_settings,
        b.best_model_id as board_best_model_id,
        b.best_rank as board_best_rank,
        b.best_score as board_best_score,
        c.place,
        -- The model that represents its release; with copies, each copy is a row too.
        not $by_release or l.model_id = if($board is null, r.model_id, b.default_model_id)
            or ($copies and l.copy_of is not null) as is_row
    from leaderboard as l
    inner join releases as r on r.release_id = l.release_id
    left join standings as s on s.model_id = l.model_id and s.source = $board
    left join release_standings as b on b.release_id = l.release_id and b.source = $board
    left join chosen as c on c.model_id = l.model_id
)

select * exclude (place, is_row)
from listed as l
where case
        when $board is not null then l.is_row and l.board_rank is not null
        when len($ids) > 0 then l.place is not null
        when $release_id is not null then l.is_row
        else l.is_row
            and (
                l.rank is not null
                or ($flagged and l.flagged and l.ability is not null)
                or ($copies and l.copy_of is not null and l.ability is not null)
                or ($extrapolated and l.evidence = 'C')
            )
    end
    and ($release_id is null or l.release_id = $release_id)
    and ($track is null or l.track = $track)
    and ($kinds is null or list_contains($kinds, l.kind))
    and ($min_params_b is null or (l.params_b >= $min_params_b and not l.params_disputed))
    and ($max_params_b is null or (l.params_b <= $max_params_b and not l.params_disputed))
    and ($license is null or contains(lower(l.license), lower($license)))
    and (
        $organization is null
        or l.organization in (select organization from organization_names where contains(lower(name), lower($organization)))
    )
    and (l.open_weights or not $open_weights)
    and ($flagged or not l.flagged or $release_id is not null)
    and ($copies or l.copy_of is null or $release_id is not null)
order by coalesce(l.board_rank, l.place), l.ability desc nulls last, l.model_id
limit $n
"""


BOARD_COLUMNS = frozenset({"board_rank", "board_score", "board_score_low", "board_score_high"})
"""Columns of the row's model on the chosen board."""
RELEASE_COLUMNS = frozenset({"release", "settings", "best_model_id", "best_rank"})
"""Columns of the row's release."""
RELEASE_BOARD_COLUMNS = frozenset({"board_settings", "board_best_model_id", "board_best_rank", "board_best_score"})
"""Columns of the row's release on the chosen board."""


def top(connection: Connection, wanted: ModelFilter, n: int, order: AlternateOrder | None = None) -> list[Row]:
    """Return the best `n` rows of `leaderboard`, best first.

    At the grain of releases, `model_id` is the default setting, and the rank, the ability, `evidence`, `boards` and
    `rests_on` are those of the release; such rows also have RELEASE_COLUMNS and `places` (`read_release_places`). With
    a board, each row has the `board_…` columns of that leaderboard. With an order, its ranks replace those of the ability. There is no order across tracks.
    Raises `UsageError` for an unknown board.
    """
    by_release = wanted.grain is Grain.RELEASE
    places = order.places if order else {}
    if by_release and places:
        places = _places_of_releases(connection, places)
    board = None if wanted.board is None else _find_board(connection, wanted.board)
    has_own_track = board is not None or wanted.release_id is not None
    values = asdict(wanted) | {
        "by_release": by_release,
        "board": board,
        "track": wanted.track or (None if has_own_track else "llm"),
        "kinds": list(wanted.kinds) if wanted.kinds else None,
        "ids": list(places),
        "places": [place["rank"] for place in places.values()],
        "n": n,
    }
    del values["grain"]
    left_out = set() if board else {*BOARD_COLUMNS, *RELEASE_BOARD_COLUMNS}
    left_out |= set() if by_release else {*RELEASE_COLUMNS, *RELEASE_BOARD_COLUMNS}
    found = [
        {name: value for name, value in row.items() if name not in left_out}
        | dict({} if board else places.get(str(row["model_id"]), {}))
        for row in fetch_rows(connection, _TOP, values)
    ]
    if not by_release:
        return found
    on_boards = read_release_places(connection, [str(row["release_id"]) for row in found])
    return [row | {"places": on_boards[str(row["release_id"])]} for row in found]


def read_method_order(connection: Connection, method: str) -> AlternateOrder:
    """Return the published order of a method, empty when the file has no such method."""
    found = fetch_rows(
        connection,
        "select model_id, rank, rank_low, rank_high, score from method_ranks where method = $method",
        {"method": method},
    )
    return AlternateOrder({str(row.pop("model_id")): row for row in found})


_MEMBERS = "select unnest(models) as model_id, release_id, generate_subscripts(models, 1) as place from releases"


def _places_of_releases(connection: Connection, places: Mapping[str, Row]) -> dict[str, Row]:
    """Return the places of one model per release, counted among these models.

    The model of a release is the first in the order of `releases.models` that has a place. Equal places stay equal.
    """
    members = sorted(
        (row for row in fetch_rows(connection, _MEMBERS) if row["model_id"] in places),
        key=lambda row: int(str(row["place"])),
    )
    model_of: dict[object, str] = {}
    for row in members:
        model_of.setdefault(row["release_id"], str(row["model_id"]))
    chosen = {model_id: places[model_id] for model_id in model_of.values()}
    ranks = sorted(int(str(place["rank"])) for place in chosen.values())
    return {model_id: place | _count_ranks(place, ranks) for model_id, place in chosen.items()}


def _count_ranks(place: Row, ranks: list[int]) -> Row:
    """Return the ranks of `place` among the sorted `ranks`; null ends of an interval stay null."""
    rank, low, high = (place[name] for name in ("rank", "rank_low", "rank_high"))
    return {
        "rank": bisect_left(ranks, int(str(rank))) + 1,
        "rank_low": None if low is None else bisect_left(ranks, int(str(low))) + 1,
        "rank_high": None if high is None else bisect_right(ranks, int(str(high))),
    }


def _find_board(connection: Connection, text: str) -> str:
    """Return the source with the id `text`, or the only one whose id starts with it."""
    known = [
        str(row["source"]) for row in fetch_rows(connection, "select distinct source from standings order by source")
    ]
    begun = [source for source in known if source.startswith(text)]
    if text in known:
        return text
    if len(begun) == 1:
        return begun[0]
    raise UsageError(f"no leaderboard has the id {text!r}", hint=f"Choose one of {', '.join(begun or known)}.")
