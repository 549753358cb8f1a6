"""Orders of a track by another method than the ability, and the places of releases in them."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from aggregator.query.queries import Connection, Row, fetch_rows


@dataclass(frozen=True)
class AlternateOrder:
    """An order of one track by another method than the ability."""

    places: Mapping[str, Row]
    """`rank`, `rank_low`, `rank_high` and `score` by `model_id`."""


def read_method_order(connection: Connection, method: str) -> AlternateOrder:
    """Return the published order of a method, empty when the file has no such method."""
    found = fetch_rows(
        connection,
        "select model_id, rank, rank_low, rank_high, score from method_ranks where method = $method",
        {"method": method},
    )
    return AlternateOrder({str(row.pop("model_id")): row for row in found})


_MEMBERS = "select unnest(models) as model_id, release_id, generate_subscripts(models, 1) as place from releases"


def places_of_releases(connection: Connection, places: Mapping[str, Row]) -> dict[str, Row]:
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
