"""Leave a plug-in out of a refresh: one that cannot be used, or whose rows break a table."""

from collections.abc import Sequence
from dataclasses import replace

from aggregator.errors import LockedError, MetaboardError, PluginError, StorageError
from aggregator.model import RankRule, Source
from aggregator.pipeline.results import FetchResult, ReadResult, describe_failure
from aggregator.sources.plugins import Register, describe


def left_out(register: Register) -> list[FetchResult]:
    """Return a failed fetch for each plug-in that cannot be used, so that the report names it."""
    return [
        FetchResult(source, error=PluginError(source.id, plugin.message))
        for source, plugin in zip(register.left_out, register.broken, strict=True)
    ]


def without_plugins(
    results: Sequence[ReadResult], plugins: frozenset[str], cause: Exception
) -> list[ReadResult] | None:
    """Return the results with the rows of `plugins` refused; None when the error `cause` cannot come from them.

    Of several plug-ins with rows, none is used: the error does not show whose rows it is about.
    """
    if isinstance(cause, (StorageError, LockedError)):
        return None
    if not any(result.source.id in plugins and (result.parsed or result.source.has_rank) for result in results):
        return None
    return [_refused(result, cause) if result.source.id in plugins else result for result in results]


def _refused(result: ReadResult, cause: Exception) -> ReadResult:
    """Return the result without rows, and without a column in `leaderboard`."""
    if result.parsed is None:
        return replace(result, source=_without_columns(result.source))
    headline = cause.headline if isinstance(cause, MetaboardError) else describe(cause)
    error = PluginError(result.source.id, f"no table could be built with its rows: {headline}")
    return ReadResult(_without_columns(result.source), "refused", message=describe_failure(error), cause="plugin")


def _without_columns(source: Source) -> Source:
    return replace(source, rank_rule=RankRule.NONE)
