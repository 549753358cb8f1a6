"""Sets and optional files over several nights: what is stored, replayed, read and added to the history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.errors import FetchError, NotFound, StorageError
from aggregator.fetch.client import HttpFetcher
from aggregator.model import Parsed, Resource, Snapshot, Source
from aggregator.pipeline.fetches import complete_fetches
from aggregator.pipeline.read import Baseline, read_source
from aggregator.pipeline.steps import fetch_source
from aggregator.store.files import sha256_hex
from aggregator.store.snapshots import ReplayFetcher, SnapshotStore
from tests.support.small_board import BOARD

NIGHT = datetime(2026, 10, 1, 3, tzinfo=UTC)
TABLE = Resource("table", "b/table.csv", "https://b.example/table.csv", 1000, "csv", pattern="t.*")
FACTS = Resource("facts", "b/facts.csv", "https://b.example/facts.csv", 1000, "csv", is_optional=True)
MAIN = Resource("main", "b/main.csv", "https://b.example/main.csv", 1000, "csv")
SOURCE = replace(BOARD, resources=(MAIN, TABLE, FACTS))


@dataclass
class Host:
    """A fetcher with the files of one night by snapshot name; set `night` and `files` between two fetches."""

    files: dict[str, bytes] = field(default_factory=dict)
    night: int = 0
    note: str = ""

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        del previous
        found = {n: c for n, c in self.files.items() if n == resource.name or n.startswith(f"{resource.name}/")}
        if not found and not resource.is_optional:
            raise NotFound(resource.url, "HTTP 404")
        return tuple(
            Snapshot(
                source_id,
                name,
                resource.url,
                sha256_hex(content),
                len(content),
                NIGHT + timedelta(days=self.night),
                parts=len(found) if resource.is_set else None,
                note=self.note,
                content=content,
            )
            for name, content in sorted(found.items())
        )


def refresh(host: Host, store: SnapshotStore, night: int, **files: bytes) -> list[str]:
    """Fetch and store one night; `table_x` stands for `table/x`. Return the names that the source gets."""
    host.night = night
    host.files = {name.replace("_", "/"): content for name, content in files.items()}
    result = fetch_source(SOURCE, host, store)
    if result.error:
        raise result.error
    return [snapshot.resource for snapshot in result.snapshots]


def files_of(source: Source, store: SnapshotStore) -> list[dict[str, bytes]]:
    return [{one.resource: store.read(one) for one in fetch.snapshots} for fetch in complete_fetches(source, store)]


def test_every_night_is_a_complete_fetch_with_the_files_of_that_night(tmp_path: Path) -> None:
    store, host = SnapshotStore(tmp_path), Host()
    refresh(host, store, 0, main=b"m", table_t1=b"1")
    refresh(host, store, 1, main=b"m", table_t1=b"1", table_t2=b"2", facts=b"f")
    refresh(host, store, 2, main=b"m", table_t2=b"2")
    assert files_of(SOURCE, store) == [
        {"main": b"m", "table/t1": b"1"},
        {"main": b"m", "table/t1": b"1", "table/t2": b"2", "facts": b"f"},
        {"main": b"m", "table/t2": b"2"},
    ]


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
def test_an_interrupted_fetch_is_no_edition(tmp_path: Path, lost: int) -> None:
    """The last lines of the second of three nights are lost; a set with fewer files must not look complete."""
    store, host = SnapshotStore(tmp_path), Host()
    refresh(host, store, 0, main=b"m", table_t1=b"1", facts=b"f")
    refresh(host, store, 1, main=b"m", table_t0=b"0", table_t1=b"1", table_t2=b"2", facts=b"g")
    lines = store.provenance.read_text().splitlines(keepends=True)
    store.provenance.write_text("".join(lines[:-lost]))
    newest = store.latest(SOURCE.id, "table")
    refresh(host, store, 2, main=b"m", table_t1=b"3")
    found = files_of(SOURCE, store)
    assert found[1:] == [{"main": b"m", "table/t1": b"3"}]
    assert [one.resource for one in newest] == (["table/t0", "table/t1", "table/t2"] if lost == 1 else ["table/t1"])


def test_a_replay_gives_the_files_of_the_last_night_also_without_an_optional_one(tmp_path: Path) -> None:
    store, host = SnapshotStore(tmp_path), Host()
    refresh(host, store, 0, main=b"m", table_t1=b"1", table_t2=b"2", facts=b"f")
    refresh(host, store, 1, main=b"m", table_t2=b"2")
    replayed = fetch_source(SOURCE, ReplayFetcher(store), store)
    again = fetch_source(SOURCE, ReplayFetcher(store), store)
    for result in (replayed, again):
        assert [one.resource for one in result.snapshots] == ["main", "table/t2"]
    assert len(complete_fetches(SOURCE, store)) == 2


def test_a_replay_without_any_fetch_of_a_required_file_is_an_error(tmp_path: Path) -> None:
    assert ReplayFetcher(SnapshotStore(tmp_path)).fetch("board", FACTS) == ()
    with pytest.raises(FetchError, match="no bytes are kept"):
        ReplayFetcher(SnapshotStore(tmp_path)).fetch("board", TABLE)


def test_fetches_from_before_a_source_had_an_optional_file_stay_complete(tmp_path: Path) -> None:
    store, host = SnapshotStore(tmp_path), Host(files={"main": b"m", "table/t1": b"1"})
    before = replace(SOURCE, resources=(MAIN, TABLE))
    fetch_source(before, host, store)
    (key,) = [fetch.key for fetch in complete_fetches(before, store)]
    assert [fetch.key for fetch in complete_fetches(SOURCE, store)] == [key]


def test_a_source_whose_set_is_missing_fails_alone(tmp_path: Path) -> None:
    result = fetch_source(SOURCE, Host(files={"main": b"m"}), SnapshotStore(tmp_path))
    assert isinstance(result.error, NotFound)
    assert complete_fetches(SOURCE, SnapshotStore(tmp_path)) == []


def test_the_first_retrieval_of_each_file_is_kept(tmp_path: Path) -> None:
    store, host = SnapshotStore(tmp_path), Host()
    refresh(host, store, 0, main=b"m", table_t1=b"1")
    host.night, host.files = 3, {"main": b"m", "table/t1": b"1", "table/t2": b"1"}
    result = fetch_source(SOURCE, host, store)
    days = {one.resource: (one.retrieved_at - NIGHT).days for one in result.snapshots}
    assert days == {"main": 0, "table/t1": 0, "table/t2": 3}


def test_the_note_of_a_fetch_is_a_warning_of_the_source(tmp_path: Path) -> None:
    def parse(files: Mapping[str, bytes]) -> Parsed:
        assert set(files) == {"main", "table/t1", "table/t2"}
        return BOARD.parse({"table": files["main"]})

    store = SnapshotStore(tmp_path)
    board = b'{"day": "2026-10-01", "scores": {"a": 1.0}}'
    host = Host({"main": board, "table/t1": b"1", "table/t2": b"2"}, note="the list of files is not available")
    fetched = fetch_source(replace(SOURCE, parse=parse, min_rows=0), host, store)
    assert fetched.notes == ("the list of files is not available",)
    read = read_source(fetched, store, Baseline(date(2026, 10, 1)))
    assert read.parsed is not None
    assert read.parsed.warnings == fetched.notes


def test_a_source_that_declares_its_files_wrongly_fails_alone(tmp_path: Path) -> None:
    broken = replace(MAIN, url=7)  # type: ignore[arg-type] # the mistake of a plug-in
    result = fetch_source(replace(SOURCE, resources=(broken,)), HttpFetcher(), SnapshotStore(tmp_path))
    assert isinstance(result.error, FetchError)
    assert "board: its files cannot be fetched: " in str(result.error)


def test_a_full_disk_is_no_error_of_one_source(tmp_path: Path) -> None:
    (tmp_path / "snapshots").write_text("a file where the folder should be")
    with pytest.raises(StorageError):
        fetch_source(SOURCE, Host(files={"main": b"m", "table/t": b"t"}), SnapshotStore(tmp_path))
