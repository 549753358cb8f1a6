"""Write `aggregator/dataset/schema.json`, the last released schema of the published dataset: `make docs`.

    python -m tools.write_schema [--release DATE]

The schema comes from a build of the bundled sample. Before the first release, every run writes the file. After it,
only `--release` does, and only when SCHEMA_VERSION was increased as the changes require.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from aggregator.dataset import schema_version
from aggregator.dataset.describe import describe
from aggregator.pipeline.manifest import SCHEMA_VERSION
from aggregator.sources import SAMPLE
from aggregator.store.manifest import read_manifest
from flows.refresh import RefreshOptions, refresh
from flows.runners import DirectRunner

SCHEMA_FILE = Path(schema_version.__file__).with_name("schema.json")
CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"


def main() -> int:
    """Write the file, or print why it does not change."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--release", metavar="DATE", help="date of the release of this schema")
    given = arguments.parse_args()
    before = schema_version.read_released_schema()
    if before.released_on and not given.release:
        print(f"schema {before.version} is released; only --release changes {SCHEMA_FILE.name}")
        return 0
    now = current_schema()
    bump = schema_version.compare_schemas(before.tables, now).bump
    if before.released_on and not schema_version.is_version_sufficient(before.version, SCHEMA_VERSION, bump):
        print(f"SCHEMA_VERSION {SCHEMA_VERSION} is too low for a {bump} change of schema {before.version}")
        return 1
    written = replace(
        before,
        version=SCHEMA_VERSION,
        released_on=given.release,
        tables=now,
        changes=read_changes(CHANGELOG.read_text()),
    )
    SCHEMA_FILE.write_text(json.dumps(asdict(written), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {SCHEMA_FILE.name}")
    return 0


def current_schema() -> schema_version.Schema:
    """Return the schema of a build of the bundled sample."""
    with TemporaryDirectory() as home:
        made = refresh(RefreshOptions(Path(home), mirror=str(SAMPLE)), DirectRunner(lambda _: None))
        return describe(made.generation.path, read_manifest(made.generation.path)).schema


def read_changes(changelog: str) -> dict[str, str]:
    """Return the line of each version under "Published schema" in `CHANGELOG.md`, the oldest first."""
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
