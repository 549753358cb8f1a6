"""Orders that no table of the file holds: they are computed when somebody asks."""

from collections.abc import Sequence

from aggregator.errors import UsageError
from aggregator.model import Track
from aggregator.query import queries
from aggregator.query.queries import Connection, Order
from metaboard.filters import Method
from metaboard.progress import told


def order(connection: Connection, method: Method | None, weights: Sequence[str], track: Track) -> Order | None:
    """Return the order by `method` inside `track`, None for that of the ability.

    Raises `UsageError` for a weight that is no `NAME=NUMBER`, or whose name the track does not have.
    """
    if weights and method not in (None, Method.WEIGHTED):
        raise UsageError(
            "--weight goes with --method weighted", hint="Leave --method out, or give `--method weighted`."
        )
    if not weights and method in (None, Method.ABILITY):
        return None
    if not weights and method not in (Method.WEIGHTED, Method.BRADLEY_TERRY):
        return queries.ranked_by(connection, str(method))
    return _computed(connection, Method.WEIGHTED if weights else method or Method.ABILITY, _weights(weights), track)


def _weights(given: Sequence[str]) -> dict[str, float]:
    weights = {}
    for text in given:
        name, equals, number = text.partition("=")
        try:
            weights[name] = float(number)
        except ValueError:
            equals = ""
        if not equals:
            raise UsageError(f"{text!r} is no weight", hint="Write it as NAME=NUMBER: `--weight open_llm_v2=0.5`.")
    return weights


def _computed(connection: Connection, method: Method, weights: dict[str, float], track: Track) -> Order:
    # Ranking needs numpy and scipy; the other reading commands start without them.
    import polars as pl  # noqa: PLC0415 - for the reason above

    from aggregator.pipeline.score import METHOD_DRAWS, SCORES  # noqa: PLC0415 - as above
    from aggregator.ranking import rank  # noqa: PLC0415 - as above

    scores = connection.sql(SCORES).pl().filter(~pl.col("apart") & (pl.col("track") == track.value))
    with told(f"Ranking by {method} …"):
        ranked = rank(
            scores.drop("track", "apart"),
            method.value,
            weights or None,
            draws=2 if method is Method.BRADLEY_TERRY else METHOD_DRAWS,
        )
    # Two draws give no interval that a person should read.
    bounds = [] if method is Method.BRADLEY_TERRY else ["rank_low", "rank_high"]
    places = ranked.drop_nulls("rank").select("model_id", "rank", *bounds, "score")
    empty = {"rank_low": None, "rank_high": None}
    return Order({str(row.pop("model_id")): empty | row for row in places.iter_rows(named=True)})
