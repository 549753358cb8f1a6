"""What a home directory keeps: the limits of `metaboard prune`, from options and from `HOME/settings.toml`.

::

    [keep]
    nightly = true       # whether every night ends with `metaboard prune`
    generations = 14
    days = 30
    size = "20 GB"
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aggregator.errors import UsageError
from aggregator.pipeline.settings import FILE, KEEP_TABLE
from aggregator.store.files import storage_errors
from aggregator.store.generations import KEPT_GENERATIONS

NIGHTLY_VARIABLE = "METABOARD_PRUNE"
UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
SIZE = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>[kmgt]?)b?", re.IGNORECASE)
CORRECT = "Nothing was removed. Correct the file or remove the table."


@dataclass(frozen=True)
class KeepLimits:
    """How much of a home directory is kept."""

    generations: int = KEPT_GENERATIONS
    """Most generations; the current one is always kept."""
    days: int = 30
    """Repeats in the provenance and in the decisions log, and files that no history needs, stay for so many days."""
    size: int | None = None
    """Most bytes of snapshots and generations; None for no limit."""
    nightly: bool = True
    """Whether every night ends with a removal."""


def load_limits(
    home: Path,
    *,
    generations: int | None = None,
    days: int | None = None,
    size: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> KeepLimits:
    """Return the limits of `home`; the arguments have priority over the settings file.

    METABOARD_PRUNE=off in the environment switches the nightly removal off. Raises `UsageError` for an invalid value,
    and `StorageError` when the file cannot be read.
    """
    environment = os.environ if environment is None else environment
    limits = _of_file(home / FILE)
    if environment.get(NIGHTLY_VARIABLE, "").strip().lower() in ("off", "0", "false", "no"):
        limits = replace(limits, nightly=False)
    if generations is not None:
        limits = replace(limits, generations=generations)
    if days is not None:
        limits = replace(limits, days=days)
    return limits if size is None else replace(limits, size=parse_size(size))


def parse_size(text: str) -> int:
    """Return a size such as `20 GB` in bytes, of 1,000 bytes to the kB; raises `UsageError`."""
    match = SIZE.fullmatch(text.strip())
    if not match:
        raise UsageError(f"{text!r} is not a size", hint="Give a number with a unit, such as 800MB or 20GB.")
    return round(float(match["number"]) * UNITS[match["unit"].lower()])


def _of_file(path: Path) -> KeepLimits:
    with storage_errors(f"read {path}"):
        content = path.read_bytes() if path.exists() else b""
    try:
        table = tomllib.loads(content.decode()).get(KEEP_TABLE, {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise UsageError(f"{path} is not TOML: {cause}", hint=CORRECT) from cause
    if not isinstance(table, dict):
        raise UsageError(f"{path} has {KEEP_TABLE!r} as a value, not as a table", hint=CORRECT)
    if unknown := sorted(table.keys() - KeepLimits.__dataclass_fields__.keys()):
        raise UsageError(f"{path} has unknown keys in [{KEEP_TABLE}]: {', '.join(unknown)}", hint=CORRECT)
    return KeepLimits(**{name: _value(path, name, value) for name, value in table.items()})


def _value(path: Path, name: str, value: Any) -> Any:  # noqa: ANN401 - a value of TOML
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if name == "size" and isinstance(value, str):
        return parse_size(value)
    is_valid = isinstance(value, bool) if name == "nightly" else is_number and value >= (name == "generations")
    if not is_valid:
        raise UsageError(f"{path} has {value!r} as `{name}` of [{KEEP_TABLE}]", hint=CORRECT)
    return value
