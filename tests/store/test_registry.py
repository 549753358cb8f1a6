"""The files of the registry: whole after a crash, and a clear error when they are damaged."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from aggregator import schema
from aggregator.store.files import KILL_AT
from aggregator.store.registry import DamagedRegistryError, RegistryStore
from tests.conftest import REPOSITORY


def tables(model_id: str = "x/a") -> dict[str, pl.DataFrame]:
    row: dict[str, object] = {"source": "board", "raw_name": "a", "model_id": model_id}
    return {
        "model_ids": schema.frame(schema.PUBLISHED_IDS, [row]),
        "model_moves": schema.frame(schema.MODEL_MOVES, [{"old_id": "x/old", "new_id": model_id, "reason": "why"}]),
    }


def test_a_saved_registry_is_loaded_unchanged_and_replaces_the_files_of_the_last_night(tmp_path: Path) -> None:
    store = RegistryStore(tmp_path)
    assert store.load() is None
    assert store.digest() == ""
    store.save(tables())
    first = store.digest()
    store.save(tables("x/b"))
    loaded = store.load()
    assert loaded is not None
    assert all(loaded[name].equals(frame) for name, frame in tables("x/b").items())
    assert store.digest() != first
    assert len(list(store.folder.glob("*.parquet"))) == 2
    store.save(tables())
    assert store.digest() == first, "the same rows have the same digest"


@pytest.mark.parametrize("name", ["state.json", "model_ids", "model_moves"])
@pytest.mark.parametrize("how", ["cut", "gone", "other"])
def test_a_damaged_file_is_a_clear_error_with_the_next_step(tmp_path: Path, name: str, how: str) -> None:
    store = RegistryStore(tmp_path)
    store.save(tables())
    (path,) = store.folder.glob(f"{name}*")
    if how == "gone" and name == "state.json":
        path.unlink()
        assert store.load() is None, "without the state there is no registry yet"
        return
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-3] if how == "cut" else b"{}")
    with pytest.raises(DamagedRegistryError, match="registry of published ids") as caught:
        store.load()
    assert str(store.folder) in caught.value.headline
    assert "Move" in caught.value.hint


def test_a_kill_leaves_the_old_registry_or_the_new_one(tmp_path: Path) -> None:
    store = RegistryStore(tmp_path)
    store.save(tables())
    program = (
        "import sys; from pathlib import Path; from aggregator.store.registry import RegistryStore;"
        "from tests.store.test_registry import tables; RegistryStore(Path(sys.argv[1])).save(tables('x/b'))"
    )
    done = subprocess.run(  # noqa: S603 - runs this program
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=REPOSITORY,
        env={**os.environ, KILL_AT: "registry"},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    loaded = store.load()
    assert loaded is not None
    assert loaded["model_ids"]["model_id"].item() == "x/b"
