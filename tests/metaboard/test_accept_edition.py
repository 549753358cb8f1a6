"""`accept-edition`, and what `status` and `doctor` print about an edition that is kept back."""

import shlex
import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.pipeline import freshness
from aggregator.pipeline.fetches import complete_fetches
from aggregator.sources import open_llm_v2
from aggregator.store.decisions import Decision, DecisionLog, Event
from aggregator.store.snapshots import SnapshotStore
from flows import notify
from metaboard.exit_codes import Exit
from tests.support.command_line import Metaboard

WORST = ({"raw_name": "a/best", "what": "open_llm_v2/math", "before": "61.2", "now": "3.5"},)
SENTENCE = "gate `unit`: half of the scores of open_llm_v2/math moved"


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    """Return a home whose newest fetch of one board was refused after the current generation was built."""
    return refuse(shutil.copytree(sample_home, tmp_path / "home", symlinks=True), nights=1)


def refuse(home: Path, nights: int, *, is_usable: bool = True) -> Path:
    """Write refusals of the newest fetch, the last one tonight."""
    fetch = complete_fetches(open_llm_v2.SOURCE, SnapshotStore(home))[-1]
    tonight = datetime.now(UTC)
    refused = Decision(
        Event.REFUSED, "open_llm_v2", fetch.sha256, tonight, fetch.key, "gate", ("unit",), SENTENCE, WORST, is_usable,
        "the 115 rows of yesterday",
    )  # fmt: skip
    for night in range(1 - nights, 1):
        event = Event.REFUSED if night == 1 - nights else Event.REPEATED
        fields = vars(refused) | {"event": event, "at": tonight + timedelta(days=night)}
        DecisionLog(home).append(Decision(**fields))
    return home


def board(found: freshness.HomeState) -> freshness.SourceState:
    return next(source for source in found.sources if source.source == "open_llm_v2")


def test_status_shows_a_refusal_that_is_newer_than_the_generation(metaboard: Metaboard, home: Path) -> None:
    ended = metaboard("status", "--home", home, "--stale-after", 100_000)
    assert ended.code == Exit.REFUSED
    assert f"open_llm_v2 is kept: {SENTENCE}" in ended.err
    assert "a/best" in ended.err
    assert "61.2" in ended.err
    assert "or wait: it is judged again as soon as the board changes" in ended.err
    (row,) = [row for row in metaboard("status", "--json", "--home", home).fields["sources"] if row["refusal"]]  # type: ignore[attr-defined]  # a list of rows
    assert row["refusal"]["worst"] == list(WORST)
    assert f"    {row['refusal']['command']}" in ended.err.splitlines()


def test_the_printed_command_works_as_it_is(metaboard: Metaboard, home: Path) -> None:
    refusal = board(freshness.status(home)).refusal
    assert refusal is not None
    program, *arguments = shlex.split(refusal.command(home))
    assert program == "metaboard"
    ended = metaboard(*arguments)
    assert ended.code == 0
    assert "accepted: checked on the board" in ended.err
    assert "metaboard refresh" in ended.err
    assert metaboard(*arguments, "--json").fields["is_new"] is False
    assert "the next refresh uses it" in metaboard("status", "--home", home).err


def test_an_unknown_digest_is_wrong_usage_and_lists_the_refused_editions(metaboard: Metaboard, home: Path) -> None:
    refusal = board(freshness.status(home)).refusal
    assert refusal is not None
    options = ("--reason", "it is as it should be", "--home", home)
    ended = metaboard("accept-edition", "open_llm_v2", "--sha256", "0" * 12, *options)
    assert ended.code == Exit.USAGE
    assert refusal.sha256 in ended.err
    other = metaboard("accept-edition", "arena_text", "--sha256", "0" * 12, *options)
    assert other.code == Exit.USAGE
    assert "No edition of arena_text is refused" in other.err


def test_doctor_lists_the_editions_that_are_kept_back(
    metaboard: Metaboard, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_name_server(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no name server")

    monkeypatch.setattr(socket, "getaddrinfo", no_name_server)
    rows = metaboard("doctor", "--json", "--home", home).rows
    (refused,) = [row for row in rows if row["verdict"] == "edition refused"]
    assert refused["detail"] == SENTENCE
    assert "metaboard accept-edition open_llm_v2" in str(refused["next_step"])
    assert {row["verdict"] for row in rows} == {"unreachable", "edition refused"}
    shown = metaboard("doctor", "--home", home).err
    assert f"what changed: {SENTENCE}" in shown
    assert "used instead: the 115 rows of yesterday" in shown


def test_a_board_that_stands_still_is_marked_and_the_notice_is_of_the_event_stuck(
    sample_home: Path, tmp_path: Path, metaboard: Metaboard
) -> None:
    home = refuse(shutil.copytree(sample_home, tmp_path / "home", symlinks=True), nights=3)
    found = freshness.status(home, stale_days=100_000)
    assert "stands still since" in str(board(found).message)
    assert "refused on 3 nights" in metaboard("status", "--home", home).err
    notice = notify.state_notice(found, "a title", is_nightly=True)
    assert notice is not None
    assert notice.event == "stuck"
    sent = notice.to_json()
    for part in ("refused on 3 nights", "metaboard accept-edition open_llm_v2", "a/best: open_llm_v2/math 61.2 → 3.5"):
        assert part in str(sent["text"])


@pytest.mark.parametrize(
    ("nights", "event"), [(1, "refused"), (2, None), (3, "stuck"), (4, None), (9, None), (10, "stuck")]
)
def test_a_nightly_notice_is_not_repeated_every_night(
    sample_home: Path, tmp_path: Path, nights: int, event: str | None
) -> None:
    home = refuse(shutil.copytree(sample_home, tmp_path / "home", symlinks=True), nights)
    found = freshness.status(home, stale_days=100_000)
    notice = notify.state_notice(found, "a title", is_nightly=True)
    assert (notice.event if notice else None) == event
    asked = notify.state_notice(found, "a title")
    assert asked is not None, "`status --tell` always sends it"
