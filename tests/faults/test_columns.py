"""Every column that a board uses, renamed, removed and retyped: each is noticed, each board keeps its rows."""

from functools import lru_cache

import pytest

from aggregator.model import Parsed, Resource, Source
from tests.faults import lab
from tests.faults.conftest import ALL, Bench, Note
from tests.faults.scoreboard import Result
from tests.support import captures, spoil
from tests.support.captures import PAIR_IDS, PAIRS, SOURCES
from tests.support.spoil import Field

Change = tuple[Source, Field, str, bytes]


@lru_cache
def changes(source: Source) -> tuple[Change, ...]:
    """Return every used column of every file of a board, spoiled in each way, as the file then is."""
    found: list[Change] = []
    whole = captures.capture(source)
    for resource in source.resources:
        used = captures.refused_fields(source, resource)
        content = whole[resource.name]
        for field in (one for one in spoil.fields(resource, content) if str(one) in used):
            found.append((source, field, "removed", spoil.without(content, field)))
            found.append((source, field, "renamed", spoil.renamed(content, field, f"{field.path[-1]}_v2")))
            if not spoil.is_null_throughout(content, field):
                found += [(source, field, "retyped", other) for other in spoil.retyped(content, field)]
    return tuple(found)


def nights() -> list[dict[str, Change]]:
    """Return nights in which each board has one changed column: all of them, or one in the short run."""
    lists = {source.id: changes(source) for source in SOURCES}
    count = max(map(len, lists.values())) if ALL else 1
    # The middle of each list, so that the short run does not always spoil the first column.
    starts = {board: 0 if ALL else len(found) // 2 for board, found in lists.items()}
    return [
        {board: found[starts[board] + n] for board, found in lists.items() if starts[board] + n < len(found)}
        for n in range(count)
    ]


def test_a_night_of_changed_columns_keeps_every_board_and_names_each_column(bench: Bench) -> None:
    for number, night in enumerate(nights()):
        home = lab.copied(bench.home, bench.place / f"home{number}")
        mirror = lab.mirrored(bench.place / f"mirror{number}")
        for _source, field, _how, content in night.values():
            (mirror / field.resource.path).write_bytes(content)
        ended = lab.night(home, mirror)
        broken = lab.broken_invariants(ended, home)
        for board, (_, field, how, _content) in night.items():
            end = lab.came_to(board, bench.good, ended)
            named = how != "removed" or f"`{field}`" in ended.output
            where = f"{board} {field.resource.name} {field}"
            bench.note(Result(f"12 a column {how}", "B", 12, where, end == "keep" and not broken))
            assert end == "keep", (where, how, ended.output)
            assert named, (where, how, ended.output)
        assert not broken
        lab.discard(home, mirror)


@pytest.mark.parametrize(("source", "resource"), PAIRS, ids=PAIR_IDS)
def test_each_changed_column_is_noticed_where_the_file_is_read(source: Source, resource: Resource, note: Note) -> None:
    """The same sweep without building tables, so that every column is in the short run too."""
    if ALL:
        pytest.skip("the whole refresh sweeps them in this run")
    whole = captures.capture(source)
    mine = [change for change in changes(source) if change[1].resource == resource]
    missed = [
        f"{field} {how}"
        for _, field, how, content in mine
        if isinstance(captures.attempt(source, whole | {field.resource.name: content}), Parsed)
    ]
    note(Result("12 every column, as it is read", "B", 12, f"{source.id} {len(mine)} changes", not missed))
    assert len(mine) >= 6
    assert not missed
