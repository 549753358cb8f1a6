"""Temporary folders beside a published one: make them, and remove those that killed publishes left."""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from aggregator.dataset.contents import CHECKSUMS
from aggregator.store.manifest import MANIFEST

SUFFIX = ".publishing"
ASIDE = ".aside"
"""Suffix of a published folder that `folder.put_in_place` moved out of the way for a moment."""
OLD_AGE_SECONDS = 86_400.0
"""Without locks on directories (some network file systems), a folder of this age is abandoned. A publish takes minutes."""
OWN_FILES = ("*.duckdb", "data/*/*.parquet", "calibrations/*.npz", "calibrations/editions.json")
"""Files of which a dataset that is being prepared has at least one; folders of earlier versions are recognised by them."""
OWN_ENTRIES = frozenset(
    {
        "README.md", "LICENSE.md", "CITATION.cff", "datapackage.json", "croissant.json", ".gitattributes", "reliability.json",
        "data", "csv", "calibrations", "metaboard.duckdb", "metaboard.duckdb.wal", "whole.duckdb", MANIFEST, CHECKSUMS,
    }
)  # fmt: skip
"""All entries of such a folder; one with another entry is somebody's own."""


@contextmanager
def temporary_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target`; at the end, what has its name then is removed. Call it inside `lock_target`.

    The folder is locked while its process lives, so that no other publisher removes it. Raises `OSError`.
    """
    path = Path(mkdtemp(dir=target.parent, prefix=f".{target.name}-", suffix=SUFFIX))
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.chmod(0o755)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


def remove_leftovers(target: Path) -> None:
    """Remove the temporary folders of killed publishes to `target`. Call it inside `lock_target`.

    An edition that a killed process had moved out of the way is put back first.
    """
    name = re.escape(target.name)
    # Eight random characters are those of `mkdtemp`. Earlier versions used no suffix.
    pattern = re.compile(rf"\.{name}-[a-z0-9_]{{8}}(?P<ours>{re.escape(SUFFIX)})?(?P<aside>{re.escape(ASIDE)})?")
    with suppress(OSError):
        for path in sorted(target.parent.iterdir()):
            match = pattern.fullmatch(path.name)
            if not match or path.is_symlink() or not path.is_dir():
                continue
            if match["aside"] and not target.exists():
                path.rename(target)
            elif (match["ours"] or _is_dataset_part(path)) and _is_abandoned(path):
                shutil.rmtree(path, ignore_errors=True)


def _is_dataset_part(path: Path) -> bool:
    has_others = any(entry.name not in OWN_ENTRIES for entry in path.iterdir())
    return not has_others and any(any(path.glob(pattern)) for pattern in OWN_FILES)


def _is_abandoned(path: Path) -> bool:
    """Return whether no process holds the lock of a temporary folder."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return time.time() - path.stat().st_mtime > OLD_AGE_SECONDS
    finally:
        os.close(handle)
    return True
