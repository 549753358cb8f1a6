"""One rank table from every leaderboard: the library under the flows, usable without Prefect.

`aggregator.rank(scores, method)` ranks the models of any frame of scores; see `aggregator.ranking`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aggregator.ranking import rank

__all__ = ["rank"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute is whatever it is
    """Import `rank` when it is asked for: reading commands start without numpy and scipy."""
    if name != "rank":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from aggregator.ranking import rank as ask  # noqa: PLC0415 - for the reason above

    return ask
