"""Lock of a published folder: `.NAME.lock` beside it, held while an edition is compared and put in its place."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from aggregator.errors import LockedError
from aggregator.store.files import storage_errors

WAIT_SECONDS = 60.0
"""A publisher holds the lock for two renames and the removal of a folder, which takes less than a second."""


@contextmanager
def lock_target(target: Path, log: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Lock the folder `target`, which need not exist; raises `LockedError` with the holder after `WAIT_SECONDS`.

    The operating system releases the lock when its process ends.
    """
    path = lock_path(target)
    lock = FileLock(path, thread_local=False, fallback_to_soft=False)
    with storage_errors(f"lock {target}", hint="Nothing was published."):
        try:
            lock.acquire(blocking=False)
        except Timeout:
            log(f"waiting for {_holder(path)}, which has locked {target} …")
            try:
                lock.acquire(timeout=WAIT_SECONDS)
            except Timeout as cause:
                raise LockedError(
                    f"{target} is locked: held by {_holder(path)}",
                    hint="Nothing was published. Wait until that process ends, or end it; its lock ends with it.",
                ) from cause
    try:
        _write_holder(path)
        yield
    finally:
        # Removed while it is locked: who waits for the removed file takes the new one.
        with suppress(OSError):
            path.unlink()
        lock.release()


def lock_path(target: Path) -> Path:
    """Return the lock file of the folder `target`."""
    return target.parent / f".{target.name}.lock"


def _write_holder(path: Path) -> None:
    """Write this process into the locked file; on a full disk, the lock is valid without it."""
    holder = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
    with suppress(OSError):
        path.write_text(json.dumps(holder))


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_bytes())
        return f"process {int(holder['pid'])}, since {datetime.fromisoformat(holder['since']):%Y-%m-%d %H:%M:%S} UTC"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
