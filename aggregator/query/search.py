"""Find the one model that a typed text means: an id, a raw name, or words of a name."""

from rapidfuzz import fuzz, process, utils

from aggregator.errors import UsageError
from aggregator.query.queries import Connection, Row, fetch_rows, find_models

MAX_MATCHES = 1000
"""Limit for a search by words; further models are not counted."""
MIN_SIMILARITY = 60.0
"""Least similarity of a suggested spelling, from 0 to 100."""


class UnresolvedModelError(UsageError):
    """The text does not identify one model; `candidates` are rows with `model_id`, `name` and `rank`, best match first."""

    def __init__(self, message: str, candidates: list[Row], *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.candidates = candidates


class AmbiguousModelError(UnresolvedModelError):
    """The text matches several models."""

    def __init__(self, text: str, candidates: list[Row]) -> None:
        super().__init__(
            f"{text!r} matches {len(candidates)} models",
            candidates,
            hint="Give the model_id of one of them, or more words of its name.",
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


# In this order; the first lookup with a result decides.
_SAME_ID = "select model_id from models where model_id = $text"
_ID_ANY_CASE = "select model_id from models where lower(model_id) = lower($text) order by model_id"
_ANY_NAME = "select distinct model_id from aliases where lower(raw_name) = lower($text) order by model_id"
_TAIL = """
select model_id from models
where lower($text) in (lower(name), lower(split_part(model_id, '/', -1)))
order by model_id
"""
EXACT_LOOKUPS = (_SAME_ID, _ID_ANY_CASE, _ANY_NAME, _TAIL)


def find_model_id(connection: Connection, text: str) -> str:
    """Return the id of the one model that `text` means.

    Raises `AmbiguousModelError` when several models match and `UnknownModelError` when none does. Similar spellings
    are only suggested.
    """
    text = text.strip()
    found: list[str] = []
    for lookup in EXACT_LOOKUPS:
        found = found or [str(row["model_id"]) for row in fetch_rows(connection, lookup, {"text": text})]
    if not found and text:
        found = [str(row["model_id"]) for row in find_models(connection, text, MAX_MATCHES)]
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousModelError(text, _describe_models(connection, found))
    raise UnknownModelError(text, _describe_models(connection, find_similar(connection, text)))


def find_similar(connection: Connection, text: str, n: int = 5) -> list[str]:
    """Return the ids of the `n` models with the most similar spellings, most similar first."""
    names = fetch_rows(
        connection, "select raw_name, model_id from aliases union select model_id, model_id from models order by all"
    )
    spellings = [str(row["raw_name"]) for row in names]
    similar = process.extract(
        text,
        spellings,
        scorer=fuzz.token_sort_ratio,
        processor=utils.default_process,
        limit=4 * n,
        score_cutoff=MIN_SIMILARITY,
    )
    return list(dict.fromkeys(str(names[place]["model_id"]) for _, _, place in similar))[:n]


_DESCRIBE_SQL = """
select m.model_id, m.name, l.track, l.rank, l.boards
from models as m
left join leaderboard as l using (model_id)
where list_contains($ids, m.model_id)
order by list_position($ids, m.model_id)
"""


def _describe_models(connection: Connection, model_ids: list[str]) -> list[Row]:
    return fetch_rows(connection, _DESCRIBE_SQL, {"ids": model_ids})
