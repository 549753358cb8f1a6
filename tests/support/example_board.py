"""The example of a plug-in under `examples/`: its source, and its files in a mirror."""

import importlib.util
import shutil
from pathlib import Path

from aggregator.model import Source
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "examples" / "reading_group"


def load_example() -> Source:
    """Return the source of the example without installing it."""
    spec = importlib.util.spec_from_file_location("example_board", FOLDER / "metaboard_reading_group.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    source = module.SOURCE
    assert isinstance(source, Source)
    return source


def copy_example_files(mirror: Path) -> None:
    """Add the files of the example to a mirror."""
    shutil.copytree(FOLDER / "sample", mirror, dirs_exist_ok=True)
