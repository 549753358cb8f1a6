"""`metaboard review`: list the names that need a review, and record decisions."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aggregator.errors import UsageError
from aggregator.query import queries, reviews
from aggregator.query.queries import Row
from metaboard import columns
from metaboard.display import print_json, print_message, print_table
from metaboard.options import AliasesOption, CountOption, HomeOption, JsonOption


class Verb(StrEnum):
    """What a person does with a name."""

    LIST = "list"
    ACCEPT = "accept"
    REJECT = "reject"
    SPLIT = "split"
    MERGE = "merge"
    POSTPONE = "postpone"
    UNDO = "undo"


ARGUMENTS = {
    Verb.ACCEPT: (2, 2, "a NAME and an ID"),
    Verb.REJECT: (2, 2, "a NAME and an ID"),
    Verb.SPLIT: (1, 2, "a NAME, and possibly an ID for it"),
    Verb.MERGE: (2, 2, "the ID that stays and the ID that moves to it"),
    Verb.POSTPONE: (1, 1, "a NAME and no ID"),
    Verb.UNDO: (1, 1, "a NAME and no ID"),
}
"""The least and the greatest number of arguments of each verb, and what they are."""

UNRESOLVED = (
    columns.number_column("gain", priority=85),
    columns.text_column("raw_name", "name", priority=100, can_wrap=True, min_width=20),
    columns.text_column("candidates", priority=90, can_wrap=True, min_width=20),
    columns.text_column("reason", priority=80, can_wrap=True, min_width=20),
    columns.text_column("state", priority=75),
    columns.text_column("sources", "leaderboards", priority=70, can_wrap=True, min_width=12),
    columns.number_column("best_rank", "best rank", priority=60),
)


def review(
    verb: Annotated[
        Verb,
        typer.Argument(
            metavar="[list|accept|reject|split|merge|postpone|undo]",
            help="`list` (the default) shows the names that need a review; `accept`: the name is the model ID; "
            "`reject`: it is not; `split`: it is a model of its own; `merge`: the second ID is the first one from now "
            "on; `postpone`: leave it open; `undo`: remove your decisions about the name.",
        ),
    ] = Verb.LIST,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The raw name; for `merge` the ID that stays.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="The model id, also of a repository that no leaderboard has; for `merge` the ID that moves.",
        ),
    ] = None,
    *,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="The reason, as a sentence that another person can check.")
    ] = "",
    others: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="NAME", help="With `split`: a name that must never be on one model with NAME."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="With `list`: also the postponed names.")] = False,
    limit: CountOption = 20,
    aliases: AliasesOption,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List the names that need a review, or record your decision about one name; the next refresh applies it."""
    if verb is Verb.LIST:
        _list_unresolved(home, aliases, limit, everything=everything, as_json=as_json)
        return
    given = [text for text in (name, model) if text is not None]
    least, most, what = ARGUMENTS[verb]
    if not least <= len(given) <= most or (others and verb is not Verb.SPLIT):
        raise UsageError(f"{verb.value} needs {what}", hint="See the examples in `metaboard review --help`.")
    # Identity reads its curated files at import; the other commands start faster without it.
    from metaboard import review_file  # noqa: PLC0415 - for the reason above

    if verb is Verb.UNDO:
        written = review_file.undo(given[0], aliases)
    else:
        written = review_file.decide(verb.value, given, tuple(others or ()), reason=reason, aliases=aliases, home=home)
    if as_json:
        print_json(written)
    else:
        _print_written(written)


def _list_unresolved(home: Path, aliases: Path, limit: int, *, everything: bool, as_json: bool) -> None:
    with queries.open_current(home) as connection:
        found = reviews.list_unresolved(connection)
    if found and aliases.is_file():
        from metaboard import review_file  # noqa: PLC0415 - as in `review`

        found = review_file.still_open(found, aliases)
    shown = [row for row in found if everything or row["state"] != "postponed"]
    if as_json:
        print_json(shown[:limit])
        return
    if shown:
        print_table(UNRESOLVED, shown[:limit])
    postponed = sum(row["state"] == "postponed" for row in found)
    variants = sum(row["state"] == "variant" for row in found)
    print_message(
        f"{len(found) - postponed - variants} open, {variants} variants, {postponed} postponed."
        if found
        else "No name needs a review."
    )


def _print_written(written: Row) -> None:
    for key in ("replaced", "removed", "notes"):
        for text in _texts(written.get(key)):
            print_message(f"{key}: {text}")
    for change in _rows(written.get("changes")):
        print_message(f"{change['raw_name']} on {change['source']}: {change['old_id']} becomes {change['new_id']}")
    print_message(f"Wrote {written['file']}. The next `metaboard refresh` applies it.")


def _texts(value: object) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else []


def _rows(value: object) -> list[Row]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
