"""Queries for reviews: the names that need one, and the raw names and model ids that a decision is about."""

import re
from dataclasses import dataclass

from aggregator.errors import UsageError
from aggregator.query.queries import Connection, Row, fetch_rows
from aggregator.query.search import find_match

ID_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9._-]+")
"""The form of an id on the Hub, `organisation/name`."""

_ORDER = "list_position(['open', 'variant', 'postponed'], state), gain desc, best_rank nulls last, raw_name"


def list_unresolved(connection: Connection) -> list[Row]:
    """Return the names that need a review, those first for which a link would join the most scores."""
    return fetch_rows(connection, f"select * from unresolved order by {_ORDER}")  # noqa: S608 - a constant


def find_raw_name(connection: Connection, text: str) -> str:
    """Return the raw name `text` as leaderboards spell it; raises `UsageError` when none does."""
    sql = "select raw_name from aliases where lower(raw_name) = lower($text) order by raw_name <> $text, raw_name"
    found = fetch_rows(connection, sql, {"text": text})
    if not found:
        raise UsageError(f"no leaderboard uses the name {text!r}", hint="Copy the name from `metaboard review`.")
    return str(found[0]["raw_name"])


@dataclass(frozen=True)
class Target:
    """The model id that a decision names."""

    model_id: str
    is_listed: bool
    """Whether a leaderboard has the model today."""


def find_target(connection: Connection, text: str) -> Target:
    """Return the model that `text` names exactly: by its id, a former id, a raw name, or a search without other matches.

    Another text of the form `organisation/name` is a repository that no leaderboard has. Raises `UsageError` for
    any other text: a decision never takes a similar name.
    """
    for lookup in (_BY_ID, *([_BY_FORMER_ID] if _has_moves(connection) else []), _BY_RAW_NAME):
        found = [str(row["model_id"]) for row in fetch_rows(connection, lookup, {"text": text})]
        if len(found) == 1:
            return Target(found[0], is_listed=True)
        if found:
            raise UsageError(f"{text!r} is the name of {len(found)} models", hint=f"Give one id: {', '.join(found)}.")
    if ID_FORM.fullmatch(text):
        return Target(text, is_listed=False)
    match = find_match(connection, text)
    if match.note:
        raise UsageError(
            f"{text!r} is not the id or the name of a model ({match.note})",
            hint="Give an id of the form organisation/name. `metaboard find TEXT` lists the ids.",
        )
    return Target(match.model_id, is_listed=True)


_BY_ID = "select model_id from models where lower(model_id) = lower($text)"
_BY_FORMER_ID = "select new_id as model_id from model_moves where lower(old_id) = lower($text)"
_BY_RAW_NAME = "select distinct model_id from aliases where lower(raw_name) = lower($text) order by model_id"


def _has_moves(connection: Connection) -> bool:
    return bool(fetch_rows(connection, "select 1 from duckdb_tables() where table_name = 'model_moves'"))


def model_of(connection: Connection, raw_name: str) -> str:
    """Return the model id of a raw name; of several, that of the most leaderboards."""
    sql = """
    select model_id from aliases where raw_name = $raw_name
    group by model_id order by count(*) desc, model_id limit 1
    """
    return str(fetch_rows(connection, sql, {"raw_name": raw_name})[0]["model_id"])


def is_own_model(connection: Connection, raw_name: str, model_id: str) -> bool:
    """Return whether the model has its id from this name or from another spelling of it."""
    sql = "select 1 from aliases where raw_name = $raw_name and model_id = $model_id and rung = 'own' limit 1"
    return raw_name.lower() == model_id.lower() or bool(
        fetch_rows(connection, sql, {"raw_name": raw_name, "model_id": model_id})
    )


def own_id(connection: Connection, raw_name: str) -> str:
    """Return a free id for a raw name that becomes a model of its own, in the namespace of its model of today.

    Raises `UsageError` when a model already has that id.
    """
    namespace = model_of(connection, raw_name).rpartition("/")[0]
    name = re.sub(r"[^\w.]+", "-", re.sub(r"^[\w.-]+/", "", raw_name).lower()).strip("-.")
    model_id = f"{namespace}/{name}"
    if fetch_rows(connection, _BY_ID, {"text": model_id}):
        raise UsageError(
            f"the id {model_id} is taken by a model", hint=f"Give another: `metaboard review split {raw_name!r} ID`."
        )
    return model_id


def boards_of_both(connection: Connection, one: str, other: str) -> list[str]:
    """Return the leaderboards that list both models today."""
    sql = """
    select source from standings where model_id in ($one, $other)
    group by source having count(distinct model_id) = 2 order by source
    """
    return [str(row["source"]) for row in fetch_rows(connection, sql, {"one": one, "other": other})]
