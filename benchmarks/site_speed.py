"""How fast the leaderboard page is and how much it loads: `python -m benchmarks.site_speed SITE`.

Needs node, the packages of web/ and Chromium (`make site-test` sets them up). Prints one line a figure with its bound;
exits with 1 where a bound is missed. Times are medians over fresh browsers on this machine, from a server on the
loopback that does not compress; sizes are of gzip -9, as hosts send it.
"""

import gzip
import json
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "web"
FIRST_LOAD = (
    "index.html",
    "assets/boot.js",
    "assets/style.css",
    "assets/inter-latin-wght-normal.woff2",
    "assets/table.js",
    "assets/app.js",
    "data/leaderboard.js",
)
BOUNDS = {
    "first table visible, ms": 1500.0,
    "interactive, ms": 2500.0,
    "filter over all rows, ms": 100.0,
    "search over all rows, ms": 100.0,
    "own weights over all rows, ms": 250.0,
    "first load, kB compressed": 700.0,
}


def main(site: Path) -> int:
    measured = json.loads(
        subprocess.run(
            ["node", "speed.mjs", str(site.resolve())],  # noqa: S607 - the node of whoever measures
            cwd=WEB,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        ).stdout
    )
    figures = {**measured, "first load, kB compressed": sum(map(packed, (site / name for name in FIRST_LOAD))) / 1000}
    missed = [name for name, bound in BOUNDS.items() if figures[name] > bound]
    for name, value in figures.items():
        bound = f"  (at most {BOUNDS[name]:,.0f})" if name in BOUNDS else ""
        print(f"{name:36} {value:10,.0f}{bound}{'  MISSED' if name in missed else ''}")
    files = [path for path in site.rglob("*") if path.is_file()]
    print(f"{'whole site, MB':36} {sum(path.stat().st_size for path in files) / 1e6:10,.1f}  in {len(files)} files")
    return 1 if missed else 0


def packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
