"""Times and sizes of the leaderboard page against their bounds: `python -m benchmarks.site_speed SITE`.

Needs node, the packages of web/ and Chromium (`make site-test` installs them). Prints each figure as a share of its
bound; exits with 1 where a figure is above its bound. Times are medians over new browsers, from a server on loopback
without compression; sizes are of gzip -9, as hosts send them.
"""

import gzip
import json
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "web"
FIRST_LOAD_FILES = (
    "index.html",
    "assets/boot.js",
    "assets/style.css",
    "assets/inter-latin-wght-normal.woff2",
    "assets/table.js",
    "assets/app.js",
    "data/leaderboard.js",
)
TABLE_VISIBLE = "first table visible, ms"
FIRST_LOAD_SIZE = "first load, kB compressed"
BOUNDS = {
    TABLE_VISIBLE: 1500.0,
    "interactive, ms": 2500.0,
    "filter over all rows, ms": 100.0,
    "search over all rows, ms": 100.0,
    "own weights over all rows, ms": 250.0,
    FIRST_LOAD_SIZE: 700.0,
}


def main(site: Path) -> int:
    measured = json.loads(
        subprocess.run(
            ["node", "speed.mjs", str(site.resolve())],  # noqa: S607 - the node of the user's PATH
            cwd=WEB,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        ).stdout
    )
    figures = measured | {FIRST_LOAD_SIZE: sum(gzip_size(site / name) for name in FIRST_LOAD_FILES) / 1000}
    for name, bound in BOUNDS.items():
        verdict = "  MISSED" if figures[name] > bound else ""
        print(f"{name:36} {figures[name] / bound:8.2f} of the bound ({figures[name]:,.0f} of {bound:,.0f}){verdict}")
    print(f"{'first paint, ms':36} {figures['first paint, ms'] / figures[TABLE_VISIBLE]:8.2f} of the first table")
    files = [path for path in site.rglob("*") if path.is_file()]
    total, first = sum(path.stat().st_size for path in files), figures[FIRST_LOAD_SIZE] * 1000
    print(f"{'whole site':36} {total / first:8.1f} times the first load, in {len(files)} files")
    return 1 if any(figures[name] > bound for name, bound in BOUNDS.items()) else 0


def gzip_size(path: Path) -> int:
    """Return the number of bytes of the compressed file."""
    return len(gzip.compress(path.read_bytes(), 9))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
