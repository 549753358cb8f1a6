"""The page compares models as `metaboard compare` and the macros do, and places filtered rows as the macro `places`."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aggregator.query import queries
from aggregator.query.compare import compare_models
from aggregator.query.queries import Connection
from aggregator.site import leaderboard_data, model_data, pair_data
from aggregator.site.build import _common_document
from aggregator.site.data_script import to_json_value
from aggregator.site.page_facts import read_page_facts
from aggregator.site.published_file import PublishedFile, inspect_file
from tests.conftest import REPOSITORY
from tests.support.command_line import sample_home
from tests.support.recorded_home import given_names, recordings_home

__all__ = ["given_names", "recordings_home", "sample_home"]

PAIRS = 150
PERCENT = re.compile(r"(\d+) %")


def ask_page(
    file: PublishedFile, home: Path, pairs: Sequence[tuple[str, str]], sets: Sequence[list[Any]]
) -> dict[str, Any]:
    """Return the verdicts on pairs and the places in sets of rows by the page's code in node."""
    facts = read_page_facts(file, home, {}, console=False)
    records = {name: record for shard in model_data.build_shards(file).values() for name, record in shard.items()}
    wanted = {model for pair in pairs for model in pair}
    document = {
        "common": _common_document(file, facts),
        "records": {name: records[name] for name in wanted},
        "pairs": pairs,
        "draws": pair_data.read_draws(file, "llm", leaderboard_data.row_positions(file)),
        "sets": sets,
    }
    done = subprocess.run(
        ["node", "tests/verdict.mjs"],  # noqa: S607 - the node on the PATH
        cwd=REPOSITORY / "web",
        input=json.dumps(to_json_value(document)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def some_pairs(connection: Connection) -> list[tuple[str, str]]:
    """Return pairs of models with many boards, of settings of one release, of two tracks, and without a rank."""
    rows = queries.fetch_rows(
        connection,
        "with chosen as (select model_id, row_number() over (order by boards desc, hash(model_id)) as place from leaderboard)"
        f" select a.model_id as a, b.model_id as b from chosen as a, chosen as b where a.place < b.place and b.place <= 40"
        f" order by hash(a.model_id || b.model_id) limit {PAIRS}",
    )
    others = queries.fetch_rows(
        connection,
        "(select r.models[1] as a, r.models[2] as b from releases as r where settings > 1 limit 10) union all"
        " (select r.model_id, s.model_id from releases as r, releases as s"
        "  where r.settings > 1 and s.settings > 1 and r.release_id < s.release_id order by hash(r.release_id || s.release_id) limit 30) union all"
        " (select a.model_id, b.model_id from leaderboard as a, leaderboard as b"
        "  where a.rank = 1 and a.track = 'llm' and ((b.rank = 1 and b.track <> 'llm') or b.flagged) order by b.model_id limit 5)",
    )
    return [(str(row["a"]), str(row["b"])) for row in [*rows, *others]]


def some_sets(connection: Connection) -> dict[str, list[Any]]:
    """Return rows `{at, whole, id}` of the page by the filter that leaves them."""
    filters = {"small": "params_b <= 9", "chat": "kind = 'chat'", "open": "open_weights", "one": "rank = 3"}
    return {
        name: queries.fetch_rows(
            connection,
            f"select model_id as id, rank as whole from leaderboard where track = 'llm' and {condition}",
        )
        for name, condition in filters.items()
    }


def check(home: Path) -> dict[str, Any]:
    """Compare page, command and macros on `home`; return the answer of the page."""
    with queries.open_current(home) as connection:
        file = inspect_file(connection)
        pairs, sets, positions = some_pairs(connection), some_sets(connection), leaderboard_data.row_positions(file)
        for rows in sets.values():
            for row in rows:
                row["at"] = positions[row["id"]]
        answer = ask_page(file, home, pairs, list(sets.values()))
        for pair, page in zip(pairs, answer["verdicts"], strict=True):
            check_verdict(connection, pair, page)
        exact = [
            page["sentences"] == compare_models(connection, pair).verdicts[0].sentences()
            for pair, page in zip(pairs, answer["verdicts"], strict=True)
        ]
        assert sum(exact) >= 0.98 * len(exact)
        for rows, placed in zip(sets.values(), answer["placed"], strict=True):
            check_places(connection, rows, placed)
    return answer


def check_verdict(connection: Connection, pair: tuple[str, str], page: dict[str, Any]) -> None:
    verdict = compare_models(connection, pair).verdicts[0]
    assert len(page["sentences"]) == len(verdict.sentences())
    for one, other in zip(page["sentences"], verdict.sentences(), strict=True):
        assert PERCENT.sub("", one) == PERCENT.sub("", other)
        # The data of the page is rounded: a percentage on the border of two can be the other one.
        numbers = zip(PERCENT.findall(one), PERCENT.findall(other), strict=True)
        assert all(abs(int(shown) - int(printed)) <= 1 for shown, printed in numbers)
    assert (page["grain"], page["better"]) == (verdict.grain, verdict.better)
    boards = [(board.source, found) for board, found in verdict.boards]
    assert [board["source"] for board in page["boards"]] == [source for source, _ in boards]
    for board, (_, found) in zip(page["boards"], boards, strict=True):
        assert (board["won"], board["lost"], board["tied"]) == (found.won, found.lost, found.tied)
        assert board["ahead"] == found.ahead
        assert board["probability"] == pytest.approx(found.probability, abs=1e-3)
    assert [one["domain"] for one in page["domains"]] == [one.domain for one in verdict.domains]
    for shown, domain in zip(page["domains"], verdict.domains, strict=True):
        assert shown["wins"] == vars(domain.wins)
        assert shown["probability"] == pytest.approx(domain.probability, abs=1e-3)
    assert page["probability"] == pytest.approx(verdict.probability, abs=1e-3)
    if verdict.grain is None:
        assert verdict.probability is None
        return
    column = "release_id" if verdict.grain == "release" else "model_id"
    ids = [
        queries.fetch_rows(connection, f"select {column} as id from models where model_id = $id", {"id": one})[0]["id"]
        for one in pair
    ]
    taken_for_releases = queries.fetch_rows(
        connection,
        "select count(*) as n from ability_draws where grain = 'release' and list_contains($ids, id)",
        {"ids": ids},
    )
    if verdict.grain == "release" or taken_for_releases[0]["n"] == 0:
        macro = queries.fetch_rows(connection, "select probability_better($a, $b) as p", {"a": ids[0], "b": ids[1]})
        assert verdict.probability == pytest.approx(macro[0]["p"], abs=1e-6)


def check_places(connection: Connection, rows: list[Any], placed: list[list[Any]]) -> None:
    found = queries.fetch_rows(
        connection, "from places($ids, grain := 'setting')", {"ids": [str(row["id"]) for row in rows]}
    )
    wanted = {str(row["id"]): [row["place"], row["place_low"], row["place_high"]] for row in found}
    by_position = {row["at"]: str(row["id"]) for row in rows}
    assert {by_position[at]: list(interval) for at, *interval in placed} == wanted
    assert any(row[2] < row[3] for row in placed) or len(placed) == 1


def test_the_page_compares_and_places_as_the_command_and_the_macros_on_the_sample(sample_home: Path) -> None:
    answer = check(sample_home)
    words = {verdict["grain"] for verdict in answer["verdicts"]}
    assert {"release", "setting", None} <= words


@pytest.mark.recordings
def test_the_page_compares_and_places_as_the_command_and_the_macros_on_recordings(recordings_home: Path) -> None:
    answer = check(recordings_home)
    assert any(verdict["sentences"][2:] for verdict in answer["verdicts"])
    assert answer["milliseconds"] < 4000
