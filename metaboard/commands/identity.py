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
    from aggregator.identity.explain import Explanation


QUALITY = (
    columns.text_column("board", priority=92),
    columns.text_column("part", priority=90),
    columns.text_column("class", priority=95),
    columns.text_column("method", priority=94),
    columns.text_column("measure", priority=100),
    columns.right_column("value", lambda row: format_interval(row["value"], row["low"], row["high"]), priority=100),
    columns.number_column("right", priority=60),
    columns.number_column("decided", priority=70),
)


def resolve(
    names: Annotated[
        list[str],
        typer.Argument(metavar="TEXT...", help="Raw names, or any text as a leaderboard might spell a model."),
    ],
    *,
    source: Annotated[
        str | None, typer.Option(metavar="ID", help="Explain the text as a new name of this leaderboard.")
    ] = None,
    organization: Annotated[
        str | None, typer.Option(metavar="NAME", help="The organisation that the leaderboard would state.")
    ] = None,
    license_: Annotated[
        str | None, typer.Option("--license", metavar="NAME", help="The license that the leaderboard would state.")
    ] = None,
    aliases: AliasesOption,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Explain which model each text belongs to: every match rule in its order, the parts of the name, similar models.

    A name that leaderboards have is explained as it is in the current generation; any other text, and every text with
    --source, --organization or --license, as if the next refresh found it as a new name.
    """
    # Identity reads its curated files at import; query commands start faster without it.
    from metaboard.explanations import explain_texts  # noqa: PLC0415 - for the reason above

    found = explain_texts(names, home, aliases, source=source, organization=organization, license_=license_)
    if as_json:
        print_json([asdict(explanation) | {"parts": explanation.parts._asdict()} for explanation in found])
        return
    for explanation in found:
        _print_explanation(explanation)


def _print_explanation(found: "Explanation") -> None:
    where = found.source if found.is_listed else f"no leaderboard has it; as a new name of {found.source}"
    print_heading(f"{found.raw_name} ({where})")
    parts = {name: columns.format_value(part) for name, part in found.parts._asdict().items()}
    settings = {name: columns.format_value(value) for name, value in found.release.items() if value is not None}
    lines = [
        f"model {found.model_id}, match rule {found.rung}, confidence {found.confidence:.2f}",
        f"because {found.evidence}",
        "parts: " + ", ".join(f"{name} {part}" for name, part in parts.items() if part not in ("", "no")),
        *([f"publisher: {found.publisher}"] if found.publisher else []),
        *(f"rule {step.rule}: {'yes' if step.matches else 'no'}, {step.why}" for step in found.steps),
        *([", ".join(f"{name} {value}" for name, value in settings.items())] if settings else []),
        f"typed in show or find: {found.typed}",
        *(f"not {candidate.model_id}: {'; '.join(candidate.differences)}" for candidate in found.candidates),
    ]
    for line in lines:
        result_console().print(plain_text(f" {line}"))


def evaluate_identity(
    *,
    gold: Annotated[
        Path, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Labels as tab-separated values.")
    ],
    aliases: AliasesOption,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Measure precision and recall of the name matches against labels made by people, per board and class of names."""
    from aggregator.identity import load_rules  # noqa: PLC0415 - as above
    from aggregator.identity.evaluation import Night, evaluate_file  # noqa: PLC0415 - as above
    from aggregator.query.identity_inputs import load_inputs  # noqa: PLC0415 - as above

    with queries.open_current(home) as connection:
        published = connection.sql("from aliases").pl(), connection.sql("from lineage").pl()
        night = Night(load_inputs(connection, home), *published)
    found = evaluate_file(night, load_rules(aliases), gold).to_dicts()
    if as_json:
        print_json(found)
    else:
        print_table(QUALITY, found, section="class")
