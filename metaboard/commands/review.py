"""`metaboard review`: list unresolved names and record reviews."""

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aggregator.errors import UsageError
from aggregator.query import queries, search
from aggregator.query.queries import Row
from metaboard import columns
from metaboard.display import print_json, print_message, print_table
from metaboard.options import AliasesOption, CountOption, HomeOption, JsonOption


class Verdict(StrEnum):
    """The decision of a review."""

    ACCEPT = "accept"
    REJECT = "reject"
    POSTPONE = "postpone"


UNRESOLVED = (
    columns.number_column("best_rank", "best rank", priority=80),
    columns.text_column("raw_name", "name", priority=100, can_wrap=True, min_width=20),
    columns.text_column("source", "leaderboard", priority=70),
    columns.text_column("reason", priority=60, can_wrap=True),
    columns.text_column("candidates", priority=90, can_wrap=True, min_width=20),
)


def review(
    verdict: Annotated[
        Verdict | None,
        typer.Argument(
            metavar="[accept|reject|postpone]", help="Your decision; without it, the unresolved names are listed."
        ),
    ] = None,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The raw name.")] = None,
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]", help="The model id that the name belongs to (accept) or does not belong to (reject)."
        ),
    ] = None,
    *,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="The reason, as a sentence that another person can check.")
    ] = "",
    limit: CountOption = 20,
    aliases: AliasesOption,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List unresolved names, the best ranked first, or record your review of one name."""
    if verdict is None:
        _list_unresolved(home, limit, as_json=as_json)
        return
    if name is None or (model is None) != (verdict is Verdict.POSTPONE):
        raise UsageError(
            f"{verdict.value} needs a NAME and {'no' if verdict is Verdict.POSTPONE else 'an'} ID",
            hint="See the examples in `metaboard review --help`.",
        )
    written = _write_decision(verdict, name, model, reason=reason, aliases=aliases, home=home)
    if as_json:
        print_json(written)
    else:
        print_message(f"{written['verdict']}: {name} {written['model'] or ''}")
        print_message(f"Wrote {aliases}.")


def _list_unresolved(home: Path, limit: int, *, as_json: bool) -> None:
    with queries.open_current(home) as connection:
        found = queries.list_unresolved(connection, limit)
    if as_json:
        print_json(found)
    elif found:
        print_table(UNRESOLVED, found)
    else:
        print_message("No name needs a review.")


def _write_decision(verdict: Verdict, name: str, model: str | None, *, reason: str, aliases: Path, home: Path) -> Row:
    """Add one decision to the user's file. After an error, the file is unchanged."""
    from aggregator.identity import load_rules  # noqa: PLC0415 - query commands start faster without it
    from aggregator.identity.review import Decision, with_decision  # noqa: PLC0415 - as above
    from aggregator.store.files import write_atomically  # noqa: PLC0415 - as above

    with queries.open_current(home) as connection:
        if not queries.is_raw_name(connection, name):
            raise UsageError(f"no leaderboard uses the name {name!r}", hint="Copy the name from `metaboard review`.")
        model_id = search.find_model_id(connection, model) if model else ""
    decision = Decision(name, verdict.value, model_id, reason, datetime.now(UTC).date())
    before = aliases.read_text(encoding="utf-8") if aliases.exists() else ""
    after = with_decision(before, decision, load_rules())
    aliases.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(aliases, after.encode())
    return asdict(decision) | {"file": str(aliases)}
