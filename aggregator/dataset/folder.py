"""Publish a dataset to a folder in one step: readers see the old dataset or the new one, never a mixture."""

import ctypes
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from aggregator.dataset.checksums import is_dataset
from aggregator.dataset.contents import CHECKSUMS
from aggregator.errors import FetchError, StorageError, UsageError
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
def temporary_sibling(target: Path) -> Iterator[Path]:
    """Yield an empty directory on the file system of `target`; at the end it is removed, unless it was moved."""
    with storage_errors(f"write beside {target}"):
        target.absolute().parent.mkdir(parents=True, exist_ok=True)
        path = Path(mkdtemp(dir=target.absolute().parent, prefix=f".{target.name}-"))
    try:
        path.chmod(0o755)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def put_in_place(prepared: Path, target: Path) -> None:
    """Move the directory `prepared` to `target` in one step; an old `target` moves to `prepared`."""
    with storage_errors(f"put the dataset in place at {target}", hint="Readers still see the old dataset."):
        crash_point("place")
        if target.is_symlink():
            target = target.resolve()
        if not target.exists():
            prepared.rename(target)
        else:
            _exchange(prepared, target)
        sync_directory(target.absolute().parent)


def _exchange(one: Path, other: Path) -> None:
    """Swap two directories; without `renameat2`, readers may see neither for a moment."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename and rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), EXCHANGE) == 0:
        return
    failed = ctypes.get_errno() if rename else errno.ENOSYS
    if failed not in (errno.ENOSYS, errno.EINVAL):
        raise OSError(failed, os.strerror(failed), str(other))
    aside = one.with_name(f"{one.name}.aside")
    other.rename(aside)
    one.rename(other)
    aside.rename(one)


def copy_dataset(source: Path, directory: Path) -> None:
    """Copy the files that the manifest of the dataset in `source` lists; raises `FetchError`."""
    try:
        manifest = read_manifest(source)
        for path in [*safe_paths(manifest), MANIFEST, CHECKSUMS]:
            copied = directory / path
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / path, copied)
    except (OSError, StorageError) as cause:
        raise FetchError(str(source), f"is not a complete dataset: {cause}") from cause


def safe_paths(manifest: dict[str, Any]) -> list[str]:
    """Return the paths that a manifest lists; raises `StorageError` for a path outside the dataset."""
    try:
        paths = [str(file["path"]) for file in manifest["files"]]
    except (KeyError, TypeError) as cause:
        raise StorageError(f"{MANIFEST} lists a file without a path") from cause
    for path in paths:
        parts = path.split("/")
        if any(part in ("", ".", "..", ".git") for part in parts) or "\\" in path or "\0" in path or ":" in path:
            raise StorageError(f"{MANIFEST} lists {path!r}, which is not a path inside a dataset")
    return paths
