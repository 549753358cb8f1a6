"""The few ways in which anything is written to disk, so that a crash leaves the old or the new, never half."""

import hashlib
import json
import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aggregator.errors import StorageError
from aggregator.model import Sha256

KILL_AT = "METABOARD_KILL_AT"
PART = ".part"
"""How the name of a file that is still being written ends."""


def digest(content: bytes) -> Sha256:
    """Return the sha256 of `content`, in hexadecimal."""
    return Sha256(hashlib.sha256(content).hexdigest())


def step(name: str) -> None:
    """Mark a step that a crash may interrupt; dies by SIGKILL here when METABOARD_KILL_AT says `name`."""
    if os.environ.get(KILL_AT) == name:
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def storage(doing: str, hint: str = "") -> Iterator[None]:
    """Turn the system's errors inside the block into a `StorageError` that says what was being done."""
    try:
        yield
    except OSError as cause:
        where = f" ({cause.filename})" if cause.filename else ""
        raise StorageError(f"cannot {doing}: {cause.strerror or cause}{where}", hint=hint) from cause


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` so that `path` holds all of it or what it held before, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:16]}-", suffix=PART)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    sync_directory(path.parent)


def remove_parts(folder: Path) -> None:
    """Remove the files of `write_atomically` that a crash left half-written in `folder`."""
    for part in folder.glob(f".*{PART}"):
        with suppress(OSError):
            part.unlink()


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Append `record` as one line of JSON in one write, after the end of any line that a crash tore."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = b"\n" + line
        if os.write(handle, line) != len(line):
            raise OSError(28, "No space left on device", str(path))
        os.fsync(handle)
    finally:
        os.close(handle)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file of `append_line`, oldest first; torn lines are left out."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    records = []
    for line in lines:
        with suppress(ValueError):
            record = json.loads(line)
            if isinstance(record, dict):
                records.append(record)
    return records


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(root: Path) -> None:
    """Make every file and directory under `root` durable, contents before names."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            handle = os.open(Path(folder) / name, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_directory(Path(folder))
