"""Commands about names: resolve, review, evaluate-identity."""

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.errors import UsageError
from aggregator.query import queries, search
from aggregator.query.queries import Row
from metaboard import columns
from metaboard.display import heading, output, plain, print_json, print_message, print_table
from metaboard.options import AliasesOption, CountOption, HomeOption, JsonOption

if TYPE_CHECKING:
    import polars as pl

    from aggregator.identity.review import Explanation


class Verdict(StrEnum):
    """What a person may decide about a name."""

    ACCEPT = "accept"
    REJECT = "reject"
    POSTPONE = "postpone"


def resolve(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Names as a leaderboard spells them, in any case.")
    ],
    *,
    aliases: AliasesOption,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Explain which model each name is: the rule that placed it, the parts compared, and the runners-up."""
    # Identity reads its curated files and its parser when it is imported; reading commands start without it.
    from aggregator.identity import load_rules  # noqa: PLC0415 - for the reason above
    from aggregator.identity.review import explain  # noqa: PLC0415 - as above

    known, rules = _aliases(home), load_rules(aliases)
    found = [explanation for name in names for explanation in explain(name, known, rules)]
    if as_json:
        print_json([asdict(explanation) | {"parts": explanation.parts._asdict()} for explanation in found])
        return
    for explanation in found:
        _explain(explanation)


def _explain(found: "Explanation") -> None:
    console = output()
    heading(f"{found.raw_name} ({found.source})")
    console.print(plain(f" is {found.model_id}, by the rung {found.rung}, confidence {found.confidence:.2f}"))
    console.print(plain(f" because {found.evidence}"))
    parts = {name: columns.text(part) for name, part in found.parts._asdict().items()}
    console.print(
        plain(" read as " + ", ".join(f"{name} {part}" for name, part in parts.items() if part not in ("", "no")))
    )
    for candidate in found.candidates:
        console.print(plain(f" not {candidate.model_id}: {'; '.join(candidate.differences)}"))


def review(
    verdict: Annotated[
        Verdict | None, typer.Argument(metavar="[accept|reject|postpone]", help="What you decide; the list without it.")
    ] = None,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The name that it is about.")] = None,
    model: Annotated[str | None, typer.Argument(metavar="[ID]", help="The model that the name is, or is not.")] = None,
    *,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why, in a sentence that the next person can check.")
    ] = "",
    limit: CountOption = 20,
    aliases: AliasesOption,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List names that might belong to another model, most important first; or write down what you decided about one."""
    if verdict is None:
        _list_unresolved(home, limit, as_json=as_json)
        return
    if name is None or (model is None) != (verdict is Verdict.POSTPONE):
        raise UsageError(
            f"{verdict.value} needs a NAME and {'no' if verdict is Verdict.POSTPONE else 'an'} ID",
            hint="`metaboard review --help` has examples.",
        )
    written = _decide(verdict, name, model, reason=reason, aliases=aliases, home=home)
    if as_json:
        print_json(written)
    else:
        print_message(f"{written['verdict']}: {name} {written['model'] or ''}")
        print_message(f"written to {aliases}")


def _list_unresolved(home: Path, limit: int, *, as_json: bool) -> None:
    with queries.opened(home) as connection:
        found = queries.unresolved(connection, limit)
    if as_json:
        print_json(found)
    elif found:
        print_table(columns.UNRESOLVED, found)
    else:
        print_message("No name waits for a decision.")


def _decide(verdict: Verdict, name: str, model: str | None, *, reason: str, aliases: Path, home: Path) -> Row:
    """Add one decision to the user's file, or leave it as it is and raise."""
    from aggregator.identity import load_rules  # noqa: PLC0415 - as above
    from aggregator.identity.review import Decision, with_decision  # noqa: PLC0415 - as above
    from aggregator.store.files import write_atomically  # noqa: PLC0415 - as above

    with queries.opened(home) as connection:
        if not queries.is_name(connection, name):
            raise UsageError(
                f"no leaderboard uses the name {name!r}", hint="`metaboard review` lists names as they are spelled."
            )
        model_id = search.model_named(connection, model) if model else ""
    decision = Decision(name, verdict.value, model_id, reason, datetime.now(UTC).date())
    before = aliases.read_text(encoding="utf-8") if aliases.exists() else ""
    after = with_decision(before, decision, load_rules())
    aliases.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(aliases, after.encode())
    return asdict(decision) | {"file": str(aliases)}


def evaluate_identity(
    *,
    gold: Annotated[Path, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Labels, tab-separated.")],
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Measure how well names were placed, against labels that a person made."""
    from aggregator.identity.quality import evaluate  # noqa: PLC0415 - as above

    found = evaluate(_aliases(home), gold).to_dicts()
    if as_json:
        print_json(found)
    else:
        print_table(columns.QUALITY, found, section="class")


def _aliases(home: Path) -> "pl.DataFrame":
    with queries.opened(home) as connection:
        return connection.sql("from aliases").pl()
