"""Write `docs/cli.md` from the commands themselves: `make docs`."""

from pathlib import Path

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from metaboard.app import ENTRIES, Entry, make_app
from metaboard.exit_codes import MEANING

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"

INTRODUCTION = """\
# The command line

Written by `make docs` from the commands themselves; change their help, not this page.

Results go to standard output; messages and progress go to standard error. Tables drop their least important columns
on a narrow terminal; in a pipe they are laid out for 80 columns, and names are never cut.

Every command that ends takes `--json`. It prints one JSON document and nothing else on standard output: a list of objects where
the command lists things, one object otherwise. Keys are the columns of the tables in the DuckDB file, numbers are
numbers, dates are ISO 8601, times are UTC, and what is unknown is `null`. When the command fails, the document is
`{"error", "message", "hint", "candidates"}`; only where the command line itself cannot be read is standard output empty.

The data live in `--home DIR`, else in `$METABOARD_HOME`, else in the user's data directory. What each column means is
written in the file: `metaboard sql 'describe leaderboard'` names them, and every client shows their comments.

## Exit codes

| code | meaning |
|---:|---|
"""


def page() -> str:
    """Return the text of the page."""
    codes = "".join(f"| {code.value} | {meaning} |\n" for code, meaning in MEANING.items())
    group = get_command(make_app())
    every = group.commands.values() if isinstance(group, TyperGroup) else [group]
    commands = [command for command in every if isinstance(command, TyperCommand)]
    sections = [_section(entry, command) for entry, command in zip(ENTRIES, commands, strict=True)]
    return INTRODUCTION + codes + "".join(sections)


def _section(entry: Entry, command: TyperCommand) -> str:
    arguments = [given for given in command.params if isinstance(given, TyperArgument)]
    options = [given for given in command.params if isinstance(given, TyperOption)]
    usage = " ".join(["metaboard", str(command.name), *(_metavar(argument) for argument in arguments), "[OPTIONS]"])
    lines = [(_metavar(argument), argument.help) for argument in arguments]
    lines += [(", ".join([*option.opts[:-1], _with_value(option)]), option.help) for option in options]
    table = "".join(f"| `{names.replace('|', '&#124;')}` | {meaning or ''} |\n" for names, meaning in lines)
    examples = "\n".join(entry.examples)
    return f"\n## {command.name}\n\n{command.help}\n\n```sh\n{examples}\n```\n\n`{usage}`\n\n| | |\n|---|---|\n{table}"


def _metavar(argument: TyperArgument) -> str:
    return argument.metavar or str(argument.name).upper()


def _with_value(option: TyperOption) -> str:
    if option.is_flag:
        return option.opts[-1]
    return f"{option.opts[-1]} {option.metavar}"


def main() -> None:
    """Write the page and say so."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
