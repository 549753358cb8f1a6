"""Build the Typer app of `metaboard`, run one command, and print its error."""

import sys
from collections.abc import Sequence
from io import TextIOWrapper

import typer

from aggregator.errors import MetaboardError
from aggregator.query.search import UnresolvedModelError
from metaboard import columns
from metaboard.command_table import COMMANDS, Command
from metaboard.display import message_console, print_json, print_message, print_table
from metaboard.exit_codes import MEANING, exit_code

HELP = "One rank table from every leaderboard: Open LLM, Chatbot Arena and MTEB, joined by model in one DuckDB file."

SHOWN_CANDIDATES = 10
"""How many candidates an error lists for an ambiguous model name."""
CANDIDATES = (
    columns.text_column("model_id", priority=100, can_wrap=True),
    columns.text_column("track", priority=50),
    columns.interval_column("rank", priority=80),
    columns.BOARDS,
)


def make_app(commands: Sequence[Command] = COMMANDS) -> typer.Typer:
    """Return the app with all commands; its help lists the exit codes."""
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
    for command in commands:
        examples = "\n".join(f"$ {example}" for example in command.examples)
        epilog = f"Examples:\n{examples}"
        app.command(command.name or None, rich_help_panel=command.panel, epilog=epilog)(command.run)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; print an error to standard error, and as JSON with `--json`."""
    try:
        make_app()(list(arguments), prog_name="metaboard")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except MetaboardError as error:
        print_error(error, as_json="--json" in arguments)
        return exit_code(error)
    return 0


def print_error(error: MetaboardError, *, as_json: bool) -> None:
    """Print what happened, the candidates of an ambiguous name, and the next step."""
    candidates = error.candidates if isinstance(error, UnresolvedModelError) else []
    print_message(f"Error: {error.args[0]}", "bold red")
    if candidates:
        print_table(CANDIDATES, candidates[:SHOWN_CANDIDATES], console=message_console())
    if error.hint:
        print_message(error.hint)
    if as_json:
        print_json(
            {"error": type(error).__name__, "message": str(error.args[0]), "hint": error.hint, "candidates": candidates}
        )


def main() -> None:
    """Run the command line; a character that the terminal's encoding lacks is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))
