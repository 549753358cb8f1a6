"""Read what a verdict on two models rests on: their scores, their abilities and their abilities by domain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import cast

from aggregator.model import UNRANKED_DOMAINS
from aggregator.pairwise import (
    Benchmark,
    Measured,
    SharedBenchmark,
    UncertainAbility,
    Wins,
    all_counted,
    board_verdicts,
    domain_wins,
    probability_better,
    share_benchmark,
)
from aggregator.query.queries import Connection, Row, fetch_rows
from aggregator.query.verdict import Board, DomainVerdict, PairVerdict, short_names

_RELEASES = """
select release_id, name, model_id, models
from releases
where list_contains($ids::varchar[], release_id)
"""
_SCORES = """
select
    s.model_id,
    s.source,
    s.benchmark,
    b.title,
    b.metric,
    s.score,
    s.score_normalized,
    s.score_low,
    s.score_high,
    s.standard_error,
    s.votes,
    s.setting,
    s.measured_by,
    s.reference,
    s.same_as,
    s.raw_name,
    s.published_on,
    o.short_title as board_title,
    o.in_rank,
    b.domain,
    b.higher_is_better,
    b.scale_low,
    b.scale_high,
    b.chance,
    b.n_items,
    m.flagged or m.copy_of is not null as is_unranked
from scores as s
inner join models as m using (model_id)
left join benchmarks as b using (benchmark)
left join sources as o on o.source = s.source
where list_contains($ids::varchar[], s.model_id)
order by o.priority, s.benchmark
"""
_ABILITIES = """
select grain, id, track, ability, deviation, board_deviation, shared
from ability_draws
where list_contains($ids::varchar[], id)
"""
_DOMAINS = """
select grain, id, domain, ability, deviation, benchmarks
from domain_abilities
where list_contains($ids::varchar[], id)
"""


@dataclass(frozen=True)
class Evidence:
    """What the verdicts on some models rest on."""

    scores: list[Row]
    """Rows of `scores` of the models and of the other settings of their releases, with facts of benchmark and board."""
    releases: dict[str, Row]
    places: dict[tuple[str, str], int]
    """The rank of each of these models on each leaderboard."""
    abilities: dict[tuple[str, str], Row]
    """Rows of `ability_draws` by grain and id."""
    domains: dict[tuple[str, str], dict[str, Row]]
    """Rows of `domain_abilities` by grain and id, then by domain."""

    @classmethod
    def read(cls, connection: Connection, models: Sequence[Row]) -> "Evidence":
        """Read the evidence on some rows of `models`."""
        ids = [str(model["model_id"]) for model in models]
        release_ids = [str(model["release_id"]) for model in models]
        releases = {str(row["release_id"]): row for row in fetch_rows(connection, _RELEASES, {"ids": release_ids})}
        defaults = [row for row in releases.values() if row["model_id"] in ids]
        members = {str(one) for row in defaults for one in cast("list[object]", row["models"])} | set(ids)
        both = {"ids": [*ids, *release_ids]}
        domains: dict[tuple[str, str], dict[str, Row]] = {}
        for row in fetch_rows(connection, _DOMAINS, both):
            domains.setdefault((str(row["grain"]), str(row["id"])), {})[str(row["domain"])] = row
        places = fetch_rows(
            connection,
            "select model_id, source, rank from standings where list_contains($ids::varchar[], model_id)",
            {"ids": sorted(members)},
        )
        return cls(
            scores=fetch_rows(connection, _SCORES, {"ids": sorted(members)}),
            releases=releases,
            places={(str(row["model_id"]), str(row["source"])): int(str(row["rank"])) for row in places},
            abilities={(str(row["grain"]), str(row["id"])): row for row in fetch_rows(connection, _ABILITIES, both)},
            domains=domains,
        )

    def verdict(self, a: Row, b: Row) -> PairVerdict:
        """Return the verdict on two models: on their releases if both are default settings of ranked releases."""
        grain, keys = self._grain(a, b)
        by_release = grain == "release"
        scores = [self._scores(model, by_release=by_release) for model in (a, b)]
        boards = [_boards(rows) for rows in scores]
        shared = _share(*scores)
        both = {**boards[0], **boards[1]}
        in_rank = [one for one in shared if both[one.benchmark.board].in_rank]
        ids = (str(a["model_id"]), str(b["model_id"]))
        names = {
            one: str(self.releases[str(model["release_id"])]["name"] if by_release else model["name"])
            for one, model in zip(ids, (a, b), strict=True)
        }
        short = short_names(ids, names)
        return PairVerdict(
            ids=ids,
            names=(short[ids[0]], short[ids[1]]),
            grain=grain,
            probability=None if grain is None else probability_better(*(self._ability(key) for key in keys)),
            boards=[(both[found.source], found) for found in board_verdicts(shared)],
            only=(_only(boards[0], boards[1]), _only(boards[1], boards[0])),
            wins=Wins.of(all_counted(in_rank)),
            domains=self._domains(keys, domain_wins(in_rank)) if grain else [],
        )

    def _grain(self, a: Row, b: Row) -> tuple[str | None, list[tuple[str, str]]]:
        """Return what the overall probability is about, and the keys of both in `abilities`."""
        settings = [("setting", str(model["model_id"])) for model in (a, b)]
        are_default = all(self.releases[str(model["release_id"])]["model_id"] == model["model_id"] for model in (a, b))
        releases = [("release", str(model["release_id"])) for model in (a, b)]
        if a["track"] == b["track"] and are_default and all(key in self.abilities for key in releases):
            return "release", releases
        if a["track"] == b["track"] and all(key in self.abilities for key in settings):
            return "setting", settings
        return None, settings

    def _ability(self, key: tuple[str, str]) -> UncertainAbility:
        row = self.abilities[key]
        shared = tuple(map(float, cast("list[float]", row["shared"])))
        ability, deviation, board = (float(str(row[name])) for name in ("ability", "deviation", "board_deviation"))
        return UncertainAbility(ability, shared, deviation, board)

    def _scores(self, model: Row, *, by_release: bool) -> dict[str, Row]:
        """Return the scores that count in the rank, by benchmark.

        Those of a release are, on each board, those of its default setting, else of the setting with the best rank
        there: as for the ability of the release.
        """
        wanted = (
            cast("list[object]", self.releases[str(model["release_id"])]["models"])
            if by_release
            else [model["model_id"]]
        )
        order = {str(one): place for place, one in enumerate(wanted)}
        rows = [
            row
            for row in self.scores
            if _counts(row)
            and (row["model_id"] == wanted[0] or (str(row["model_id"]) in order and not row["is_unranked"]))
        ]
        best: dict[str, str] = {}
        for source in {str(row["source"]) for row in rows}:
            listed = {str(row["model_id"]) for row in rows if row["source"] == source}
            best[source] = min(
                listed, key=lambda one: (order[one] > 0, self.places.get((one, source), 1 << 62), order[one])
            )
        return {str(row["benchmark"]): row for row in rows if row["model_id"] == best[str(row["source"])]}

    def _domains(self, keys: Sequence[tuple[str, str]], wins: Mapping[str, Wins]) -> list[DomainVerdict]:
        """Return the domains with a score of one of the two, those with the most benchmarks first."""
        found = [self.domains.get(key, {}) for key in keys]
        names = {*found[0], *found[1], *wins}
        verdicts = [self._domain(name, keys, [rows.get(name) for rows in found], wins.get(name)) for name in names]
        shown = [one for one in verdicts if sum(one.benchmarks) or one.wins != Wins(0, 0, 0)]
        return sorted(shown, key=lambda one: (-sum(one.benchmarks), one.domain))

    def _domain(
        self, domain: str, keys: Sequence[tuple[str, str]], rows: Sequence[Row | None], wins: Wins | None
    ) -> DomainVerdict:
        abilities = [
            None
            if row is None
            else self._ability(key).in_domain(float(str(row["ability"])), float(str(row["deviation"])))
            for key, row in zip(keys, rows, strict=True)
        ]
        first, second = abilities
        return DomainVerdict(
            domain=domain,
            probability=None if first is None or second is None else probability_better(first, second),
            wins=wins or Wins(0, 0, 0),
            abilities=(None if first is None else first.ability, None if second is None else second.ability),
            benchmarks=(_benchmarks(rows[0]), _benchmarks(rows[1])),
        )


def _benchmarks(row: Row | None) -> int:
    return 0 if row is None else int(str(row["benchmarks"]))


def _counts(row: Row) -> bool:
    """Return whether a score may enter the combined rank: measured, not a copy of another, of a ranked domain."""
    return row["measured_by"] != "self_reported" and row["same_as"] is None and row["domain"] not in UNRANKED_DOMAINS


def _boards(rows: Mapping[str, Row]) -> dict[str, Board]:
    return {
        str(row["source"]): Board(str(row["source"]), str(row["board_title"]), bool(row["in_rank"]))
        for row in rows.values()
    }


def _only(boards: Mapping[str, Board], others: Mapping[str, Board]) -> list[Board]:
    """Return the boards of the rank that the other model is not on."""
    return [board for source, board in boards.items() if source not in others and board.in_rank]


def _share(a: Mapping[str, Row], b: Mapping[str, Row]) -> list[SharedBenchmark]:
    """Return the benchmarks that one board measured both on, in the order of `a`."""
    return [
        share_benchmark(_benchmark(row), _measured(row), _measured(b[name])) for name, row in a.items() if name in b
    ]


_FACTS = itemgetter("benchmark", "source", "domain", "higher_is_better", "scale_low", "scale_high", "chance", "n_items")


def _benchmark(row: Row) -> Benchmark:
    name, board, domain, is_higher_better, *scale = _FACTS(row)
    return Benchmark(name, board, domain, is_higher_better is not False, *scale)


def _measured(row: Row) -> Measured:
    return Measured(*itemgetter("score", "score_low", "score_high", "standard_error")(row))
