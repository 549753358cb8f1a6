"""Print the test folders of the packages that differ from a Git revision, for `make quick`.

Usage: `python -m tools.changed_tests [REVISION]` (default: HEAD, so uncommitted changes). Prints nothing when no
package changed.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SHARED = ("aggregator", "tests/support", "tests")
"""Folders whose own modules every package uses; a change in them runs all quick tests."""

SLOW = frozenset({"faults", "readers", "support"})
"""Test folders that run in minutes or in an environment of their own."""

OTHER_TESTS = {
    "sql": ("warehouse", "docs"),
    "docs": ("docs",),
    "tools": ("docs", "tools"),
    "web": ("site",),
    "deploy": ("flows",),
    "prefect.yaml": ("flows",),
    ".github": ("flows",),
}
"""Test folders of top-level folders and files whose tests are also, or only, in a folder of another name."""


def changed_files(revision: str) -> list[str]:
    """Return the paths of tracked files that differ from `revision`, and of new files that Git does not ignore."""
    commands = (["diff", "--name-only", revision], ["ls-files", "--others", "--exclude-standard"])
    return [
        line
        for command in commands
        for line in subprocess.run(  # noqa: S603 - fixed commands of Git
            ["git", "-C", str(ROOT), *command],  # noqa: S607 - the developer's own Git
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
    ]


def test_folders(files: Iterable[str]) -> list[str]:
    """Return the folders under `tests/` that test `files`, sorted; all quick ones when a shared module changed."""
    every = {path.name for path in (ROOT / "tests").iterdir() if (path / "__init__.py").is_file()} - SLOW
    wanted: set[str] = set()
    for file in files:
        folder, _, name = file.rpartition("/")
        if folder in SHARED and name.endswith(".py"):
            return sorted(f"tests/{one}" for one in every)
        parts = file.split("/")
        package = parts[1] if parts[0] in ("aggregator", "tests") and len(parts) > 2 else parts[0]
        wanted.update(OTHER_TESTS.get(package, (package,)))
        if file.endswith(".md"):
            wanted.add("docs")
    return sorted(f"tests/{one}" for one in wanted & every)


def main() -> None:
    """Print the folders on one line."""
    print(*test_folders(changed_files(sys.argv[1] if len(sys.argv) > 1 else "HEAD")))


if __name__ == "__main__":
    main()
