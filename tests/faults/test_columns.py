"""Each column that a board uses is removed, renamed and retyped: the change is found and the board keeps its rows."""

from functools import lru_cache

import pytest

from aggregator.model import Parsed, Resource, Source
from tests.faults import harness
from tests.faults.conftest import ALL, Recorder, Workspace
from tests.faults.reliability_report import Result
from tests.support import board_files, samples
from tests.support.board_files import Field
from tests.support.samples import PAIR_IDS, PAIRS, SOURCES

Change = tuple[Field, str, bytes]
"""The changed column, how it changed, and the bytes of the changed file."""


@lru_cache
def changes(source: Source) -> tuple[Change, ...]:
    """Return every change of every used column of every file of a board."""
    found: list[Change] = []
    for resource, content in samples.files_of(source):
        used = samples.required_fields(source, resource)
        for field in (one for one in board_files.fields(resource, content) if str(one) in used):
            found.append((field, "removed", board_files.drop_field(content, field)))
            found.append((field, "renamed", board_files.rename_field(content, field, f"{field.path[-1]}_v2")))
            if not board_files.is_always_null(content, field):
                found += [(field, "retyped", other) for other in board_files.retype_field(content, field)]
    return tuple(found)


def refreshes() -> list[dict[str, Change]]:
    """Return one change for each board and refresh: all changes, or one refresh in the short run."""
    lists = {source.id: changes(source) for source in SOURCES}
    count = max(map(len, lists.values())) if ALL else 1
    # The short run takes the middle of each list, because the first column is often the name of the model.
    starts = {board: 0 if ALL else len(found) // 2 for board, found in lists.items()}
    return [
        {board: found[starts[board] + n] for board, found in lists.items() if starts[board] + n < len(found)}
        for n in range(count)
    ]


def test_a_refresh_with_changed_columns_keeps_every_board_and_names_each_column(workspace: Workspace) -> None:
    for number, changed in enumerate(refreshes()):
        home = harness.copy_home(workspace.home, workspace.folder / f"home{number}")
        mirror = harness.copy_sample(workspace.folder / f"mirror{number}")
        for field, _, content in changed.values():
            (mirror / field.resource.path).write_bytes(content)
        result = harness.run_refresh(home, mirror)
        broken = harness.find_broken_invariants(result, home)
        for board, (field, how, _) in changed.items():
            found = harness.result_of_board(board, workspace.good, result)
            is_named = how != "removed" or f"`{field}`" in result.output
            where = f"{board} {field.resource.name} {field}"
            workspace.record(Result(f"12 a column {how}", "B", 12, where, found == "keep" and not broken))
            assert found == "keep", (where, how, result.output)
            assert is_named, (where, how, result.output)
        assert not broken
        harness.remove_folders(home, mirror)


@pytest.mark.parametrize(("source", "resource"), PAIRS, ids=PAIR_IDS)
def test_the_parser_refuses_each_changed_column(source: Source, resource: Resource, record_result: Recorder) -> None:
    """The short run also covers every column, because no tables are built."""
    if ALL:
        pytest.skip("in this run, the test of the whole refresh covers all columns")
    contents = samples.files(source)
    of_resource = [change for change in changes(source) if change[0].resource == resource]
    missed = [
        f"{field} {how}"
        for field, how, content in of_resource
        if isinstance(samples.parse_or_error(source, contents | {field.resource.name: content}), Parsed)
    ]
    where = f"{source.id} {len(of_resource)} changes"
    record_result(Result("12 every column, as it is read", "B", 12, where, not missed))
    assert len(of_resource) >= 6
    assert not missed
