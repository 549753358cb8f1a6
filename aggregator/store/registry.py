"""Files of the registry of published ids in the home directory; `aggregator.identity.registry` has its meaning.

::

    HOME/registry/state.json                     names the two files below with their SHA-256; replaced in one step
    HOME/registry/model_ids-<hash>.parquet       every name that was published, with its id
    HOME/registry/model_moves-<hash>.parquet     the ids that no model has any more, with the ids of today

A refresh writes it after the checks and before the generation becomes current. Ids of a generation that was not
published are then only reserved. The generation has the same two tables, so that a home without the files, or with
damaged ones, continues from there.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from aggregator import schema
from aggregator.errors import NOTHING_PUBLISHED, StorageError
from aggregator.store.files import crash_point, remove_parts, storage_errors, write_atomically

FOLDER = "registry"
STATE = "state.json"

TABLES = {"model_ids": schema.PUBLISHED_IDS, "model_moves": schema.MODEL_MOVES}
"""The columns of each file. A generation has tables with these names too."""


class DamagedRegistryError(StorageError):
    """The registry of a home directory cannot be read."""


@dataclass(frozen=True)
class RegistryStore:
    """The registry under one home directory."""

    home: Path

    @property
    def folder(self) -> Path:
        """The directory of the registry."""
        return self.home / FOLDER

    def load(self) -> dict[str, pl.DataFrame] | None:
        """Return the frames of TABLES, or None before the first registry; raises `DamagedRegistryError`."""
        if not (self.folder / STATE).exists():
            return None
        try:
            state = json.loads((self.folder / STATE).read_bytes())
            return {name: self._read(name, str(state[name])) for name in TABLES}
        except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as cause:
            raise DamagedRegistryError(
                f"the registry of published ids in {self.folder} is damaged: {cause}",
                hint=f"Move {self.folder} away. The next refresh makes it from the tables of the newest generation.",
            ) from cause

    def save(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Write the frames of TABLES; raises `StorageError`. After a crash, `load` returns the old ones or the new ones."""
        contents = {name: _parquet(tables[name]) for name in TABLES}
        state = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
        with storage_errors(f"write the registry of published ids in {self.folder}", hint=NOTHING_PUBLISHED):
            for name, content in contents.items():
                write_atomically(self._path(name, state[name]), content)
            write_atomically(self.folder / STATE, json.dumps(state, indent=1).encode() + b"\n")
        self._remove_others(state)
        crash_point("registry")

    def digest(self) -> str:
        """Return a hash that changes with the registry; empty before the first one and for an unreadable one."""
        try:
            return hashlib.sha256((self.folder / STATE).read_bytes()).hexdigest()
        except OSError:
            return ""

    def _path(self, name: str, digest: str) -> Path:
        return self.folder / f"{name}-{digest[:16]}.parquet"

    def _read(self, name: str, digest: str) -> pl.DataFrame:
        content = self._path(name, digest).read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise ValueError(f"{self._path(name, digest).name} is not the file that was written")
        return schema.frame(TABLES[name], pl.read_parquet(io.BytesIO(content)))

    def _remove_others(self, state: dict[str, str]) -> None:
        """Remove the files of earlier nights and of crashed ones."""
        remove_parts(self.folder)
        kept = {self._path(name, digest) for name, digest in state.items()}
        for path in self.folder.glob("*.parquet"):
            if path not in kept:
                with suppress(OSError):
                    path.unlink()


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()
