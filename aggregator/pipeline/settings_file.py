"""Change `HOME/settings.toml` by one command; the rest of the file stays as it is, comments included."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from aggregator.errors import UsageError
from aggregator.pipeline.settings import FILE, TABLE, load_settings
from aggregator.store.files import storage_errors, write_atomically


class Switch(StrEnum):
    """What a person changes about a leaderboard."""

    ON = "on"
    OFF = "off"
    RANK = "rank"
    UNRANK = "unrank"
    PUBLISH = "publish"
    WITHHOLD = "withhold"


LISTS: dict[Switch, tuple[str | None, str | None]] = {
    Switch.ON: ("on", "off"),
    Switch.OFF: ("off", "on"),
    Switch.RANK: ("in_rank", "out_of_rank"),
    Switch.UNRANK: ("out_of_rank", "in_rank"),
    Switch.PUBLISH: ("publish", None),
    Switch.WITHHOLD: (None, "publish"),
}
"""The list of the settings file that gets the id, and the list that loses it."""


def switch_boards(home: Path, switch: Switch, boards: Sequence[str]) -> Path:
    """Record `switch` for `boards` in the settings file and return its path.

    Raises `UsageError` for a file with an error, and `StorageError` when it cannot be read or written.
    """
    load_settings(home, environment={})
    path = home / FILE
    with storage_errors(f"read {path}"):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as cause:
        raise UsageError(f"{path} is not TOML: {cause}", hint="Nothing was changed. Correct the file.") from cause
    table: Any = document.setdefault(TABLE, tomlkit.table())
    gains, loses = LISTS[switch]
    for board in boards:
        _add(table, gains, board)
        _remove(table, loses, board)
    with storage_errors(f"write {path}"):
        write_atomically(path, tomlkit.dumps(document).encode())
    return path


def _add(table: Any, name: str | None, board: str) -> None:  # noqa: ANN401 - tomlkit's containers have no common type
    if name is not None and board not in table.setdefault(name, tomlkit.array()):
        table[name].append(board)


def _remove(table: Any, name: str | None, board: str) -> None:  # noqa: ANN401 - as above
    while name is not None and board in table.get(name, ()):
        table[name].remove(board)
