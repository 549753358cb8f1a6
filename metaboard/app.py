"""The terminal door: `metaboard …`."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import TextIOWrapper

import typer

from aggregator.errors import MetaboardError
from aggregator.query.search import UnclearModel
from metaboard import columns
from metaboard.commands import (
    calibrate,
    compare,
    discover,
    enrich,
    generations,
    history,
    identity,
    publish,
    read,
    refresh,
    serve,
    show,
    site,
    status,
)
from metaboard.display import messages, print_json, print_message, print_table
from metaboard.exit_codes import MEANING, exit_code

HELP = "One rank table from every leaderboard: Open LLM, Chatbot Arena and MTEB, joined by model in one DuckDB file."

SHOWN_CANDIDATES = 10


@dataclass(frozen=True)
class Entry:
    """A command: what it runs, under which heading it is listed, and examples that teach it."""

    run: Callable[..., None]
    panel: str
    examples: tuple[str, ...]
    name: str = ""


LOOK, TOGETHER, NAMES, KEEP = "Look", "What the leaderboards say together", "Names", "Refresh and keep"
ENTRIES = (
    Entry(
        read.top,
        LOOK,
        (
            "metaboard top",
            "metaboard top -n 10 --track embedding",
            "metaboard top --open-weights --max-params 9 --license apache",
            "metaboard top --pretrained --json",
            "metaboard top --board arena_text_style_control",
        ),
    ),
    Entry(show.show, LOOK, ("metaboard show Qwen/Qwen2.5-72B-Instruct", "metaboard show qwen2.5-72b-instruct --json")),
    Entry(compare.compare, LOOK, ("metaboard compare Qwen/Qwen2.5-72B-Instruct meta-llama/Llama-3.1-70B-Instruct",)),
    Entry(read.find, LOOK, ("metaboard find 'llama 3.1 70b'",)),
    Entry(
        read.sql,
        LOOK,
        (
            "metaboard sql 'show tables'",
            "metaboard sql 'describe leaderboard'",
            "metaboard sql 'select name, rank from top(5)' --csv",
        ),
    ),
    Entry(read.sources, LOOK, ("metaboard sources", "metaboard sources --json")),
    Entry(history.changes, LOOK, ("metaboard changes", "metaboard changes --json")),
    Entry(identity.resolve, NAMES, ("metaboard resolve gemini-3-pro qwen2.5-72b-instruct",)),
    Entry(
        identity.review,
        NAMES,
        (
            "metaboard review",
            "metaboard review accept NAME ID --reason 'the vendor says so on the model card'",
            "metaboard review reject NAME ID --reason 'another checkpoint of the same line'",
            "metaboard review postpone NAME --reason 'nobody says which date it is'",
        ),
    ),
    Entry(
        identity.evaluate_identity,
        NAMES,
        ("metaboard evaluate-identity --gold labels.tsv",),
        name="evaluate-identity",
    ),
    Entry(discover.families, TOGETHER, ("metaboard families", "metaboard families -n 5 --json")),
    Entry(discover.organizations, TOGETHER, ("metaboard organizations",)),
    Entry(discover.agreement, TOGETHER, ("metaboard agreement", "metaboard agreement --grain date")),
    Entry(discover.estimates, TOGETHER, ("metaboard estimates",)),
    Entry(discover.gems, TOGETHER, ("metaboard gems",)),
    Entry(discover.outliers, TOGETHER, ("metaboard outliers -n 50",)),
    Entry(
        refresh.refresh,
        KEEP,
        (
            "metaboard refresh",
            "metaboard refresh --sample --direct",
            "metaboard refresh --mirror ./mirror --home ./data",
            "metaboard refresh --replay --force",
        ),
    ),
    Entry(
        serve.serve,
        KEEP,
        ("metaboard serve", "metaboard serve --cron '30 4 * * *' --home ./data", "metaboard serve --paused"),
    ),
    Entry(
        status.status, KEEP, ("metaboard status", "metaboard status --json", "metaboard status --stale-after 14 --tell")
    ),
    Entry(history.backfill, KEEP, ("metaboard backfill", "metaboard backfill --again")),
    Entry(
        enrich.enrich,
        KEEP,
        ("metaboard enrich", "metaboard enrich --limit 400 --json", "metaboard enrich --max-age-days 7"),
    ),
    Entry(calibrate.calibrate, KEEP, ("metaboard calibrate", "metaboard calibrate --draws 1000 --to ./calibrations")),
    Entry(refresh.doctor, KEEP, ("metaboard doctor",)),
    Entry(generations.generations, KEEP, ("metaboard generations",)),
    Entry(generations.rollback, KEEP, ("metaboard rollback 000007-1a2b3c4d",)),
    Entry(
        site.site,
        KEEP,
        ("metaboard site --to ./site --open", "metaboard site --to ./site --console web/console"),
    ),
    Entry(
        publish.publish,
        KEEP,
        (
            "metaboard publish --to ./dataset",
            "metaboard publish --to hf://datasets/ORG/NAME --dry-run",
            "metaboard publish --to hf://datasets/ORG/NAME --withhold open_llm_v2 --withhold open_llm_v1",
        ),
    ),
    Entry(
        publish.pull,
        KEEP,
        (
            "metaboard pull --from hf://datasets/ORG/NAME",
            "metaboard pull 2026-10-02 --from hf://datasets/ORG/NAME --home ./then",
        ),
    ),
    Entry(
        publish.verify,
        KEEP,
        (
            "metaboard verify",
            "metaboard verify ./data/generations/000007-1a2b3c4d",
            "metaboard verify ./dataset --since 2026-11-01",
            "metaboard verify 2026-10-02 --from hf://datasets/ORG/NAME",
        ),
    ),
    Entry(generations.version, KEEP, ("metaboard version",)),
)


def make_app(entries: Sequence[Entry] = ENTRIES) -> typer.Typer:
    """Return the app with all commands; its help names the exit codes."""
    codes = "\n".join(f"{code.value}: {meaning}" for code, meaning in MEANING.items())
    app = typer.Typer(
        name="metaboard",
        help=HELP,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=f"Exit codes:\n{codes}",
    )
    for entry in entries:
        examples = "\n".join(f"$ {example}" for example in entry.examples)
        app.command(entry.name or None, rich_help_panel=entry.panel, epilog=f"Examples:\n{examples}")(entry.run)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; an error is told on standard error, and as JSON where that was asked for."""
    try:
        make_app()(list(arguments), prog_name="metaboard")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except MetaboardError as error:
        tell(error, as_json="--json" in arguments)
        return exit_code(error)
    return 0


def tell(error: MetaboardError, *, as_json: bool) -> None:
    """Say what happened and what to do next."""
    candidates = error.candidates if isinstance(error, UnclearModel) else []
    print_message(f"Error: {error.args[0]}", "bold red")
    if candidates:
        print_table(columns.CANDIDATES, candidates[:SHOWN_CANDIDATES], console=messages())
    if error.hint:
        print_message(error.hint)
    if as_json:
        print_json(
            {"error": type(error).__name__, "message": str(error.args[0]), "hint": error.hint, "candidates": candidates}
        )


def main() -> None:
    """Run the command line that was typed; what the terminal's encoding lacks is written as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))
