"""Write the decisions of `metaboard review` to the user's file, after a trial of what each would change."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from aggregator import schema
from aggregator.errors import UsageError
from aggregator.identity import Decision, Rules, lint, load_rules, replaced_rows, with_decision, without_decisions
from aggregator.identity.curated_files import merge_rules, read_rules
from aggregator.identity.effects import changes_of
from aggregator.identity.review import open_names
from aggregator.query import queries, reviews
from aggregator.query.identity_inputs import load_inputs
from aggregator.query.queries import Connection, Row
from aggregator.store.files import write_atomically

MAX_CHANGES = 50
"""Changes of other names that are reported; a merge of a family with many names has more."""


def decide(
    verb: str, given: Sequence[str], others: Sequence[str], *, reason: str, aliases: Path, home: Path
) -> dict[str, object]:
    """Add one decision to the user's file and return what it changes. After an error, the file is unchanged.

    Raises `UsageError` when the decision would have no effect, and `IdentityError` when it contradicts another one.
    """
    before = _read(aliases)
    with queries.open_current(home) as connection:
        decision, notes = _decision(connection, verb, given, others, reason)
        after = with_decision(before, decision, load_rules())
        rules = (_rules(before), _rules(after))
        changes = changes_of(decision, load_inputs(connection, home), *rules) if verb != "postpone" else None
    replaced = replaced_rows(before, decision)
    _write(aliases, after)
    return asdict(decision) | {
        "file": str(aliases),
        "replaced": replaced,
        "notes": notes,
        "changes": [] if changes is None else changes.head(MAX_CHANGES).to_dicts(),
    }


def undo(name: str, aliases: Path) -> dict[str, object]:
    """Remove the rows of the user's file about `name` and return them; raises `UsageError` when there is none."""
    text, removed = without_decisions(_read(aliases), name)
    if not removed:
        raise UsageError(f"no row of {aliases} is about {name!r}", hint="Shipped rows are replaced by `review accept`.")
    lint(_rules(text))
    _write(aliases, text)
    return {"name": name, "verdict": "undo", "file": str(aliases), "removed": removed}


def still_open(rows: Sequence[Mapping[str, object]], aliases: Path) -> list[Row]:
    """Return the rows of `unresolved` that the decisions since the last refresh leave open, in the same order."""
    columns = schema.UNRESOLVED | {"gain": pl.Int64()}
    listed = pl.DataFrame([{column: row[column] for column in columns} for row in rows], schema=columns)
    left = open_names(listed, load_rules(aliases)).to_dicts()
    return [
        *(row for row in left if row["state"] != "postponed"),
        *(row for row in left if row["state"] == "postponed"),
    ]


def _decision(
    connection: Connection, verb: str, given: Sequence[str], others: Sequence[str], reason: str
) -> tuple[Decision, list[str]]:
    """Return the decision with names and ids as leaderboards spell them, and notes for the person."""
    on = datetime.now(UTC).date()
    if verb == "merge":
        kept, moved = (reviews.find_target(connection, text) for text in given)
        if not moved.is_listed:
            raise UsageError(f"no leaderboard has the model {moved.model_id}", hint="The second ID moves to the first.")
        notes = _notes(connection, kept, moved.model_id)
        return Decision(moved.model_id, verb, kept.model_id, reason, on), notes
    name = reviews.find_raw_name(connection, given[0])
    if verb == "postpone":
        return Decision(name, verb, "", reason, on), []
    if verb == "split":
        model_id = given[1] if len(given) > 1 else reviews.own_id(connection, name)
        known = [reviews.find_raw_name(connection, other) for other in others]
        return Decision(name, verb, model_id, reason, on, tuple(known)), []
    target = reviews.find_target(connection, given[1])
    if verb == "reject" and reviews.is_own_model(connection, name, target.model_id):
        raise UsageError(
            f"the model {target.model_id} has its id from the name {name!r}",
            hint=f"`metaboard review split {name!r} ID` gives this spelling a model of its own.",
        )
    notes = _notes(connection, target, reviews.model_of(connection, name)) if verb == "accept" else []
    return Decision(name, verb, target.model_id, reason, on), notes


def _notes(connection: Connection, target: reviews.Target, other: str) -> list[str]:
    if not target.is_listed:
        page = f"https://huggingface.co/{target.model_id}"
        return [f"no leaderboard has {target.model_id}; check the spelling at {page}"]
    both = reviews.boards_of_both(connection, target.model_id, other)
    return [f"{source} lists both; of two scores of one benchmark the better one is used" for source in both]


def _rules(text: str) -> Rules:
    return merge_rules(load_rules(), read_rules(text))


def _read(aliases: Path) -> str:
    return aliases.read_text(encoding="utf-8") if aliases.exists() else ""


def _write(aliases: Path, text: str) -> None:
    aliases.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(aliases, text.encode())
