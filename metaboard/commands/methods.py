"""The order of `metaboard top` by another method or by the user's own weights."""

from collections.abc import Sequence

from aggregator.errors import UsageError
from aggregator.model import Track
from aggregator.query.queries import Connection
from aggregator.query.top import AlternateOrder, read_method_order
from metaboard.filters import Method
from metaboard.progress import show_progress


def order_by(
    connection: Connection, method: Method | None, weights: Sequence[str], track: Track
) -> AlternateOrder | None:
    """Return the order by `method` inside `track`, or None for the order by ability.

    Raises `UsageError` when a weight is not `NAME=NUMBER` or names a board that the track does not have.
    """
    if weights and method not in (None, Method.WEIGHTED):
        raise UsageError(
            "--weight works only with --method weighted", hint="Remove --method, or use `--method weighted`."
        )
    if not weights and method in (None, Method.ABILITY):
        return None
    if not weights and method not in (Method.WEIGHTED, Method.BRADLEY_TERRY):
        return read_method_order(connection, str(method))
    return _compute_order(
        connection, Method.WEIGHTED if weights else method or Method.ABILITY, _parse_weights(weights), track
    )


def _parse_weights(given: Sequence[str]) -> dict[str, float]:
    weights = {}
    for text in given:
        name, equals, number = text.partition("=")
        try:
            weights[name] = float(number)
        except ValueError:
            equals = ""
        if not equals:
            raise UsageError(
                f"{text!r} is not a weight", hint="Write NAME=NUMBER, for example `--weight open_llm_v2=0.5`."
            )
    return weights


def _compute_order(connection: Connection, method: Method, weights: dict[str, float], track: Track) -> AlternateOrder:
    # Query commands start faster without numpy and scipy.
    import polars as pl  # noqa: PLC0415 - for the reason above

    from aggregator.pipeline.comparisons import METHOD_DRAWS  # noqa: PLC0415 - as above
    from aggregator.pipeline.score import SCORES  # noqa: PLC0415 - as above
    from aggregator.ranking import rank  # noqa: PLC0415 - as above

    scores = connection.sql(SCORES).pl().filter(~pl.col("is_unranked") & (pl.col("track") == track.value))
    with show_progress(f"Ranking by {method} …"):
        ranked = rank(
            scores.drop("track", "is_unranked"),
            method.value,
            weights or None,
            draws=2 if method is Method.BRADLEY_TERRY else METHOD_DRAWS,
        )
    # Two draws are too few for an interval.
    bounds = [] if method is Method.BRADLEY_TERRY else ["rank_low", "rank_high"]
    places = ranked.drop_nulls("rank").select("model_id", "rank", *bounds, "score")
    empty = {"rank_low": None, "rank_high": None}
    return AlternateOrder({str(row.pop("model_id")): empty | row for row in places.iter_rows(named=True)})
