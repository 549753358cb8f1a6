"""Read what the page needs to compare two models and to place the rows that a reader filters.

The draws of each track are one file, because they are needed only when a filter is on. What a comparison of two models
needs is in the files of these models.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from aggregator.model import UNRANKED_DOMAINS
from aggregator.query.queries import Row, fetch_rows
from aggregator.site.published_file import PublishedFile

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
"""Each letter holds a number from 0 to 63."""

UNIT = 1e-3
"""The page shows probabilities in whole percent: they are those of the command line but for a thousandth of a percent."""

_RELEASES = "select model_id, name from releases"
_ABILITIES = """
select id as model_id, grain, ability, deviation, board_deviation, shared
from ability_draws
where grain = 'setting'
union all
-- A release of one model has the ability of that model.
select r.model_id, d.grain, d.ability, d.deviation, d.board_deviation, d.shared
from ability_draws as d
inner join releases as r on r.release_id = d.id
where d.grain = 'release' and r.settings > 1
"""
_DOMAINS = """
select id as model_id, grain, domain, ability, deviation, benchmarks
from domain_abilities
where grain = 'setting'
union all
select r.model_id, d.grain, d.domain, d.ability, d.deviation, d.benchmarks
from domain_abilities as d
inner join releases as r on r.release_id = d.id
where d.grain = 'release' and r.settings > 1
order by model_id, grain, domain
"""
_UNRANKED = ", ".join(f"'{domain}'" for domain in sorted(UNRANKED_DOMAINS))
_OTHER_SETTINGS = f"""
with counting as (
    select s.*
    from scores as s
    inner join benchmarks as b using (benchmark)
    where s.measured_by <> 'self_reported' and s.same_as is null and coalesce(b.domain not in ({_UNRANKED}), true)
),

members as (
    select
        r.model_id as default_id,
        unnest(r.models) as model_id,
        generate_subscripts(r.models, 1) as place
    from releases as r
    where r.settings > 1
),

listed as (
    select
        m.default_id,
        m.model_id,
        m.place,
        s.source,
        bool_or(m.place = 1) over (partition by m.default_id, s.source) as has_default
    from members as m
    inner join models as f using (model_id)
    inner join (select distinct model_id, source from counting) as s using (model_id)
    where m.place = 1 or (not f.flagged and f.copy_of is null)
),

chosen as (
    select
        l.default_id,
        l.source,
        l.model_id
    from listed as l
    left join standings as p on p.model_id = l.model_id and p.source = l.source
    where not l.has_default
    qualify row_number() over (partition by l.default_id, l.source order by p.rank nulls last, l.place) = 1
)

select c.default_id as model_id, s.benchmark, s.score, s.score_low, s.score_high, s.standard_error
from chosen as c
inner join counting as s on s.model_id = c.model_id and s.source = c.source
order by c.default_id, s.benchmark
"""  # noqa: S608 - the domains are constants


_IDS = "select id, ability from ability_draws where grain = 'setting' and track = $track order by id"
_DRAWS = """
select unnest(draws) as draw, generate_subscripts(draws, 1) as place
from ability_draws
where grain = 'setting' and track = $track
order by id, place
"""


def pair_entries(file: PublishedFile, benchmarks: dict[str, int]) -> Iterator[tuple[str, str, list[object]]]:
    """Yield the part, the model and the values of each entry of a model's record that a comparison needs.

    `release`: the name of the release of which it is the default setting. `abilities`: grain, ability, deviation,
    deviation of a board and shared loadings. `domains`: grain, domain, ability, deviation, benchmarks. `other_settings`: the scores of other
    settings that stand for the release where the default setting is not listed; `benchmarks` has their positions.
    Abilities, deviations and loadings are integers, in `UNIT` points.
    """
    for row in file.rows(_RELEASES, "releases"):
        yield "release", str(row["model_id"]), [row["name"]]
    for row in file.rows(_ABILITIES, "ability_draws", "releases"):
        shared = row["shared"]
        loadings = [_fine(one) for one in shared] if isinstance(shared, list) else []
        yield (
            "abilities",
            str(row["model_id"]),
            [row["grain"], *(_fine(row[name]) for name in ("ability", "deviation", "board_deviation")), loadings],
        )
    for row in file.rows(_DOMAINS, "domain_abilities", "releases"):
        numbers = [_fine(row[name]) for name in ("ability", "deviation")]
        yield "domains", str(row["model_id"]), [row["grain"], row["domain"], *numbers, row["benchmarks"]]
    for row in file.rows(_OTHER_SETTINGS, "releases", "scores", "standings", "models", "benchmarks"):
        if (at := benchmarks.get(str(row["benchmark"]))) is not None:
            yield "other_settings", str(row["model_id"]), [at, *_error_columns(row)]


def _fine(value: object) -> int:
    return round(float(str(value)) / UNIT)


def _error_columns(row: Row) -> list[object]:
    return [row[name] for name in ("score", "score_low", "score_high", "standard_error")]


def read_draws(file: PublishedFile, track: str, positions: dict[str, int]) -> dict[str, object]:
    """Return the draws of the ranked models of a track, as `{draws, rows, centre, letters, codes}`.

    `rows` are the positions of the models in the rows of `leaderboard`. A draw, in tenths of a point, is `centre` plus a
    number of 2 or 3 `letters` (6 bits each, from the highest) minus half of its range; `codes` has all draws of a row
    after each other. Two letters reach 204 points from the ability.
    """
    found = fetch_rows(file.connection, _IDS, {"track": track}) if file.has("ability_draws") else []
    if not found:
        return {"draws": 0, "rows": [], "centre": [], "letters": [], "codes": ""}
    flat = file.connection.execute(_DRAWS, {"track": track}).fetchnumpy()["draw"]
    tenths = np.rint(np.asarray(flat, dtype=np.float64) * 10).astype(np.int64).reshape(len(found), -1)
    centre = np.array([round(10 * float(str(row["ability"]))) for row in found], dtype=np.int64)
    away = tenths - centre[:, None]
    letters = np.where(np.abs(away).max(axis=1) < 1 << 11, 2, 3)
    return {
        "draws": tenths.shape[1],
        "rows": [positions[str(row["id"])] for row in found],
        "centre": centre.tolist(),
        "letters": letters.tolist(),
        "codes": "".join(_encode(row, int(count)) for row, count in zip(away, letters, strict=True)),
    }


def _encode(away: npt.NDArray[np.int64], letters: int) -> str:
    """Return each number of a row in some letters of `ALPHABET`."""
    codes = np.clip(away + (1 << 6 * letters - 1), 0, (1 << 6 * letters) - 1)
    places = [codes >> 6 * (letters - 1 - place) & 63 for place in range(letters)]
    return np.frombuffer(ALPHABET, dtype=np.uint8)[np.stack(places, axis=-1)].tobytes().decode("ascii")
