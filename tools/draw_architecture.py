"""Draw `docs/pictures/architecture.svg`: every package, its layer, and its real imports (`make docs`).

The layers are those of the import contract in `pyproject.toml`; the arrows are read from the code with grimp. An arrow
is left out when a longer path of arrows implies it, or when it leads to one of the modules that every package uses.
"""

import tomllib
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"
ROOTS = ("aggregator", "flows", "metaboard")

WIDTH, BOX_WIDTH, BOX_HEIGHT, ROW = 1000, 168, 46, 92
SHARED = frozenset({"aggregator.errors", "aggregator.model"})
SHIFTS = {
    "aggregator.hub": -360,
    "aggregator.pipeline": 60,
    "aggregator.dataset": 70,
    "aggregator.fetch": 70,
    "aggregator.gates": 90,
}
"""Horizontal shifts, in pixels, of boxes that would hide an arrow."""
Arrows = Mapping[str, frozenset[str]]
Place = tuple[float, float]

STYLE = """
text{font:600 14px system-ui,sans-serif;fill:#1c2b3a;text-anchor:middle}
text.purpose{font-weight:400;font-size:10px;fill:#4a5b6c}
rect{fill:#eef4fa;stroke:#5b7c99;rx:6}
path{fill:none;stroke:#7d94a8;stroke-width:1.2;marker-end:url(#head)}
.ground{fill:#7d94a8;stroke:none}
"""


def layers() -> list[list[str]]:
    """Return the packages of each layer, the highest layer first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (contract,) = [contract for contract in contracts if contract["type"] == "layers"]
    return [layer.split(" | ") for layer in contract["layers"]]


def arrows() -> dict[str, frozenset[str]]:
    """Return, for each package of the layers, the packages that it imports."""
    packages = [package for layer in layers() for package in layer]
    graph = grimp.build_graph(*ROOTS, cache_dir=None)
    for package in packages:
        if graph.find_children(package):
            graph.squash_module(package)
    imported = {package: graph.find_modules_directly_imported_by(package) for package in packages}
    return {package: frozenset(imported[package]) & frozenset(packages) - {package} for package in packages}


def without_implied(every: Arrows) -> dict[str, frozenset[str]]:
    """Return the arrows that no longer path implies (the transitive reduction)."""
    return {
        package: frozenset(
            one for one in imported if not any(one in _below(every, other) for other in imported - {one})
        )
        for package, imported in every.items()
    }


def _below(every: Arrows, package: str) -> frozenset[str]:
    """Return all packages that `package` imports directly or indirectly."""
    direct = every[package]
    return direct.union(*(_below(every, one) for one in direct)) if direct else direct


def picture() -> str:
    """Return the SVG document."""
    rows = layers()
    places = {package: _place(package, row, number) for number, row in enumerate(rows) for package in row}
    height = len(rows) * ROW + 30
    lines = [
        _arrow(places[package], places[one])
        for package, imported in without_implied(arrows()).items()
        for one in sorted(imported - SHARED)
    ]
    boxes = [_box(package, place) for package, place in places.items()]
    head = (
        '<marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="ground" d="M0 0 8 4 0 8z" style="marker-end:none;fill:#7d94a8"/></marker>'
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Packages and imports">',
            f"<style>{STYLE}</style><defs>{head}</defs>",
            f'<rect width="{WIDTH}" height="{height}" style="fill:#fff;stroke:none"/>',
            *lines,
            *boxes,
            "</svg>\n",
        ]
    )


def _place(package: str, row: Sequence[str], number: int) -> Place:
    """Return the middle of a box: the boxes of a row are spread over the width."""
    x = (row.index(package) + 0.5) * WIDTH / len(row) + SHIFTS.get(package, 0)
    return x, number * ROW + 15 + BOX_HEIGHT / 2


def _box(package: str, place: Place) -> str:
    x, y = place
    return (
        f'<rect x="{x - BOX_WIDTH / 2:.0f}" y="{y - BOX_HEIGHT / 2:.0f}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}"/>'
        f'<text x="{x:.0f}" y="{y - 1:.0f}">{escape(package.removeprefix("aggregator."))}</text>'
        f'<text class="purpose" x="{x:.0f}" y="{y + 14:.0f}">{escape(PURPOSES[package])}</text>'
    )


def _arrow(start: Place, end: Place) -> str:
    (x0, y0), (x1, y1) = (start[0], start[1] + BOX_HEIGHT / 2), (end[0], end[1] - BOX_HEIGHT / 2)
    bend = (y1 - y0) * 0.45
    return f'<path d="M{x0:.0f} {y0:.0f}C{x0:.0f} {y0 + bend:.0f} {x1:.0f} {y1 - bend:.0f} {x1:.0f} {y1:.0f}"/>'


PURPOSES = {
    "metaboard": "command line",
    "flows": "Prefect: order and schedule",
    "aggregator.pipeline": "steps of a refresh",
    "aggregator.hub": "Hugging Face Hub",
    "aggregator.dataset": "published dataset",
    "aggregator.site": "static page",
    "aggregator.fetch": "HTTP downloads",
    "aggregator.gates": "checks of new editions",
    "aggregator.query": "questions to the file",
    "aggregator.identity": "names → models",
    "aggregator.ranking": "scores → abilities",
    "aggregator.sources": "bytes → rows",
    "aggregator.store": "home directory",
    "aggregator.warehouse": "DuckDB build",
    "aggregator.schema": "shapes of frames",
    "aggregator.pairwise": "two models compared",
    "aggregator.text": "safe text",
    "aggregator.model": "value types, for all packages",
    "aggregator.errors": "typed errors, for all",
}


def main() -> None:
    """Write the picture and print its name."""
    PICTURE.write_text(picture(), encoding="utf-8")
    print(f"wrote {PICTURE.name}")


if __name__ == "__main__":
    main()
