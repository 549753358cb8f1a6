"""One process builds at a time: a lock of the operating system, and a note that says who holds it."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from aggregator.errors import BusyError
from aggregator.store.files import storage, write_atomically


@contextmanager
def hold(root: Path, now: Callable[[], datetime]) -> Iterator[None]:
    """Hold the directory `root`; raises `BusyError` naming the holder at once, without waiting.

    The operating system lets go of the lock when its holder dies, however it dies, so it needs no expiry.
    """
    with storage(f"hold {root}"):
        root.mkdir(parents=True, exist_ok=True)
        # A soft lock would outlive a killed holder.
        lock = FileLock(root / "lease.lock", blocking=False, thread_local=False, fallback_to_soft=False)
        try:
            lock.acquire()
        except Timeout as cause:
            raise _busy(root) from cause
    note = root / "lease.json"
    try:
        _sign(note, now())
        yield
    finally:
        with suppress(OSError):
            note.unlink()
        lock.release()


def _sign(note: Path, since: datetime) -> None:
    """Leave a note for whoever is turned away; without space for it the lease holds all the same."""
    content = {"pid": os.getpid(), "since": since.isoformat(timespec="seconds")}
    with suppress(OSError):
        write_atomically(note, json.dumps(content).encode())


def _busy(root: Path) -> BusyError:
    holder = noted(root)
    who = f"process {holder.pid}, since {holder.since:%Y-%m-%d %H:%M:%S} UTC" if holder else "another process"
    return BusyError(
        f"{root} is held by {who}",
        hint="Nothing was changed. Wait for it to end; if it is killed, the hold ends too.",
    )


@dataclass(frozen=True)
class Holder:
    """Who holds a directory, as its own note says."""

    pid: int
    since: datetime

    @property
    def is_alive(self) -> bool:
        """Whether there is a process of that number here; a note outlives a holder that was killed, the hold does not."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True


def noted(root: Path) -> Holder | None:
    """Return who left a note in `root`, without touching the lock."""
    try:
        note = json.loads((root / "lease.json").read_bytes())
        return Holder(int(note["pid"]), datetime.fromisoformat(note["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
