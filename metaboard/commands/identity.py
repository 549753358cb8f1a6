"""`metaboard resolve` and `metaboard evaluate-identity`: explain and measure model identity."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.query import queries
from metaboard import columns
from metaboard.display import (
    format_interval,
    plain_text,
    print_heading,
    print_json,
    print_table,
    result_console,
)
from metaboard.options import AliasesOption, HomeOption, JsonOption

if TYPE_CHECKING:
    import polars as pl

    from aggregator.identity.review import Explanation


QUALITY = (
    columns.text_column("part", priority=90),
    columns.text_column("class", priority=95),
    columns.text_column("measure", priority=100),
    columns.right_column("value", lambda row: format_interval(row["value"], row["low"], row["high"]), priority=100),
    columns.number_column("right", priority=60),
    columns.number_column("decided", priority=70),
)


def resolve(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...", help="Raw names, as a leaderboard spells them; upper and lower case are equal."
        ),
    ],
    *,
    aliases: AliasesOption,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Explain which model each name belongs to: the match rule, the evidence, the parts of the name, and other candidates."""
    # Identity reads its curated files at import; query commands start faster without it.
    from aggregator.identity import load_rules  # noqa: PLC0415 - for the reason above
    from aggregator.identity.review import explain  # noqa: PLC0415 - as above

    known, rules = _read_aliases(home), load_rules(aliases)
    found = [explanation for name in names for explanation in explain(name, known, rules)]
    if as_json:
        print_json([asdict(explanation) | {"parts": explanation.parts._asdict()} for explanation in found])
        return
    for explanation in found:
        _print_explanation(explanation)


def _print_explanation(found: "Explanation") -> None:
    console = result_console()
    print_heading(f"{found.raw_name} ({found.source})")
    console.print(plain_text(f" model {found.model_id}, match rule {found.rung}, confidence {found.confidence:.2f}"))
    console.print(plain_text(f" because {found.evidence}"))
    parts = {name: columns.format_value(part) for name, part in found.parts._asdict().items()}
    console.print(
        plain_text(" parts: " + ", ".join(f"{name} {part}" for name, part in parts.items() if part not in ("", "no")))
    )
    for candidate in found.candidates:
        console.print(plain_text(f" not {candidate.model_id}: {'; '.join(candidate.differences)}"))


def evaluate_identity(
    *,
    gold: Annotated[
        Path, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Labels as tab-separated values.")
    ],
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Measure precision and recall of the name matches against labels made by people."""
    from aggregator.identity.quality import evaluate  # noqa: PLC0415 - as above

    found = evaluate(_read_aliases(home), gold).to_dicts()
    if as_json:
        print_json(found)
    else:
        print_table(QUALITY, found, section="class")


def _read_aliases(home: Path) -> "pl.DataFrame":
    with queries.open_current(home) as connection:
        return connection.sql("from aliases").pl()
