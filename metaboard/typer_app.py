"""Build the Typer app of `metaboard`, run one command, and print its error."""

import os
from collections.abc import Sequence
from contextlib import suppress

import typer

from aggregator.errors import MetaboardError, StorageError
from aggregator.query.search import UnresolvedModelError
from metaboard import columns, signals
from metaboard.command_table import COMMANDS, Command
from metaboard.display import message_console, print_json, print_message, print_table
from metaboard.exit_codes import MEANING, Exit, exit_code

HELP = "One rank table from every leaderboard: Open LLM, Chatbot Arena and MTEB, joined by model in one DuckDB file."
TRACEBACK = "METABOARD_TRACEBACK"
"""Environment variable: an error that has no type of its own is raised, with its traceback."""

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
    """Run one command and return its exit code; print an error to standard error, and as JSON with `--json`.

    Every exception becomes a message and an exit code. With the environment variable METABOARD_TRACEBACK, one that no
    command expects is raised instead.
    """
    try:
        make_app()(list(arguments), prog_name="metaboard")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
        return _interrupted() if code == Exit.INTERRUPTED or signals.received() else code
    except BaseException as cause:  # noqa: BLE001 - nothing may end in a traceback; `_as_error` raises what is no `Exception`
        if signals.is_interrupt(cause):
            return _interrupted()
        error = _as_error(cause)
        # When standard output is what cannot be written, the message on standard error remains.
        with suppress(OSError):
            print_error(error, as_json="--json" in arguments)
        return exit_code(error)
    return _interrupted() if signals.received() else 0


def _interrupted() -> int:
    code, sentence = signals.end()
    print_message(sentence)
    return code


def _as_error(cause: BaseException) -> MetaboardError:
    """Return the error to print for an exception; raises it again when it is to be shown with its traceback."""
    match cause:
        case MetaboardError():
            return cause
        case _ if os.environ.get(TRACEBACK) or not isinstance(cause, Exception):
            raise cause
        case OSError():
            where = f" ({cause.filename})" if cause.filename else ""
            return StorageError(
                f"a file cannot be read or written: {cause.strerror or cause}{where}",
                hint="Readers still have the previous generation. Check the path, its permissions and the free space, then run the command again.",
            )
        case MemoryError():
            return MetaboardError(
                "the memory is not enough for this command",
                hint="Readers still have the previous generation. Give the process more memory, then run the command again.",
            )
        case _:
            return MetaboardError(
                f"an unexpected {type(cause).__name__}: {cause}",
                hint="Readers still have the previous generation. This is a defect: please report it with the output of"
                f" the same command after `export {TRACEBACK}=1`. `metaboard verify` checks the current generation.",
            )


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
