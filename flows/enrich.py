"""Ask the Hub about the models of the current generation, and keep what it says for the next refresh.

Everything that came is kept at once, so a run that breaks off is taken up by the next one where it ended.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator import warehouse
from aggregator.errors import FetchError
from aggregator.hub.cache import HubCache
from aggregator.hub.models import ENDPOINT, HubModels
from aggregator.identity.hub_metadata import HubModel
from aggregator.identity.hub_takeover import after

AGE_DAYS = 30
"""An answer this old is asked for again."""
GIVE_UP = 3
"""So many questions in a row without an answer end the run: the Hub is away."""
TOKEN = "HF_TOKEN"  # noqa: S105 - the name of a variable, not its value

WANTED = r"""
with named as (
    -- Names that stand for weights on the Hub: those of an id, and those that a board calls open.
    select a.model_id, min(s.rank) as rank
    from aliases as a
    inner join models as m using (model_id)
    left join standings as s using (model_id)
    where a.rung in ('hf_id', 'hf_id_folded') or m.open_weights
    group by a.model_id
),

parents as (
    select parent_id as model_id, null::bigint as rank
    from lineage
    where parent_id not in (select model_id from models)
)

select model_id
from (from named union all by name from parents)
where not starts_with(model_id, 'quarantine/') and regexp_full_match(model_id, '[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9._-]+)?')
group by model_id
order by min(rank) nulls last, model_id
"""
"""The ids worth asking for, those that stand highest on any board first."""


@dataclass(frozen=True)
class Asking:
    """What a run may be told; plain data."""

    home: Path
    limit: int | None = None
    """How many ids at most; None for all."""
    max_age_days: int = AGE_DAYS
    endpoint: str = ENDPOINT


@dataclass
class Enriched:
    """What a run did."""

    known: int
    """Ids of which the kept answer was young enough."""
    left: int
    """Ids that the limit left for another run."""
    answers: Counter[str] = field(default_factory=Counter)
    """Answers by status."""
    changed: int = 0
    """Answers that say something that was not kept before."""
    failed: dict[str, str] = field(default_factory=dict)
    """Ids without an answer, and why."""

    @property
    def asked(self) -> int:
        """How many ids were asked for."""
        return self.answers.total() + len(self.failed)

    def document(self) -> dict[str, object]:
        """Return the figures, for `--json`."""
        return {
            "asked": self.asked,
            "answers": dict(sorted(self.answers.items())),
            "changed": self.changed,
            "failed": self.failed,
            "known": self.known,
            "left": self.left,
        }


def enrich(
    asking: Asking,
    say: Callable[[str], None],
    hub: HubModels | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Enriched:
    """Ask for every model whose kept answer is missing or old; the token is what `HF_TOKEN` holds, if anything.

    Raises `StorageError` where nothing is published yet or the disk takes nothing, `BusyError` when another
    process asks, `UsageError` for a wrong address or token, and `FetchError` when the Hub stops answering.
    """
    hub = hub or HubModels(asking.endpoint, os.environ.get(TOKEN) or None, say=say)
    cache = HubCache(asking.home)
    wanted = wanted_ids(asking.home)
    with cache.writing():
        kept = cache.latest()
        due = _due(wanted, kept, now() - timedelta(days=asking.max_age_days))
        chosen = due[: asking.limit]
        done = Enriched(known=len(_all(wanted, kept)) - len(due), left=len(due) - len(chosen))
        say(f"{len(chosen):,} to ask for, {done.known:,} known, {done.left:,} left for another run")
        _ask_all(_Run(hub, cache, kept, done, say), chosen)
    return done


def wanted_ids(home: Path) -> list[str]:
    """Return the ids worth asking for in the current generation of `home`, the highest on any board first."""
    with warehouse.open_read_only(home / "current" / warehouse.DATABASE) as connection:
        return [str(row[0]) for row in connection.execute(WANTED).fetchall()]


def _all(wanted: Sequence[str], kept: Mapping[str, HubModel]) -> list[str]:
    """Return the wanted ids and those asked for before: one that moved names no model any more, but may be taken by another."""
    return list({hub_id.lower(): hub_id for hub_id in (*(model.hub_id for model in kept.values()), *wanted)}.values())


def _due(wanted: Sequence[str], kept: Mapping[str, HubModel], before: datetime) -> list[str]:
    """Return the ids to ask for: those never asked for in the order of `wanted`, then the oldest answers."""
    fresh = [hub_id for hub_id in dict.fromkeys(wanted) if hub_id.lower() not in kept]
    old = sorted((m for m in kept.values() if m.checked_at < before), key=lambda m: (m.checked_at, m.hub_id))
    return fresh + [model.hub_id for model in old]


@dataclass
class _Run:
    """One run in progress."""

    hub: HubModels
    cache: HubCache
    kept: dict[str, HubModel]
    done: Enriched
    say: Callable[[str], None]
    in_a_row: int = 0

    def keep(self, answer: HubModel) -> None:
        """Keep one answer in its epoch."""
        key = answer.hub_id.lower()
        before, self.in_a_row = self.kept.get(key), 0
        self.kept[key] = after(before, answer)
        self.cache.keep(self.kept[key])
        self.done.answers[str(answer.status)] += 1
        self.done.changed += before is None or self.kept[key].retrieved_at != before.retrieved_at

    def failed(self, hub_ids: Sequence[str], error: FetchError) -> None:
        """Note what brought no answer; raises `error` when nothing does any more."""
        self.in_a_row += 1
        self.done.failed |= dict.fromkeys(hub_ids, error.headline)
        self.say(f"no answer: {error.headline}")
        if self.in_a_row >= GIVE_UP:
            error.hint = f"{self.done.answers.total():,} answers are kept; run again to go on from there."
            raise error


def _ask_all(run: _Run, chosen: Sequence[str]) -> None:
    total = len(chosen)
    for author, hub_ids in by_author(chosen):
        alone = list(hub_ids)
        if author and len(hub_ids) > 1:
            alone = _ask_list(run, author, hub_ids)
        for hub_id in alone:
            _ask_one(run, hub_id)
        run.say(f"{run.done.asked:,} of {total:,} asked …")


def by_author(hub_ids: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each author with its ids, in the order in which authors appear; ids without an author come under an empty one."""
    groups: dict[str, list[str]] = {}
    for hub_id in hub_ids:
        groups.setdefault(hub_id.rpartition("/")[0], []).append(hub_id)
    yield from groups.items()


def _ask_list(run: _Run, author: str, hub_ids: Sequence[str]) -> list[str]:
    """Read the author's list and return the ids that it does not show."""
    try:
        found = run.hub.of_author(author, hub_ids)
    except FetchError as error:
        run.failed(hub_ids, error)
        return []
    for answer in found.values():
        run.keep(answer)
    return [hub_id for hub_id in hub_ids if hub_id not in found]


def _ask_one(run: _Run, hub_id: str) -> None:
    try:
        run.keep(run.hub.one(hub_id))
    except FetchError as error:
        run.failed([hub_id], error)
