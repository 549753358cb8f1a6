"""Crash-safe file writes: after a crash, a file has its old or its new contents, never a mix."""

import errno
import fcntl
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
CHECK_PATH = (
    "Check the path, its permissions and the free space. `metaboard refresh` repairs what has another kind in a home"
    " directory; readers still have the previous generation."
)
"""The hint of an error of a file without a hint of its own."""
PART_SUFFIX = ".part"
"""Suffix of a file whose write is unfinished."""


def sha256_hex(content: bytes) -> Sha256:
    """Return the SHA-256 of `content` in hexadecimal."""
    return Sha256(hashlib.sha256(content).hexdigest())


def crash_point(name: str) -> None:
    """Kill this process with SIGKILL if the environment variable METABOARD_KILL_AT is `name`; for tests."""
    if os.environ.get(KILL_AT) == name:
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def storage_errors(action: str, hint: str = CHECK_PATH) -> Iterator[None]:
    """Convert an `OSError` inside the block into a `StorageError`: "cannot <action>: <cause> (<file>)"."""
    try:
        yield
    except OSError as cause:
        where = f" ({cause.filename})" if cause.filename else ""
        raise StorageError(f"cannot {action}: {cause.strerror or cause}{where}", hint=hint) from cause


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path`. After a crash or power cut, `path` has the whole old or the whole new contents."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:16]}-", suffix=PART_SUFFIX)
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
    """Remove the unfinished files that a crash of `write_atomically` left in `folder`."""
    for part in folder.glob(f".*{PART_SUFFIX}"):
        with suppress(OSError):
            part.unlink()


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Append `record` as one line of JSON; if a crash left an incomplete last line, start a new line first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        # Without the lock, another thread's write can be half done when the last byte is read.
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = b"\n" + line
        if os.write(handle, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(handle)
    finally:
        os.close(handle)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the records that `append_line` wrote, oldest first; incomplete lines are skipped."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    records = []
    for line in lines:
        # Deep nesting raises `RecursionError`.
        with suppress(ValueError, RecursionError):
            record = json.loads(line)
            if isinstance(record, dict):
                records.append(record)
    return records


def sync_directory(path: Path) -> None:
    """Flush the entries of a directory to disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(root: Path) -> None:
    """Flush all files and directories under `root` to disk, contents before directory entries."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            handle = os.open(Path(folder) / name, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_directory(Path(folder))
