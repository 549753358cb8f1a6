"""Write `aggregator/publishing/schema.json`, the schema that readers are promised, from a build of the bundled sample.

    python -m tools.write_schema [--release DATE]

Before the first release the file follows the tables. After it, the file is what was released, and only
`--release` writes it anew, once the version says enough of what changed.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from aggregator.dataset import schema_version
from aggregator.dataset.describe import describe
from aggregator.pipeline.report import SCHEMA_VERSION
from aggregator.sources import SAMPLE
from aggregator.store.manifest import read_manifest
from flows.refresh import Options, refresh
from flows.runners import DirectRunner

PLACE = Path(schema_version.__file__).with_name("schema.json")
CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"


def main() -> int:
    """Write the file, or say why it stays as it is."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--release", metavar="DATE", help="the day on which this schema is released")
    given = arguments.parse_args()
    before = schema_version.released()
    if before.released_on and not given.release:
        print(f"schema {before.version} is released; it stays until --release")
        return 0
    now = current_schema()
    bump = schema_version.difference(before.tables, now).bump
    if before.released_on and not schema_version.suffices(before.version, SCHEMA_VERSION, bump):
        print(f"a {bump} change against {before.version} needs another SCHEMA_VERSION than {SCHEMA_VERSION}")
        return 1
    written = replace(
        before, version=SCHEMA_VERSION, released_on=given.release, tables=now, changes=changes(CHANGELOG.read_text())
    )
    PLACE.write_text(json.dumps(asdict(written), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {PLACE.name}")
    return 0


def current_schema() -> schema_version.Schema:
    """Return the schema that a build of the sample has."""
    with TemporaryDirectory() as home:
        made = refresh(Options(Path(home), mirror=str(SAMPLE)), DirectRunner(lambda _: None))
        return describe(made.generation.path, read_manifest(made.generation.path)).schema


def changes(changelog: str) -> dict[str, str]:
    """Return the line of each version that `CHANGELOG.md` has under "Published schema", the oldest first."""
    found = {}
    inside = False
    for line in changelog.splitlines():
        if line.startswith("#"):
            inside = line == "### Published schema"
        elif inside and line.startswith("- "):
            version, _, text = line.removeprefix("- ").partition(": ")
            found[version] = text.strip()
    return dict(reversed(found.items()))


if __name__ == "__main__":
    sys.exit(main())
