"""From what a person types to one model: an id, a name of any leaderboard, or words."""

from rapidfuzz import fuzz, process, utils

from aggregator.errors import UsageError
from aggregator.query.queries import Connection, Row, find, rows

MOST = 1000
"""How many models a few words may fit before the rest are not counted."""
NEAR = 60.0
"""Spellings less alike than this, of 100, are no help to anyone."""


class UnclearModel(UsageError):
    """What was typed names no single model; `candidates` are rows with `model_id`, `name` and `rank`, likeliest first."""

    def __init__(self, message: str, candidates: list[Row], *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.candidates = candidates


class AmbiguousModel(UnclearModel):
    """What was typed fits several models."""

    def __init__(self, text: str, candidates: list[Row]) -> None:
        super().__init__(
            f"{text!r} fits {len(candidates)} models",
            candidates,
            hint="Name one of them by its model_id, or more of its name.",
        )


class UnknownModel(UnclearModel):
    """No model is called what was typed; the candidates are the nearest by spelling, which may be quite other models."""

    def __init__(self, text: str, candidates: list[Row]) -> None:
        near = "; these are spelled most like it" if candidates else ""
        super().__init__(
            f"no model is called {text!r}{near}", candidates, hint="`metaboard find TEXT` looks inside every spelling."
        )


# From certain to likely; the first that finds anything decides.
_SAME_ID = "select model_id from models where model_id = $text"
_ID_ANY_CASE = "select model_id from models where lower(model_id) = lower($text) order by model_id"
_ANY_NAME = "select distinct model_id from aliases where lower(raw_name) = lower($text) order by model_id"
_TAIL = """
select model_id from models
where lower($text) in (lower(name), lower(split_part(model_id, '/', -1)))
order by model_id
"""
RUNGS = (_SAME_ID, _ID_ANY_CASE, _ANY_NAME, _TAIL)


def model_named(connection: Connection, text: str) -> str:
    """Return the id of the one model that `text` names.

    Raises `AmbiguousModel` where several fit and `UnknownModel` where none does; similarity only suggests.
    """
    text = text.strip()
    found: list[str] = []
    for rung in RUNGS:
        found = found or [str(row["model_id"]) for row in rows(connection, rung, {"text": text})]
    if not found and text:
        found = [str(row["model_id"]) for row in find(connection, text, MOST)]
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousModel(text, _described(connection, found))
    raise UnknownModel(text, _described(connection, nearest(connection, text)))


def nearest(connection: Connection, text: str, n: int = 5) -> list[str]:
    """Return the ids of the `n` models with a spelling most like `text`, most alike first."""
    spelled = rows(
        connection, "select raw_name, model_id from aliases union select model_id, model_id from models order by all"
    )
    spellings = [str(row["raw_name"]) for row in spelled]
    likeness = process.extract(
        text, spellings, scorer=fuzz.token_sort_ratio, processor=utils.default_process, limit=4 * n, score_cutoff=NEAR
    )
    return list(dict.fromkeys(str(spelled[place]["model_id"]) for _, _, place in likeness))[:n]


_DESCRIBED = """
select m.model_id, m.name, l.track, l.rank, l.boards
from models as m
left join leaderboard as l using (model_id)
where list_contains($ids, m.model_id)
order by list_position($ids, m.model_id)
"""


def _described(connection: Connection, model_ids: list[str]) -> list[Row]:
    return rows(connection, _DESCRIBED, {"ids": model_ids})
