"""Publish a dataset to a folder in one step: readers see the old dataset or the new one, never a mixture."""

import ctypes
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from aggregator.dataset.checksums import is_dataset
from aggregator.dataset.contents import CHECKSUMS
from aggregator.dataset.edition import safe_paths
from aggregator.dataset.leftovers import ASIDE, remove_leftovers, temporary_folder
from aggregator.dataset.signature import SIGNATURE
from aggregator.dataset.target_lock import lock_target
from aggregator.errors import IncompleteDataset, StorageError, UsageError
from aggregator.store.files import crash_point, storage_errors, sync_directory
from aggregator.store.manifest import MANIFEST, read_manifest

EXCHANGE = 2
"""`RENAME_EXCHANGE` of Linux's renameat2(2)."""
AT_FDCWD = -100


def read_published(target: Path) -> dict[str, Any] | None:
    """Return the manifest of the dataset in `target`, or None when there is none yet.

    Raises `UsageError` when the folder holds something else.
    """
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return None
    if not target.is_dir() or not is_dataset(target):
        raise UsageError(
            f"{target} holds files that are not a dataset", hint="Nothing was changed. Give a new or an empty folder."
        )
    with suppress(StorageError):
        return read_manifest(target)
    return None


@contextmanager
def temporary_sibling(target: Path, log: Callable[[str], None] = lambda _: None) -> Iterator[Path]:
    """Yield an empty directory on the file system of `target`; at the end it is removed, unless it was moved.

    The directories that killed publishes left beside `target` are removed first. Raises `LockedError`.
    """
    with ExitStack() as stack:
        with storage_errors(f"write beside {target}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            with lock_target(target, log):
                remove_leftovers(target)
                path = stack.enter_context(temporary_folder(target))
        yield path


def put_in_place(prepared: Path, target: Path) -> None:
    """Move the directory `prepared` to `target` in one step; an old `target` moves to `prepared`.

    Call it inside `lock_target`, right after the comparison with what is published.
    """
    with storage_errors(f"put the dataset in place at {target}", hint="Readers still see the old dataset."):
        crash_point("place")
        target = target.resolve()
        if not target.exists():
            prepared.rename(target)
        else:
            _exchange(prepared, target)
        sync_directory(target.parent)


def _exchange(one: Path, other: Path) -> None:
    """Swap two directories; without `renameat2`, readers may see neither for a moment."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename and rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), EXCHANGE) == 0:
        return
    failed = ctypes.get_errno() if rename else errno.ENOSYS
    if failed not in (errno.ENOSYS, errno.EINVAL):
        raise OSError(failed, os.strerror(failed), str(other))
    aside = one.with_name(f"{one.name}{ASIDE}")
    other.rename(aside)
    one.rename(other)
    aside.rename(one)


def copy_dataset(source: Path, directory: Path) -> None:
    """Copy the files that the manifest of the dataset in `source` lists; raises `FetchError` and `StorageError`."""
    try:
        paths = [*safe_paths(read_manifest(source)), MANIFEST, CHECKSUMS]
    except StorageError as cause:
        raise IncompleteDataset(str(source), cause.headline.replace(f"{source}{os.sep}", "")) from cause
    signature = [SIGNATURE] if (source / SIGNATURE).is_file() else []
    if missing := next((path for path in paths if not (source / path).is_file()), None):
        raise IncompleteDataset(str(source), f"{missing} is missing")
    with storage_errors(f"copy the dataset in {source}"):
        for path in [*paths, *signature]:
            copied = directory / path
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / path, copied)
