"""Lock of a directory: one process has it at a time, and a file names that process."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from aggregator.errors import LockedError
from aggregator.store.files import storage_errors, write_atomically

LOCK_FILE = "lease.lock"
HOLDER_FILE = "lease.json"


@contextmanager
def lock_directory(root: Path, now: Callable[[], datetime]) -> Iterator[None]:
    """Lock the directory `root`; raises `LockedError` with the holder at once, without waiting.

    The operating system releases the lock when its process ends, so the lock needs no expiry time.
    """
    with storage_errors(f"lock {root}"):
        root.mkdir(parents=True, exist_ok=True)
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
    except ProcessLookupError:
        return False
    except OSError:
        return True  # The process exists and belongs to another user.
    return True


def read_holder(root: Path) -> Holder | None:
    """Return the holder file of `root`, or None without a readable one; the lock is not used."""
    try:
        content = json.loads((root / HOLDER_FILE).read_bytes())
        return Holder(int(content["pid"]), datetime.fromisoformat(content["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
