"""The rank of the recordings: orders that leaderboards agree on, pairs that are told apart, and reversals that are named."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aggregator.query import queries
from aggregator.query.compare import compare_models
from aggregator.query.queries import Connection
from tests.support.recorded_home import recordings_home

__all__ = ["recordings_home"]

pytestmark = pytest.mark.recordings

MODELS_OF_A_GROUP = 600
"""Releases of one set of leaderboards that are compared pair by pair, from the best on."""

# On these leaderboards, an order is by a score of their own. Of the others we compute the order, by mean win rate.
SCORES = """
select p.release_id, o.source, if(o.higher_is_better, p.default_score, -p.default_score) as score
from release_standings as p
inner join sources as o using (source)
inner join release_members as m on m.release_id = p.release_id and m.model_id = p.default_model_id
inner join models as f on f.model_id = p.default_model_id
where o.rank_rule in ('score', 'interval') and p.default_score is not null and not f.flagged and f.copy_of is null
"""
RELEASES = """
select r.release_id, r.ability, list_sort(list_transform(r.on_boards, lambda t: o[t])) as sources
from releases as r
cross join (select map(list(short_title), list(source)) as o from sources)
where r.track = 'llm' and r.rank is not null
order by r.rank
"""


@pytest.fixture(scope="module")
def recorded(recordings_home: Path) -> Iterator[Connection]:
    with queries.open_current(recordings_home) as connection:
        yield connection


def test_releases_on_the_same_boards_are_never_ordered_against_all_of_them(recorded: Connection) -> None:
    scores = {(name, source): score for name, source, score in recorded.sql(SCORES).fetchall()}
    groups: dict[tuple[str, ...], list[tuple[str, float]]] = {}
    for name, ability, sources in recorded.sql(RELEASES).fetchall():
        if all((name, source) in scores for source in sources):
            groups.setdefault(tuple(sources), []).append((name, ability))
    pairs = 0
    for sources, members in groups.items():
        some = members[:MODELS_OF_A_GROUP]
        on = np.array([[scores[name, source] for source in sources] for name, _ in some])
        ability = np.array([value for _, value in some])
        above = (on[:, None, :] > on[None, :, :]).all(axis=2)
        wrong = np.argwhere(above & (ability[:, None] < ability[None, :] - 1e-6))
        assert not wrong.size, [(sources, some[first], some[second]) for first, second in wrong[:3]]
        pairs += int(above.sum())
    assert pairs > 100_000


def test_many_pairs_of_the_first_hundred_releases_are_told_apart(recorded: Connection) -> None:
    first = recorded.sql(
        "select d.id, d.ability, d.deviation, d.shared from ability_draws as d"
        " inner join releases as r on r.release_id = d.id and d.grain = 'release'"
        " where r.track = 'llm' and r.rank <= 100"
    ).pl()
    ability, deviation = first["ability"].to_numpy(), first["deviation"].to_numpy()
    shared = np.array(first["shared"].to_list())
    one, other = np.triu_indices(first.height, 1)
    variance = ((shared[one] - shared[other]) ** 2).sum(axis=1) + deviation[one] ** 2 + deviation[other] ** 2
    apart = np.abs(ability[one] - ability[other]) > 1.6449 * np.sqrt(variance)
    assert one.size == 4950
    assert apart.sum() >= 1500


def test_the_arena_parts_pairs_and_boards_that_say_otherwise_are_named(recorded: Connection) -> None:
    """Of releases whose Arena intervals part them, the Arena's verdict is clear, and a reversed order has its cause."""
    listed = recorded.sql(
        "select r.model_id, r.ability, s.score_low, s.score_high from releases as r"
        " inner join standings as s on s.model_id = r.model_id and s.source = 'arena_text_style_control'"
        " where r.track = 'llm' and r.rank is not null order by r.rank"
    ).pl()
    rows = listed.rows(named=True)
    parted = [
        (better, worse)
        for one, other in combinations(rows, 2)
        for better, worse in ([(one, other)] if one["score_low"] > other["score_high"] else [(other, one)])
        if better["score_low"] > worse["score_high"]
    ]
    assert len(parted) > 5000
    turned = [pair for pair in parted if pair[0]["ability"] < pair[1]["ability"]]
    chosen = [*turned[:: max(1, len(turned) // 40)], *parted[:: max(1, len(parted) // 20)]]
    named = 0
    for better, worse in chosen:
        verdict = compare_models(recorded, [str(better["model_id"]), str(worse["model_id"])]).verdicts[0]
        arena = next(found for board, found in verdict.boards if board.source == "arena_text_style_control")
        assert arena.ahead == 1
        assert arena.word == "told apart"
        assert verdict.probability is not None
        if verdict.probability < 0.5:
            reason = verdict.sentences()[-1]
            assert "reverse of" in reason
            assert "no other board explains it" not in reason
            named += 1
    assert named > 10


def test_of_all_releases_the_three_counts_and_the_interval_agree(recorded: Connection) -> None:
    table = recorded.sql("from releases where rank is not null").pl()
    of_track = pl.len().over("track") - 1
    sums = table.select(pl.sum_horizontal("clearly_better", "not_told_apart", "clearly_worse") == of_track)
    assert sums.to_series().all()
    # Who is clearly better than n models has a place above them, up to the errors of the draws.
    assert table.filter(pl.col("rank_high") < pl.col("rank")).is_empty()
    first = table.filter((pl.col("track") == "llm") & (pl.col("rank") <= 50))
    mean_width = float(np.mean((first["rank_high"] - first["rank_low"]).to_numpy()))
    assert 5 < mean_width < 60
