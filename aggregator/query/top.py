"""The best models of a track: one row per release with its default setting, or one row per setting."""

from dataclasses import dataclass
from enum import StrEnum

from aggregator.errors import UsageError
from aggregator.query.board_columns import read_release_places
from aggregator.query.domains import find_domain
from aggregator.query.orders import AlternateOrder, places_of_releases
from aggregator.query.queries import Connection, Row, fetch_rows
from aggregator.query.top_sql import BOARD_COLUMNS, DOMAIN_COLUMNS, RELEASE_BOARD_COLUMNS, RELEASE_COLUMNS, TOP


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
    domain: str | None = None
    """Rank by the ability in this domain; None is the overall ability."""

    @property
    def is_filtered(self) -> bool:
        """Whether some ranked rows of the track are left out, so that places are counted among the others."""
        limits = (self.release_id, self.kinds, self.min_params_b, self.max_params_b, self.license, self.organization)
        return self.open_weights or any(limit is not None for limit in limits)


def top(connection: Connection, wanted: ModelFilter, n: int, order: AlternateOrder | None = None) -> list[Row]:
    """Return the best `n` rows of `leaderboard`, best first.

    At the grain of releases, `model_id` is the default setting, and the rank, the ability, `evidence`, `boards` and
    `rests_on` are those of the release; such rows also have RELEASE_COLUMNS and `places` (`read_release_places`).

    Each row has PLACE_COLUMNS: with a filter, its place among the `of` rows that match; without one, its place in the
    whole list. A row without a rank has no place. The interval of a place by ability comes from the draws (macro
    `places`), that of another method from its own intervals; places on a board have none.

    With a board, each row has the `board_…` columns of that leaderboard; with a domain, DOMAIN_COLUMNS. With an order,
    its ranks replace those of the ability. There is no order across tracks.
    Raises `UsageError` for an unknown board or domain, and for a domain together with a board or another order.
    """
    by_release = wanted.grain is Grain.RELEASE
    places = order.places if order else {}
    if by_release and places:
        places = places_of_releases(connection, places)
    board = None if wanted.board is None else _find_board(connection, wanted.board)
    if wanted.domain is not None and (board or order):
        raise UsageError(
            "a domain has one order: by the ability in it", hint="Use --domain without --board, --method and --weight."
        )
    has_own_track = board is not None or wanted.release_id is not None
    domain = None if wanted.domain is None else find_domain(connection, wanted.domain, wanted.track or "llm")
    values = {
        **_filter_values(wanted),
        "by_release": by_release,
        "grain": wanted.grain.value,
        "board": board,
        "domain": domain,
        "has_order": board is not None or len(places) > 0,
        "is_filtered": wanted.is_filtered,
        "track": wanted.track or (None if has_own_track else "llm"),
        "ids": list(places),
        **{f"{name}s": [place[column] for place in places.values()] for name, column in _ORDER_COLUMNS.items()},
        "n": n,
    }
    left_out = (set() if board else {*BOARD_COLUMNS, *RELEASE_BOARD_COLUMNS}) | (set() if domain else DOMAIN_COLUMNS)
    left_out |= set() if by_release else {*RELEASE_COLUMNS, *RELEASE_BOARD_COLUMNS}
    found = [
        {name: value for name, value in row.items() if name not in left_out}
        | dict({} if board else places.get(str(row["model_id"]), {}))
        for row in fetch_rows(connection, TOP, values)
    ]
    if not by_release:
        return found
    on_boards = read_release_places(connection, [str(row["release_id"]) for row in found])
    return [row | {"places": on_boards[str(row["release_id"])]} for row in found]


_ORDER_COLUMNS = {"rank": "rank", "low": "rank_low", "high": "rank_high"}


def _filter_values(wanted: ModelFilter) -> Row:
    """Return the parameters of `TOP` that limit the rows."""
    return {
        "release_id": wanted.release_id,
        "kinds": list(wanted.kinds) if wanted.kinds else None,
        "min_params_b": wanted.min_params_b,
        "max_params_b": wanted.max_params_b,
        "license": wanted.license,
        "organization": wanted.organization,
        "open_weights": wanted.open_weights,
        "flagged": wanted.flagged,
        "copies": wanted.copies,
        "extrapolated": wanted.extrapolated,
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
