"""Write `docs/cli.md` from the help texts of the commands: `make docs`."""

from pathlib import Path

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from metaboard.command_table import COMMANDS, Command
from metaboard.exit_codes import MEANING
from metaboard.typer_app import make_app

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"

INTRODUCTION = """\
# The command line

`make docs` writes this page from the help texts of the commands. To change it, change the help text.

Run a command as `metaboard COMMAND` or `python -m metaboard COMMAND`.

**Output.** Results go to standard output. Messages and progress go to standard error. On a narrow terminal, a table
drops its least important columns. In a pipe, the columns are chosen for 80 characters, and no text is cut.

**JSON.** Every command except `serve` has the option `--json`. It prints one JSON document and nothing else to
standard output: a list of objects for commands that list rows, one object for the others. Keys are the column names of
the DuckDB file. Numbers are JSON numbers, dates are ISO 8601, times are UTC, unknown values are `null`. When a command
fails, the document is `{"error", "message", "hint", "candidates"}`. When the arguments are invalid, standard output is
empty.

**Home directory.** The data are in `--home DIR`. The default is the environment variable `METABOARD_HOME`, then the
user's data directory.

**Columns.** `metaboard sql 'describe leaderboard'` lists the columns of a table. The [data dictionary](data-dictionary.md)
explains them.

## Exit codes

| code | meaning |
|---:|---|
"""


def build_page() -> str:
    """Return the text of the page."""
    codes = "".join(f"| {code.value} | {meaning} |\n" for code, meaning in MEANING.items())
    group = get_command(make_app())
    every = group.commands.values() if isinstance(group, TyperGroup) else [group]
    commands = [command for command in every if isinstance(command, TyperCommand)]
    sections = [_section(listed, command) for listed, command in zip(COMMANDS, commands, strict=True)]
    return INTRODUCTION + codes + "".join(sections)


def _section(listed: Command, command: TyperCommand) -> str:
    arguments = [given for given in command.params if isinstance(given, TyperArgument)]
    options = [given for given in command.params if isinstance(given, TyperOption)]
    usage = " ".join(["metaboard", str(command.name), *(_metavar(argument) for argument in arguments), "[OPTIONS]"])
    lines = [(_metavar(argument), argument.help) for argument in arguments]
    lines += [(", ".join([*option.opts[:-1], _with_value(option)]), option.help) for option in options]
    table = "".join(f"| `{names.replace('|', '&#124;')}` | {meaning or ''} |\n" for names, meaning in lines)
    examples = "\n".join(listed.examples)
    return f"\n## {command.name}\n\n{command.help}\n\n```sh\n{examples}\n```\n\n`{usage}`\n\n| | |\n|---|---|\n{table}"


def _metavar(argument: TyperArgument) -> str:
    return argument.metavar or str(argument.name).upper()


def _with_value(option: TyperOption) -> str:
    name = option.opts[-1]
    return name if option.is_flag else f"{name} {option.metavar or str(option.name).upper()}"


def main() -> None:
    """Write the page and print its name."""
    PAGE.write_text(build_page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
