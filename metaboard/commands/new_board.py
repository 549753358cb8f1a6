"""`metaboard new-board`: write the file of a new leaderboard from a sample of its data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.model import Track
from aggregator.query.queries import Row
from aggregator.text import counted
from metaboard import columns
from metaboard.display import print_json, print_message, print_table
from metaboard.options import JsonOption
from metaboard.progress import show_progress

if TYPE_CHECKING:
    from aggregator.pipeline.new_board import NewBoard

MEANINGS = (
    columns.text_column("column", priority=100, can_wrap=True),
    columns.text_column("meaning", priority=95, can_wrap=True),
    columns.text_column("range", priority=90),
    columns.text_column("domain", priority=50),
)


def new_board(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The id: small letters, digits and _, such as my_board.")],
    *,
    url: Annotated[
        str,
        typer.Option(
            metavar="URL|FILE",
            help="The https:// address of the data: CSV, JSON, YAML, Markdown or Parquet; or a file.",
        ),
    ],
    sample: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A local file with the data of the address; nothing is fetched.")
    ] = None,
    to: Annotated[Path, typer.Option(metavar="DIR", help="The folder for the files.")] = Path(),
    title: Annotated[str, typer.Option(metavar="TEXT", help="The title; the default is the id in words.")] = "",
    track: Annotated[Track, typer.Option(help="The models that it evaluates.")] = Track.LLM,
    package: Annotated[
        bool,
        typer.Option("--package", help="Write a distribution: the module, pyproject.toml, and the sample as a mirror."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the file of a new leaderboard from its data, with the columns and their ranges guessed; then correct it."""
    # Query commands start faster without Polars and the sources.
    from aggregator.pipeline.new_board import BoardOptions  # noqa: PLC0415 - for the reason above
    from aggregator.pipeline.new_board import new_board as write  # noqa: PLC0415 - as above

    options = BoardOptions(name, url, to, sample, title, track, package)
    with show_progress(f"Reading {sample or url} …"):
        made = write(options)
    if as_json:
        print_json(build_document(made))
        return
    print_table(MEANINGS, list_meanings(made))
    _print_next_steps(made, name, package=package)


def build_document(made: "NewBoard") -> Row:
    """Return the JSON document of a new board."""
    return {
        "files": [str(path) for path in made.files],
        "url": made.address.url,
        "rows_read": made.parsed.rows_read,
        "rows_accepted": made.parsed.rows_accepted,
        "rows_quarantined": made.parsed.rows_quarantined,
        "rows_duplicate": made.parsed.rows_duplicate,
        "columns": list_meanings(made),
    }


def list_meanings(made: "NewBoard") -> list[Row]:
    """Return one row per column: its guessed meaning, and the range and domain of a score."""
    guess = made.guess
    rows: list[Row] = [{"column": guess.name, "meaning": "the model's name"}]
    scores = {score.column: "a benchmark" for score in guess.benchmarks}
    if guess.overall:
        scores[guess.overall.column] = "the overall score" + (
            ", also a benchmark" if guess.overall in guess.benchmarks else ""
        )
    for score in dict.fromkeys([*([guess.overall] if guess.overall else []), *guess.benchmarks]):
        ends = f"{score.low:g}–{score.high:g}{', open' if score.is_open else ''}"
        rows.append({"column": score.column, "meaning": scores[score.column], "range": ends, "domain": score.domain})
    rows += [{"column": column, "meaning": f"`{fact}` of the model"} for fact, column in guess.facts.items()]
    return rows + [{"column": column, "meaning": "not used"} for column in guess.ignored]


def _print_next_steps(made: "NewBoard", name: str, *, package: bool) -> None:
    from aggregator.pipeline.new_board import PLACEHOLDER  # noqa: PLC0415 - as above

    parsed = made.parsed
    print_message(
        f"{counted(parsed.rows_read, 'row')}: {parsed.rows_accepted} accepted, {parsed.rows_duplicate} duplicate, "
        f"{parsed.rows_quarantined} quarantined"
    )
    for path in made.files:
        print_message(f"wrote {path}", "bold")
    if made.guess.overall is None:
        print_message("No column is the overall score: the rank is by mean win rate over the benchmarks.")
    print_message(f"Check every guess above in {made.files[0]}. State the licence, the citation and the homepage.")
    if made.address.url.startswith(PLACEHOLDER):
        print_message(f"The address is unknown: replace {made.address.url}.")
    if package:
        folder = made.files[0].parent
        print_message(f"Then: pip install {folder} && metaboard refresh --mirror {folder / 'sample'} --home ./try")
    else:
        print_message(f"Then add `{name}.SOURCE` to BUILT_IN in aggregator/sources/__init__.py.")
