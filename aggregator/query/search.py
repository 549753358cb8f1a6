"""Find the one model that a typed name means, with the macro `find`, and say how certain that is."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils

from aggregator.errors import UsageError
from aggregator.query.queries import Connection, Row, fetch_rows

MAX_CANDIDATES = 10
"""How many candidates an error lists."""
SHOWN_OTHERS = 3
"""How many other models a note lists."""
MIN_SIMILARITY = 60.0
"""Least similarity of a suggested spelling, from 0 to 100."""
OFFICIAL = 3
"""The value of `own` for a publisher's own model: `sql/mart/search_names.sql`."""


class UnresolvedModelError(UsageError):
    """The text does not identify one model; `candidates` are rows with `model_id`, `name` and `rank`, best match first."""

    def __init__(self, message: str, candidates: list[Row], *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.candidates = candidates


class AmbiguousModelError(UnresolvedModelError):
    """The text means several models equally well."""

    def __init__(self, text: str, candidates: list[Row], count: int) -> None:
        more = count - len(candidates)
        super().__init__(
            f"{text!r} matches {count} models equally well" + (f"; {more:,} of them are not listed" if more else ""),
            candidates,
            hint="Give the model_id of one of them, or more words of its name."
            + (f" `metaboard find {text!r}` lists all." if more else ""),
        )


class UnknownModelError(UnresolvedModelError):
    """No model matches; the candidates have the most similar spellings and may be other models."""

    def __init__(self, text: str, candidates: list[Row]) -> None:
        similar = "; these have the most similar names" if candidates else ""
        super().__init__(
            f"no model has the name {text!r}{similar}",
            candidates,
            hint="Run `metaboard find TEXT` to search in all names.",
        )


@dataclass(frozen=True)
class Match:
    """The model that a typed name means; `note` is empty when nothing else can be meant."""

    model_id: str
    note: str = ""
    """`taken for …; 2 others fit: …`, for standard error."""


_FIND = """
select
    f.model_id, f.name, f.track, f.rank, f.boards, f.release_id, f.fit, f.own, f.mismatch,
    count(*) over () as fits,
    count(*) over (partition by f.fit, f.own, f.mismatch) as equals
from find($words) as f
order by f.match_rank
limit $n
"""


def find_match(connection: Connection, text: str) -> Match:
    """Return the model that `text` means: an id, a raw name, an address, or words of a name.

    Of an unequal field it is the best one. Raises `AmbiguousModelError` when the best models match equally well, and
    `UnknownModelError` when no model matches.
    """
    if same := fetch_rows(connection, "select model_id from models where model_id = trim($text)", {"text": text}):
        return Match(str(same[0]["model_id"]))
    found = fetch_rows(connection, _FIND, {"words": text, "n": MAX_CANDIDATES + 1})
    if not found or _is_guess(found[0]):
        suggested = [str(row["model_id"]) for row in found] or find_similar(connection, text)
        raise UnknownModelError(text, _describe_models(connection, suggested[:MAX_CANDIDATES]))
    equal = _equal_to_best(found)
    if len(equal) > 1:
        raise AmbiguousModelError(
            text,
            equal[:MAX_CANDIDATES],
            max(len(equal), int(str(found[0]["equals"])) if len(equal) > MAX_CANDIDATES else 0),
        )
    return Match(str(found[0]["model_id"]), "" if _is_certain(found) else _note(found))


def find_model_id(connection: Connection, text: str) -> str:
    """Return the id of the model that `text` means; raises as `find_match` does."""
    return find_match(connection, text).model_id


def _is_guess(best: Row) -> bool:
    """Return whether only a misspelling leads to the model, and to no publisher's own one."""
    return best["fit"] == "similar" and best["own"] != OFFICIAL


def _equal_to_best(found: Sequence[Row]) -> list[Row]:
    """Return the models of other releases that have the same complete name as the best one, and that one."""
    best = found[0]
    if best["fit"] not in ("name", "exact"):
        return [best]
    same = ("fit", "own", "mismatch")
    return [best] + [
        row
        for row in found[1:]
        if all(row[name] == best[name] for name in same) and row["release_id"] != best["release_id"]
    ]


def _is_certain(found: Sequence[Row]) -> bool:
    best = found[0]
    if best["fit"] == "exact":
        return best["own"] == OFFICIAL or len(found) == 1
    return best["fit"] in ("id", "former_id", "name")


def _note(found: Sequence[Row]) -> str:
    others = [str(row["model_id"]) for row in found[1 : SHOWN_OTHERS + 1]]
    count = int(str(found[0]["fits"])) - 1
    taken = f"taken for {found[0]['model_id']}"
    if found[0]["fit"] == "release":
        taken += f", the default setting of {found[0]['release_id']}"
    if not count:
        return taken
    listed = ", ".join(others) + (", …" if count > len(others) else "")
    verb = "other fits" if count == 1 else "others fit"
    return f"{taken}; {count:,} {verb}: {listed}"


def find_similar(connection: Connection, text: str, n: int = 5) -> list[str]:
    """Return the ids of the `n` models with the most similar spellings, most similar first."""
    names = fetch_rows(connection, "select spelling, model_id from search_names order by name")
    similar = process.extract(
        text,
        [str(row["spelling"]) for row in names],
        scorer=fuzz.token_sort_ratio,
        processor=utils.default_process,
        limit=4 * n,
        score_cutoff=MIN_SIMILARITY,
    )
    return list(dict.fromkeys(str(names[place]["model_id"]) for _, _, place in similar))[:n]


_DESCRIBE_SQL = """
select m.model_id, m.name, m.track, l.rank, l.boards
from models as m
left join leaderboard as l using (model_id)
where list_contains($ids, m.model_id)
order by list_position($ids, m.model_id)
"""


def _describe_models(connection: Connection, model_ids: list[str]) -> list[Row]:
    return fetch_rows(connection, _DESCRIBE_SQL, {"ids": model_ids})
