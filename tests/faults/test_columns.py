"""Each column that a rank needs is removed, renamed and retyped: the change is found and the board keeps its rows."""

import random
from functools import lru_cache

import pytest

from aggregator.model import Parsed, Resource, Source
from tests.faults import harness
from tests.faults.cases import SEED
from tests.faults.conftest import ALL, Recorder, Workspace
from tests.faults.reliability_report import Result
from tests.support import board_files, samples
from tests.support.board_files import Field
from tests.support.samples import PAIR_IDS, PAIRS

Change = tuple[Field, str, bytes]
"""The changed column, how it changed, and the bytes of the changed file."""


@lru_cache
def changes(source: Source) -> tuple[Change, ...]:
    """Return every change of every column of every file of a board that a rank needs."""
    found: list[Change] = []
    for resource, content in samples.files_of(source):
        used = samples.required_fields(source, resource)
        for field in (one for one in board_files.fields(resource, content) if str(one) in used):
            found.append((field, "removed", board_files.drop_field(content, field)))
            found.append((field, "renamed", board_files.rename_field(content, field, f"{field.path[-1]}_v2")))
            if not board_files.is_always_null(content, field):
                retyped = board_files.retype_field(content, field)
                found += [(field, "retyped", other) for other in retyped if not _is_decoration(source, field, other)]
    return tuple(found)


def _is_decoration(source: Source, field: Field, content: bytes) -> bool:
    """Return whether the changed column only decorates: a header in prose needs it, and its values do not matter."""
    if field.resource.media != "markdown":
        return False
    found = samples.parse_or_error(source, samples.files(source) | {field.resource.name: content})
    return isinstance(found, Parsed) and samples.is_left_empty(found, str(field))


def refreshes() -> list[dict[str, Change]]:
    """Return one change for each board and refresh: every kind of change of every form of file; one in the short run.

    The test of the parser has every column, and a build takes ten seconds.
    """
    sources = harness.SOURCES.values()
    lists = {source.id: _one_of_each_kind(source) if ALL else changes(source) for source in sources}
    count = max(map(len, lists.values())) if ALL else 1
    # The short run takes the middle of each list, because the first column is often the name of the model.
    starts = {board: 0 if ALL else len(found) // 2 for board, found in lists.items()}
    return [
        _one_change_a_board(
            {board: found[starts[board] + n] for board, found in lists.items() if starts[board] + n < len(found)}
        )
        for n in range(count)
    ]


def _one_change_a_board(changed: dict[str, Change]) -> dict[str, Change]:
    """Return the changes of which no board has two in its files: two boards of Epoch share files."""
    found: dict[str, Change] = {}
    for board, change in changed.items():
        paths = {resource.path for resource, _ in samples.files_of(harness.SOURCES[board])}
        others = {resource.path for other in found for resource, _ in samples.files_of(harness.SOURCES[other])}
        is_apart = change[0].resource.path not in others
        if is_apart and not any(field.resource.path in paths for field, _, _ in found.values()):
            found[board] = change
    return found


def _one_of_each_kind(source: Source) -> list[Change]:
    """Return a random column of each form of file (`samples.PAIRS`) for each kind of change."""
    forms = {resource.name for board, resource in PAIRS if board == source}
    kinds: dict[tuple[str, str], list[Change]] = {}
    for change in changes(source):
        if change[0].resource.name in forms:
            kinds.setdefault((change[0].resource.name, change[1]), []).append(change)
    rng = random.Random(f"{SEED} {source.id}")
    return [rng.choice(found) for found in kinds.values()]


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
    """No tables are built, so the short run covers every column too."""
    contents = samples.files(source)
    of_resource = [change for change in changes(source) if change[0].resource == resource]
    missed = [
        f"{field} {how}"
        for field, how, content in of_resource
        if isinstance(samples.parse_or_error(source, contents | {field.resource.name: content}), Parsed)
    ]
    where = f"{source.id} {len(of_resource)} changes"
    record_result(Result("12 every column, as it is read", "B", 12, where, not missed))
    assert len(of_resource) >= 4
    assert not missed
