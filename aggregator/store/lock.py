"""Lock of a directory: one process has it at a time, and a file names that process."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from aggregator.errors import LockedError, UsageError
from aggregator.store.files import storage_errors, write_atomically
from aggregator.store.layout import check_home, set_aside

LOCK_FILE = "lease.lock"
HOLDER_FILE = "lease.json"
NOT_LOCKED = (
    "Nothing was changed. Check the permissions and the free space of the directory, or give another with --home."
)


@contextmanager
def lock_directory(root: Path, now: Callable[[], datetime]) -> Iterator[None]:
    """Lock the directory `root`; raises `LockedError` with the holder at once, without waiting.

    The operating system releases the lock when its process ends, so the lock needs no expiry time. Raises
    `StorageError` when the directory cannot be written, and `UsageError` when `root` is no directory.
    """
    if problem := check_home(root):
        raise UsageError(problem, hint="Nothing was changed. Give another directory with --home or METABOARD_HOME.")
    with storage_errors(f"lock {root}", hint=NOT_LOCKED):
        root.mkdir(parents=True, exist_ok=True)
        if (path := root / LOCK_FILE).is_dir():
            set_aside(root, path)
        # A soft lock remains after its process was killed.
        lock = FileLock(root / LOCK_FILE, blocking=False, thread_local=False, fallback_to_soft=False)
        try:
            lock.acquire()
        except Timeout as cause:
            raise _locked_error(root) from cause
    path = root / HOLDER_FILE
    try:
        _write_holder(path, now())
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        lock.release()


def _write_holder(path: Path, since: datetime) -> None:
    """Write the process and time to the holder file; on a full disk, the lock is valid without the file."""
    content = {"pid": os.getpid(), "since": since.isoformat(timespec="seconds")}
    with suppress(OSError):
        write_atomically(path, json.dumps(content).encode())


def _locked_error(root: Path) -> LockedError:
    holder = read_holder(root)
    name = f"process {holder.pid}, since {holder.since:%Y-%m-%d %H:%M:%S} UTC" if holder else "another process"
    return LockedError(
        f"{root} is locked: held by {name}",
        hint="Nothing was changed. Wait until that process ends, or end it; its lock ends with it.",
    )


@dataclass(frozen=True)
class Holder:
    """The process that locked a directory, as its holder file names it."""

    pid: int
    since: datetime

    @property
    def is_alive(self) -> bool:
        """Whether a process with this number exists. The holder file of a killed process remains; its lock does not."""
        return is_process_alive(self.pid)


def is_process_alive(pid: int) -> bool:
    """Return whether a process with this number exists on this machine."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # The process exists and belongs to another user.
    return True


def read_holder(root: Path) -> Holder | None:
    """Return the holder file of `root`, or None without a readable one; the lock is not used."""
    try:
        content = json.loads((root / HOLDER_FILE).read_bytes())
        return Holder(int(content["pid"]), datetime.fromisoformat(content["since"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
