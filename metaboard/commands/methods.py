"""The order of `metaboard top` by another method or by the user's own weights."""

from collections.abc import Sequence

from aggregator.errors import UsageError
from aggregator.model import Track
from aggregator.query.domains import plain_domain, read_domain_names
from aggregator.query.orders import AlternateOrder, read_method_order
from aggregator.query.queries import Connection
from aggregator.query.top import Grain
from metaboard.filters import Method
from metaboard.progress import show_progress


def order_by(
    connection: Connection, method: Method | None, weights: Sequence[str], track: Track, grain: Grain = Grain.RELEASE
) -> AlternateOrder | None:
    """Return the order by `method` inside `track`, or None for the order by ability.

    Weights of domains give the order by the weighted mean of the abilities by domain, for rows of `grain`. Raises
    `UsageError` when a weight is not `NAME=NUMBER` or names a board that the track does not have, and for weights of
    boards together with weights of domains.
    """
    if weights and method not in (None, Method.WEIGHTED):
        raise UsageError(
            "--weight works only with --method weighted", hint="Remove --method, or use `--method weighted`."
        )
    if not weights and method in (None, Method.ABILITY):
        return None
    if not weights and method not in (Method.WEIGHTED, Method.BRADLEY_TERRY):
        return read_method_order(connection, str(method))
    parsed = _parse_weights(weights)
    known = read_domain_names(connection, track.value)
    of_domains = {plain_domain(name): weight for name, weight in parsed.items() if plain_domain(name) in known}
    if not of_domains:
        return _compute_order(connection, Method.WEIGHTED if weights else method or Method.ABILITY, parsed, track)
    others = [name for name in parsed if plain_domain(name) not in known]
    if others:
        raise UsageError(
            f"{others[0]!r} is no domain, and weights of domains and of leaderboards do not mix",
            hint=f"The domains of track {track} are {', '.join(known)}.",
        )
    return _order_by_domains(connection, of_domains, track, grain)


def _order_by_domains(connection: Connection, weights: dict[str, float], track: Track, grain: Grain) -> AlternateOrder:
    """Return the order by the weighted mean of the abilities by domain, with the model of each release in its place."""
    # Query commands start faster without numpy and scipy.
    from aggregator.ranking.domains import reweighted  # noqa: PLC0415 - for the reason above

    table = connection.sql(
        """
        select coalesce(r.model_id, d.id) as id, d.domain, d.ability, d.deviation, d.common_deviation, d.elsewhere, d.elsewhere_deviation, d.borrowed
        from domain_abilities as d
        left join releases as r on r.release_id = d.id and d.grain = 'release'
        where d.track = $track and d.grain = $grain
        """,
        params={"track": track.value, "grain": grain.value},
    ).pl()
    places = reweighted(table, weights).select("rank", "rank_low", "rank_high", "id", score="ability")
    return AlternateOrder({str(row.pop("id")): row for row in places.iter_rows(named=True)})


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
