"""The table of `metaboard boards`: the register and the settings beside what the current generation has."""

from collections.abc import Mapping
from pathlib import Path

from aggregator.errors import StorageError
from aggregator.model import Source
from aggregator.pipeline.boards import Boards
from aggregator.pipeline.results import describe_failure
from aggregator.query import queries
from aggregator.query.board_counts import count_boards
from aggregator.query.queries import Row
from aggregator.store.generations import Home

NO_COUNTS: Row = dict.fromkeys(
    (
        *("status", "cause", "message", "rows_read", "rows", "published_on", "age_days"),
        *("names", "linked_names", "models", "shared_models", "is_calibrated", "was_in_rank"),
    )
)
"""The columns of `count_boards` for a leaderboard that the generation does not have."""


def board_rows(home: Path, boards: Boards) -> list[Row]:
    """Return one row per leaderboard of the register and per plug-in that is left out.

    Raises `StorageError` when the current generation cannot be read; a home directory without one gives no counts.
    """
    counts = _counts(home)
    return [
        *(_row(source, boards, counts) for source in boards.every),
        *(_left_out(failed.source, describe_failure(failed.error)) for failed in boards.left_out if failed.error),
    ]


def _counts(home: Path) -> Mapping[str, Row]:
    try:
        if Home(home).current is None:
            return {}
    except StorageError:
        return {}
    with queries.open_current(home) as connection:
        return count_boards(connection)


def _row(source: Source, boards: Boards, counts: Mapping[str, Row]) -> Row:
    settings = boards.settings
    is_published = source.id in settings.published
    return {
        "source": source.id,
        "title": source.title,
        "track": source.track.value,
        "domain": source.domain.value,
        "license": source.license,
        "homepage": source.homepage,
        "frozen_on": source.frozen_on,
        "is_on": source.is_on,
        "on_by": settings.origin(source.id, "on", "off"),
        "in_rank": source.in_rank,
        "in_rank_by": settings.origin(source.id, "in_rank", "out_of_rank"),
        "is_withheld": source.is_withheld_by_default and not is_published,
        "is_plugin": source.id in boards.plugins,
        "is_usable": True,
        **NO_COUNTS,
        **counts.get(source.id, {}),
    }


def _left_out(source: Source, message: str) -> Row:
    texts = dict.fromkeys(("track", "domain", "license", "homepage", "frozen_on"))
    switches = {"is_on": False, "on_by": None, "in_rank": False, "in_rank_by": None, "is_withheld": False}
    fixed = {"is_plugin": True, "is_usable": False, **NO_COUNTS, "status": "refused", "cause": "plugin"}
    return {"source": source.id, "title": source.title, **texts, **switches, **fixed, "message": message}
